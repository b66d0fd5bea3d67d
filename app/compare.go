package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/score"
)

func compareCommand(s *streams) *cobra.Command {
	var format, output, baseline, metric string
	c := &cobra.Command{
		Use:   "compare RUN|DESIGN [RUN|DESIGN...]",
		Short: "Hold designs of one run, or of several, against a baseline",
		Long: `Compare holds designs against a baseline on the same cases, paired by their ids:
those of one run, or of several. It says which are better, worse, not worse by
more than the gate's margin, or cannot be told apart, and then what the cases
could have shown; which cases flipped, the most costly first; in which segments;
and what else differs between the runs.

RUN is a run's folder, its id in reports/runs, or latest: all of its designs are
compared. DESIGN is a design of the runs that are named, or of the newest run
that has all the designs named; RUN:DESIGN is one of that run. A design alone is
compared with its run's baseline. The baseline is --baseline; else the
workflow's, if it is among the designs; else the first design.`,
		Example: join(s.program,
			"%s compare latest",
			"%s compare rules model-cutoff --baseline rules",
			"%s compare rules --metric automated_accuracy --format md",
			"%s compare latest --format pr",
			"%s compare latest --format html --output compare.html"),
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			write, err := reviewPrinter(s, format, output)
			if err != nil {
				return err
			}
			chosen, err := choose(a, baseline)
			if err != nil {
				return err
			}
			out, err := chosen.compare(c.Context(), metric)
			if err != nil {
				return err
			}
			return write(out)
		},
	}
	c.Flags().StringVar(&baseline, "baseline", "", "the `DESIGN`, or RUN:DESIGN, that the others are held against")
	c.Flags().StringVar(&metric, "metric", score.SystemAccuracy, "screen segments by this metric, and rank the designs by it too")
	c.Flags().StringVar(&format, "format", "text", reviewUsage)
	c.Flags().StringVarP(&output, "output", "o", "", "write to this `file`")
	return c
}

// choice is the designs to compare, by run.
type choice struct {
	runs     []*record.Run
	designs  [][2]int // run, and design in its header, in the order named
	baseline [2]int
}

// choose finds the runs and designs that are named.
func choose(names []string, baseline string) (*choice, error) {
	ch := &choice{}
	var designs []string // named without a run
	for _, name := range names {
		if at, ok, err := ch.runDesign(name); err != nil {
			return nil, err
		} else if ok {
			ch.add(at)
		} else if isRun(name) {
			run, err := findRun(name)
			if err != nil {
				return nil, err
			}
			ch.run(run)
		} else {
			designs = append(designs, name)
		}
	}
	wanted := designs
	if baseline != "" {
		_, ok, err := ch.runDesign(baseline)
		if err != nil {
			return nil, err
		}
		if !ok {
			wanted = append(slices.Clone(designs), baseline)
		}
	}
	if len(ch.runs) == 0 {
		run, err := newestWith(wanted)
		if err != nil {
			return nil, err
		}
		ch.run(run)
	}
	switch {
	case len(designs) > 0:
		for _, name := range designs {
			found, err := ch.named(name)
			if err != nil {
				return nil, err
			}
			ch.add(found...)
		}
	case len(ch.designs) == 0:
		for r, run := range ch.runs {
			for d := range run.Header.Designs {
				ch.add([2]int{r, d})
			}
		}
	}
	if err := ch.choose(baseline); err != nil {
		return nil, err
	}
	if len(ch.designs) < 2 {
		return nil, withCode(ExitUsage, fmt.Errorf("there is only design %q to compare: name another beside it", ch.name(ch.designs[0])))
	}
	return ch, ch.check()
}

// isRun says that a name is a run's.
func isRun(name string) bool {
	_, err := findRun(name)
	var code *exitError
	return name == "latest" || err == nil || errors.As(err, &code) && !strings.HasPrefix(err.Error(), "no run ")
}

// newestWith is the newest run that has all of the designs, and others to hold
// one against.
func newestWith(designs []string) (*record.Run, error) {
	return latestRun(func(run *record.Run) bool {
		return len(run.Header.Designs) > 1 && !slices.ContainsFunc(designs, func(name string) bool { return designOf(run, name) < 0 })
	}, fmt.Errorf("no run, and no run with the design %s: give a run's folder, its id in %s, latest, or designs of one run; RUN:DESIGN is a design of that run", quoted(designs), relative(runsDir())))
}

func quoted(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(out, " and ")
}

// designOf is the place of a design, or of a variant, in a run; -1 for none.
func designOf(run *record.Run, name string) int {
	return slices.IndexFunc(run.Header.Designs, func(d record.Design) bool { return score.DesignName(d.Name, d.Variant) == name })
}

// run takes in a run, and says which it is.
func (ch *choice) run(run *record.Run) int {
	if i := slices.IndexFunc(ch.runs, func(r *record.Run) bool { return r.Header.ID() == run.Header.ID() }); i >= 0 {
		return i
	}
	ch.runs = append(ch.runs, run)
	return len(ch.runs) - 1
}

// runDesign is a design that is named with its run; ok is false for a name
// without one.
func (ch *choice) runDesign(name string) (at [2]int, ok bool, err error) {
	for i := range len(name) {
		if name[i] != ':' || !isRun(name[:i]) {
			continue
		}
		run, err := findRun(name[:i])
		if err != nil {
			return at, false, err
		}
		d := designOf(run, name[i+1:])
		if d < 0 {
			return at, false, noDesign(name[i+1:], run)
		}
		return [2]int{ch.run(run), d}, true, nil
	}
	return at, false, nil
}

