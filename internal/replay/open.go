package replay

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// open opens the steps that reach out and gives what closes them again. Where
// one cannot be opened, those before it are closed. Calls that are planned until
// learnt is set are made for steps to learn.
func open(ctx context.Context, job *Job, learnt *atomic.Bool) (closeAll func() error, err error) {
	var opened []flow.Opener
	closeAll = func() error {
		var errs []error
		for _, o := range opened {
			errs = append(errs, o.Close())
		}
		return errors.Join(errs...)
	}
	session := flow.Session{Dir: job.Dir, Run: job.Writer.Header().ID(), Seed: job.Seed, Offline: job.Offline, Plan: job.Plan, Budget: job.Budget, Programs: true, Batches: job.Batches}
	if job.Card != nil {
		session.Data = job.Card.Dir
		session.Recordings = filepath.Join(job.Card.Dir, "recordings")
	}
	if told := job.Plan; told != nil {
		session.Plan = func(c flow.Call) {
			c.Learning = !learnt.Load()
			told(c)
		}
	}
	for _, p := range job.Plans {
		for n := range p.Working() {
			o, ok := n.Step.(flow.Opener)
			if !ok {
				continue
			}
			if err := o.Open(ctx, session); err != nil {
				return nil, errors.Join(fmt.Errorf("design %q, step %q: %w", p.Design.Name, n.Name, err), closeAll())
			}
			opened = append(opened, o)
		}
	}
	return closeAll, nil
}

// ReachesOut says whether a step of the plan waits for something outside.
func ReachesOut(p *design.Plan) bool {
	for n := range p.Working() {
		if _, ok := n.Step.(flow.Opener); ok {
			return true
		}
	}
	return false
}

// private says under the context what is personal of a case.
func (job *Job) private(ctx context.Context, c *flow.Case) context.Context {
	if job.Private == nil {
		return ctx
	}
	return flow.WithPrivate(ctx, job.Private(c))
}
