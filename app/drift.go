package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/drift"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/replay"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// driftFlags are the flags of eval drift.
type driftFlags struct {
	fresh, design  string
	splits, where  []string
	alarms, checks float64
	out            string
	format, output string
	parallel       int
	quiet          bool
}

func driftCommand(r *flow.Registry, s *streams) *cobra.Command {
	var f driftFlags
	c := &cobra.Command{
		Use:   "drift RUN|PRODUCTION --fresh CARD",
		Short: "Check whether fresh cases still look like those a design was judged on",
		Long: `Drift replays a design on fresh cases and compares them with those of RUN, its
baseline: accuracy where the fresh cases have labels, escalations, confidence,
broken handoffs, outcomes, and every input column. A signal moved when it is
more than chance, adjusted over the whole check, and large enough to matter.
Inputs that moved while accuracy is seen to hold are information, no alarm.

Given a production.yaml or its folder, the promoted design, with what it had
learnt, is replayed on the rows that its evidence names by digest, and on the
fresh cases. Where those rows are gone or changed nothing can be said.

The verdict is one of three, each with its exit code: no drift seen (0), drift
(4), not enough data (5).`,
		Example: join(s.program,
			"%s drift workflows/invoice/production/production.yaml --fresh invoice-fresh",
			"%s drift latest --fresh invoice-fresh --design model-cutoff",
			"%s drift latest --fresh invoice-fresh --design rules --checks-per-year 365 --format md"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			return checkDrift(c, r, s, &f, a[0])
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.fresh, "fresh", "", "dataset card of the fresh cases: a file, a folder or a name")
	flags.StringVar(&f.design, "design", "", "the design to check (default the run's only candidate)")
	flags.StringArrayVar(&f.splits, "split", nil, "take this split of the fresh cases (repeatable; default all)")
	flags.StringArrayVar(&f.where, "where", nil, "only fresh cases with `column=value` (repeatable)")
	flags.Float64Var(&f.alarms, "alarms-per-year", 1, "false alarms a year that are acceptable")
	flags.Float64Var(&f.checks, "checks-per-year", 52, "checks made a year")
	flags.StringVar(&f.out, "out", "", "folder of the fresh run (default reports/drift/<id>)")
	flags.StringVar(&f.format, "format", "text", formatUsage)
	flags.StringVarP(&f.output, "output", "o", "", "write to this `file`")
	flags.IntVar(&f.parallel, "parallel", 0, "cases worked on at once (default one a core)")
	flags.BoolVar(&f.quiet, "quiet", false, "print the result only")
	return c
}

// baseline is what fresh cases are compared with: the rows of a run, of one
// design.
type baseline struct {
	run      *record.Run
	workflow *design.Workflow
	card     *dataset.Card
	plan     *design.Plan
	promoted bool // the plan is the one in production, with what it had learnt
}

func checkDrift(c *cobra.Command, r *flow.Registry, s *streams, f *driftFlags, name string) error {
	ctx := c.Context()
	write, err := printer(s, f.format, f.output)
	if err != nil {
		return err
	}
	if f.fresh == "" {
		return withCode(ExitUsage, errors.New("which fresh cases? name their dataset card with --fresh"))
	}
	if f.parallel < 0 || !(f.alarms > 0) || !(f.checks > f.alarms) {
		return withCode(ExitUsage, errors.New("--parallel takes a number from 0 up, --alarms-per-year more than 0, --checks-per-year more than that"))
	}
	where, err := dataset.ParseWhere(f.where)
	if err != nil {
		return withCode(ExitUsage, err)
	}
	dir := f.out
	if dir == "" {
		// Not among the runs: latest stays the latest of those.
		dir = unused(filepath.Join(projectRoot("."), "reports", "drift", time.Now().UTC().Format("20060102-150405")))
	}
	var b *baseline
	if folder, ok := promotedFolder(name); ok {
		b, err = promotedBaseline(ctx, r, s, f, folder, filepath.Join(dir, "baseline"))
	} else {
		b, err = runBaseline(ctx, r, name, f.design)
	}
	if err != nil {
		return err
	}
	card, err := findCard(b.workflow, f.fresh)
	if err != nil {
		return err
	}
	job := &replay.Job{
		Plans: []*design.Plan{b.plan}, Card: card, Learn: b.card, Fitted: []bool{b.promoted}, Seed: b.run.Header.Seed, Repeats: 1,
		Request: dataset.Request{Splits: f.splits, Where: where},
	}
	h, err := header(ctx, b.workflow, job.Plans, card)
	if err != nil {
		return err
	}
	h.Seed, h.Repeats = job.Seed, 1
	h.Data.Split, h.Data.Where = f.splits, f.where
	h.Settings, h.Defaulted = settings(c)
	run, err := replayInto(ctx, s, job, h, filepath.Join(dir, "fresh"), f.parallel, f.quiet || f.format == "json", b.workflow, job.Plans)
	if err != nil {
		return err
	}
	result, err := b.check(ctx, run, card, drift.Settings{AlarmsPerYear: f.alarms, ChecksPerYear: f.checks, Seed: job.Seed})
	if err != nil {
		return err
	}
	out := report.Drift{Result: result}
	if err := keep(dir, "drift", out); err != nil {
		return err
	}
	if err := write(out); err != nil {
		return err
	}
	switch result.Verdict {
	case drift.Drift:
		return silently(ExitFailed)
	case drift.NotEnough:
		return silently(ExitInconclusive)
	}
	return nil
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
	return &baseline{run: run, workflow: w, card: card, plan: plans[0]}, nil
}

// check compares the fresh run's rows with the baseline's.
func (b *baseline) check(ctx context.Context, fresh *record.Run, card *dataset.Card, s drift.Settings) (*drift.Result, error) {
	name := b.plan.Design.Name
	if !b.promoted {
		if err := sameLearning(b.run.Header, fresh.Header, name); err != nil {
			return nil, err
		}
	}
	var use []string
	for _, tag := range b.card.Tags {
		input := slices.ContainsFunc(b.card.Input, func(c dataset.Column) bool { return c.Column == tag }) ||
			b.card.Input == nil && b.workflow.Input.Index(tag) >= 0
		if !input && slices.Contains(card.Tags, tag) {
			use = append(use, tag)
		}
	}
	gather := func(run *record.Run, from *dataset.Card) (*drift.Sample, error) {
		return drift.Gather(ctx, drift.Recorded{Run: run, Workflow: b.workflow, Card: from, Design: name}, b.workflow, run.Header.Seed,
			drift.Names{Tags: from.Tags, Use: use, Personal: append(from.PersonalFields(), from.Personal...)})
	}
	base, err := gather(b.run, b.card)
	if err != nil {
		return nil, err
	}
	now, err := gather(fresh, card)
	if err != nil {
		return nil, err
	}
	for _, t := range b.workflow.Gate.Thresholds {
		if t.Metric == score.AutomatedAccuracy && t.AtLeast != nil && t.Segment == "" {
			s.Promised = *t.AtLeast
		}
	}
	result, err := drift.Check(ctx, base, now, s)
	if err != nil {
		return nil, err
	}
	result.Workflow, result.Design = b.workflow.Name, name
	result.Baseline.Run, result.Baseline.Dataset, result.Baseline.Split = b.run.Header.Run, b.card.Name, b.run.Header.Data.Split
	result.Fresh.Run, result.Fresh.Dataset, result.Fresh.Split = fresh.Header.Run, card.Name, fresh.Header.Data.Split
	if b.card.Weight != "" || card.Weight != "" {
		result.Warnings = append(result.Warnings, "sampling weights are not used: the check compares cases as they are")
	}
	return result, nil
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
