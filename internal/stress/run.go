package stress

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// Job is one design under faults.
type Job struct {
	Workflow *design.Workflow
	Card     *dataset.Card
	Request  dataset.Request // of the cases to draw from; what is read of them is set by Run
	Faults   []Fault
	Cases    int // to draw; 0 for all
	Seed     uint64
	Parallel int // cases at a time; 0 for one a core
	// Private says what is personal of a case, for what steps keep; nil where
	// nothing is.
	Private func(*flow.Case) flow.Private
	// Done is called after every case, by several goroutines. May be nil.
	Done func()
}

// trial is one case under one fault of one strength, or clean.
type trial struct {
	judged  score.Judgement
	touched bool
	kinds   []flow.HandoffKind // of handoffs that failed in operation, each once
	// failedTries of calls, and calls that were given up
	failedTries, givenUp int32
	why                  string // it was not measured
}

// caseTrials are a case with its trials: the clean one, and those of every fault
// and strength in their order.
type caseTrials struct {
	c      *flow.Case
	clean  *trial
	faulty []*trial // clean where nothing was touched
}

// Run replays drawn cases through the runner's design, clean and under every
// fault. The runner's steps are open and have learnt. Where it is stopped after
// some cases, it gives beside the error what those say: they are worked on in a
// random order, so they are a sample too.
func (job *Job) Run(ctx context.Context, runner *engine.Runner) (*Result, error) {
	plan := runner.Plan()
	applied, untouched := job.applied(plan)
	if job.Cases <= 0 {
		job.Cases = math.MaxInt
	}
	draws, strata, err := choose(ctx, job.Card, job.Workflow, job.Request, job.Cases, job.Seed)
	if err != nil {
		return nil, err
	}
	cases, err := job.read(ctx, plan, draws)
	if err != nil {
		return nil, err
	}
	all, err := job.tryAll(ctx, runner, applied, cases, draws)
	stopped := ""
	if err != nil {
		all = slices.DeleteFunc(all, func(c caseTrials) bool { return c.c == nil })
		if len(all) == 0 {
			return nil, err
		}
		stopped = fmt.Sprintf("stopped after %d of %d cases, which came in random order", len(all), len(cases))
	}
	r, rerr := job.result(plan, applied, untouched, strata, all)
	if rerr != nil {
		return nil, errors.Join(err, rerr)
	}
	r.Stopped = stopped
	if asksPeople(plan) {
		r.Warnings = append(r.Warnings, "people answer a damaged case as they did the case as it was, faults of their own apart: of what a damaged document makes them do, this says nothing")
	}
	return r, err
}

// tryAll tries the cases, in the order of their draws. It gives their trials in
// the order of the cases; one that was not tried to its end has no case.
func (job *Job) tryAll(ctx context.Context, runner *engine.Runner, faults []Fault, cases []flow.Case, draws map[string]float64) ([]caseTrials, error) {
	order := make([]int, len(cases))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(draws[cases[a].ID], draws[cases[b].ID]), cmp.Compare(a, b))
	})
	all := make([]caseTrials, len(cases))
	parallel := job.Parallel
	if parallel <= 0 {
		parallel = runtime.GOMAXPROCS(0)
	}
	var next atomic.Int64
	judge := score.NewJudge(job.Workflow, job.Card, job.Seed)
	group, gctx := errgroup.WithContext(ctx)
	for range parallel {
		group.Go(func() error {
			w := newWorker(job, runner, faults, judge)
			for {
				at := int(next.Add(1)) - 1
				if at >= len(cases) {
					return nil
				}
				i := order[at]
				tried, err := w.run(gctx, cases, i)
				if err != nil {
					return err
				}
				all[i] = tried
				if job.Done != nil {
					job.Done()
				}
			}
		})
	}
	if err := group.Wait(); err != nil {
		return all, errors.Join(ctx.Err(), err)
	}
	return all, nil
}

// applied are the faults that the design has something for, and why not the
// others.
func (job *Job) applied(p *design.Plan) (applied []Fault, untouched []Untouched) {
	works := has(func(n *design.Node) bool { return n.Step != nil })(p)
	for _, f := range job.Faults {
		if f.input != nil && !works {
			untouched = append(untouched, Untouched{Name: f.Name, Why: "people do it all, and what they would answer to such an input nobody knows"})
			continue
		}
		if f.applies != nil && !f.applies(p) {
			untouched = append(untouched, Untouched{Name: f.Name, Why: "the design has no " + trimArticle(f.without)})
			continue
		}
		applied = append(applied, f)
	}
	return applied, untouched
}

// read reads the cases that were drawn, in the order of the dataset.
func (job *Job) read(ctx context.Context, p *design.Plan, drawn map[string]float64) ([]flow.Case, error) {
	request := job.Request
	request.WantInput, request.WantLabels, request.WantRecorded = true, true, true
	request.Input, request.Outcome, request.Recorded = job.Workflow.Input, job.Workflow.Outcome, design.RecordedFields(p)
	var out []flow.Case
	err := job.Card.Each(ctx, request, func(c *flow.Case) error {
		if _, ok := drawn[c.ID]; ok {
			out = append(out, *c)
		}
		return nil
	})
	return out, err
}

// worker runs one case after the other.
type worker struct {
	job     *Job
	faults  []Fault
	judge   score.Judge
	written *engine.Worker
	beside  *engine.Worker
	arena   []byte
	json    []byte
}

