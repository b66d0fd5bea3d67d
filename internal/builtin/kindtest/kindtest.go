// Package kindtest makes steps of one kind from a few lines of YAML, for the
// tests of the kinds.
package kindtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/expr"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// Config is a [flow.Config] over a piece of YAML and a folder of files.
type Config struct {
	InSchema, OutSchema, OutcomeSchema *flow.Schema
	YAML                               string
	Dir                                string
	Params                             map[string]any
	Of                                 flow.NamedSystem
	Tools                              []flow.Tool
}

// New makes a step and fails the test where it cannot.
func New(t testing.TB, k flow.StepKind, c Config) flow.Step {
	t.Helper()
	s, err := k.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Refused makes a step that must be refused, and gives the message.
func Refused(t testing.TB, k flow.StepKind, c Config) string {
	t.Helper()
	s, err := k.New(c)
	if err == nil {
		t.Fatalf("made a %T, want an error", s)
	}
	return err.Error()
}

// Files writes files into a new folder, by relative name.
func Files(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Schema reads "amount: number, po: string?, decision: approve|hold,
// tags: list(string)".
func Schema(t testing.TB, text string) *flow.Schema {
	t.Helper()
	var fields []flow.Field
	for part := range strings.SplitSeq(text, ",") {
		name, word, ok := strings.Cut(strings.TrimSpace(part), ": ")
		if !ok {
			t.Fatalf("schema %q: %q is no name: type", text, part)
		}
		fields = append(fields, flow.Field{Name: name, Type: typeOf(t, word)})
	}
	return flow.NewSchema(fields...)
}

func typeOf(t testing.TB, word string) flow.Type {
	word, optional := strings.CutSuffix(word, "?")
	typ := flow.Type{Optional: optional}
	if elem, ok := strings.CutPrefix(word, "list("); ok {
		e := typeOf(t, strings.TrimSuffix(elem, ")"))
		typ.Kind, typ.Elem = flow.List, &e
	} else if strings.Contains(word, "|") {
		typ.Kind, typ.Enum = flow.Enum, strings.Split(word, "|")
	} else if typ.Kind, ok = flow.KindByName(word); !ok {
		t.Fatalf("unknown type %q", word)
	}
	return typ
}

// Input makes what a step receives.
func Input(s *flow.Schema, values ...any) flow.Input {
	return flow.Input{Message: flow.Message{Schema: s, Values: values}, Key: flow.Key{Seed: 1, Case: "case-1", Step: "step"}}
}

// Step is "step".
func (c Config) Step() string { return "step" }

// In is what the step receives.
func (c Config) In() *flow.Schema { return c.InSchema }

// Out is what the step promises.
func (c Config) Out() *flow.Schema { return c.OutSchema }

// Outcome is that of the workflow.
func (c Config) Outcome() *flow.Schema { return c.OutcomeSchema }

// Tool is one of Tools.
func (c Config) Tool(name flow.Text) (flow.Tool, error) {
	for _, t := range c.Tools {
		if t.Name == name.Value {
			return t, nil
		}
	}
	return flow.Tool{}, c.Errorf(name.Pos, "no tool %q", name.Value)
}

// Folder is Dir.
func (c Config) Folder() string { return c.Dir }

// System is Of.
func (c Config) System() flow.NamedSystem { return c.Of }

// Project is Dir.
func (c Config) Project() string { return c.Dir }

// Decode decodes strictly, with positions.
func (c Config) Decode(into any) error {
	if strings.TrimSpace(c.YAML) == "" {
		return nil
	}
	d, diags := yamldoc.Parse("step.yaml", []byte(c.YAML))
	root := d.Root
	if root == nil {
		root = &yaml.Node{Kind: yaml.MappingNode}
	}
	d.Decode(root, into, &diags)
	return diags.Err()
}

// Compile compiles over the scopes and the params.
func (c Config) Compile(src flow.Text, want flow.Type, scopes ...flow.Scope) (flow.Expr, error) {
	var env expr.Env
	for i, s := range scopes {
		env.Scope(s.Name, s.Schema, expr.Place{Scope: i})
	}
	for name, v := range c.Params {
		kind := flow.Number
		if _, ok := v.(string); ok {
			kind = flow.String
		}
		env.Const("params."+name, flow.Type{Kind: kind}, v)
	}
	p, diags := expr.Compile(src, want, &env)
	if err := diags.Err(); err != nil {
		return nil, err
	}
	return p, nil
}

// ReadFile reads a file of Dir.
func (c Config) ReadFile(name flow.Text) ([]byte, error) {
	path, err := c.Path(name)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// Path is the path of a file of Dir.
func (c Config) Path(name flow.Text) (string, error) {
	path := filepath.Join(c.Dir, name.Value)
	if _, err := os.Stat(path); err != nil {
		return "", c.Errorf(name.Pos, "no file %q", name.Value)
	}
	return path, nil
}

// Files are the files of a folder of Dir, or the one of that name.
func (c Config) Files(name flow.Text) ([]flow.File, error) {
	path, err := c.Path(name)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return []flow.File{{Name: name.Value, Path: path}}, nil
	}
	var out []flow.File
	for _, e := range entries {
		out = append(out, flow.File{Name: name.Value + "/" + e.Name(), Path: filepath.Join(path, e.Name())})
	}
	return out, nil
}

// Errorf makes an error at a position.
func (c Config) Errorf(at flow.Pos, format string, args ...any) error {
	return diag.List{{Pos: at, Message: fmt.Sprintf(format, args...)}}
}
