package tune

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// outcome is what came of one case under one setting.
type outcome struct {
	status flow.Status
	right  score.Tri
	cost   float64
	costOK bool
	work   Work
}

// Work is what a case asks of machines and people under a setting.
type Work struct {
	Team    string        // that it is escalated to; "" for none
	Reason  string        // why it is
	Minutes float64       // of people
	Spent   float64       // on calls and wrong decisions
	Latency time.Duration // of machines
}

// explored is one case under every setting. Most settings come to the same, so
// equal outcomes are kept once.
type explored struct {
	index    int64
	time     time.Time
	cluster  string
	weight   float64
	outcomes []outcome
	of       []uint16 // by setting: index of outcomes
}

func (e *explored) at(setting int) *outcome { return &e.outcomes[e.of[setting]] }

func (e *explored) add(o outcome) {
	for i := range e.outcomes {
		if e.outcomes[i] == o {
			e.of = append(e.of, uint16(i))
			return
		}
	}
	e.of = append(e.of, uint16(len(e.outcomes)))
	e.outcomes = append(e.outcomes, o)
}

// Explorer runs cases with every setting of a grid.
type Explorer struct {
	Workflow *design.Workflow
	Card     *dataset.Card
	Request  dataset.Request // of the cases; what more is read of them is set by Explore
	Takes    func(*flow.Case) bool
	// Recorded is what an earlier run holds of a case, and which nodes may be
	// answered from it; nil for no such run.
	Recorded func(c *flow.Case, input uint64) (*flow.Trial, []bool)
	// Private says what is personal of a case, for what steps keep; nil where
	// nothing is.
	Private  func(*flow.Case) flow.Private
	Seed     uint64
	Parallel int
}

// Explored are the cases under all settings.
type Explored struct {
	grid  *Grid
	card  *dataset.Card
	cases []explored
	// lost are cases that could not be measured as written.
	lost int
}

// Explore runs every case as written and, with the answers of its steps, under
// every setting; settings are aligned with the grid's. A step works again only
// where a setting hands it something that it was not handed as written.
func (x Explorer) Explore(ctx context.Context, written *engine.Runner, grid *Grid, settings []*engine.Runner) (*Explored, error) {
	request := x.Request
	request.WantInput, request.WantLabels, request.WantRecorded = true, true, true
	request.Input, request.Outcome = x.Workflow.Input, x.Workflow.Outcome
	request.Recorded = design.RecordedFields(written.Plan())
	reader, err := x.Card.Open(request)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	if x.Parallel <= 0 {
		x.Parallel = runtime.GOMAXPROCS(0)
	}
	workers := make([]*caseExplorer, x.Parallel)
	for i := range workers {
		workers[i] = x.worker(written, settings)
	}
	out := &Explored{grid: grid, card: x.Card}
	buf := make([]flow.Case, 64*x.Parallel)
	for {
		n, rerr := reader.Next(ctx, buf)
		if rerr != nil && !errors.Is(rerr, io.EOF) {
			return nil, rerr
		}
		done := make([]*explored, n)
		group, gctx := errgroup.WithContext(ctx)
		for k, w := range workers {
			group.Go(func() error {
				for i := k; i < n; i += len(workers) {
					if !x.Takes(&buf[i]) {
						continue
					}
					var err error
					if done[i], err = w.run(gctx, &buf[i]); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			return nil, err
		}
		for _, e := range done {
			switch {
			case e == nil:
			case e.of == nil:
				out.lost++
			default:
				out.cases = append(out.cases, *e)
			}
		}
		if rerr != nil {
			return out, nil
		}
	}
}

// caseExplorer explores one case after the other.
type caseExplorer struct {
	Explorer
	judge    score.Judge
	written  *engine.Worker
	settings []*engine.Worker
	every    []bool // node: all may be answered from the case as written

	trial, other flow.Trial
	json         []byte
	arena, again []byte
}

func (x Explorer) worker(written *engine.Runner, settings []*engine.Runner) *caseExplorer {
	w := &caseExplorer{Explorer: x, judge: score.NewJudge(x.Workflow, x.Card, x.Seed), written: written.NewWorker(), every: make([]bool, len(written.Plan().Nodes))}
	for i := range w.every {
		w.every[i] = true
	}
	for i, s := range settings {
		w.settings = append(w.settings, s.Beside(w.written, fmt.Sprintf("cutoffs:%d", i)))
	}
	return w
}

// run explores a case; one that could not be measured as written has no
// outcomes.
func (w *caseExplorer) run(ctx context.Context, c *flow.Case) (*explored, error) {
	if w.Private != nil {
		ctx = flow.WithPrivate(ctx, w.Private(c))
	}
	out := &explored{index: c.Index, time: c.Time, cluster: c.Cluster, weight: c.Weight}
	w.json = flow.AppendJSON(w.json[:0], c.Input.Schema, c.Input.Values)
	input := engine.Digest(w.json)
	if w.Recorded != nil {
		w.written.Recall(w.Recorded(c, input))
	}
	var err error
	if w.arena, err = w.written.Run(ctx, c, 0, input, &w.trial, w.arena[:0]); err != nil {
		return nil, err
	}
	if w.trial.Status == flow.NotMeasured {
		return out, nil
	}
	for _, s := range w.settings {
		s.Recall(&w.trial, w.every)
		if w.again, err = s.Run(ctx, c, 0, input, &w.other, w.again[:0]); err != nil {
			return nil, err
		}
		g := w.judge.Judge(&w.other, c.Label)
		out.add(outcome{status: w.other.Status, right: g.Right, cost: g.ModelCost + g.PeopleCost + g.ErrorCost, costOK: g.MinutesOK, work: workOf(&w.other, &g)})
	}
	return out, nil
}

func workOf(t *flow.Trial, g *score.Judgement) Work {
	w := Work{Spent: g.ModelCost + g.ErrorCost}
	if t.Status == flow.Escalated {
		w.Team, w.Reason, w.Minutes = t.Team, t.Reason, g.Minutes
	}
	for i := range t.Spans {
		if t.Spans[i].Shadow {
			continue
		}
		for _, a := range t.Spans[i].Attempts {
			w.Latency += a.Latency
		}
	}
	return w
}

// Case is one explored case.
type Case struct {
	Index   int64
	Time    time.Time
	Cluster string
	Weight  float64
}

// Each goes over the cases that could be measured under every setting, with
// what each setting of the grid makes of it. known is false where people work on it
// and nobody says how long.
func (x *Explored) Each(do func(c Case, setting int, status flow.Status, w Work, known bool)) {
	for i := range x.cases {
		e := &x.cases[i]
		if slices.ContainsFunc(e.outcomes, func(o outcome) bool { return o.status == flow.NotMeasured }) {
			continue
		}
		for s := range e.of {
			o := e.at(s)
			do(Case{e.index, e.time, e.cluster, e.weight}, s, o.status, o.work, o.costOK)
		}
	}
}
