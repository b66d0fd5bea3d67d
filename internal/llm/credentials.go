package llm

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"unicode"
)

// credentials are an endpoint's secrets as read from the environment.
type credentials struct {
	key     string
	headers http.Header // literal and from the environment
	missing string      // the first variable that is named but empty
	secrets []secret
}

// secret recognises one value in whatever form it comes back.
type secret struct {
	run  []byte // its longest run of letters and digits: looked for first, as it is quick
	form *regexp.Regexp
}

// minSecret is the shortest value treated as a secret: local servers take
// placeholders such as "none", and removing those would maim answers.
const minSecret = 8

func (e *Endpoint) credentials(getenv func(string) string) credentials {
	c := credentials{headers: http.Header{}}
	read := func(env string) string {
		v := strings.TrimSpace(getenv(env))
		if v == "" && c.missing == "" {
			c.missing = env
		}
		if len(v) >= minSecret {
			c.secrets = append(c.secrets, newSecret(v))
		}
		return v
	}
	if e.KeyEnv != "" {
		c.key = read(e.KeyEnv)
	}
	for name, v := range e.Headers {
		c.headers.Set(name, v)
	}
	for name, env := range e.HeaderEnvs {
		c.headers.Set(name, read(env))
	}
	return c
}

// newSecret matches v as it is and as JSON (at any depth of quoting) or a URL
// may spell it: letters and digits stand for themselves, anything else may be
// preceded by backslashes or written as \u002b or %2b.
func newSecret(v string) secret {
	var form strings.Builder
	for _, r := range v {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			form.WriteRune(r)
			continue
		}
		var percent strings.Builder
		for _, b := range []byte(string(r)) {
			fmt.Fprintf(&percent, "%%%02x", b)
		}
		fmt.Fprintf(&form, `\\*(?:%s|(?i:u%04x|%s))`, regexp.QuoteMeta(string(r)), r, percent.String())
	}
	var run string
	for _, part := range strings.FieldsFunc(v, func(r rune) bool {
		return r >= unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) {
		if len(part) > len(run) {
			run = part
		}
	}
	return secret{run: []byte(run), form: regexp.MustCompile(form.String())}
}

// redact removes every secret from what an endpoint sent or an error said.
func (c *credentials) redact(b []byte) []byte {
	for _, s := range c.secrets {
		if bytes.Contains(b, s.run) {
			b = s.form.ReplaceAllLiteral(b, []byte("[secret]"))
		}
	}
	return b
}
