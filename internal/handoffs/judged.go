package handoffs

import (
	"bytes"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// crossing is one thing that was handed over, as one of the matrices counts it.
type crossing struct {
	from, to string
	// can are the kinds of failure that labels can tell of here; nil for a
	// crossing as operation saw it, which could be any.
	can            []flow.HandoffKind
	kind           flow.HandoffKind // how it failed; "" where it held
	followed       flow.HandoffKind // how it seems to fail, carrying on an earlier fault
	clause, detail string
	note, after    string
	payload        func() []byte // nil where the record does not tell
}

// seen are the crossings of a trial as operation saw them.
func (v *view) seen(t *flow.Trial, deliveries []delivery, into []crossing) []crossing {
	for i := range deliveries {
		d := &deliveries[i]
		c := crossing{from: d.From, to: d.To, kind: d.Kind, clause: d.Clause, detail: d.Detail, after: d.After}
		c.payload = func() []byte { return v.handedOver(d) }
		if d.Kind != "" {
			c.note = trouble(t, d)
		}
		into = append(into, c)
	}
	if v != nil && t.Status == flow.Automated && !slices.ContainsFunc(deliveries, toOutcome) {
		// Only a broken one is on record, and a rate wants those that held.
		into = append(into, crossing{from: v.plan.OutcomeEdge.From, to: outcome})
	}
	return into
}

// toOutcome says that a delivery is that of the final outcome.
func toOutcome(d delivery) bool { return d.To == outcome && !useless(d.Handoff) }

// trouble is what the step said that the handoff broke at, or that gave nothing.
func trouble(t *flow.Trial, d *delivery) string {
	step := d.To
	if useless(d.Handoff) {
		step = d.From
	} else if d.Clause != "receiver" {
		return "" // the step was not asked
	}
	for i := range t.Spans {
		if s := &t.Spans[i]; s.Step == step && !s.Shadow && s.Class != "" {
			return s.Error
		}
	}
	return ""
}

// performances remembers what actions were performed, and says for which case
// one was before.
type performances func(*design.Node, *flow.Span) (first string, again bool)

// judge adds the crossings of a trial that labels judge. A fault is counted
// where it is first handed on; what carries it on is not counted again, nor what
// follows from a handoff that broke in operation.
func (v *view) judge(t *flow.Trial, label *flow.Label, g *score.Judgement, deliveries []delivery, performed performances, into []crossing) []crossing {
	v.holdAgainstGold(t, label)
	for i := range deliveries {
		d := &deliveries[i]
		c := crossing{from: d.From, to: d.To}
		c.payload = func() []byte { return v.handedOver(d) }
		if d.edge != nil && !useless(d.Handoff) {
			fault := v.contradiction(d.edge, func() []byte { return v.handedOver(d) }, d.Kind == "", &c)
			if d.node != nil && fault {
				v.tainted[d.node.Index] = true
			}
		}
		v.again(t, d, &c, performed)
		if c.can != nil && d.Kind == "" {
			into = append(into, c)
		}
	}
	if !slices.ContainsFunc(deliveries, toOutcome) {
		into = v.outcome(t, into)
	}
	return v.decisions(t, label, g, into)
}

// holdAgainstGold marks the values of the trial that differ from gold.
func (v *view) holdAgainstGold(t *flow.Trial, label *flow.Label) {
	clear(v.known)
	clear(v.wrong)
	clear(v.counted)
	clear(v.tainted)
	clear(v.stood)
	for _, g := range v.gold {
		s := spanOf(t, g.node.Name)
		if s == nil {
			continue
		}
		v.stood[g.node.Index] = s.Class != ""
		for _, slot := range g.slots {
			f := v.fields[slot]
			if gold, known := label.Gold(g.node.Name, f.Name, f.Type); known {
				v.known[slot], v.right[slot] = true, gold
				v.wrong[slot] = !score.GoldEqual(v.plan.Workflow, f, v.values[slot], gold)
			}
		}
	}
}

// spanOf is the span outside shadow in which a step gave something.
func spanOf(t *flow.Trial, step string) *flow.Span {
	for i := range t.Spans {
		if s := &t.Spans[i]; s.Step == step && !s.Shadow && s.Output != nil {
			return s
		}
	}
	return nil
}

// contradiction says whether what is handed over on an edge carries a fault: a
// value that is not the gold one, or that a step gave which was handed one and
// has no gold of its own. A new fault is counted, where the handoff held.
func (v *view) contradiction(e *design.Edge, payload func() []byte, held bool, c *crossing) (fault bool) {
	for _, slot := range e.Slots {
		owner := v.owner[slot]
		switch {
		case owner == nil:
			continue // the input is what it is
		case !v.known[slot]:
			fault = fault || v.tainted[owner.Index]
			continue
		case c.can == nil:
			c.can = []flow.HandoffKind{flow.Corrupted}
		}
		if !v.wrong[slot] || !v.carries(slot, payload) {
			continue
		}
		fault = true
		if v.counted[slot] || v.tainted[owner.Index] || v.stood[owner.Index] {
			c.followed = flow.Corrupted
			continue
		}
		v.counted[slot] = true
		if held && c.kind == "" {
			c.kind, c.clause = flow.Corrupted, owner.Name+"."+v.fields[slot].Name
		}
	}
	if c.kind != "" {
		c.followed = ""
	}
	return fault
}

// carries says whether a payload would be another one if the value in a place
// were the gold one: of a ?? b it holds one alone.
func (v *view) carries(slot int, payload func() []byte) bool {
	own := v.values[slot]
	before := payload()
	v.values[slot] = v.right[slot]
	after := payload()
	v.values[slot] = own
	return !bytes.Equal(before, after)
}

// again says whether an action was performed for the second time.
func (v *view) again(t *flow.Trial, d *delivery, c *crossing, performed performances) {
	if d.node == nil || d.node.Role != flow.Action || d.Kind != "" {
		return
	}
	for i := range t.Spans {
		s := &t.Spans[i]
		if s.Step != d.node.Name || s.Shadow || s.Class != "" || s.Key == 0 {
			continue
		}
		c.can = append(c.can, flow.Duplicated)
		if first, again := performed(d.node, s); again && c.kind == "" {
			c.kind, c.clause, c.note = flow.Duplicated, "idempotency_key", "performed before for case "+first
		}
	}
}

// outcome is the crossing of a final outcome that held in operation.
func (v *view) outcome(t *flow.Trial, into []crossing) []crossing {
	if t.Status != flow.Automated {
		return into
	}
	e := &v.plan.OutcomeEdge
	payload := func() []byte { return v.payload(v.final) }
	c := crossing{from: e.From, to: outcome, payload: payload}
	v.contradiction(e, payload, true, &c)
	if c.can != nil {
		into = append(into, c)
	}
	return into
}

// outcome is where the final result of a case goes.
const outcome = "outcome"

// decisions are the ways that were taken, held against the label's. Of several
// wrong ones of a trial the first counts.
func (v *view) decisions(t *flow.Trial, label *flow.Label, g *score.Judgement, into []crossing) []crossing {
	last := -1
	for i := range t.Routes {
		if !t.Routes[i].Shadow && t.Routes[i].To != "" {
			last = i
		}
	}
	missed := g.Needs == score.Yes && t.Status == flow.Automated
	before := false // an earlier decision was wrong
	for i := range t.Routes {
		r := &t.Routes[i]
		if r.Shadow || r.To == "" {
			continue
		}
		want := ""
		if label != nil {
			want = label.Routes[r.Step]
		}
		if want == "" && !(i == last && t.Status == flow.Automated && g.Needs != score.Unknown) {
			continue
		}
		c := crossing{from: r.Step, to: r.To, can: misroutes}
		values := r.Values
		c.payload = func() []byte { return values }
		wrong := want != "" && r.To != want
		if c.detail = "belongs to " + want; want == "" {
			wrong, c.detail = missed, "missed escalation"
		}
		c.clause = "label"
		switch n := v.node(r.Step); {
		case !wrong:
			c.clause, c.detail = "", ""
		case before || n != nil && v.tainted[n.Index]:
			c.followed = flow.Misrouted
		default:
			c.kind = flow.Misrouted
		}
		before = before || wrong
		into = append(into, c)
	}
	if last < 0 && t.Status == flow.Automated && g.Needs != score.Unknown {
		c := crossing{from: t.End, to: "end", can: misroutes}
		if missed {
			c.kind, c.clause, c.detail = flow.Misrouted, "label", "missed escalation"
		}
		into = append(into, c)
	}
	return into
}

var misroutes = []flow.HandoffKind{flow.Misrouted}
