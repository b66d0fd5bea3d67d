package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/scorecard"
)

// scorecardFlags are the flags of eval scorecard.
type scorecardFlags struct {
	designs        []string
	format, output string
	restate        bool
	calls, offline bool
	parallel       int
	quiet          bool
}

func scorecardCommand(r *flow.Registry, s *streams) *cobra.Command {
	var f scorecardFlags
	c := &cobra.Command{
		Use:   "scorecard RUN",
		Short: "Measure whether designs are integrated, consistent, accountable and automated",
		Long: `Scorecard measures four properties of every design of a run: that its handoffs
are declared and hold without people in between, that it comes to the same again,
that every outcome can be explained by its trace, and how much it finishes
without people at the accuracy that the gate asks. Each is a share, with what it
lacks; no number is made of the four.

With --restate the run's cases are replayed again, as written and with inputs
that say the same otherwise: named fields in the opposite order, other blanks,
dates and amounts in another form, words in capitals. They are recorded in the
folder restated of the run, which this command and 'report' read from then on.
Designs whose steps call something outside are left out of that, unless --calls
or --offline is given.

RUN is a run's folder, its id in reports/runs, or latest.`,
		Example: join(s.program,
			"%s scorecard latest",
			"%s scorecard latest --restate",
			"%s scorecard latest --design rules --format md"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			return showScorecard(c, r, s, &f, a[0])
		},
	}
	flags := c.Flags()
	flags.StringArrayVar(&f.designs, "design", nil, "this design only (repeatable)")
	flags.BoolVar(&f.restate, "restate", false, "replay the cases again, with inputs that say the same otherwise")
	flags.BoolVar(&f.calls, "calls", false, "replay also designs whose steps call something outside, which may cost money")
	flags.BoolVar(&f.offline, "offline", false, "call nothing outside: use stored answers only")
	flags.IntVar(&f.parallel, "parallel", 0, "cases worked on at once (default one a core)")
	flags.BoolVar(&f.quiet, "quiet", false, "print the result only")
	answerFlags(flags, &f.format, &f.output)
	return c
}

func showScorecard(c *cobra.Command, r *flow.Registry, s *streams, f *scorecardFlags, name string) error {
	ctx := c.Context()
	write, err := printer(s, f.format, f.output)
	if err != nil {
		return err
	}
	switch {
	case f.parallel < 0 || f.parallel > maxParallel:
		return withCode(ExitUsage, fmt.Errorf("--parallel takes numbers from 0 to %d", maxParallel))
	case !f.restate && (f.calls || f.offline || f.parallel > 0):
		return withCode(ExitUsage, errors.New("--calls, --offline and --parallel say how --restate replays: give it too"))
	case f.calls && f.offline:
		return withCode(ExitUsage, errors.New("--calls and --offline: want one of them"))
	}
	run, err := findRun(name)
	if err != nil {
		return err
	}
	if err := hasDesigns(run, f.designs); err != nil {
		return err
	}
	if f.restate {
		if err := restateRun(c, r, s, f, run); err != nil {
			return err
		}
	}
	rep, err := buildReport(ctx, run, "scorecard")
	if err != nil {
		return err
	}
	if err := rep.readScorecard(ctx, r, run); err != nil {
		return err
	}
	result := rep.Scorecard
	result.Warnings = append(result.Warnings, rep.Score.Warnings...)
	result.Designs = slices.DeleteFunc(result.Designs, func(d scorecard.Design) bool {
		return len(f.designs) > 0 && !slices.ContainsFunc(run.Header.Designs, func(of record.Design) bool {
			return slices.Contains(f.designs, of.Name) && score.DesignName(of.Name, of.Variant) == d.Name
		})
	})
	out := &report.Scorecard{Result: result}
	out.HideIDs, _ = redact.Names(rep.card)
	return write(out)
}

// readScorecard adds the scorecards of the run's designs to a report.
func (r *reportData) readScorecard(ctx context.Context, kinds *flow.Registry, run *record.Run) (err error) {
	plans := make([]scorecard.Plan, len(run.Header.Designs))
	for i, d := range run.Header.Designs {
		p, err := planAsRun(kinds, run, r.workflow, d)
		if plans[i].Plan = p; err != nil {
			plans[i].Why = err.Error()
		}
	}
	if r.Scorecard, err = scorecard.Run(ctx, run, r.Score, r.workflow, r.card, plans); err != nil {
		return err
	}
	restated := restatedOf(run)
	if restated == nil {
		return nil
	}
	if err := r.Scorecard.AddRestated(ctx, restated, r.workflow, r.card); err != nil {
		return fmt.Errorf("restated inputs in %s: %w", relative(restated.Dir), err)
	}
	return nil
}
