package http

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
)

// template is an address with places for values. Its scheme and host are
// fixed when a design is read, or by a variable of the environment: no value
// can reach them.
type template struct {
	base     string // "https://crm.example.com"; "" where variable is given
	variable string // of the environment, that holds the base and may hold a path
	parts    []part
}

// part is fixed text, or an expression whose value stands there.
type part struct {
	text   string
	source string // of the expression; "" for text
	term   field.Term
	query  bool // after the question mark
}

// longestAddress is what most servers take.
const longestAddress = 8 << 10

var (
	fromVariable = regexp.MustCompile(`^\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)
	fixedBase    = regexp.MustCompile(`^https?://[^/?#{}\s]+`)
)

// parse reads an address. Its expressions are not compiled yet.
func parse(t flow.Text) (template, error) {
	var out template
	rest := t.Value
	if m := fromVariable.FindStringSubmatch(rest); m != nil {
		out.variable = m[1]
		rest = rest[len(m[0]):]
	} else if base := fixedBase.FindString(rest); base != "" {
		out.base = base
		rest = rest[len(base):]
		if _, err := checkBase(base); err != nil {
			return out, err
		}
	} else {
		return out, fmt.Errorf("the address %q wants to begin with http://, https:// and a host, or with a variable of the environment such as ${CRM_URL}; values stand after the host", t.Value)
	}
	if rest != "" && rest[0] != '/' && rest[0] != '?' {
		return out, fmt.Errorf("the address %q wants a / after the host", t.Value)
	}
	query := false
	for rest != "" {
		text, after, found := strings.Cut(rest, "{")
		if strings.ContainsAny(text, "}#") || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' }) {
			return out, fmt.Errorf("the address %q holds a character that stands in none: write it as %%xx", t.Value)
		}
		query = query || strings.Contains(text, "?")
		if text != "" {
			out.parts = append(out.parts, part{text: text})
		}
		if !found {
			break
		}
		source, behind, closed := strings.Cut(after, "}")
		if !closed || strings.TrimSpace(source) == "" {
			return out, fmt.Errorf("the address %q wants an expression in braces, such as {in.id}", t.Value)
		}
		out.parts = append(out.parts, part{source: source, query: query})
		rest = behind
	}
	return out, nil
}

// checkBase reads the fixed start of an address: a scheme and a host, and
// where a variable holds it, a path.
func checkBase(base string) (*url.URL, error) {
	u, err := url.Parse(base)
	switch {
	case err != nil: // its text may hold a password
		return nil, errors.New("the address cannot be read: give one such as https://crm.example.com")
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return nil, errors.New("the address wants http:// or https:// and a host, such as https://crm.example.com")
	case u.User != nil:
		return nil, fmt.Errorf("the address of %q holds a user: name a variable of the environment under headers_env", u.Host)
	case u.RawQuery != "", u.Fragment != "":
		return nil, fmt.Errorf("the address of %q ends in a query: it belongs behind the path", u.Host)
	}
	return u, nil
}

// String is the address as it is written.
func (t template) String() string {
	var b strings.Builder
	b.WriteString(t.start())
	for _, p := range t.parts {
		if p.source != "" {
			b.WriteString("{" + p.source + "}")
		}
		b.WriteString(p.text)
	}
	return b.String()
}

// start is the base as it is written.
func (t template) start() string {
	if t.variable != "" {
		return "${" + t.variable + "}"
	}
	return t.base
}

// fill puts values in their places, escaped, so that each stays the one part
// of the path or the one value of the query that it stands for. The readable
// form, for people, has them as they are, hidden where they are personal.
func (t template) fill(values []any, hide func(string) string) (filled, readable string, err error) {
	var real, shown strings.Builder
	for _, p := range t.parts {
		if p.source == "" {
			real.WriteString(p.text)
			shown.WriteString(p.text)
			continue
		}
		v, err := p.term.Eval(values)
		if err != nil {
			return "", "", err
		}
		switch v.(type) {
		case []any, map[string]any:
			return "", "", flow.Errorf(flow.ErrMalformed, "{%s} in the address is no text and no number", p.source)
		}
		text := field.Plain(v, p.term.Type().Kind == flow.Date)
		if !p.query && (v == nil || text == "") {
			return "", "", flow.Errorf(flow.ErrIncomplete, "{%s} in the path of the address is empty", p.source)
		}
		if p.query {
			real.WriteString(url.QueryEscape(text))
		} else {
			real.WriteString(url.PathEscape(text))
		}
		shown.WriteString(hide(text))
	}
	filled = real.String()
	path, _, _ := strings.Cut(filled, "?")
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return "", "", flow.Errorf(flow.ErrRejected, "the path of the address would lead elsewhere: %q is a part of it", segment)
		}
	}
	if len(filled) > longestAddress {
		return "", "", flow.Errorf(flow.ErrRejected, "the address is longer than %d bytes", longestAddress)
	}
	return filled, shown.String(), nil
}
