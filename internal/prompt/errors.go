package prompt

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nikolalohinski/gonja/v2/tokens"
)

// Error is a fault in a prompt file or in the values given to it.
type Error struct {
	File      string
	Line, Col int    // from 1; 0 when not known
	Variable  string // the name at fault, if it is one
	Message   string
}

func (e *Error) Error() string {
	at := e.File
	if e.Line > 0 {
		at += ":" + strconv.Itoa(e.Line)
		if e.Col > 0 {
			at += ":" + strconv.Itoa(e.Col)
		}
	}
	return at + ": " + e.Message
}

func display(file string) string { return strings.TrimPrefix(file, "/") }

var (
	parsePlace  = regexp.MustCompile(`^(?s)(.*?) ?\(Line: (\d+) Col: (\d+), near .*\)$`)
	renderLine  = regexp.MustCompile(`at line (\d+)`)
	includeName = regexp.MustCompile(`IncludeControlStructure\(Filename='([^']*)' Line=\d+ Col=\d+\): Unable`)
	undefined   = regexp.MustCompile(`(?i)unable to evaluate name "([^"]+)"$`)
	missing     = regexp.MustCompile(`(?i)unable to evaluate ((?:[^\s:]|\['[^']*'\])+): (?:attribute|item) '+([^']*)'+ not found$`)
	notCallable = regexp.MustCompile(`: (\w+) is not callable$`)
)

// parseError takes the place out of the parser's message, which repeats the
// whole template first.
func (t *Template) parseError(err error) *Error {
	text := err.Error()
	if _, rest, ok := strings.Cut(text, "failed to parse template '"+t.files[t.file]+"': "); ok {
		text = rest
	}
	e := &Error{File: display(t.file), Message: text}
	if m := parsePlace.FindStringSubmatch(text); m != nil {
		e.Message = m[1]
		e.Line, _ = strconv.Atoi(m[2])
		e.Col, _ = strconv.Atoi(m[3])
	}
	e.Message = strings.NewReplacer("ControlStructure '", "statement '", " (or beginning not provided)", ", or its beginning is missing").Replace(e.Message)
	return e
}

// renderError finds, in the renderer's chain of causes, the innermost place and
// the name at fault.
func (t *Template) renderError(err error, values map[string]any) *Error {
	text := strings.TrimPrefix(err.Error(), "unable to execute template: ")
	e := &Error{File: display(t.file), Message: text}
	file := t.file
	if m := includeName.FindAllStringSubmatch(text, -1); m != nil {
		file = m[len(m)-1][1]
		if _, ok := t.files[file]; !ok {
			file = path.Join(path.Dir(t.file), file)
		}
		e.File = display(file)
	}
	if m := renderLine.FindAllStringSubmatch(text, -1); m != nil {
		e.Line, _ = strconv.Atoi(m[len(m)-1][1])
	}
	switch {
	case undefined.MatchString(text):
		e.Variable = undefined.FindStringSubmatch(text)[1]
	case missing.MatchString(text):
		e.Variable = missing.FindStringSubmatch(text)[1]
	case notCallable.MatchString(text):
		e.Variable = notCallable.FindStringSubmatch(text)[1]
		e.Message = fmt.Sprintf("function %q is not defined", e.Variable)
		e.place(t.files[file])
		return e
	default:
		return e
	}
	e.Message = fmt.Sprintf("variable %q is not defined", e.Variable)
	if known := siblings(e.Variable, values); len(known) > 0 {
		e.Message += "; there is " + strings.Join(known, ", ")
	}
	e.place(t.files[file])
	return e
}

// place moves from the start of the statement to the variable in it.
func (e *Error) place(source string) {
	words, err := lex(source)
	if err != nil {
		return
	}
	root := e.Variable
	if i := strings.IndexAny(root, ".["); i > 0 {
		root = root[:i]
	}
	for i, w := range words {
		if w.Type == tokens.Name && w.Val == root && w.Line >= e.Line && (i == 0 || words[i-1].Type != tokens.Dot) {
			e.Line, e.Col = w.Line, w.Col
			return
		}
	}
}

// siblings lists what the values hold where the variable was looked for, for a
// path of plain names.
func siblings(variable string, values map[string]any) []string {
	parts := strings.Split(variable, ".")
	for _, p := range parts[:len(parts)-1] {
		next, ok := values[p].(map[string]any)
		if !ok {
			return nil
		}
		values = next
	}
	known := slices.Sorted(maps.Keys(values))
	if len(known) > 12 {
		known = append(known[:12], "...")
	}
	return known
}
