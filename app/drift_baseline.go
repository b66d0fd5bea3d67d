package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/ledger"
	"github.com/rehearse-dev/rehearse/internal/promote"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/replay"
)

// baseline is what fresh cases are compared with: the rows of a run, of one
// design.
type baseline struct {
	workflow string
	design   string
	promoted bool   // the plan is the one in production, with what it had learnt
	digest   string // of what the fresh cases are compared with
	ledger   string // path of the ledger of checks
	gone     string // why its rows cannot be compared with, if they cannot

	run  *record.Run
	of   *design.Workflow
	card *dataset.Card
	plan *design.Plan
}

// findBaseline is the baseline that a run's name or a production folder means.
// The promoted design is replayed on the rows of its evidence into dir.
func findBaseline(ctx context.Context, r *flow.Registry, s *streams, f *driftFlags, name, dir string) (*baseline, error) {
	folder, promoted := promotedFolder(name)
	if !promoted {
		return runBaseline(ctx, r, name, f.design)
	}
	b, err := promotedBaseline(ctx, r, s, f, folder, dir)
	if gone := (*rowsGone)(nil); errors.As(err, &gone) {
		b.gone, err = gone.why, nil
	}
	return b, err
}

// runBaseline takes a run's rows as the baseline.
func runBaseline(ctx context.Context, r *flow.Registry, name, chosen string) (*baseline, error) {
	run, err := findRun(name)
	if err != nil {
		return nil, err
	}
	if chosen == "" {
		var candidates []string
		for _, d := range run.Header.Designs {
			if d.Name != run.Header.Baseline && d.Variant == "" {
				candidates = append(candidates, d.Name)
			}
		}
		if len(candidates) != 1 {
			return nil, withCode(ExitUsage, fmt.Errorf("which design of run %s? name one with --design%s", run.Header.Run, oneOf(candidates)))
		}
		chosen = candidates[0]
	}
	w, card, plans, err := sameInputs(ctx, r, run, []string{chosen})
	if err != nil {
		return nil, err
	}
	return &baseline{
		workflow: w.Name, design: chosen, digest: run.Header.ID(), ledger: ledger.ChecksPath(filepath.Join(projectRoot("."), "reports", "drift")),
		run: run, of: w, card: card, plan: plans[0],
	}, nil
}

// promotedBaseline replays the promoted design on the rows of its evidence,
// which stay where their owner keeps them and are held against their digests.
// Where those are gone or changed, the error is a [rowsGone].
func promotedBaseline(ctx context.Context, r *flow.Registry, s *streams, f *driftFlags, folder, dir string) (*baseline, error) {
	p, problems := promote.Verify(folder)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	if f.design != "" && f.design != p.Design {
		return nil, withCode(ExitUsage, fmt.Errorf("%s is of design %q, not %q", folder, p.Design, f.design))
	}
	b := &baseline{workflow: p.Workflow, design: p.Design, promoted: true, digest: p.Digest, ledger: ledger.ChecksPath(folder)}
	var err error
	if b.plan, err = promotedPlan(ctx, r, folder); err != nil {
		return nil, err
	}
	b.of = b.plan.Workflow
	if b.card, err = baselineRows(ctx, projectRoot(folder), p); err != nil {
		return b, err
	}
	job := &replay.Job{
		Plans: []*design.Plan{b.plan}, Card: b.card, Fitted: []bool{true}, Seed: p.Evidence.Seed, Repeats: 1,
		Request: dataset.Request{Splits: []string{p.DriftBaseline.Split}},
	}
	h, err := header(ctx, b.of, job.Plans, b.card)
	if err != nil {
		return nil, err
	}
	h.Seed, h.Repeats, h.Data.Split = job.Seed, 1, job.Request.Splits
	b.run, err = replayInto(ctx, s, job, h, dir, f.parallel, f.quiet || f.format == "json", b.of, job.Plans)
	return b, err
}

// sameLearning refuses to compare designs that learnt different things.
func sameLearning(a, b *record.Header, name string) error {
	learnt := func(h *record.Header) []record.Learnt {
		for _, d := range h.Designs {
			if d.Name == name && d.Variant == "" {
				return d.Learnt
			}
		}
		return nil
	}
	x, y := learnt(a), learnt(b)
	for i := range x {
		if i >= len(y) || x[i].Step != y[i].Step || x[i].SHA256 != y[i].SHA256 {
			return withCode(ExitInput, fmt.Errorf("step %q of design %q learnt something else than in run %s: its training cases changed", x[i].Step, name, a.Run))
		}
	}
	return nil
}
