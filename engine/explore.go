package engine

import (
	"context"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// Explorer runs variants of a design in which any of its players, steps and
// routes with gold, give gold, and sees which of the others would have changed
// nothing by giving it too.
type Explorer struct {
	w       *Worker
	players []int // by node: place among the players, -1 for none
	nodes   []int // by player
	free    uint64
}

// MaxPlayers is how many players an Explorer can have.
const MaxPlayers = 64

// Explore makes an explorer whose players are the nodes of those names. The
// case and repeat that it runs are those that w ran last, as written. It panics
// on the name of no node, and on more than [MaxPlayers].
func (w *Worker) Explore(names []string) *Explorer {
	if len(names) > MaxPlayers {
		panic("engine: too many players")
	}
	v := w.Oracle(Oracle{Variant: "oracle:*some", Nodes: names})
	e := &Explorer{w: v, players: make([]int, len(v.r.plan.Nodes)), nodes: make([]int, len(names))}
	for i := range e.players {
		e.players[i] = -1
	}
	for p, name := range names {
		for _, n := range v.r.plan.Nodes {
			if n.Name == name {
				e.players[n.Index], e.nodes[p] = p, n.Index
			}
		}
	}
	v.oracle.explorer = e
	return e
}

// Run runs the case with the players whose bit is set giving gold. free are
// the players that would change nothing in this trial by giving gold: what they
// gave is the gold already, or they were not reached, or have none.
func (e *Explorer) Run(ctx context.Context, c *flow.Case, repeat int, inputDigest uint64, gold uint64, t *flow.Trial, arena []byte) (free uint64, out []byte, err error) {
	for p, node := range e.nodes {
		e.w.oracle.gold[node] = gold&(1<<p) != 0
	}
	e.free = 1<<len(e.nodes) - 1
	if len(e.nodes) == MaxPlayers {
		e.free = ^uint64(0)
	}
	out, err = e.w.Run(ctx, c, repeat, inputDigest, t, arena)
	return e.free, out, err
}

// watch notes that the node would have changed the trial by giving gold.
func (x *execution) watch(n *design.Node, differs func() bool) {
	o := x.w.oracle
	if o == nil || o.explorer == nil {
		return
	}
	if p := o.explorer.players[n.Index]; p >= 0 && differs() {
		o.explorer.free &^= 1 << p
	}
}
