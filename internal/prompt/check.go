package prompt

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/nikolalohinski/gonja/v2/builtins"
	"github.com/nikolalohinski/gonja/v2/tokens"
)

// Bounds on one prompt file. The template language recurses as deeply as its
// input does, and running out of stack cannot be caught.
const (
	maxFileBytes = 256 << 10
	maxNesting   = 64
)

// check finds, in all files, what the template language finds too late or not
// at all: names of filters and tests that do not exist, and files and macros
// that contain themselves.
func (t *Template) check() error {
	var errs []error
	calls := graph{}
	for _, file := range slices.Sorted(maps.Keys(t.files)) {
		source := t.files[file]
		if len(source) > maxFileBytes {
			return &Error{File: display(file), Message: fmt.Sprintf("the file has %d bytes, more than the %d that a prompt may have", len(source), maxFileBytes)}
		}
		if e := wrongByte(source); e != nil {
			e.File = display(file)
			return e
		}
		words, err := lex(source)
		if err != nil {
			return &Error{File: display(file), Message: err.Error()}
		}
		errs = append(errs, checkWords(file, words)...)
		errs = append(errs, t.collect(calls, file, words)...)
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	if around := calls.cycle(); around != nil {
		return &Error{File: display(around.file), Line: around.word.Line, Col: around.word.Col,
			Message: fmt.Sprintf("%s contains itself: it would never end", around.what)}
	}
	return nil
}

// wrongByte is the first place of a text that is not UTF-8: an endpoint would
// receive another character there.
func wrongByte(source string) *Error {
	line := 0
	for text := range strings.Lines(source) {
		line++
		for at, r := range text {
			if _, size := utf8.DecodeRuneInString(text[at:]); r == utf8.RuneError && size == 1 {
				return &Error{Line: line, Col: at + 1, Message: fmt.Sprintf("byte 0x%02x is not UTF-8: save the file in UTF-8", text[at])}
			}
		}
	}
	return nil
}

func checkWords(file string, words []*tokens.Token) (errs []error) {
	depth := 0
	for i, w := range words {
		switch w.Type {
		case tokens.LeftParenthesis, tokens.LeftBracket, tokens.LeftBrace:
			if depth++; depth == maxNesting {
				errs = append(errs, at(file, w, "brackets nest deeper than %d", maxNesting))
			}
		case tokens.RightParenthesis, tokens.RightBracket, tokens.RightBrace:
			depth--
		}
		if w.Type != tokens.Name || i == 0 {
			continue
		}
		before := words[i-1].Type
		inTest := before == tokens.Is || before == tokens.Not && i > 1 && words[i-2].Type == tokens.Is
		switch {
		case before == tokens.Pipe, before == tokens.Name && opens(words, i-1, "filter"):
			if w.Val == "random" {
				errs = append(errs, at(file, w, "filter %q is not on offer: a prompt must come out the same every time", w.Val))
			} else if !builtins.Filters.Exists(w.Val) {
				errs = append(errs, at(file, w, "unknown filter %q", w.Val))
			}
		case inTest && !builtins.Tests.Exists(w.Val):
			errs = append(errs, at(file, w, "unknown test %q", w.Val))
		case w.Val == "recursive" && before != tokens.Dot && i+1 < len(words) && words[i+1].Type == tokens.BlockEnd && before != tokens.In:
			errs = append(errs, at(file, w, "%q is not on offer: a loop could call itself for ever", w.Val))
		case w.Val == "self" && before != tokens.Dot:
			errs = append(errs, at(file, w, "%q is not on offer: a block could call itself for ever", w.Val))
		}
	}
	return errs
}

// opens reports whether word i is the given keyword at the start of a statement.
func opens(words []*tokens.Token, i int, keyword string) bool {
	return i > 0 && words[i].Type == tokens.Name && words[i].Val == keyword && words[i-1].Type == tokens.BlockBegin
}

// call is one use of a file or a macro inside another one.
type call struct {
	what, file string
	word       *tokens.Token
	to         string
}

// graph maps files and macros to what they use.
type graph map[string][]call

// collect adds what file uses. Macros are known by name alone, across files:
// stricter than need be, and safe.
func (t *Template) collect(g graph, file string, words []*tokens.Token) (errs []error) {
	macro := ""
	for i, w := range words {
		switch {
		case opens(words, i, "macro") && i+1 < len(words):
			macro = "macro " + words[i+1].Val
		case opens(words, i, "endmacro"):
			macro = ""
		case macro != "" && w.Type == tokens.Name && !opens(words, i-1, "macro"):
			g[macro] = append(g[macro], call{fmt.Sprintf("macro %q", w.Val), file, w, "macro " + w.Val})
		}
		for _, keyword := range []string{"include", "import", "from", "extends"} {
			if !opens(words, i, keyword) || i+1 >= len(words) {
				continue
			}
			target := words[i+1]
			if target.Type != tokens.String {
				errs = append(errs, at(file, target, "%s needs a file name in quotes", keyword))
				continue
			}
			to := target.Val
			if !strings.HasPrefix(to, "/") {
				to = path.Join(path.Dir(file), to)
			}
			c := call{fmt.Sprintf("file %q", display(to)), file, target, to}
			g[file] = append(g[file], c)
			if macro != "" {
				g[macro] = append(g[macro], c)
			}
		}
	}
	return errs
}

// cycle returns a call that closes a circle, or nil.
func (g graph) cycle() *call {
	const under, done = 1, 2
	state := map[string]int{}
	var visit func(string) *call
	visit = func(node string) *call {
		state[node] = under
		for _, c := range g[node] {
			if state[c.to] == under {
				return &c
			}
			if state[c.to] == 0 {
				if found := visit(c.to); found != nil {
					return found
				}
			}
		}
		state[node] = done
		return nil
	}
	for _, node := range slices.Sorted(maps.Keys(g)) {
		if state[node] == 0 {
			if c := visit(node); c != nil {
				return c
			}
		}
	}
	return nil
}

func at(file string, w *tokens.Token, format string, args ...any) *Error {
	return &Error{File: display(file), Line: w.Line, Col: w.Col, Message: fmt.Sprintf(format, args...)}
}

// lex returns the tokens of a template, without white space. A token that
// cannot be read ends the list; the parser reports it.
func lex(source string) (out []*tokens.Token, err error) {
	err = guard(func() error {
		for s := tokens.LexAll(source, settings()); !s.End(); s.Next() {
			out = append(out, s.Current())
		}
		return nil
	})
	return out, err
}
