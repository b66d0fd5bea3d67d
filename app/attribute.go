package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/attribute"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/replay"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// attributeFlags are the flags of eval attribute.
type attributeFlags struct {
	designs        []string
	out            string
	format, output string
	parallel       int
	quiet, offline bool
	shares         bool
	whatIf
}

func attributeCommand(r *flow.Registry, s *streams) *cobra.Command {
	var f attributeFlags
	c := &cobra.Command{
		Use:   "attribute RUN",
		Short: "Find the steps that break a design, by correcting each with gold values",
		Long: `Attribute replays the cases of a run again, with the output of each step (and
the decision of each route) that the dataset has gold for replaced by the gold
one and everything after it run again. It reports the change that each
correction makes to the design's accuracies, paired by case, the step at which
cases first went wrong, and the wrong cases that no labelled step explains.

It also tries every set of corrections, which tells how the whole gap divides
among the parts, what would mend each wrong case, and what mending a part is
worth a year. Designs whose steps call something outside are left out of that,
since each set may cost money, unless --shares or --offline is given. Stored
answers are used first: nothing is asked twice.

With --replace, --cutoff or --without it answers what would be if a step were
another: each is a variant of every chosen design that has the step, paired with
the design as written. A step gives way to its gold values, or to a step of
another design that gives the same; --cutoff moves the param that a route
compares a confidence with; a step that is left out gives what its
on_broken_handoff continues with, else nothing.

The variants are recorded in a run folder of their own, in that of the run.`,
		Example: join(s.program,
			"%s attribute latest",
			"%s attribute latest --design rules --format md --output where.md",
			"%s attribute latest --design model-cutoff --cutoff decide=0.95"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			return attributeRun(c, r, s, &f, a[0])
		},
	}
	flags := c.Flags()
	flags.StringArrayVar(&f.designs, "design", nil, "attribute this design only (repeatable; default all)")
	flags.StringVar(&f.out, "out", "", "folder of the variants' run (default <run>/attribution)")
	answerFlags(flags, &f.format, &f.output)
	flags.BoolVar(&f.shares, "shares", false, "try sets of corrections also for designs whose steps call something outside, which may cost money")
	f.whatIf.flags(flags)
	flags.BoolVar(&f.offline, "offline", false, "call nothing outside: use stored answers only")
	flags.IntVar(&f.parallel, "parallel", 0, "cases worked on at once (default one a core)")
	flags.BoolVar(&f.quiet, "quiet", false, "print the result only")
	return c
}

func attributeRun(c *cobra.Command, r *flow.Registry, s *streams, f *attributeFlags, name string) error {
	ctx := c.Context()
	write, err := printer(s, f.format, f.output)
	if err != nil {
		return err
	}
	if f.parallel < 0 {
		return withCode(ExitUsage, errors.New("--parallel takes a number from 0 up"))
	}
	of, err := findRun(name)
	if err != nil {
		return err
	}
	w, card, plans, err := sameInputs(ctx, r, of, f.designs)
	if err != nil {
		return err
	}
	if !f.asked() && len(card.Steps) == 0 && len(card.Routes) == 0 {
		return withCode(ExitInput, fmt.Errorf("%s labels no step and no route: name their gold columns under labels.steps and labels.routes", card.File))
	}
	job, err := attributionJob(of, card, plans)
	if err != nil {
		return err
	}
	h, err := header(ctx, w, plans, card)
	if err != nil {
		return err
	}
	job.Dir, job.Offline = stateDir(projectRoot(w.Dir)), f.offline
	explored := make([]*attribute.Explored, len(plans))
	if f.asked() {
		if err := f.apply(r, w, card, job, h); err != nil {
			return err
		}
	} else {
		job.After = func(ctx context.Context, runners []*engine.Runner) error {
			return explore(ctx, s, f, job, w, runners, explored)
		}
		h.Designs = withOracles(h.Designs, job.Oracles)
	}
	sameCases(h, of)
	h.Settings, h.Defaulted = settings(c)
	dir := f.out
	if dir == "" {
		// Not among the runs: latest stays the latest of those.
		dir = unused(filepath.Join(of.Dir, "attribution"))
		h.Run = of.Header.Run + "-" + filepath.Base(dir)
	}
	run, err := replayInto(ctx, s, job, h, dir, f.parallel, f.quiet || f.format == "json", w, plans)
	if err != nil {
		return err
	}
	result, err := attributed(ctx, f, run, w, card, plans, explored)
	if err != nil {
		return err
	}
	result.Of = of.Header.Run
	if personal, _ := redact.Names(card); personal {
		result.HideExamples()
	}
	out := report.Attribution{Result: result}
	if err := keep(run.Dir, "attribution", out); err != nil {
		return err
	}
	return write(out)
}

// withOracles are the designs of a record with their oracles, each after its
// own.
func withOracles(written []record.Design, oracles [][]engine.Oracle) []record.Design {
	var out []record.Design
	for i, d := range written {
		out = append(out, d)
		for _, o := range oracles[i] {
			d.Variant = o.Variant
			out = append(out, d)
		}
	}
	return out
}

