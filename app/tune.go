package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/ledger"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/replay"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/tune"
)

// tuneFlags are the flags of eval tune.
type tuneFlags struct {
	data, recall   string
	cutoffs        []string
	grid           []string
	error          float64
	confidence     float64
	onePerCluster  bool
	write          bool
	parallel       int
	format, output string
}

func tuneCommand(r *flow.Registry, s *streams) *cobra.Command {
	var f tuneFlags
	c := &cobra.Command{
		Use:   "tune DESIGN",
		Short: "Choose a design's cutoffs on the calibration split, with a guarantee on its error",
		Long: `Tune tries cutoffs of a design's routes on the labelled cases of the calibration
split and finds those of which it can be shown that at most --error of what the
design automates is wrong, with --confidence over the draw of those cases (Learn
then Test). Of these it chooses the cheapest by the workflow's costs. No model is
called: stored answers do, or those of --recall RUN.

A design that fits confidence maps on the calibration split fits them on half of
it, or on its calibration_share, and the other cases certify.

With --write the cutoffs go into the design's file, which stays as it is
otherwise, and the tuned design is shown on the split test: a look that the
ledger counts.

DESIGN is a design's file, its name, or workflow/name. The exit code is 5 where no
cutoff can be certified, and nothing is written then; 4 where the split test
shows the promise broken.`,
		Example: join(s.program,
			"%s tune invoice/model-cutoff",
			"%s tune invoice/model-cutoff --error 0.03 --confidence 0.9",
			"%s tune invoice/model-cutoff --write"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error { return tuneDesign(c, r, s, &f, a[0]) },
	}
	flags := c.Flags()
	flags.Float64Var(&f.error, "error", 0, "share of automated cases that may be wrong (default what the gate leaves to automated_accuracy, else 0.05)")
	flags.Float64Var(&f.confidence, "confidence", 0.95, "confidence of the guarantee")
	flags.StringArrayVar(&f.cutoffs, "cutoff", nil, "tune this `param` only (repeatable; default every cutoff)")
	flags.StringSliceVar(&f.grid, "grid", nil, "`values` to try, fixed before looking at labels, such as 0.5,0.7,0.9")
	flags.BoolVar(&f.onePerCluster, "one-per-cluster", false, "certify on one case of each cluster, which makes the guarantee exact")
	flags.StringVar(&f.recall, "recall", "", "take steps' answers from this `run` of the calibration split")
	flags.StringVar(&f.data, "data", "", "dataset card, folder or name (default the workflow's own)")
	flags.BoolVar(&f.write, "write", false, "write the cutoffs into the design, and show it on the split test")
	flags.IntVar(&f.parallel, "parallel", 0, "cases worked on at once (default one a core)")
	answerFlags(flags, &f.format, &f.output)
	return c
}

func tuneDesign(c *cobra.Command, r *flow.Registry, s *streams, f *tuneFlags, name string) error {
	show, err := printer(s, f.format, f.output)
	if err != nil {
		return err
	}
	grid, err := f.check(c)
	if err != nil {
		return err
	}
	t, err := f.begin(c, r, s, name)
	if err != nil {
		return err
	}
	result, err := t.certify(c.Context(), r, s, f, grid)
	if err != nil {
		return err
	}
	out := &report.Tuned{
		Design: t.plan.Design.Name, Workflow: t.workflow.Name, Currency: t.workflow.Currency, Dataset: t.card.Name,
		Result: result, File: relative(t.plan.Design.File),
	}
	if t.maps {
		out.Mapping = t.plan.Design.CalibrationShare
	}
	if f.write && result.Best() != nil {
		if err := t.write(result); err != nil {
			return err
		}
		out.Written = true
		if slices.Contains(t.card.SplitNames(), ledger.HeldOut) {
			if out.Test, err = t.test(c, r, s, f, result); err != nil {
				return err
			}
		}
	}
	if out.Test != nil {
		if err := keep(t.tested, "tune", out); err != nil {
			return err
		}
	}
	if err := show(out); err != nil {
		return err
	}
	switch {
	case result.Best() == nil:
		return silently(ExitInconclusive)
	case out.Test != nil && out.Test.Broken:
		return silently(ExitFailed)
	}
	return nil
}

// check reads the values of the grid and refuses what no promise could be.
func (f *tuneFlags) check(c *cobra.Command) ([]float64, error) {
	if stated := c.Flags().Changed("error"); stated && !(f.error > 0 && f.error < 1) {
		return nil, withCode(ExitUsage, fmt.Errorf("--error %v: want a share between 0 and 1, such as 0.05", f.error))
	}
	if !(f.confidence >= 0.5 && f.confidence < 1) {
		return nil, withCode(ExitUsage, fmt.Errorf("--confidence %v: want a number from 0.5 to below 1, such as 0.95", f.confidence))
	}
	if f.parallel < 0 || f.parallel > maxParallel {
		return nil, withCode(ExitUsage, fmt.Errorf("--parallel takes numbers from 0 to %d", maxParallel))
	}
	var grid []float64
	for _, text := range f.grid {
		x, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil || !(x >= 0 && x <= 1) {
			return nil, withCode(ExitUsage, fmt.Errorf("--grid: %q is no number from 0 to 1", text))
		}
		grid = append(grid, x)
	}
	return grid, nil
}

// tuning is a design that is being tuned.
type tuning struct {
	*prepared
	plan   *design.Plan
	maps   bool    // it fits confidence maps on the calibration split
	share  float64 // of that split, as the design's file has it
	tested string  // folder of the run on the held-out split
}

// begin finds the design and its calibration cases.
func (f *tuneFlags) begin(c *cobra.Command, r *flow.Registry, s *streams, name string) (*tuning, error) {
	file, w, err := findDesign(name)
	if err != nil {
		return nil, err
	}
	card, err := findCard(w, f.data)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(card.SplitNames(), "calibration") {
		return nil, withCode(ExitInput, fmt.Errorf("%s has no split calibration, and cutoffs are chosen on no other cases: make one with 'eval dataset split', or by hand under splits", card.File))
	}
	p, err := f.on(c, r, s, w, file, "calibration")
	if err != nil {
		return nil, err
	}
	t := &tuning{prepared: p, plan: p.plans[0], share: p.plans[0].Design.CalibrationShare}
	if t.maps = replay.Calibrates(t.plan); t.maps && t.share == 1 {
		t.plan.Design.CalibrationShare = defaultCalibrationShare
	}
	return t, nil
}

// defaultCalibrationShare is how much of the calibration split fits confidence
// maps where the design does not say.
const defaultCalibrationShare = 0.5

// on prepares to run the design on a split, with stored answers.
func (f *tuneFlags) on(c *cobra.Command, r *flow.Registry, s *streams, w *design.Workflow, file, split string) (*prepared, error) {
	run := &runFlags{designs: []string{strings.TrimSuffix(filepath.Base(file), ".yaml")}, data: f.data, splits: []string{split}, seed: 1, repeat: 1, offline: true}
	if split == "calibration" {
		run.recall = f.recall
	}
	return prepare(c.Context(), r, s, run, w.File, c)
}

// certify tries the cutoffs on the calibration cases.
func (t *tuning) certify(ctx context.Context, r *flow.Registry, s *streams, f *tuneFlags, values []float64) (*tune.Result, error) {
	explored, warnings, err := t.explored(ctx, r, s, f, values)
	if err != nil {
		return nil, err
	}
	return t.promised(ctx, s, f, explored, warnings)
}

// explored runs the calibration cases with every setting of the cutoffs; it
// gives what there is to say about that, too.
func (t *tuning) explored(ctx context.Context, r *flow.Registry, s *streams, f *tuneFlags, values []float64) (*tune.Explored, []string, error) {
	cutoffs, err := f.chosen(t.plan)
	if err != nil {
		return nil, nil, err
	}
	grid, err := tune.NewGrid(cutoffs, values)
	if err != nil {
		return nil, nil, withCode(ExitUsage, err)
	}
	dir, err := os.MkdirTemp("", "rehearse-tune-")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(dir)
	writer, err := record.Create(dir, t.header)
	if err != nil {
		return nil, nil, err
	}
	defer writer.Abort()
	job := &replay.Job{
		Plans: t.plans, Card: t.card, Learn: t.learn, Seed: t.header.Seed, Repeats: 1, Writer: writer, Request: t.request,
		Dir: t.stateDir(), Fits: filepath.Join(t.stateDir(), "fits"), Offline: true, Private: redact.New(t.card, t.workflow, nil).Private,
	}
	warnings := slices.Clone(t.header.Warnings) // fitting adds that cases of the split teach, which those that certify do not
	runners, closeAll, err := replay.Runners(ctx, job)
	if err != nil && replay.ReachesOut(t.plan) {
		return nil, nil, fmt.Errorf("%w; cutoffs are tuned on stored answers, which %s asks for", err, t.asking("calibration"))
	}
	if err != nil {
		return nil, nil, err
	}
	explored, err := t.explore(ctx, r, f, job, runners[0], grid)
	if err := errors.Join(err, closeAll()); err != nil {
		return nil, nil, err
	}
	return explored, warnings, nil
}

// promised tests the settings for what is promised.
func (t *tuning) promised(ctx context.Context, s *streams, f *tuneFlags, explored *tune.Explored, warnings []string) (*tune.Result, error) {
	result, err := explored.Certify(tune.Promise{Error: t.limit(f), Confidence: f.confidence, OnePerCluster: f.onePerCluster})
	if errors.Is(err, tune.ErrNoCases) {
		return nil, withCode(ExitInput, fmt.Errorf("%w: %s asks for what is not stored", err, t.asking("calibration")))
	}
	if err != nil {
		return nil, err
	}
	if len(t.workflow.Costs) == 0 {
		warnings = append(warnings, "the workflow states no costs of errors: the cheapest cutoff is the one that takes least of people's time and of calls")
	}
	seen, err := t.seen(ctx)
	result.Warnings = slices.Concat(warnings, seen, result.Warnings)
	return result, err
}

// asking is the command that runs the design on a split, and asks what is not
// stored.
func (t *tuning) asking(split string) string {
	return fmt.Sprintf("'eval run %s --design %s --split %s'", t.workflow.Name, t.plan.Design.Name, split)
}

// chosen are the cutoffs that are asked for, else all that routes compare
// confidences with.
func (f *tuneFlags) chosen(p *design.Plan) ([]tune.Cutoff, error) {
	all := tune.Cutoffs(p)
	if len(f.cutoffs) == 0 {
		if len(all) == 0 {
			return nil, withCode(ExitInput, fmt.Errorf("no route of design %q compares a confidence with a param: give its cutoff a name under params, and write it as when: assess.confidence < params.cutoff; a param that acts otherwise is named with --cutoff", p.Design.Name))
		}
		return all, nil
	}
	var numbers []string
	var out []tune.Cutoff
	for _, param := range p.Design.Params {
		was, number := param.Value.(float64)
		if !number {
			continue
		}
		numbers = append(numbers, param.Name)
		switch i := slices.IndexFunc(all, func(c tune.Cutoff) bool { return c.Param == param.Name }); {
		case !slices.Contains(f.cutoffs, param.Name):
		case i >= 0:
			out = append(out, all[i])
		default: // a step before the route compares it
			out = append(out, tune.Cutoff{Param: param.Name, Was: was})
		}
	}
	for _, name := range f.cutoffs {
		if !slices.Contains(numbers, name) {
			return nil, withCode(ExitUsage, fmt.Errorf("--cutoff %s: design %q has no param of that name that is a number%s", name, p.Design.Name, oneOf(numbers)))
		}
	}
	return out, nil
}

// limit is the error that is promised: what was asked for, else what the gate
// leaves to automated accuracy.
func (t *tuning) limit(f *tuneFlags) float64 {
	if f.error > 0 {
		return f.error
	}
	for _, threshold := range t.workflow.Gate.Thresholds {
		if threshold.Metric == score.AutomatedAccuracy && threshold.Segment == "" && threshold.AtLeast != nil && *threshold.AtLeast < 1 {
			return 1 - *threshold.AtLeast
		}
	}
	return 0.05
}
