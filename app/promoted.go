package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/promote"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/replay"
)

// promotedFolder is the production folder that a name means, if it means one.
func promotedFolder(name string) (string, bool) {
	if filepath.Base(name) == "production.yaml" {
		name = filepath.Dir(name)
	}
	_, err := os.Stat(filepath.Join(name, "production.yaml"))
	return name, err == nil
}

// promotedPlan is the design of a production folder, or of an entry of its
// history, with what it had learnt.
func promotedPlan(ctx context.Context, r *flow.Registry, folder string) (*design.Plan, error) {
	promoted, err := engine.Load(ctx, folder, r, flow.Session{Dir: stateDir(projectRoot(folder)), Programs: true})
	if err != nil {
		return nil, withCode(ExitInput, err)
	}
	return promoted.Plan(), promoted.Close()
}

// replayPromoted replays plans that have learnt already, from stored answers
// where they reach out, and makes its record in a folder.
func replayPromoted(ctx context.Context, s *streams, plan *design.Plan, card *dataset.Card, request dataset.Request, seed uint64, repeats int, dir string) (*record.Run, error) {
	job := &replay.Job{
		Plans: []*design.Plan{plan}, Card: card, Fitted: []bool{true}, Seed: seed, Repeats: repeats, Request: request,
		Dir: stateDir(projectRoot(card.Dir)), Offline: true,
	}
	h, err := header(ctx, plan.Workflow, job.Plans, card)
	if err != nil {
		return nil, err
	}
	h.Seed, h.Repeats, h.Data.Split, h.Data.Limit = seed, repeats, request.Splits, request.Limit
	for _, w := range request.Where {
		h.Data.Where = append(h.Data.Where, w.Column+"="+w.Value)
	}
	return replayInto(ctx, s, job, h, dir, 0, true, plan.Workflow, job.Plans)
}

// scratchFolder makes a folder for a replay that is of no use afterwards.
func scratchFolder() (dir string, remove func(), err error) {
	dir, err = os.MkdirTemp("", "rehearse-promote-")
	return dir, func() { _ = os.RemoveAll(dir) }, err
}

// rowsGone says why the rows that a design was judged on cannot be read again.
type rowsGone struct{ why string }

func (e *rowsGone) Error() string { return "not enough data: " + e.why }

// baselineRows is the dataset that the evidence names. Rows that are gone or
// changed leave nothing to compare with: the check is inconclusive.
func baselineRows(ctx context.Context, root string, p *promote.Production) (*dataset.Card, error) {
	gone := func(path, why string) error {
		return withCode(ExitInconclusive, &rowsGone{fmt.Sprintf("%s, which the design was judged on, %s", path, why)})
	}
	b := p.DriftBaseline
	path := filepath.Join(root, filepath.FromSlash(b.Card.Path))
	if _, err := os.Stat(path); err != nil {
		return nil, gone(b.Card.Path, "is gone")
	}
	card, problems := dataset.Load(path)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	if card.Digest != b.Card.SHA256 {
		return nil, gone(b.Card.Path, "changed")
	}
	now, err := card.Digests(ctx)
	if err != nil {
		return nil, gone(b.Card.Path, "cannot be read: "+err.Error())
	}
	for i, was := range b.Sources {
		if i >= len(now.Sources) || now.Sources[i].SHA256 != was.SHA256 {
			return nil, gone(was.Path, "changed")
		}
	}
	return card, nil
}
