package handoffs

import (
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// view is a design as its trials are looked at. It is used for one trial at a
// time.
type view struct {
	plan   *design.Plan
	names  map[string]*design.Node
	owner  []*design.Node // of each place of the frame; nil for the input
	fields []flow.Field   // of each place of the frame that a step gives
	gold   []goldStep
	final  []design.Binding // the outcome

	// Of the trial at hand.
	values  []any  // the frame
	known   []bool // places that gold judges
	wrong   []bool // places whose value is not the gold one
	right   []any  // the gold value of a place that is wrong
	counted []bool // places whose fault was counted already
	tainted []bool // nodes that were handed a fault
	stood   []bool // nodes for whose output the design's declared one stood
}

// goldStep is a step with the places of its output that gold can judge.
type goldStep struct {
	node  *design.Node
	slots []int
}

func newView(p *design.Plan, card *dataset.Card) *view {
	v := &view{
		plan: p, names: make(map[string]*design.Node, len(p.Nodes)),
		owner: make([]*design.Node, p.Slots), fields: make([]flow.Field, p.Slots),
		values: make([]any, p.Slots), known: make([]bool, p.Slots), wrong: make([]bool, p.Slots), counted: make([]bool, p.Slots), right: make([]any, p.Slots),
		tainted: make([]bool, len(p.Nodes)), stood: make([]bool, len(p.Nodes)),
	}
	for _, n := range p.Nodes {
		v.names[n.Name] = n
		for i, f := range n.Out.Fields() {
			v.owner[n.OutSlot+i], v.fields[n.OutSlot+i] = n, f
		}
		gold := score.StepGold(n, card)
		if gold.Len() == 0 {
			continue
		}
		g := goldStep{node: n}
		for i, f := range n.Out.Fields() {
			if gold.Index(f.Name) >= 0 {
				g.slots = append(g.slots, n.OutSlot+i)
			}
		}
		v.gold = append(v.gold, g)
	}
	for i, of := range p.Outcome {
		if f := p.Workflow.Outcome.Fields()[i]; of != nil {
			v.final = append(v.final, design.Binding{Name: f.Name, Type: f.Type, Value: of})
		}
	}
	return v
}

func (v *view) node(name string) *design.Node { return v.names[name] }

// delivery is a handoff with what the design says of it.
type delivery struct {
	*flow.Handoff
	node *design.Node     // that receives it; nil for a team of a route, and for nobody
	edge *design.Edge     // nil where the handoff carries nothing that the design names
	in   []design.Binding // what is handed over
}

// deliveries are the handoffs of a trial outside shadow, in their order.
func (v *view) deliveries(t *flow.Trial, into []delivery) []delivery {
	var (
		last  *design.Node // that received something
		broke *design.Node // whose handoff broke and went to people
	)
	for i := range t.Handoffs {
		h := &t.Handoffs[i]
		if h.Shadow {
			continue
		}
		d := delivery{Handoff: h}
		n := v.node(h.To)
		switch {
		case useless(h):
			if h.After == string(design.Escalate) {
				broke = v.node(h.From)
			}
		case n != nil && n.Answer == nil:
			d.node, d.edge, d.in = n, &n.Edge, n.Given()
			last = n
			if h.Kind != "" && h.After == string(design.Escalate) {
				broke = n
			}
		case h.To == outcome:
			d.in = v.final
		case h.To == nobody:
			if broke = last; last != nil {
				d.in = last.Given()
			}
		case broke != nil:
			d.edge, d.in = &broke.Broken.Edge, broke.Broken.Show
		default:
			if b := branchTo(t, last, h.To); b != nil {
				d.edge, d.in = &b.Edge, b.Show
				break
			}
			for _, n := range v.plan.Nodes {
				if n.Answer != nil && n.Answer.Team == h.To && (last == nil || n.Index > last.Index) {
					d.node, d.edge, d.in = n, &n.Edge, n.In
					last = n
					break
				}
			}
		}
		into = append(into, d)
	}
	return into
}

// bare are the handoffs of a trial outside shadow, of which nothing more is
// known than the record has.
func bare(t *flow.Trial, into []delivery) []delivery {
	for i := range t.Handoffs {
		if !t.Handoffs[i].Shadow {
			into = append(into, delivery{Handoff: &t.Handoffs[i]})
		}
	}
	return into
}

// nobody is the receiver of a handoff that no branch of a route takes on.
const nobody = "nobody"

// useless says that the handoff is not one into a receiver: its sender gave
// nothing that the receiver could take.
func useless(h *flow.Handoff) bool { return h.Clause == "output" && h.Digest == 0 && h.Kind != "" }

// branchTo is the branch by which a decision hands the case to a team.
func branchTo(t *flow.Trial, n *design.Node, team string) *design.Branch {
	if n == nil || n.Route == nil {
		return nil
	}
	for i := range t.Routes {
		r := &t.Routes[i]
		if r.Step == n.Name && !r.Shadow && r.Branch >= 0 && r.Branch < len(n.Route.Branches) && n.Route.Branches[r.Branch].Team == team {
			return &n.Route.Branches[r.Branch]
		}
	}
	return nil
}

// handedOver is the JSON of what was handed over; nil where the record does not
// tell.
func (v *view) handedOver(d *delivery) []byte {
	if d.in == nil {
		return nil
	}
	return v.payload(d.in)
}
