package app

import (
	"context"
	"fmt"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/promote"
	"github.com/rehearse-dev/rehearse/internal/replay"
)

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
	plan, err := promotedPlan(ctx, r, folder)
	if err != nil {
		return nil, err
	}
	card, err := baselineRows(ctx, projectRoot(folder), p)
	if err != nil {
		return nil, err
	}
	job := &replay.Job{
		Plans: []*design.Plan{plan}, Card: card, Fitted: []bool{true}, Seed: p.Evidence.Seed, Repeats: 1,
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
