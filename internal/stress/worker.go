package stress

import (
	"context"
	"slices"
	"time"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// trial is one case under one fault of one strength, or clean.
type trial struct {
	judged  score.Judgement
	touched bool
	kinds   []flow.HandoffKind // of handoffs that failed in operation, each once
	waited  time.Duration      // for calls outside, as long as they took when they were made
	// failedTries of calls, and calls that were given up
	failedTries, givenUp int32
	why                  string // it was not measured
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

// run tries a case, one of so many, clean and under every fault.
func (w *worker) run(ctx context.Context, m *member, of int) (clean *trial, faulty []*trial, err error) {
	c := &m.c
	place := float64(m.at) / float64(of)
	if w.job.Private != nil {
		ctx = flow.WithPrivate(ctx, w.job.Private(c))
	}
	var t flow.Trial
	if err := w.trial(ctx, w.written, c, &t); err != nil {
		return nil, nil, err
	}
	clean = outcome(w.judge.Judge(&t, c.Label), &t)
	for i := range w.faults {
		f := &w.faults[i]
		for _, strength := range f.Strengths {
			x := &scene{fault: f, strength: strength, seed: w.job.Seed, workflow: w.job.Workflow, c: c, before: m.before, place: place}
			t, err := w.under(ctx, x, clean)
			if err != nil {
				return nil, nil, err
			}
			faulty = append(faulty, t)
		}
	}
	return clean, faulty, nil
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
	for i := range t.Spans {
		for _, a := range t.Spans[i].Attempts {
			if !t.Spans[i].Shadow {
				out.waited += a.Latency
			}
		}
	}
	for i := range t.Handoffs {
		if h := &t.Handoffs[i]; h.Kind != "" && !h.Shadow && !slices.Contains(out.kinds, h.Kind) {
			out.kinds = append(out.kinds, h.Kind)
		}
	}
	return out
}