// attributed reads a record of variants.
func attributed(ctx context.Context, f *attributeFlags, run *record.Run, w *design.Workflow, card *dataset.Card, plans []*design.Plan, explored []*attribute.Explored) (*attribute.Result, error) {
	if f.asked() {
		return attribute.WhatIf(ctx, run, w, card)
	}
	result, err := attribute.Run(ctx, run, w, card, plans)
	if err != nil {
		return nil, err
	}
	for i := range plans {
		d := &result.Designs[i]
		d.Explored = explored[i].Result(w.Volume)
		if len(d.Parts) > 0 && d.Explored == nil && replay.ReachesOut(plans[i]) {
			result.Warnings = append(result.Warnings, fmt.Sprintf("%s: sets of corrections were not tried, since its steps call something outside and each set may cost money: there are no shares. --shares tries them", d.Name))
		}
	}
	return result, nil
}

// explore tries sets of corrections on every case, for each design that may be
// run so often.
func explore(ctx context.Context, s *streams, f *attributeFlags, job *replay.Job, w *design.Workflow, runners []*engine.Runner, into []*attribute.Explored) error {
	for i, r := range runners {
		if replay.ReachesOut(r.Plan()) && !f.shares && !f.offline {
			continue
		}
		if !f.quiet && f.format != "json" {
			fmt.Fprintf(s.err, "%s: trying sets of corrections\n", r.Plan().Design.Name)
		}
		x := attribute.Explorer{Workflow: w, Card: job.Card, Request: job.Request, Seed: job.Seed, Repeats: max(job.Repeats, 1), Parallel: job.Parallel}
		var err error
		if into[i], err = x.Explore(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// sameInputs are the workflow, the dataset and the designs of a finished run,
// refused where they are not what they were.
func sameInputs(ctx context.Context, r *flow.Registry, of *record.Run, designs []string) (*design.Workflow, *dataset.Card, []*design.Plan, error) {
	h := of.Header
	fail := func(err error) (*design.Workflow, *dataset.Card, []*design.Plan, error) {
		return nil, nil, nil, err
	}
	if h.State != record.Complete {
		return fail(withCode(ExitInput, fmt.Errorf("run %s is not complete: go on with it by --resume first", h.Run)))
	}
	w, err := findWorkflow(fileOf(of, h.Workflow.Path))
	if err != nil {
		return fail(err)
	}
	card, err := findCard(w, fileOf(of, h.Data.Card.Path))
	if err != nil {
		return fail(err)
	}
	chosen := *h
	chosen.Designs = nil
	var all, names []string
	for _, d := range h.Designs {
		if d.Variant != "" {
			return fail(withCode(ExitInput, fmt.Errorf("run %s holds variants (%s): attribute the run that it was made of", h.Run, d.Variant)))
		}
		all = append(all, d.Name)
		if len(designs) == 0 || slices.Contains(designs, d.Name) {
			chosen.Designs = append(chosen.Designs, d)
			names = append(names, d.Name)
		}
	}
	for _, d := range designs {
		if !slices.Contains(names, d) {
			return fail(withCode(ExitInput, fmt.Errorf("run %s has no design %q%s", h.Run, d, oneOf(all))))
		}
	}
	set, err := parseSet(splitSetting(h.Settings["set"]))
	if err != nil {
		return fail(err)
	}
	plans, err := loadPlans(r, w, all, set)
	if err != nil {
		return fail(err)
	}
	plans = slices.DeleteFunc(plans, func(p *design.Plan) bool { return !slices.Contains(names, p.Design.Name) })
	if len(plans) != len(names) {
		return fail(withCode(ExitInput, fmt.Errorf("the files of run %s hold designs of other names now: begin a new run", h.Run)))
	}
	if err := unchanged(ctx, &chosen, w, plans, card); err != nil {
		return fail(err)
	}
	return w, card, plans, nil
}

// attributionJob replays the run's cases with the oracles of its designs.
func attributionJob(of *record.Run, card *dataset.Card, plans []*design.Plan) (*replay.Job, error) {
	job, err := againJob(of, card, plans)
	if err != nil {
		return nil, err
	}
	if job.Request.Steps, err = score.GoldSchemas(plans, card); err != nil {
		return nil, err
	}
	for _, p := range plans {
		job.Oracles = append(job.Oracles, attribute.Oracles(attribute.Targets(p, card)))
	}
	return job, nil
}

// replayInto runs a job that serves another command into a folder of its own.
func replayInto(ctx context.Context, s *streams, job *replay.Job, h *record.Header, dir string, parallel int, quiet bool, w *design.Workflow, plans []*design.Plan) (*record.Run, error) {
	if h.Run == "" {
		h.Run = filepath.Base(dir)
	}
	writer, err := record.Create(dir, h)
	if err != nil {
		return nil, err
	}
	if err := copyFiles(writer, w, plans, job.Card); err != nil {
		writer.Abort()
		return nil, err
	}
	job.Writer, job.Parallel = writer, parallel
	job.Private = redact.New(job.Card, w, nil).Private
	job.Fits = filepath.Join(projectRoot(w.Dir), ".rehearse", "fits")
	total, err := job.Card.Count(ctx, job.Request)
	if err != nil {
		writer.Abort()
		return nil, err
	}
	if total == 0 {
		writer.Abort()
		return nil, withCode(ExitInput, fmt.Errorf("no case to replay: %s has none in %s", job.Card.File, selection(job.Request)))
	}
	shown := *job // variants are no bars of their own
	shown.Plans = plans
	display := newProgress(s, &runFlags{quiet: quiet}, &shown, total)
	job.Progress = shown.Progress
	err = replay.Run(ctx, job)
	display.stop(err == nil)
	if err != nil {
		return nil, err
	}
	return record.Open(dir)
}
