package app

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/stored"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/estimate"
	"github.com/rehearse-dev/rehearse/internal/llm"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/replay"
)

// estimate finds out what a run's calls come to, by a replay that makes none:
// routes are taken as they would be, stored answers are used, and a case stops
// where an answer is needed that is not stored.
//
// Of more than most cases, one in so many is replayed and stands for the
// others; 0 replays all.
func (p *prepared) estimate(ctx context.Context, parallel int, most int64) ([]*estimate.Step, error) {
	every := int64(1)
	if most > 0 && p.recall == nil {
		every = (p.total + most - 1) / most
	}
	if parallel == 0 {
		parallel = replay.Parallel(p.plans)
	}
	var out []*estimate.Step
	for i, plan := range p.plans {
		d, err := p.callers(ctx, plan)
		if err != nil {
			return nil, err
		}
		if len(d.Steps) == 0 {
			continue
		}
		if err := p.rehearse(ctx, i, every, d.Add); err != nil {
			return nil, err
		}
		d.Finish(parallel, float64(p.total)/float64((p.total+every-1)/every))
		out = append(out, d.Steps...)
	}
	return out, nil
}

// callers are the steps of a plan that make calls, with what stored answers
// teach about their models.
func (p *prepared) callers(ctx context.Context, plan *design.Plan) (*estimate.Design, error) {
	d := estimate.NewDesign()
	var cache *llm.Cache
	for n := range plan.Working() {
		caller, ok := n.Step.(flow.Caller)
		if !ok {
			continue
		}
		terms, err := caller.Terms()
		if err != nil {
			return nil, withCode(ExitCannot, err)
		}
		terms.Batches = terms.Batches && !p.live
		if file := stored.Path(p.stateDir()); cache == nil && exists(file) {
			if cache, err = llm.OpenStored(file); err != nil {
				return nil, err
			}
			defer cache.Close()
		}
		var known llm.Experience
		if cache != nil {
			if known, err = cache.Learn(ctx, terms.Endpoint, terms.Version, terms.Model); err != nil {
				return nil, err
			}
		}
		d.AddStep(plan.Design.Name, n.Name, terms, known)
	}
	return d, nil
}

// rehearse replays one in so many cases with no call made, and keeps nothing.
func (p *prepared) rehearse(ctx context.Context, plan int, every int64, told func(flow.Call)) error {
	h := *p.header
	h.Designs = h.Designs[plan : plan+1]
	writer, remove, err := scratch(&h)
	if err != nil {
		return err
	}
	defer remove()
	request := p.request
	request.Every, request.Limit = every, (request.Limit+every-1)/every
	job := &replay.Job{
		Plans: p.plans[plan : plan+1], Card: p.card, Learn: p.learn, Seed: h.Seed, Repeats: h.Repeats, Writer: writer, Request: request,
		Dir: p.stateDir(), Fits: filepath.Join(p.stateDir(), "fits"), Offline: true, Plan: told,
	}
	if p.recall != nil {
		job.Recall = &replay.Recall{Run: p.recall.Run, Steps: p.recall.Steps[plan : plan+1]}
	}
	return replay.Run(ctx, job)
}

// scratch is a record under a header, and what removes it.
func scratch(h *record.Header) (*record.Writer, func(), error) {
	dir, err := os.MkdirTemp("", "rehearse-pass-")
	if err != nil {
		return nil, nil, err
	}
	remove := func() { os.RemoveAll(dir) }
	own := *h
	own.Designs, own.Warnings = slices.Clone(h.Designs), slices.Clone(h.Warnings)
	w, err := record.Create(dir, &own)
	if err != nil {
		remove()
	}
	return w, remove, err
}

func (p *prepared) stateDir() string { return stateDir(projectRoot(p.workflow.Dir)) }

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
