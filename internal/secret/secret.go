// Package secret removes values of the environment that nobody should see from
// what others wrote: answers, errors, logs.
package secret

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// Shortest is the length of the shortest value treated as a secret: local
// servers take placeholders such as "none", and removing those would maim
// answers.
const Shortest = 8

// Set is a set of secrets. The zero value has none.
type Set struct{ secrets []secret }

// secret recognises one value in whatever form it comes back.
type secret struct {
	run  []byte // its longest run of letters and digits: looked for first, as it is quick
	form *regexp.Regexp
}

// Add adds a value, if it is long enough.
func (s *Set) Add(value string) {
	if len(value) >= Shortest {
		s.secrets = append(s.secrets, newSecret(value))
	}
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

// Redact gives b with every secret in it as "[secret]".
func (s *Set) Redact(b []byte) []byte {
	for _, x := range s.secrets {
		if bytes.Contains(b, x.run) {
			b = x.form.ReplaceAllLiteral(b, []byte("[secret]"))
		}
	}
	return b
}
