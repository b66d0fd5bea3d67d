package score

import (
	"fmt"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// StepGold are the fields of a node's output that the card has gold for; nil
// where there is none, or where nobody gives the output before scoring.
func StepGold(n *design.Node, card *dataset.Card) *flow.Schema {
	if n.Answer != nil && n.Answer.Final {
		return nil
	}
	return card.StepGold(n.Name, n.Out)
}

// GoldSchemas are the step labels that the plans' steps have gold for. Plans
// whose steps of one name give a field different types cannot share a reading.
func GoldSchemas(plans []*design.Plan, card *dataset.Card) (map[string]*flow.Schema, error) {
	fields := map[string][]flow.Field{}
	for _, p := range plans {
		for _, n := range p.Nodes {
			for _, f := range StepGold(n, card).Fields() {
				known := false
				for _, have := range fields[n.Name] {
					if have.Name != f.Name {
						continue
					}
					known = true
					if have.Type.Kind != f.Type.Kind {
						return nil, fmt.Errorf("%s: step %q gives field %q as %s, another design as %s: judge one design at a time", p.Design.File, n.Name, f.Name, f.Type, have.Type)
					}
				}
				if !known {
					fields[n.Name] = append(fields[n.Name], f)
				}
			}
		}
	}
	out := make(map[string]*flow.Schema, len(fields))
	for step, f := range fields {
		out[step] = flow.NewSchema(f...)
	}
	return out, nil
}

// GoldEqual says whether a step's value equals the gold one; either may be nil
// for absent. They are compared as the outcome field of the same name and type
// is, else as the type asks for: texts folded, numbers and dates equal.
func GoldEqual(w *design.Workflow, f flow.Field, got, gold any) bool {
	if got == nil || gold == nil {
		return got == nil && gold == nil
	}
	return Equal(goldComparator(w, f), got, gold)
}

func goldComparator(w *design.Workflow, f flow.Field) design.Comparator {
	if i := w.Outcome.Index(f.Name); i >= 0 && w.Outcome.Fields()[i].Type.Kind == f.Type.Kind && w.Compare[i].Kind != design.Ignore {
		return w.Compare[i]
	}
	switch f.Type.Kind {
	case flow.String:
		return design.Comparator{Kind: design.Text}
	case flow.Number, flow.Integer, flow.Probability:
		return design.Comparator{Kind: design.Number}
	case flow.Date:
		return design.Comparator{Kind: design.Day}
	case flow.List:
		return design.Comparator{Kind: design.Set}
	}
	return design.Comparator{Kind: design.Exact}
}
