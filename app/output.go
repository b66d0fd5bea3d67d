package app

import (
	"io"
	"strings"
)

// output is a stream that remembers why it could not be written, so that a
// command whose answer went nowhere does not end as if it were read.
type output struct {
	io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

// shown is text from data, fit for a line of a terminal.
func shown(text string) string { return printed(text, "") }

// legible is a message that may hold text from data, such as the name of a
// file, fit for a terminal.
func legible(message string) string { return printed(message, "\n\t") }

// printed takes out what a terminal obeys, but for what is allowed.
func printed(text, allowed string) string {
	return strings.Map(func(r rune) rune {
		if (r < ' ' || r >= 0x7f && r < 0xa0) && !strings.ContainsRune(allowed, r) {
			return '?'
		}
		return r
	}, text)
}
