package design

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/expr"
)

// Contract is what a step asks of its payload beyond the types of `in` and
// what it needs.
type Contract struct {
	Schema     *PayloadSchema
	Fresh      []Fresh
	Deadline   time.Duration // from when the case came in; 0 for none
	Invariants []Invariant
}

// Fresh says how old a value may be when it arrives.
type Fresh struct {
	Field int // of In
	Limit time.Duration
}

// Invariant is what has to hold between the payload and what earlier steps
// knew.
type Invariant struct {
	Source  string // as written
	program *expr.Program
}

// Eval evaluates the invariant on a frame and a payload. It fails where
// something it cannot do without is absent.
func (i Invariant) Eval(frame, in []any) (any, error) { return i.program.Eval(frame, in) }

// PayloadSchema is a JSON Schema of a payload.
type PayloadSchema struct{ compiled *jsonschema.Schema }

// Check says what of the payload breaks the schema, "" for nothing: where, and
// which keyword, for the first violation. It says nothing of the values, so that
// equal violations are counted together.
func (s *PayloadSchema) Check(payload []byte) string {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(payload))
	if err != nil {
		return err.Error()
	}
	err = s.compiled.Validate(v)
	if err == nil {
		return ""
	}
	e, ok := err.(*jsonschema.ValidationError)
	if !ok {
		return err.Error()
	}
	for len(e.Causes) > 0 {
		e = e.Causes[0]
	}
	at := ""
	for _, part := range e.InstanceLocation {
		if _, err := strconv.Atoi(part); err == nil {
			part = "#" // whichever element of the list
		}
		at += "/" + part
	}
	return strings.TrimSpace(at + " " + strings.Join(e.ErrorKind.KeywordPath(), " "))
}

// contractKeys are the keys of a step's contract.
type contractKeys struct {
	Schema     *flow.Text  `yaml:"schema"`
	Fresh      flow.Texts  `yaml:"fresh,omitempty" schema:"texts"`
	Deadline   *flow.Text  `yaml:"deadline"`
	Invariants []flow.Text `yaml:"invariants,omitempty"`
}

// contract reads what a step asks of its payload, after its `in` is bound.
func (l *loader) contract(d *draft) {
	if d.keys.Contract == nil {
		return
	}
	var k contractKeys
	l.doc.Decode(d.keys.Contract, &k, l.diags)
	n := d.node
	c := &Contract{}
	if k.Schema != nil {
		c.Schema = l.payloadSchema(*k.Schema)
	}
	for _, f := range k.Fresh {
		i := slices.IndexFunc(n.In, func(b Binding) bool { return b.Name == f.Name })
		switch {
		case i < 0:
			l.diags.Add(f.Pos, fmt.Sprintf("%q is not among what the step receives", f.Name), diag.Suggest(f.Name, n.Schema.Names()))
			continue
		case n.In[i].Type.Kind != flow.Time && n.In[i].Type.Kind != flow.Date:
			l.diags.Add(f.Pos, fmt.Sprintf("%q is %s, and only a date or a time grows old", f.Name, n.In[i].Type), "")
			continue
		}
		if limit, ok := l.duration(f.Text); ok {
			c.Fresh = append(c.Fresh, Fresh{Field: i, Limit: limit})
		}
	}
	if k.Deadline != nil {
		c.Deadline, _ = l.duration(*k.Deadline)
	}
	env := l.known(n.Index)
	env.Scope("in", n.Schema, expr.Place{Scope: 1})
	for _, t := range k.Invariants {
		p, diags := expr.Compile(t, flow.Type{Kind: flow.Boolean}, env)
		*l.diags = append(*l.diags, diags...)
		if p == nil {
			continue
		}
		for _, r := range p.Reads() {
			if r.Scope == 0 {
				l.reads[r.Index] = true
			}
		}
		l.cannotDoWithout(p, n.Index, t.Pos)
		l.noteParams(p, n.Index)
		c.Invariants = append(c.Invariants, Invariant{Source: t.Value, program: p})
	}
	n.Contract = c
}

// duration reads a time limit.
func (l *loader) duration(t flow.Text) (time.Duration, bool) {
	x, err := time.ParseDuration(t.Value)
	if days, ok := strings.CutSuffix(t.Value, "d"); ok {
		if x, err = time.ParseDuration(days + "h"); err == nil {
			x *= 24
		}
	}
	if err != nil || x <= 0 {
		l.diags.Add(t.Pos, fmt.Sprintf("%q is no time limit", t.Value), "such as 90s, 15m, 24h or 7d")
		return 0, false
	}
	return x, true
}

// payloadSchema reads a JSON Schema that refers to nothing outside itself.
func (l *loader) payloadSchema(name flow.Text) *PayloadSchema {
	raw, err := l.files.read(name.Value)
	if err != nil {
		l.diags.Add(name.Pos, err.Error(), "")
		return nil
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		l.diags.Add(name.Pos, fmt.Sprintf("%q is not JSON: %v", name.Value, err), "")
		return nil
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	if err = c.AddResource("payload", doc); err == nil {
		var s *jsonschema.Schema
		if s, err = c.Compile("payload"); err == nil {
			return &PayloadSchema{compiled: s}
		}
	}
	l.diags.Add(name.Pos, fmt.Sprintf("%q: %v", name.Value, err), "")
	return nil
}

// noLoader keeps schemas from reaching files and hosts.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("reference to %q: only references inside the schema are followed", url)
}
