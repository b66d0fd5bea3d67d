package yamldoc

import (
	"fmt"
	"strconv"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

// Value reads a node as a value of type t, nil where it is null. The name is
// used in messages. It reports what [flow.Type.Check] finds, except that null
// is accepted for every type: whether a value may be absent is the caller's
// to judge.
func (d *Doc) Value(n *yaml.Node, t flow.Type, name string, diags *diag.List) any {
	if n.Kind == yaml.AliasNode || IsNull(n) {
		return nil
	}
	wrong := func() any {
		diags.Add(d.Pos(n), fmt.Sprintf("%s is %s, want %s", name, describe(n), t), "")
		return nil
	}
	switch n.Kind {
	case yaml.SequenceNode:
		if t.Kind != flow.List && t.Kind != flow.Any {
			return wrong()
		}
		elem := flow.Type{Kind: flow.Any}
		if t.Elem != nil {
			elem = *t.Elem
		}
		out := make([]any, len(n.Content))
		for i, c := range n.Content {
			out[i] = d.Value(c, elem, fmt.Sprintf("%s[%d]", name, i), diags)
		}
		return out
	case yaml.MappingNode:
		if t.Kind != flow.Record && t.Kind != flow.Any {
			return wrong()
		}
		out := make(map[string]any, len(n.Content)/2)
		for k, c := range Pairs(n) {
			ft := flow.Type{Kind: flow.Any}
			if t.Fields.Len() > 0 {
				i := t.Fields.Index(k.Value)
				if i < 0 {
					diags.Add(d.Pos(k), fmt.Sprintf("%s has no field %q", name, k.Value), diag.Suggest(k.Value, t.Fields.Names()))
					continue
				}
				ft = t.Fields.Fields()[i].Type
			}
			out[k.Value] = d.Value(c, ft, name+"."+k.Value, diags)
		}
		return out
	}
	v, ok := scalar(n, t)
	if !ok {
		return wrong()
	}
	if why := t.Check(v); why != "" {
		diags.Add(d.Pos(n), fmt.Sprintf("%s %s", name, why), "")
		return nil
	}
	return v
}

func scalar(n *yaml.Node, t flow.Type) (any, bool) {
	switch t.Kind {
	case flow.String, flow.Enum:
		return n.Value, true
	case flow.Number, flow.Probability:
		x, ok := number(n)
		return x, ok
	case flow.Integer:
		x, err := strconv.ParseInt(n.Value, 10, 64)
		return x, err == nil
	case flow.Boolean:
		return n.Value == "true", n.ShortTag() == "!!bool"
	case flow.Date, flow.Time:
		at, ok := parseTime(n.Value)
		if ok && t.Kind == flow.Date {
			ok = at.Equal(at.Truncate(24 * time.Hour))
		}
		return at, ok
	case flow.Any:
		switch n.ShortTag() {
		case "!!bool":
			return n.Value == "true", true
		case "!!int", "!!float":
			x, ok := number(n)
			return x, ok
		}
		return n.Value, true
	}
	return nil, false
}
