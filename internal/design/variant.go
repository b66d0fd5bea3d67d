package design

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/expr"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// Cutoffs are the params that the conditions of a route compare a confidence
// with, in the order written.
func (n *Node) Cutoffs() []string {
	var out []string
	if n.Route == nil {
		return nil
	}
	confidence := func(name string) bool {
		i := n.Route.Schema.Index(name)
		return i >= 0 && n.Route.Schema.Fields()[i].Type.Kind == flow.Probability
	}
	for _, b := range n.Route.Branches {
		if b.When == nil {
			continue
		}
		compared, err := expr.Comparisons(b.Source)
		if err != nil {
			continue // Load has compiled it
		}
		for _, c := range compared {
			for _, sides := range [][2][]string{{c.Left, c.Right}, {c.Right, c.Left}} {
				if !slices.ContainsFunc(sides[0], confidence) {
					continue
				}
				for _, name := range sides[1] {
					if param, ok := strings.CutPrefix(name, "params."); ok && !slices.Contains(out, param) {
						out = append(out, param)
					}
				}
			}
		}
	}
	return out
}

// LoadWith reads a design with a step of another design of the same workflow
// in the place of its own step. Both give the same fields; what the other
// reads, this design has to give it, save params, which come with the step.
func LoadWith(p *Plan, step string, other *Plan, from string, reg *flow.Registry, opts Options) (*Plan, error) {
	if was, is := outOf(p, step), outOf(other, from); was == nil || is == nil || schemaText(was) != schemaText(is) {
		return nil, fmt.Errorf("step %q of design %q gives %s, and %q of design %q gives %s: a step can stand in for one that gives the same", from, other.Design.Name, gives(is), step, p.Design.Name, gives(was))
	}
	mine, theirs, err := grafted(p.Design.File, other.Design.File)
	if err != nil {
		return nil, err
	}
	place, graft := stepNode(mine, step), stepNode(theirs, from)
	switch {
	case place == nil:
		return nil, fmt.Errorf("design %q has no step %q of its own", p.Design.Name, step)
	case graft == nil:
		return nil, fmt.Errorf("design %q has no step %q of its own", other.Design.Name, from)
	}
	*yamldoc.Find(graft, "name") = *yamldoc.Find(place, "name")
	*place = *graft
	for _, param := range other.Design.Params {
		if slices.Contains(param.Steps, from) {
			if err := takeParam(mine, p, param); err != nil {
				return nil, err
			}
		}
	}
	text, err := yaml.Marshal(mine)
	if err != nil {
		return nil, err
	}
	out, problems := Parse(p.Design.File, text, p.Workflow, reg, opts)
	if problems.Err() != nil {
		var why []string
		for _, d := range problems.Errors() { // their places are in no file
			why = append(why, d.Message)
		}
		return nil, fmt.Errorf("step %q of design %q does not fit into design %q: %s", from, other.Design.Name, p.Design.Name, strings.Join(why, "; "))
	}
	for _, n := range out.Nodes {
		if n.Name == step && flow.HappenedElsewhere(n.Step) && (len(n.In) == 0 || len(n.Edge.Steps) > 0) {
			return nil, fmt.Errorf("step %q of design %q is recorded, and was given more than the case's input: what it would have answered in design %q was not recorded", from, other.Design.Name, p.Design.Name)
		}
	}
	return out, nil
}

// grafted are the documents of two design files.
func grafted(files ...string) (a, b *yaml.Node, err error) {
	var docs []*yaml.Node
	for _, file := range files {
		data, err := regular.Read(file)
		if err != nil {
			return nil, nil, err
		}
		doc, problems := yamldoc.Parse(file, data)
		if err := problems.Err(); err != nil {
			return nil, nil, err
		}
		docs = append(docs, doc.Root)
	}
	return docs[0], docs[1], nil
}

// stepNode is the step of that name, also in a parallel group.
func stepNode(n *yaml.Node, name string) *yaml.Node {
	steps := yamldoc.Find(n, "steps")
	if steps == nil {
		return nil
	}
	for _, s := range steps.Content {
		if at := yamldoc.Find(s, "name"); at != nil && at.Value == name {
			return s
		}
		if within := stepNode(s, name); within != nil {
			return within
		}
	}
	return nil
}

// takeParam adds a param to a design's document.
func takeParam(doc *yaml.Node, p *Plan, param Param) error {
	for _, have := range p.Design.Params {
		if have.Name != param.Name {
			continue
		}
		if have.Value != param.Value {
			return fmt.Errorf("param %q is %v in design %q, and %v where the step comes from: set them alike with --set when the run is made", param.Name, have.Value, p.Design.Name, param.Value)
		}
		return nil
	}
	params := yamldoc.Find(doc, "params")
	if params == nil {
		params = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		doc.Content = append(doc.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "params"}, params)
	}
	value := new(yaml.Node)
	if err := value.Encode(param.Value); err != nil {
		return err
	}
	params.Content = append(params.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: param.Name}, value)
	return nil
}

// outOf is what the step of that name gives; nil where there is none.
func outOf(p *Plan, step string) *flow.Schema {
	for _, n := range p.Nodes {
		if n.Name == step {
			return n.Out
		}
	}
	return nil
}

// gives writes what a step promises.
func gives(s *flow.Schema) string {
	if s == nil {
		return "nothing"
	}
	var fields []string
	for _, f := range s.Fields() {
		fields = append(fields, f.Name+": "+f.Type.String())
	}
	return "{" + strings.Join(fields, ", ") + "}"
}
