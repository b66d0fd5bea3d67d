package lookup

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
)

// statement is a query with its parameters taken out.
type statement struct {
	pieces []string // of the text, with a parameter between each two
	names  []string // of the parameters, in the order of the text
}

// text is the statement with the n-th different parameter as ?n or $n.
func (s *statement) text(mark string) string {
	var b strings.Builder
	different := s.different()
	for i, p := range s.pieces {
		b.WriteString(p)
		if i < len(s.names) {
			b.WriteString(mark + strconv.Itoa(1+slices.Index(different, s.names[i])))
		}
	}
	return b.String()
}

// different are the names of the parameters, each once.
func (s *statement) different() []string {
	var out []string
	for _, n := range s.names {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

var (
	errUnended = errors.New("a quote or a comment in the query does not end")
	errSecond  = errors.New("the query has more than one statement: want one SELECT")
	errNoRead  = errors.New("the query does not begin with SELECT, WITH or VALUES: a look-up only reads")
	errMark    = errors.New("the query has a placeholder of its own: write :field for what the step receives")
)

// parseQuery finds the parameters of a query, :name, outside texts, names in
// quotes and comments. Of a query it knows no more than that, and where it
// begins and ends.
func parseQuery(src string, postgres bool) (*statement, error) {
	s := &statement{}
	start, began, ended := 0, false, false
	for i := 0; i < len(src); {
		end, err := skip(src, i, postgres)
		if err != nil {
			return nil, err
		}
		if end > i { // a quote or a comment
			if src[i] != '-' && src[i] != '/' && ended {
				return nil, errSecond
			}
			i = end
			continue
		}
		c := src[i]
		switch {
		case strings.IndexByte(" \t\r\n\f\v", c) >= 0:
			i++
			continue
		case ended && c != ';':
			return nil, errSecond
		case !began && !begins(src[i:]):
			return nil, errNoRead
		}
		began = true
		switch {
		case c == ';':
			if !ended {
				s.pieces = append(s.pieces, src[start:i])
			}
			ended = true
			i++
		case strings.HasPrefix(src[i:], "::"):
			i += 2
		case c == ':' && i+1 < len(src) && isName(src[i+1]) && !isDigit(src[i+1]):
			n := i + 1
			for n < len(src) && isName(src[n]) {
				n++
			}
			s.pieces = append(s.pieces, src[start:i])
			s.names = append(s.names, src[i+1:n])
			i, start = n, n
		case c == '$' && i+1 < len(src) && isDigit(src[i+1]), !postgres && (c == '?' || c == '@' || c == '$'):
			return nil, errMark
		case isName(c):
			for i < len(src) && (isName(src[i]) || src[i] == '$') {
				i++
			}
		default:
			i++
		}
	}
	if !began {
		return nil, errNoRead
	}
	if !ended {
		s.pieces = append(s.pieces, src[start:])
	}
	return s, nil
}

// begins says whether a text begins with a word that only reads.
func begins(src string) bool {
	end := 0
	for end < len(src) && isName(src[end]) {
		end++
	}
	return slices.Contains([]string{"select", "with", "values"}, strings.ToLower(src[:end]))
}

// skip gives the end of the quote or the comment that begins at i; i where
// none does.
func skip(src string, i int, postgres bool) (int, error) {
	after := func(from int, mark string) (int, error) {
		n := strings.Index(src[from:], mark)
		if n < 0 {
			return 0, errUnended
		}
		return from + n + len(mark), nil
	}
	rest := src[i:]
	switch {
	case strings.HasPrefix(rest, "--"):
		if n := strings.IndexByte(rest, '\n'); n >= 0 {
			return i + n, nil
		}
		return len(src), nil
	case strings.HasPrefix(rest, "/*"):
		return skipComment(src, i, postgres)
	case rest[0] == '\'', rest[0] == '"', !postgres && rest[0] == '`':
		return after(i+1, rest[:1])
	case !postgres && rest[0] == '[':
		return after(i+1, "]")
	case postgres && len(rest) > 1 && (rest[0] == 'e' || rest[0] == 'E') && rest[1] == '\'' && (i == 0 || !isName(src[i-1])):
		for n := i + 2; n < len(src); n++ {
			switch src[n] {
			case '\\':
				n++
			case '\'':
				return n + 1, nil
			}
		}
		return 0, errUnended
	case postgres && rest[0] == '$':
		n := 1
		for n < len(rest) && isName(rest[n]) && !(n == 1 && isDigit(rest[n])) {
			n++
		}
		if n < len(rest) && rest[n] == '$' {
			return after(i+n+1, rest[:n+1])
		}
	}
	return i, nil
}

// skipComment is the end of a comment in slashes, which nests in PostgreSQL.
func skipComment(src string, i int, nests bool) (int, error) {
	depth := 0
	for n := i; n+1 < len(src); n++ {
		switch src[n : n+2] {
		case "/*":
			if depth == 0 || nests {
				depth++
				n++
			}
		case "*/":
			n++
			if depth--; depth == 0 {
				return n + 1, nil
			}
		}
	}
	return 0, errUnended
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isName(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c) || c >= 0x80
}

// fields are the parameters of a query as places of what the step receives.
func (s *statement) fields(in *flow.Schema) ([]int, error) {
	var out []int
	for _, name := range s.different() {
		i := in.Index(name)
		if i < 0 {
			return nil, fmt.Errorf("the query reads :%s, and in has no field %q%s", name, name, field.Suggest(name, in.Names()))
		}
		out = append(out, i)
	}
	return out, nil
}
