package llm

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Schema is a JSON Schema for structured output: sent with the request, and
// checked here whatever the endpoint promises.
type Schema struct {
	name     string
	raw      json.RawMessage
	compiled *jsonschema.Schema
}

// schemaName is what OpenAI accepts as a schema's name.
var schemaName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// CompileSchema reads a JSON Schema (2020-12 unless it says otherwise). It
// never reads another file or address: every $ref must point into raw.
func CompileSchema(name string, raw []byte) (*Schema, error) {
	if !schemaName.MatchString(name) {
		return nil, fmt.Errorf("schema name %q: use up to 64 letters, digits, _ and -", name)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(raw)))
	if err != nil {
		return nil, fmt.Errorf("schema %q is not JSON: %w", name, err)
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	at := "schema:" + name
	if err := c.AddResource(at, doc); err != nil {
		return nil, fmt.Errorf("schema %q: %w", name, err)
	}
	compiled, err := c.Compile(at)
	if err != nil {
		return nil, fmt.Errorf("schema %q: %w", name, err)
	}
	return &Schema{name: name, raw: json.RawMessage(raw), compiled: compiled}, nil
}

// Text is the schema as it is sent.
func (s *Schema) Text() string { return string(s.raw) }

// noLoader keeps schemas from reaching files and hosts.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("reference to %q: only references inside the schema are followed", url)
}

// Check parses text as one JSON value and validates it. Numbers come back as
// json.Number, exact. The error is nil, or ClassUnparsable with the place of
// the fault, or ClassSchema with every violation in Causes.
func (s *Schema) Check(text string, limits Limits) (any, *Error) {
	limits = limits.withDefaults()
	if len(text) > limits.OutputBytes {
		return nil, &Error{Class: ClassUnparsable, Message: fmt.Sprintf("the answer has %d bytes, more than the %d allowed", len(text), limits.OutputBytes)}
	}
	if d := depth(text); d > limits.OutputDepth {
		return nil, &Error{Class: ClassUnparsable, Message: fmt.Sprintf("the answer nests %d deep, more than the %d allowed", d, limits.OutputDepth)}
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, &Error{Class: ClassUnparsable, Message: "the answer ends before its JSON does: " + quoteStart(text)}
		}
		return nil, &Error{Class: ClassUnparsable, Message: fmt.Sprintf("the answer is not JSON: %s: %v", quoteStart(text), err)}
	}
	if rest := strings.TrimSpace(text[dec.InputOffset():]); rest != "" {
		return nil, &Error{Class: ClassUnparsable, Message: "the answer goes on after its JSON: " + quoteStart(rest)}
	}
	err := s.compiled.Validate(v)
	var invalid *jsonschema.ValidationError
	switch {
	case err == nil:
		return v, nil
	case errors.As(err, &invalid):
		return nil, &Error{Class: ClassSchema, Message: fmt.Sprintf("the answer does not satisfy schema %q", s.name), Causes: causes(invalid, nil)}
	}
	return nil, &Error{Class: ClassSchema, Message: err.Error()}
}

// causes flattens the tree of violations to its leaves: JSON pointer, then what
// is wrong there.
func causes(e *jsonschema.ValidationError, out []string) []string {
	if len(e.Causes) == 0 {
		at := ""
		for _, part := range e.InstanceLocation {
			at += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(part)
		}
		if at == "" {
			at = "(top)"
		}
		return append(out, at+": "+tidy([]byte(e.ErrorKind.LocalizedString(message.NewPrinter(language.English)))))
	}
	for _, c := range e.Causes {
		out = causes(c, out)
	}
	return out
}

// depth is the deepest nesting of objects and arrays, found before anything is
// allocated for them.
func depth(text string) int {
	var d, deepest int
	var quoted bool
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			d++
			deepest = max(deepest, d)
		case c == '}' || c == ']':
			d--
		}
	}
	return deepest
}

func quoteStart(s string) string {
	if r := []rune(s); len(r) > 80 {
		return fmt.Sprintf("%q...", string(r[:80]))
	}
	return fmt.Sprintf("%q", s)
}