// noDesign says that none of the runs has a design.
func noDesign(name string, runs ...*record.Run) error {
	var ids, known []string
	for _, run := range runs {
		ids = append(ids, "run "+run.Header.Run)
		for _, d := range run.Header.Designs {
			known = append(known, score.DesignName(d.Name, d.Variant))
		}
	}
	slices.Sort(known)
	return withCode(ExitInput, fmt.Errorf("%q is no run, and no design of %s%s", name, strings.Join(ids, " and "), oneOf(slices.Compact(known))))
}

// named are the designs of that name in the runs.
func (ch *choice) named(name string) ([][2]int, error) {
	var out [][2]int
	for r, run := range ch.runs {
		if d := designOf(run, name); d >= 0 {
			out = append(out, [2]int{r, d})
		}
	}
	if len(out) == 0 {
		return nil, noDesign(name, ch.runs...)
	}
	return out, nil
}

// add takes in designs, each once.
func (ch *choice) add(designs ...[2]int) {
	for _, d := range designs {
		if !slices.Contains(ch.designs, d) {
			ch.designs = append(ch.designs, d)
		}
	}
}

// choose finds the baseline: the one named; else the workflow's, of the first
// run that has it; else the first design. One that was not named is added.
func (ch *choice) choose(baseline string) error {
	if baseline != "" {
		at, ok, err := ch.runDesign(baseline)
		if err != nil {
			return err
		}
		if !ok {
			found, err := ch.named(baseline)
			if err != nil {
				return err
			}
			at = found[0]
			for _, f := range found {
				if slices.Contains(ch.designs, f) {
					at = f
					break
				}
			}
		}
		ch.baseline = at
		ch.add(at)
		return nil
	}
	ch.baseline = ch.designs[0]
	for _, d := range ch.designs {
		if h := ch.runs[d[0]].Header; h.Designs[d[1]].Name == h.Baseline && h.Designs[d[1]].Variant == "" {
			ch.baseline = d
			return nil
		}
	}
	if run := ch.runs[ch.baseline[0]]; len(ch.designs) == 1 {
		if own := designOf(run, run.Header.Baseline); own >= 0 {
			ch.baseline[1] = own
			ch.add(ch.baseline)
		}
	}
	return nil
}

func (ch *choice) name(d [2]int) string {
	x := ch.runs[d[0]].Header.Designs[d[1]]
	return score.DesignName(x.Name, x.Variant)
}

// check refuses runs of different workflows: their results mean something else.
func (ch *choice) check() error {
	first := ch.runs[0].Header
	for _, run := range ch.runs[1:] {
		if h := run.Header; h.Workflow.Path != first.Workflow.Path {
			return withCode(ExitInput, fmt.Errorf("run %s is of %s, and run %s of %s: runs of one workflow can be compared", first.Run, first.Workflow.Path, h.Run, h.Workflow.Path))
		}
	}
	return nil
}

// compare scores the runs and holds the designs against the baseline. A look at
// the held-out split is written down.
func (ch *choice) compare(ctx context.Context, metric string) (*report.Comparison, error) {
	var workflow *design.Workflow
	var card *dataset.Card
	var choices []compare.Choice
	results := make([]*score.Result, len(ch.runs))
	headers := make([]*record.Header, len(ch.runs))
	for i, run := range ch.runs {
		w, c, err := runInputs(run)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			workflow, card = w, c
		}
		if results[i], err = score.RunInDetail(ctx, run, w, c); err != nil {
			return nil, err
		}
		if err := dataChanged(ctx, run.Header, c, results[i]); err != nil {
			return nil, err
		}
		if err := countLook(run.Header, w, c, "compare"); err != nil {
			return nil, err
		}
		headers[i] = run.Header
	}
	for _, d := range ch.designs {
		choices = append(choices, compare.Choice{Result: results[d[0]], Design: d[1]})
	}
	joined, contestants, residues, err := compare.Join(choices)
	if err != nil {
		return nil, withCode(ExitInput, err)
	}
	at := slices.Index(ch.designs, ch.baseline)
	contestants[at].Baseline = true
	detailed, err := compare.InDetail(joined, compare.Options{Baseline: at, Margins: margins(workflow), Metric: metric})
	if err != nil {
		return nil, withCode(ExitUsage, err)
	}
	detailed.Contestants = contestants
	detailed.Residues = append(compare.Residues(headers), residues...)
	for i, r := range results {
		for _, w := range r.Warnings {
			if len(results) > 1 {
				w = "run " + headers[i].Run + ": " + w
			}
			detailed.Warnings = append(detailed.Warnings, w)
		}
	}
	out := &report.Comparison{Detailed: detailed, Workflow: workflow.Name, Title: workflow.Title, Currency: workflow.Currency}
	out.HideIDs, out.HideTags = redact.Names(card)
	return out, nil
}

// margins are those of the workflow's gate, by metric.
func margins(w *design.Workflow) compare.Margins {
	out := compare.Margins{}
	for _, t := range w.Gate.Thresholds {
		if t.NotWorse && t.Segment == "" {
			out[t.Metric] = t.Margin
		}
	}
	return out
}
