package app

import (
	"context"
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

RUN is a run's folder, its id in reports/runs, or latest.`,
		Example: join(s.program,
			"%s scorecard latest",
			"%s scorecard latest --design rules --format md"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			return showScorecard(c.Context(), r, s, &f, a[0])
		},
	}
	flags := c.Flags()
	flags.StringArrayVar(&f.designs, "design", nil, "this design only (repeatable)")
	flags.StringVar(&f.format, "format", "text", formatUsage)
	flags.StringVarP(&f.output, "output", "o", "", "write to this `file`")
	return c
}

func showScorecard(ctx context.Context, r *flow.Registry, s *streams, f *scorecardFlags, name string) error {
	write, err := printer(s, f.format, f.output)
	if err != nil {
		return err
	}
	run, err := findRun(name)
	if err != nil {
		return err
	}
	if err := hasDesigns(run, f.designs); err != nil {
		return err
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
	r.Scorecard, err = scorecard.Run(ctx, run, r.Score, r.workflow, r.card, plans)
	return err
}
