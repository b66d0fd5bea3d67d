package stress

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
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
	drawn, err := choose(ctx, job.Card, job.Workflow, job.Request, job.Cases, job.Seed)
	if err != nil {
		return nil, err
	}
	all, tried, err := job.tryAll(ctx, runner, applied, drawn)
	if err != nil && tried == 0 {
		return nil, err
	}
	r, rerr := job.result(plan, applied, untouched, drawn.strata, all)
	if rerr != nil {
		return nil, errors.Join(err, rerr)
	}
	if err != nil {
		r.Stopped = fmt.Sprintf("stopped after %d of %d cases, which came in random order", tried, len(drawn.draws))
	}
	if asksPeople(plan) {
		r.Warnings = append(r.Warnings, "people answer a damaged case as they did the case as it was, faults of their own apart: of what a damaged document makes them do, this says nothing")
	}
	return r, err
}

// tryAll tries the cases, in the order of their draws, and counts those that were
// tried to their end.
func (job *Job) tryAll(ctx context.Context, runner *engine.Runner, faults []Fault, drawn *sample) (*tallies, int, error) {
	cases, states := len(drawn.draws), 0
	for i := range faults {
		states += len(faults[i].Strengths)
	}
	all := newTallies(cases, states)
	parallel := job.Parallel
	if parallel <= 0 {
		parallel = runtime.GOMAXPROCS(0)
	}
	judge := score.NewJudge(job.Workflow, job.Card, job.Seed)
	workers := make([]*worker, parallel)
	for i := range workers {
		workers[i] = newWorker(job, runner, faults, judge)
	}
	var tried atomic.Int64
	for _, block := range drawn.blocks(blockSize(cases)) {
		members, err := job.read(ctx, runner.Plan(), drawn, block)
		if err != nil {
			return all, int(tried.Load()), err
		}
		var next atomic.Int64
		group, gctx := errgroup.WithContext(ctx)
		for _, w := range workers {
			group.Go(func() error {
				for {
					i := int(next.Add(1)) - 1
					if i >= len(members) {
						return nil
					}
					m := &members[i]
					clean, faulty, err := w.run(gctx, m, cases)
					if err != nil {
						return err
					}
					all.add(m.at, &m.c, clean, faulty)
					tried.Add(1)
					if job.Done != nil {
						job.Done()
					}
				}
			})
		}
		if err := group.Wait(); err != nil {
			return all, int(tried.Load()), errors.Join(ctx.Err(), err)
		}
	}
	return all, int(tried.Load()), nil
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
