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

// promotedBaseline replays the promoted design on the rows of its evidence,
// which stay where their owner keeps them and are held against their digests.
func promotedBaseline(ctx context.Context, r *flow.Registry, s *streams, f *driftFlags, folder, dir string) (*baseline, error) {
	p, problems := promote.Verify(folder)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	if f.design != "" && f.design != p.Design {
		return nil, withCode(ExitUsage, fmt.Errorf("%s is of design %q, not %q", folder, p.Design, f.design))
	}
	root := projectRoot(folder)
	promoted, err := engine.Load(ctx, folder, r, flow.Session{Dir: stateDir(root), Programs: true})
	if err != nil {
		return nil, withCode(ExitInput, err)
	}
	if err := promoted.Close(); err != nil {
		return nil, err
	}
	plan := promoted.Plan()
	card, err := baselineRows(ctx, root, p)
	if err != nil {
		return nil, err
	}
	job := &replay.Job{
		Plans: []*design.Plan{plan}, Card: card, Fitted: true, Seed: p.Evidence.Seed, Repeats: 1,
		Request: dataset.Request{Splits: []string{p.DriftBaseline.Split}},
	}
	h, err := header(ctx, plan.Workflow, job.Plans, card)
	if err != nil {
		return nil, err
	}
	h.Seed, h.Repeats, h.Data.Split = job.Seed, 1, job.Request.Splits
	run, err := replayInto(ctx, s, job, h, dir, f.parallel, f.quiet || f.format == "json", plan.Workflow, job.Plans)
	if err != nil {
		return nil, err
	}
	return &baseline{run: run, workflow: plan.Workflow, card: card, plan: plan, promoted: true}, nil
}

// baselineRows is the dataset that the evidence names. Rows that are gone or
// changed leave nothing to compare with: the check is inconclusive.
func baselineRows(ctx context.Context, root string, p *promote.Production) (*dataset.Card, error) {
	gone := func(path, why string) error {
		return withCode(ExitInconclusive, fmt.Errorf("not enough data: %s, which the design was judged on, %s", path, why))
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
