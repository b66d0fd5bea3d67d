package design

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// typeReader reads types as people write them: "number?", {enum: [a, b]},
// {list: string}, {record: {name: string}}, {type: date, optional: true}, or
// the name of a field that is declared elsewhere, "outcome.decision".
type typeReader struct {
	doc   *yamldoc.Doc
	diags *diag.List
	// refs are the schemas whose fields may be named.
	refs map[string]*flow.Schema
}

// typeKeys is a type in its long form.
type typeKeys struct {
	Type     *yaml.Node  `yaml:"type" schema:"type"`
	Enum     []flow.Text `yaml:"enum,omitempty" jsonschema:"uniqueItems=true"`
	List     *yaml.Node  `yaml:"list" schema:"type"`
	Record   *yaml.Node  `yaml:"record" schema:"fields"`
	Optional bool        `yaml:"optional,omitempty"`
}

const maxEnum = 10_000 // words of one enum

// read gives the type that a node writes; any where it writes none, with the
// reason among the diagnostics.
func (r *typeReader) read(n *yaml.Node) flow.Type {
	switch n.Kind {
	case yaml.ScalarNode:
		return r.named(r.doc.Text(n))
	case yaml.MappingNode:
		var k typeKeys
		r.doc.Decode(n, &k, r.diags)
		return r.long(n, k)
	case yaml.AliasNode:
		return flow.Type{}
	}
	r.diags.Add(r.doc.Pos(n), "a list is no type", "a list of texts is {list: string}, one of several words {enum: [a, b]}")
	return flow.Type{}
}

// named reads a type of one word.
func (r *typeReader) named(t flow.Text) flow.Type {
	word, optional := strings.CutSuffix(t.Value, "?")
	if scope, field, ok := strings.Cut(word, "."); ok {
		schema, known := r.refs[scope]
		i := schema.Index(field)
		switch {
		case !known:
			r.diags.Add(t.Pos, fmt.Sprintf("unknown type %q", t.Value), diag.Suggest(word, r.words()))
		case i < 0:
			r.diags.Add(t.Pos, fmt.Sprintf("%s has no field %q to take the type of", scope, field), diag.Suggest(field, schema.Names()))
		default:
			typ := schema.Fields()[i].Type
			typ.Optional = typ.Optional || optional
			return typ
		}
		return flow.Type{}
	}
	kind, ok := flow.KindByName(word)
	switch {
	case !ok:
		r.diags.Add(t.Pos, fmt.Sprintf("unknown type %q", t.Value), diag.Suggest(word, r.words()))
	case kind == flow.Enum:
		r.diags.Add(t.Pos, "an enum without its words", "{enum: [a, b]}")
	default:
		return flow.Type{Kind: kind, Optional: optional}
	}
	return flow.Type{}
}

// words are the types of one word.
func (r *typeReader) words() []string {
	out := slices.DeleteFunc(flow.KindNames(), func(w string) bool { return w == "enum" })
	for scope, s := range r.refs {
		for _, f := range s.Names() {
			out = append(out, scope+"."+f)
		}
	}
	return out
}

// long reads a type in its long form.
func (r *typeReader) long(n *yaml.Node, k typeKeys) flow.Type {
	given := 0
	for _, is := range []bool{k.Type != nil, k.Enum != nil, k.List != nil, k.Record != nil} {
		if is {
			given++
		}
	}
	if given != 1 {
		r.diags.Add(r.doc.Pos(n), "a type has exactly one of the keys type, enum, list and record", "")
		return flow.Type{}
	}
	var t flow.Type
	switch {
	case k.Type != nil:
		t = r.read(k.Type)
	case k.List != nil:
		elem := r.read(k.List)
		t = flow.Type{Kind: flow.List, Elem: &elem}
	case k.Record != nil:
		t = flow.Type{Kind: flow.Record, Fields: r.schema(k.Record, "record")}
	default:
		t = flow.Type{Kind: flow.Enum, Enum: r.enum(r.doc.Pos(n), k.Enum)}
	}
	t.Optional = t.Optional || k.Optional
	return t
}

func (r *typeReader) enum(at flow.Pos, words []flow.Text) []string {
	if len(words) == 0 || len(words) > maxEnum {
		r.diags.Add(at, fmt.Sprintf("an enum of %d words, want 1 to %d", len(words), maxEnum), "")
	}
	var out []string
	seen := make(map[string]bool, len(words))
	for _, w := range words {
		if seen[w.Value] {
			r.diags.Add(w.Pos, fmt.Sprintf("%q twice in one enum", w.Value), "")
			continue
		}
		seen[w.Value] = true
		out = append(out, w.Value)
	}
	return out
}

// schema reads a mapping of names to types.
func (r *typeReader) schema(n *yaml.Node, what string) *flow.Schema {
	if n.Kind != yaml.MappingNode {
		if n.Kind != yaml.AliasNode {
			r.diags.Add(r.doc.Pos(n), fmt.Sprintf("%q wants names and types, such as amount: number", what), "")
		}
		return flow.NewSchema()
	}
	var fields []flow.Field
	for k, v := range yamldoc.Pairs(n) {
		if r.name(k, "field") {
			fields = append(fields, flow.Field{Name: k.Value, Type: r.read(v)})
		}
	}
	return flow.NewSchema(fields...)
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// name checks that an expression can say a name.
func (r *typeReader) name(n *yaml.Node, what string) bool {
	if identifier.MatchString(n.Value) {
		return true
	}
	r.diags.Add(r.doc.Pos(n), fmt.Sprintf("%s %q is no name that an expression could use", what, n.Value), "letters, digits and _, not starting with a digit")
	return false
}
