package engine

import (
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// route takes a decision. In shadow the branches that escalate are passed over.
func (x *execution) route(n *design.Node, shadow bool) (next int, end *ending) {
	taken := flow.RouteTaken{Step: n.Name, Branch: -1, Shadow: shadow, Values: x.reads(n)}
	at := len(x.t.Handoffs)
	x.t.Handoffs = append(x.t.Handoffs, flow.Handoff{From: n.Edge.From, To: n.Name, Digest: x.payload(n.Edge), Shadow: shadow})
	j, err := x.choose(n, shadow)
	if err != nil {
		return x.undecided(n, taken, &x.t.Handoffs[at], err)
	}
	if j >= 0 {
		return x.follow(n, j, taken)
	}
	x.t.Routes = append(x.t.Routes, taken)
	if shadow {
		return 0, &ending{route: -1, why: "no branch of " + n.Name + " goes on without a person"}
	}
	x.t.Handoffs = append(x.t.Handoffs, flow.Handoff{From: n.Name, To: "nobody", Kind: flow.Undelivered, Clause: "route", Digest: x.payload(n.Edge)})
	return 0, x.stuck(n, &x.t.Handoffs[len(x.t.Handoffs)-1])
}

// choose is the branch to go on by, -1 for none.
func (x *execution) choose(n *design.Node, shadow bool) (int, error) {
	if j := x.goldBranch(n, shadow); j >= 0 {
		return j, nil
	}
	j, err := x.decide(n, shadow)
	x.watch(n, func() bool {
		gold := x.labelledBranch(n, shadow)
		return gold >= 0 && (err != nil || gold != j)
	})
	return j, err
}

// decide is the first branch whose condition holds, -1 for none.
func (x *execution) decide(n *design.Node, shadow bool) (int, error) {
	for j := range n.Route.Branches {
		b := &n.Route.Branches[j]
		if shadow && b.Team != "" {
			continue
		}
		if b.When == nil {
			return j, nil
		}
		v, err := b.When.Eval(x.w.frame)
		if err != nil {
			return -1, err
		}
		if yes, _ := v.(bool); yes {
			return j, nil
		}
	}
	return -1, nil
}

// follow goes on by a branch.
func (x *execution) follow(n *design.Node, j int, taken flow.RouteTaken) (next int, end *ending) {
	b := &n.Route.Branches[j]
	taken.Branch, taken.Because, taken.To = j, b.Because, x.plan.Target(b)
	x.t.Routes = append(x.t.Routes, taken)
	switch {
	case b.Team != "":
		if h := x.handOver(x.evaluate(b.Team, b.Edge, b.Show, b.Needs, x.w.in[:len(b.Show)]), false); h != nil {
			h.After = string(design.Continue) // the person has the case, without part of it
		}
		return 0, &ending{team: b.Team, because: b.Because, route: n.Index}
	case b.End:
		return len(x.plan.Nodes), nil
	}
	return b.To, nil
}

// undecided is a decision point that cannot read what it decides by: the
// handoff to it broke.
func (x *execution) undecided(n *design.Node, taken flow.RouteTaken, h *flow.Handoff, err error) (int, *ending) {
	x.t.Routes = append(x.t.Routes, taken)
	h.Kind, h.Clause = flow.Malformed, "condition"
	if name, ok := absentName(err); ok {
		h.Kind, h.Detail, h.Clause = flow.Incomplete, x.missing(name), name
	}
	if h.Shadow {
		return 0, &ending{route: -1, why: "the handoff to " + n.Name + " broke"}
	}
	return 0, x.stuck(n, h)
}

// stuck is a broken handoff at a decision point, which has nothing to go on
// with.
func (x *execution) stuck(n *design.Node, h *flow.Handoff) *ending {
	if n.Broken.Mode == design.Continue {
		h.After = string(design.Fail)
		return &ending{route: -1, failed: h.Kind}
	}
	return x.broken(n, h, false)
}

// reads is the JSON of everything that the route's conditions read.
func (x *execution) reads(n *design.Node) []byte {
	values := x.w.in[:len(n.Route.Reads)]
	for j, r := range n.Route.Reads {
		values[j] = x.w.frame[r.Slot]
	}
	return x.json(n.Route.Schema, values)
}
