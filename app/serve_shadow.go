package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/replay"
)

// openShadows opens the designs that work beside the one in production.
func (f *serveFlags) openShadows(ctx context.Context, r *flow.Registry, s *streams, folder string, session flow.Session) (designs []*engine.Promoted, closeAll func() error, err error) {
	closeAll = func() error {
		var err error
		for _, d := range designs {
			err = errors.Join(err, d.Close())
		}
		return err
	}
	for _, name := range f.shadows {
		p, err := openShadow(ctx, r, s, folder, name, session, f.deadline)
		if err != nil {
			return nil, nil, errors.Join(withCode(ExitInput, fmt.Errorf("--shadow %s: %w", name, err)), closeAll())
		}
		designs = append(designs, p)
	}
	return designs, closeAll, nil
}

// openShadow opens what another folder has in production, or a design of the
// workflow, which learns from the workflow's own dataset.
func openShadow(ctx context.Context, r *flow.Registry, s *streams, folder, name string, session flow.Session, deadline time.Duration) (*engine.Promoted, error) {
	if other, ok := promotedFolder(name); ok {
		return engine.Load(ctx, other, r, session, engine.WithDeadline(deadline))
	}
	w, err := findWorkflow(filepath.Dir(folder))
	if err != nil {
		return nil, err
	}
	plans, err := loadPlans(r, w, []string{name}, nil)
	if err != nil {
		return nil, err
	}
	if err := lacking(plans[0], session); err != nil {
		return nil, err
	}
	if err := learnOnce(ctx, s, plans[0], session); err != nil {
		return nil, err
	}
	return engine.Start(ctx, plans[0], session, engine.WithDeadline(deadline))
}

// learnOnce has a design's steps learn as they do before a run, by replaying one
// case.
func learnOnce(ctx context.Context, s *streams, plan *design.Plan, session flow.Session) error {
	learns, prepares := false, false
	for n := range plan.Working() {
		_, fits := n.Step.(flow.Fitter)
		_, makes := n.Step.(flow.Preparer)
		learns, prepares = learns || fits, prepares || makes
	}
	if !learns && !prepares {
		return nil
	}
	card, err := findCard(plan.Workflow, "")
	if err != nil {
		return err
	}
	if learns && !slices.Contains(card.SplitNames(), "train") {
		return fmt.Errorf("design %q learns, and %s has no split train: what it learns in folds is not one design", plan.Design.Name, card.File)
	}
	tmp, remove, err := scratchFolder()
	if err != nil {
		return err
	}
	defer remove()
	job := &replay.Job{Plans: []*design.Plan{plan}, Card: card, Seed: session.Seed, Repeats: 1, Dir: session.Dir, Request: dataset.Request{Limit: 1}}
	h, err := header(ctx, plan.Workflow, job.Plans, card)
	if err != nil {
		return err
	}
	h.Seed, h.Repeats, h.Data.Limit = job.Seed, 1, 1
	_, err = replayInto(ctx, s, job, h, filepath.Join(tmp, "learnt"), 1, true, plan.Workflow, job.Plans)
	return err
}
