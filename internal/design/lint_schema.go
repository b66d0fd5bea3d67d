package design

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
)

// wants says whether a schema takes no payload in which a value is absent: a
// payload has every field of `in`, and null for what is absent.
func (s *PayloadSchema) wants(name string) bool {
	if s == nil {
		return false
	}
	p := s.compiled.Properties[name]
	return p != nil && p.Types != nil && !slices.Contains(p.Types.ToStrings(), "null")
}

// mismatched finds what a contract's schema asks and no payload of the step can
// have.
func (l *loader) mismatched(d *draft, fault report) {
	n := d.node
	if n.Contract == nil || n.Contract.Schema == nil {
		return
	}
	s, at := n.Contract.Schema.compiled, l.doc.Pos(d.keys.Contract)
	for _, name := range s.Required {
		if n.Schema.Index(name) < 0 {
			fault(at, fmt.Sprintf("the schema of step %q requires %q, which is not among what the step receives", n.Name, name), "add it to in")
		}
	}
	for i, f := range n.Schema.Fields() {
		p := s.Properties[f.Name]
		switch {
		case p == nil && s.AdditionalProperties == false:
			fault(n.In[i].Pos, fmt.Sprintf("the schema of step %q allows no %q", n.Name, f.Name), "take it out of in, or allow it")
		case p == nil || p.Types == nil || f.Type.Kind == flow.Any:
		case !slices.ContainsFunc(p.Types.ToStrings(), func(t string) bool { return slices.Contains(jsonTypes(f.Type), t) }):
			fault(n.In[i].Pos, fmt.Sprintf("%q of step %q is %s, and its schema wants %s", f.Name, n.Name, f.Type, strings.Join(p.Types.ToStrings(), " or ")), "")
		}
	}
}

// jsonTypes are the types of JSON that a value may have.
func jsonTypes(t flow.Type) []string {
	var out []string
	switch t.Kind {
	case flow.Number, flow.Integer, flow.Probability:
		out = []string{"number", "integer"}
	case flow.Boolean:
		out = []string{"boolean"}
	case flow.List:
		out = []string{"array"}
	case flow.Record:
		out = []string{"object"}
	default:
		out = []string{"string"}
	}
	if t.Optional {
		out = append(out, "null")
	}
	return out
}
