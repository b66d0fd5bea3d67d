package design

import (
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/expr"
	"github.com/rehearse-dev/rehearse/internal/prove"
)

const (
	// maxPaths are the paths to one step that are told apart; more become one.
	maxPaths = 128
	// maxTries bounds the proofs of one design; docs/lint.md says it.
	maxTries = 400_000
)

// trail is a path through the steps: which of them ran for certain, which
// perhaps, and what held on the way.
type trail struct {
	ran, may []bool // by node
	held     []prove.Condition
}

func (t trail) step(i int) trail {
	t.ran, t.may = slices.Clone(t.ran), slices.Clone(t.may)
	t.ran[i], t.may[i] = true, true
	return t
}

func (t trail) with(held ...prove.Condition) trail {
	t.held = append(slices.Clip(t.held), held...)
	return t
}

// paths are all paths through a design. Those whose conditions contradict each
// other are left out, as far as that is proven.
type paths struct {
	l      *loader
	budget *prove.Budget
	to     [][]trail // by node, and the end: the paths that lead there
	merged []bool    // by the same: whether they are one because they were too many
	names  map[string]int
	parsed map[string]prove.Condition // of branches, by their source
}

// follow finds the paths. Routes only lead forward, so every step's paths are
// known when it is come to.
func (l *loader) follow() *paths {
	count := len(l.plan.Nodes)
	p := &paths{l: l, budget: prove.NewBudget(maxTries), to: make([][]trail, count+1), merged: make([]bool, count+1), names: map[string]int{}, parsed: map[string]prove.Condition{}}
	for i, n := range l.plan.Nodes {
		for _, f := range n.Out.Names() {
			p.names[n.Name+"."+f] = i
		}
	}
	p.to[0] = []trail{{ran: make([]bool, count), may: make([]bool, count)}}
	for i, n := range l.plan.Nodes {
		for _, t := range p.to[i] {
			t = t.step(i).with(p.needed(n)...)
			if n.Route == nil {
				p.lead(i+1, t)
				continue
			}
			for _, b := range n.Route.Branches {
				c, read := p.condition(n, b)
				var taken []prove.Condition
				if read {
					taken = []prove.Condition{c}
				}
				if p.together(t, taken...) != prove.Never {
					switch {
					case b.To >= 0:
						p.lead(b.To, t, taken...)
					case b.End:
						p.lead(count, t, taken...)
					}
				}
				if b.When == nil {
					break
				}
				if read {
					// In place: the paths led on keep what they had, and 3,000
					// branches need not be copied 3,000 times.
					t.held = append(t.held, c.Not())
				}
			}
		}
	}
	return p
}

// lead notes a path to a node, on which more holds than on the way so far. Those
// that are too many become one as they come, so that they need not be kept.
func (p *paths) lead(to int, t trail, more ...prove.Condition) {
	if p.merged[to] {
		p.to[to][0].join(t)
		return
	}
	p.to[to] = append(p.to[to], t.with(more...))
	if len(p.to[to]) > maxPaths {
		p.to[to], p.merged[to] = []trail{merge(p.to[to])}, true
	}
}

// merge is one path that says what all of them have in common.
func merge(all []trail) trail {
	one := trail{ran: slices.Clone(all[0].ran), may: slices.Clone(all[0].may)}
	for _, t := range all[1:] {
		one.join(t)
	}
	return one
}

// join makes a merged path say what another has in common with it.
func (t trail) join(with trail) {
	for i := range t.ran {
		t.ran[i] = t.ran[i] && with.ran[i]
		t.may[i] = t.may[i] || with.may[i]
	}
}

// condition is that of a branch. Those of another workflow's routes speak of
// names that mean something else here: nothing is concluded from them.
func (p *paths) condition(n *Node, b Branch) (prove.Condition, bool) {
	if b.When == nil || p.l.steps[n.Index].inside {
		return prove.Condition{}, false
	}
	c, known := p.parsed[b.Source]
	if !known {
		var err error
		if c, err = prove.Parse(b.Source); err != nil {
			return prove.Condition{}, false
		}
		p.parsed[b.Source] = c
	}
	return c, true
}

// needed is what is known after a step that had to have it to run.
func (p *paths) needed(n *Node) []prove.Condition {
	var out []prove.Condition
	if n.Broken.Mode == Continue || p.l.steps[n.Index].inside {
		return nil
	}
	for _, b := range n.In {
		f, ok := b.Value.(expr.Frame)
		if !ok || !b.Needed || !f.Program.Plain() {
			continue
		}
		if c, err := prove.Parse(f.Program.Reads()[0].Name + " == null"); err == nil {
			out = append(out, c.Not())
		}
	}
	return out
}

// together says whether a path can be taken and the conditions hold there.
func (p *paths) together(t trail, more ...prove.Condition) prove.Answer {
	answer, _ := p.example(t, more...)
	return answer
}

// example is together with values that meet the conditions. The question comes
// first: where it contradicts itself, the way need not be gone over.
func (p *paths) example(t trail, more ...prove.Condition) (prove.Answer, []prove.Value) {
	if p.budget.Spent() {
		return prove.Unknown, nil
	}
	return prove.Together(t.known(p), p.budget, append(slices.Clip(more), t.held...)...)
}

// known is what a path knows of the values that conditions read. Params are
// left open: what is proven holds however they are set.
func (t trail) known(p *paths) func(string) (prove.Known, bool) {
	return func(name string) (prove.Known, bool) {
		if field, ok := strings.CutPrefix(name, "input."); ok {
			i := p.l.wf.Input.Index(field)
			if i < 0 {
				return prove.Known{}, false
			}
			return prove.Known{Type: p.l.wf.Input.Fields()[i].Type}, true
		}
		i, ok := p.names[name]
		if !ok {
			return prove.Known{}, false
		}
		n := p.l.plan.Nodes[i]
		typ := n.Out.Fields()[n.Out.Index(name[len(n.Name)+1:])].Type
		typ.Optional = typ.Optional || !t.ran[i]
		return prove.Known{Type: typ, Null: !t.may[i]}, true
	}
}
