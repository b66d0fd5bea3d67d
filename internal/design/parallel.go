package design

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

const parallelKind = "parallel"

// Group is steps that work side by side on one case. They are nodes of the
// plan like all others, next to each other and in the order written; none of
// them reads another.
type Group struct {
	Name        string
	First, Last int // indices of its nodes
	// FirstFailure says that the group ends with the first of its steps, in
	// the order written, that has nothing to go on with: those after it leave
	// no trace. Otherwise all do their work, and then what that step declares
	// is done.
	FirstFailure bool
	Pos          flow.Pos
}

// parallelKeys are the keys of a group.
type parallelKeys struct {
	Name  flow.Text    `yaml:"name"`
	Kind  flow.Text    `yaml:"kind"`
	Join  *flow.Text   `yaml:"join" jsonschema:"enum=all,enum=first_failure"`
	Steps []*yaml.Node `yaml:"steps" schema:"[step],required" jsonschema:"minItems=2"`
}

// member is a step as written, and the group that it stands in.
type member struct {
	node  *yaml.Node
	group *Group
	first bool // of its group
}

// flatten lays out the steps of groups among the others.
func (l *loader) flatten(nodes []*yaml.Node) []member {
	var out []member
	for _, n := range nodes {
		if kind := yamldoc.Find(n, "kind"); kind == nil || kind.Value != parallelKind {
			out = append(out, member{node: n})
			continue
		}
		var k parallelKeys
		l.doc.Decode(n, &k, l.diags)
		g := &Group{Name: k.Name.Value, Pos: k.Name.Pos}
		count := 0
		if k.Join != nil {
			switch g.FirstFailure = k.Join.Value == "first_failure"; {
			case !g.FirstFailure && k.Join.Value != "all":
				l.diags.Add(k.Join.Pos, fmt.Sprintf("unknown join %q", k.Join.Value), diag.Suggest(k.Join.Value, []string{"all", "first_failure"}))
			}
		}
		for _, s := range k.Steps {
			if kind := yamldoc.Find(s, "kind"); kind != nil && kind.Value == parallelKind {
				l.diags.Add(l.doc.Pos(kind), "a parallel group inside another", "its steps can stand in the outer one: all of them run side by side")
				continue
			}
			out = append(out, member{node: s, group: g, first: count == 0})
			count++
		}
		if count < 2 && yamldoc.Find(n, "steps") != nil {
			l.diags.Add(l.doc.Pos(n), fmt.Sprintf("parallel group %q has fewer than two steps", g.Name), "a step alone needs no group")
		}
	}
	return out
}

// grouped checks what may stand in a group: work that begins at once for all.
func (l *loader) grouped(d *draft) {
	if g := d.node.Group; g != nil && (d.ok && d.node.Role != flow.Work || d.node.Kind == workflowKind) {
		l.diags.Add(d.at, fmt.Sprintf("step %q of kind %s in parallel group %q", d.node.Name, d.node.Kind, g.Name), "only steps that work stand in a group; decide and act after it")
	}
}

// group is the group of that name, nil for none.
func (l *loader) groupNamed(name string) *Group {
	for _, g := range l.plan.Groups {
		if g.Name == name && name != "" {
			return g
		}
	}
	return nil
}