func newWorker(job *Job, runner *engine.Runner, faults []Fault, judge score.Judge) *worker {
	w := &worker{job: job, faults: faults, judge: judge, written: runner.NewWorker()}
	w.beside = runner.Beside(w.written, "stress")
	return w
}

// run tries the i-th case, clean and under every fault.
func (w *worker) run(ctx context.Context, cases []flow.Case, i int) (out caseTrials, err error) {
	c := &cases[i]
	place := float64(i) / float64(len(cases))
	var before *flow.Case
	if i > 0 {
		before = &cases[i-1]
	}
	if w.job.Private != nil {
		ctx = flow.WithPrivate(ctx, w.job.Private(c))
	}
	var t flow.Trial
	if err := w.trial(ctx, w.written, c, &t); err != nil {
		return out, err
	}
	clean := outcome(w.judge.Judge(&t, c.Label), &t)
	for i := range w.faults {
		f := &w.faults[i]
		for _, strength := range f.Strengths {
			x := &scene{fault: f, strength: strength, seed: w.job.Seed, workflow: w.job.Workflow, c: c, before: before, place: place}
			t, err := w.under(ctx, x, clean)
			if err != nil {
				return out, err
			}
			out.faulty = append(out.faulty, t)
		}
	}
	out.c, out.clean = c, clean
	return out, nil
}

// under runs a case under a fault. Where the fault leaves the case as it was, so
// is what came of it.
func (w *worker) under(ctx context.Context, x *scene, clean *trial) (*trial, error) {
	c := *x.c
	if x.fault.input != nil {
		values, err := x.fault.input(x)
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return &trial{why: err.Error(), judged: score.Judgement{Disposition: score.NotMeasured}}, nil
		}
		if values == nil {
			return clean, nil
		}
		c.Input.Values = values
	}
	w.beside.Through(&door{x})
	if x.fault.drill != nil {
		ctx = flow.WithDrill(ctx, func(key flow.Key, question string, n int) string {
			if x.fault.drill(x, key, question, n) {
				return x.fault.detail
			}
			return ""
		})
	}
	var t flow.Trial
	if err := w.trial(ctx, w.beside, &c, &t); err != nil {
		return nil, err
	}
	out := outcome(x.judge(w.judge, &t), &t)
	out.touched, out.failedTries, out.givenUp = x.touched.Load(), x.failedTries.Load(), x.givenUp.Load()
	if !out.touched && out.why == "" {
		return clean, nil // one trial is kept for all that do nothing to the case
	}
	return out, nil
}

func (w *worker) trial(ctx context.Context, by *engine.Worker, c *flow.Case, t *flow.Trial) (err error) {
	w.json = flow.AppendJSON(w.json[:0], c.Input.Schema, c.Input.Values)
	w.arena, err = by.Run(ctx, c, 0, engine.Digest(w.json), t, w.arena[:0])
	return err
}

// judge judges a trial, with what becomes of a case that people take.
func (x *scene) judge(j score.Judge, t *flow.Trial) score.Judgement {
	if n := x.doubled.Load(); n != nil {
		wrong := false
		t.Right = &wrong
		t.Handoffs = append(t.Handoffs, flow.Handoff{From: n.Edge.From, To: n.Name, Kind: flow.Duplicated, Clause: "idempotency_key"})
	}
	g := j.Judge(t, x.c.Label)
	if t.Status == flow.Escalated && x.fault.taken != nil {
		e := x.fault.taken(x, t, g.Final)
		switch {
		case e.absent:
			t.Status, t.Reason, t.ShadowWhy = flow.Failed, string(flow.Unavailable), "nobody took the case"
			for i := range t.Handoffs {
				if h := &t.Handoffs[i]; h.To == t.Team && !h.Shadow {
					h.Kind, h.Detail, h.Clause = flow.Unavailable, "absent", "receiver"
				}
			}
			g = j.Judge(t, x.c.Label)
		case e.final != nil:
			t.Outcome = e.final
			g = j.Judge(t, x.c.Label)
		}
	}
	x.work(j, t, &g)
	return g
}

// work mends what people's work came to: who is away works on nothing, and who is
// slow works for longer.
func (x *scene) work(j score.Judge, t *flow.Trial, g *score.Judgement) {
	switch {
	case x.fault.absent:
		j.Work(t, x.c.Label, func(team design.Team, minutes float64, _ bool) {
			if x.hits("absent " + team.Name) {
				g.Minutes = max(0, g.Minutes-minutes)
				g.PeopleCost = max(0, g.PeopleCost-minutes/60*team.Wage)
			}
		})
	case x.fault.slows && g.Minutes > 0:
		x.touched.Store(true)
		g.Minutes *= 1 + x.strength
		g.PeopleCost *= 1 + x.strength
	}
}

// outcome keeps of a trial what is counted.
func outcome(g score.Judgement, t *flow.Trial) *trial {
	g.Final, g.Fields = nil, nil // which nobody counts here
	out := &trial{judged: g}
	if t.Status == flow.NotMeasured {
		out.why = t.Reason
	}
	for i := range t.Handoffs {
		if h := &t.Handoffs[i]; h.Kind != "" && !h.Shadow && !slices.Contains(out.kinds, h.Kind) {
			out.kinds = append(out.kinds, h.Kind)
		}
	}
	return out
}
