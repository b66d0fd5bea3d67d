package attribute

import (
	"context"
	"errors"
	"io"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// outcome is what came of one trial under one set of corrections.
type outcome struct {
	status    flow.Status
	right     score.Tri // of the final result, people's included
	shadow    score.Tri // without people
	cost      float64
	minutes   float64
	minutesOK bool
	automated bool
	handoff   string // its first failed handoff: "from → to"
	kind      string // of that failure
}

// explored is one case and repeat under every set of corrections. Most cases
// come to the same whatever is corrected, so equal outcomes are kept once.
type explored struct {
	id       string
	cluster  string
	weight   float64
	outcomes []outcome
	of       []uint16 // by set: index of outcomes; nil where there is but one
}

func (e *explored) at(set int) *outcome {
	if e.of == nil {
		return &e.outcomes[0]
	}
	return &e.outcomes[e.of[set]]
}

// Explorer tries sets of corrections on every case of a replay.
type Explorer struct {
	Workflow *design.Workflow
	Card     *dataset.Card
	Request  dataset.Request // of the cases; what more is read of them is set by Explore
	Seed     uint64
	Repeats  int
	Parallel int
}

// Explored are the cases of one design under all sets of its parts.
type Explored struct {
	parts []Part
	sets  *coalitions
	cases []explored
}

// Explore runs every case with every set of the design's parts corrected that
// its shares need. A set is not run where one that lacks a part of it says that
// the part would have changed nothing; a case without an error anywhere is run
// once.
func (x Explorer) Explore(ctx context.Context, r *engine.Runner) (*Explored, error) {
	var parts []Part
	var names []string
	for _, t := range Targets(r.Plan(), x.Card) {
		if t.one() {
			parts = append(parts, Part{Target: t})
			names = append(names, t.Name)
		}
	}
	if len(names) == 0 || len(names) > engine.MaxPlayers {
		return nil, nil
	}
	out := &Explored{parts: parts, sets: newCoalitions(len(names), x.Seed)}
	request := x.Request
	request.WantInput, request.WantLabels, request.WantRecorded = true, true, true
	request.Input, request.Outcome = x.Workflow.Input, x.Workflow.Outcome
	request.Recorded = design.RecordedFields(r.Plan())
	reader, err := x.Card.Open(request)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	parallel := x.Parallel
	if parallel <= 0 {
		parallel = runtime.GOMAXPROCS(0)
	}
	judge := score.NewJudge(x.Workflow, x.Card, x.Seed)
	buf := make([]flow.Case, 64*parallel)
	for {
		n, rerr := reader.Next(ctx, buf)
		if rerr != nil && !errors.Is(rerr, io.EOF) {
			return nil, rerr
		}
		done := make([]explored, n*x.Repeats)
		group, gctx := errgroup.WithContext(ctx)
		for k := range parallel {
			group.Go(func() error {
				w := r.NewWorker()
				one := caseExplorer{sets: out.sets, judge: judge, written: w, explorer: w.Explore(names)}
				for i := k; i < n; i += parallel {
					for repeat := range x.Repeats {
						if err := one.run(gctx, &buf[i], repeat, &done[i*x.Repeats+repeat]); err != nil {
							return err
						}
					}
				}
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			return nil, err
		}
		// A trial that could not be measured as written tells nothing of changes.
		out.cases = append(out.cases, slices.DeleteFunc(done, func(e explored) bool { return e.outcomes[0].status == flow.NotMeasured })...)
		if rerr != nil {
			return out, nil
		}
	}
}

// Result is what was found; nil of nothing.
func (x *Explored) Result(volume float64) *Exploration {
	if x == nil {
		return nil
	}
	r := &Exploration{Sets: len(x.sets.sets), Sampled: x.sets.sampled, Shares: x.Shares(), Fixes: x.Fixes(), BreakPoints: x.BreakPoints()}
	if x.lost() == 0 {
		r.Worth = Worths(r.Shares, volume)
	}
	return r
}

// caseExplorer explores one case after the other.
type caseExplorer struct {
	sets     *coalitions
	judge    score.Judge
	written  *engine.Worker
	explorer *engine.Explorer

	trial flow.Trial
	arena []byte
	free  []uint64
	of    []uint16
}

func (x *caseExplorer) run(ctx context.Context, c *flow.Case, repeat int, out *explored) error {
	*out = explored{id: c.ID, cluster: c.Cluster, weight: c.Weight}
	x.arena = flow.AppendJSON(x.arena[:0], c.Input.Schema, c.Input.Values)
	digest := engine.Digest(x.arena)
	var err error
	if x.arena, err = x.written.Run(ctx, c, repeat, digest, &x.trial, x.arena[:0]); err != nil {
		return err
	}
	n := len(x.sets.sets)
	if cap(x.free) < n {
		x.free, x.of = make([]uint64, n), make([]uint16, n)
	}
	x.free, x.of = x.free[:n], x.of[:n]
	for i, set := range x.sets.sets {
		if j, ok := x.same(set); ok {
			x.free[i], x.of[i] = x.free[j], x.of[j]
			continue
		}
		if x.free[i], x.arena, err = x.explorer.Run(ctx, c, repeat, digest, set, &x.trial, x.arena[:0]); err != nil {
			return err
		}
		x.of[i] = out.add(x.outcome(c))
		if out.outcomes[0].status == flow.NotMeasured {
			return nil
		}
	}
	if len(out.outcomes) > 1 {
		out.of = append([]uint16(nil), x.of...)
	}
	return nil
}

// same is a smaller set that comes to the same as this one.
func (x *caseExplorer) same(set uint64) (int, bool) {
	for rest := set; rest != 0; rest &= rest - 1 {
		one := rest & -rest
		if j, ok := x.sets.at[set&^one]; ok && x.free[j]&one != 0 {
			return j, true
		}
	}
	return 0, false
}

func (x *caseExplorer) outcome(c *flow.Case) outcome {
	g := x.judge.Judge(&x.trial, c.Label)
	o := outcome{
		status: x.trial.Status, right: g.Right, shadow: g.Shadow, minutes: g.Minutes, minutesOK: g.MinutesOK,
		cost: g.ModelCost + g.PeopleCost + g.ErrorCost, automated: x.trial.Status == flow.Automated,
	}
	for i := range x.trial.Handoffs {
		if h := &x.trial.Handoffs[i]; h.Kind != "" && !h.Shadow {
			o.handoff, o.kind = h.From+" → "+h.To, string(h.Kind)
			break
		}
	}
	return o
}

func (e *explored) add(o outcome) uint16 {
	for i := range e.outcomes {
		if e.outcomes[i] == o {
			return uint16(i)
		}
	}
	e.outcomes = append(e.outcomes, o)
	return uint16(len(e.outcomes) - 1)
}
