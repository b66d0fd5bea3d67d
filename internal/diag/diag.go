// Package diag holds what is wrong with the files a user writes: where, what,
// and what would be right.
package diag

import (
	"cmp"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
)

// Severity says whether a diagnostic stops the work.
type Severity uint8

const (
	Error   Severity = iota // it cannot be used
	Warning                 // it can, and does what is hardly meant
	Advice                  // it could be better
)

// String is how the severity is written.
func (s Severity) String() string { return [...]string{"error", "warning", "advice"}[s] }

// Diagnostic is one thing to mend.
type Diagnostic struct {
	Pos      flow.Pos
	Severity Severity
	Rule     string // id of the lint rule, "" for a plain error
	Message  string // lower case, input quoted
	Hint     string // what would be right; "" where the message says it
}

// String is "file:line:col: warning: message (hint) [rule]". That something is
// an error goes without saying.
func (d Diagnostic) String() string {
	var b strings.Builder
	if p := d.Pos.String(); p != "" {
		b.WriteString(p + ": ")
	}
	if d.Severity != Error {
		b.WriteString(d.Severity.String() + ": ")
	}
	b.WriteString(d.Message)
	if d.Hint != "" {
		b.WriteString(" (" + d.Hint + ")")
	}
	if d.Rule != "" {
		b.WriteString(" [" + d.Rule + "]")
	}
	return b.String()
}

// List collects diagnostics. As an error it prints one a line.
type List []Diagnostic

// Add appends a plain error.
func (l *List) Add(at flow.Pos, message, hint string) {
	*l = append(*l, Diagnostic{Pos: at, Message: message, Hint: hint})
}

// Errors are those that stop the work.
func (l List) Errors() List {
	return slices.DeleteFunc(slices.Clone(l), func(d Diagnostic) bool { return d.Severity != Error })
}

// Count is how many have a severity.
func (l List) Count(s Severity) int {
	n := 0
	for _, d := range l {
		if d.Severity == s {
			n++
		}
	}
	return n
}

// Err is the list of errors as an error, nil where there is none.
func (l List) Err() error {
	if e := l.Errors(); len(e) > 0 {
		return e
	}
	return nil
}

// Error prints the diagnostics one a line.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, d := range l {
		lines[i] = d.String()
	}
	return strings.Join(lines, "\n")
}

// Sort orders by file, line and column, keeping the order of equals, and
// drops repetitions.
func (l List) Sort() List {
	out := slices.Clone(l)
	slices.SortStableFunc(out, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	return slices.Compact(out)
}
