package record

import (
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// Frame puts together again, in into, what was known in a trial outside shadow:
// the case's input and what the record has of the steps' outputs. into has the
// plan's Slots places.
func Frame(p *design.Plan, t *flow.Trial, c *flow.Case, into []any) {
	clear(into)
	copy(into, c.Input.Values)
	for i := range t.Spans {
		s := &t.Spans[i]
		if s.Shadow || s.Output == nil {
			continue
		}
		at := slices.IndexFunc(p.Nodes, func(n *design.Node) bool { return n.Name == s.Step })
		if at < 0 {
			continue
		}
		n := p.Nodes[at]
		if out, err := flow.ParseJSON(s.Output, n.Out); err == nil {
			copy(into[n.OutSlot:n.OutSlot+n.Out.Len()], out)
		}
	}
}
