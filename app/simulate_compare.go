package app

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/internal/opsim"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

func simulateCompareCommand(s *streams) *cobra.Command {
	var f simulateFlags
	var baseline string
	c := &cobra.Command{
		Use:   "compare SCENARIO",
		Short: "Hold designs against each other in operation, on the same cases",
		Long: `Compare simulates designs in one world: the same cases come at the same times,
whatever the design. What differs is then the design, and few replications tell
it. It prints paired differences from the baseline with intervals that hold for
all candidates at once, and how many replications a difference as large needs.

` + scenarioHelp + `

The baseline is the workflow's, or the first design of the run.`,
		Example: join(s.program,
			"%s compare invoice/peak",
			"%s compare invoice/peak --baseline rules --replications 40",
			"%s compare invoice/peak --format html --output compare.html"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			return f.answer(c, s, a[0], func(ctx context.Context, sc *scenario.Scenario, p *opsim.Profile, warnings []string) (printable, error) {
				if sc.Cases != nil {
					return nil, fmt.Errorf("%s states its cases: there are no designs to compare", sc.File)
				}
				against, err := chosenBaseline(sc, p, baseline)
				if err != nil {
					return nil, err
				}
				res, err := opsim.Compare(ctx, sc, p, against, f.parallel)
				if err != nil {
					return nil, err
				}
				res.Warnings = append(res.Warnings, warnings...)
				return report.Contrasted{Comparison: res}, nil
			})
		},
	}
	f.register(c)
	c.Flags().StringVar(&baseline, "baseline", "", "hold against this `design` of the run (default the workflow's baseline)")
	return c
}

// chosenBaseline is the design that the others are held against: the one asked
// for, else the workflow's where the profile has it, else the first.
func chosenBaseline(sc *scenario.Scenario, p *opsim.Profile, asked string) (string, error) {
	var names []string
	found := ""
	for _, d := range p.Designs {
		names = append(names, d.Name)
		if d.Name == asked || asked == "" && sc.Workflow != nil && d.Name == sc.Workflow.Baseline {
			found = d.Name
		}
	}
	switch {
	case found == "" && asked != "":
		return "", withCode(ExitUsage, fmt.Errorf("--baseline: run %s has no design %q, or it is left out%s", p.Run, asked, oneOf(names)))
	case found == "":
		found = names[0]
	}
	return found, nil
}
