// Package prompt renders prompt files: Jinja2 templates in which a name that
// means nothing is an error, never an empty string.
//
// Templates see only the files and values given to them: includes and imports
// resolve among those files, values are never read as templates, and nothing
// random is on offer, so the same inputs give the same prompt.
package prompt

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"strings"

	"github.com/nikolalohinski/gonja/v2/builtins"
	"github.com/nikolalohinski/gonja/v2/config"
	"github.com/nikolalohinski/gonja/v2/exec"
	"github.com/nikolalohinski/gonja/v2/loaders"
)

// MaxBytes is the longest prompt that Render produces; a loop over the wrong
// thing should not reach an endpoint.
const MaxBytes = 4 << 20

// maxRange is how many numbers all uses of range may give while a prompt is
// rendered. The template language gathers them before it loops.
const maxRange = 100_000

// Template is a prompt file ready to render. It is safe for concurrent use.
type Template struct {
	file  string
	files map[string]string
	inner *exec.Template
}

// Load reads the prompt file named file out of files, which maps slash-separated
// paths to contents and holds whatever it includes. Names of filters and tests
// are checked in all of files, in branches not taken too: the template language
// itself would find them only when a case takes that branch.
//
// example, when not nil, is rendered once and thrown away. Give values of the
// declared shape to learn of undefined variables before the first case does.
func Load(file string, files map[string]string, example map[string]any) (*Template, error) {
	file = path.Clean("/" + file)
	t := &Template{file: file, files: make(map[string]string, len(files))}
	for name, source := range files {
		t.files[path.Clean("/"+name)] = source
	}
	if _, ok := t.files[file]; !ok {
		return nil, &Error{File: display(file), Message: "there is no such prompt file"}
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	loader, err := loaders.NewMemoryLoader(t.files)
	if err != nil {
		return nil, &Error{File: display(file), Message: err.Error()}
	}
	err = guard(func() error {
		if t.inner, err = exec.NewTemplate(file, settings(), loader, environment()); err == nil {
			bind(t.inner.Root())
		}
		return err
	})
	if err != nil {
		return nil, t.parseError(err)
	}
	if example != nil {
		if _, err := t.Render(example); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// Render fills in the values. The error, if any, is an *[Error] that names the
// variable at fault and its place.
func (t *Template) Render(values map[string]any) (string, error) {
	out, numbers, made := &bounded{}, &numbers{left: maxRange}, &meter{}
	err := guard(func() error {
		// The renderer writes into the maps and lists it is given; the caller's,
		// which other cases and parts may share, stay as they are.
		given := map[string]any{"range": numbers.span}
		maps.Copy(given, copied(values).(map[string]any))
		given[meterName] = made
		return t.inner.Execute(out, exec.NewContext(given))
	})
	if numbers.spent {
		return "", &Error{File: display(t.file), Message: fmt.Sprintf("range gives more than %d numbers in all: check its loops", maxRange)}
	}
	if made.spent != "" {
		return "", &Error{File: display(t.file), Message: made.spent}
	}
	if errors.Is(out.err, errTooLong) {
		return "", &Error{File: display(t.file), Message: fmt.Sprintf("the prompt grows past %d bytes: check its loops and inputs", MaxBytes)}
	}
	if err != nil {
		return "", t.renderError(err, values)
	}
	return out.String(), nil
}

// copied is a value with maps and lists of its own, however deep they lie.
func copied(v any) any {
	switch x := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			out[k] = copied(e)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = copied(e)
		}
		return out
	}
	return v
}

func settings() *config.Config {
	c := config.New()
	c.StrictUndefined = true
	return c
}

// environment is the language without what would make prompts differ from one
// rendering to the next.
func environment() *exec.Environment {
	globals := exec.EmptyContext()
	for _, name := range []string{"cycler", "dict", "joiner", "namespace"} {
		f, ok := builtins.GlobalFunctions.Get(name)
		if !ok {
			panic("template function " + name + " is gone")
		}
		globals.Set(name, f)
	}
	return &exec.Environment{
		Context:           globals,
		Filters:           filters,
		Tests:             builtins.Tests,
		ControlStructures: builtins.ControlStructures,
		Methods:           builtins.Methods,
	}
}

// guard turns a panic of the template language into an error: prompt files are
// written by people.
func guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the template cannot be read: %v", r)
		}
	}()
	return f()
}

var errTooLong = errors.New("too long")

// bounded is a string builder that stops at MaxBytes.
type bounded struct {
	strings.Builder
	err error
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > MaxBytes {
		b.err = errTooLong
		return 0, errTooLong
	}
	return b.Builder.Write(p)
}

func (b *bounded) WriteString(s string) (int, error) { return b.Write([]byte(s)) }
