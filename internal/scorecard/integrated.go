package scorecard

import (
	"fmt"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// integrated takes in the handoffs of one trial outside shadow.
func (d *tally) integrated(t *flow.Trial, at place) {
	for i := range t.Handoffs {
		h := &t.Handoffs[i]
		if h.Shadow {
			continue
		}
		if why := d.apart(h); why != "" {
			d.handoffs.add(at, fmt.Sprintf("%s: %s → %s", why, h.From, h.To))
		} else {
			d.handoffs.add(at)
		}
	}
}

// apart says what of a handoff is not integrated, the first that applies; ""
// where nothing is.
func (d *tally) apart(h *flow.Handoff) string {
	switch {
	case d.person(h.From) || d.person(h.To):
		return "manual"
	case d.undeclared(h.To):
		return "undeclared"
	case h.Kind != "":
		return string(h.Kind)
	}
	return ""
}

// person says whether people are at that end of a handoff.
func (d *tally) person(name string) bool {
	if n := d.nodes[name]; n != nil {
		return n.Actor == flow.Person
	}
	_, team := d.w.Team(name)
	return team
}

// recorded is the kind of step whose outputs happened elsewhere: it was given
// what its in says, or nobody knows what.
const recorded = "recorded"

// undeclared says that the design does not name what the receiver gets.
func (d *tally) undeclared(name string) bool {
	n := d.nodes[name]
	return n != nil && n.Kind == recorded && len(n.In) == 0
}

// named are the nodes of a plan by their names.
func named(p *design.Plan) map[string]*design.Node {
	out := make(map[string]*design.Node, len(p.Nodes))
	for _, n := range p.Nodes {
		out[n.Name] = n
	}
	return out
}
