package app

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/opsim"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

func simulateCutoffCommand(r *flow.Registry, s *streams) *cobra.Command {
	var f simulateFlags
	var sf settingFlags
	c := &cobra.Command{
		Use:   "cutoff SCENARIO",
		Short: "Find the cheapest cutoff when people are few",
		Long: `Cutoff runs the calibration cases of a design with every setting of its cutoffs,
as eval tune does, and simulates each in the scenario: what escalates waits for
people. It finds the cheapest setting that overloads nobody and keeps the service
level, and all that cannot be told from it, beside the cheapest without queues
and the one that eval tune chooses. No model is called: stored answers do.

A scenario that states its cases, with the confidence that sorts them, needs no
design and no run. Without --grid the cutoff is then searched.

` + scenarioHelp,
		Example: join(s.program,
			"%s cutoff invoice/peak --design model-cutoff",
			"%s cutoff invoice/peak --design model-cutoff --grid 0.5,0.7,0.9 --format html --output cutoff.html"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			values, err := sf.tune.check(c)
			if err != nil {
				return err
			}
			return f.print(c, s, a[0], func(ctx context.Context, sc *scenario.Scenario) (printable, error) {
				if sc.Cases != nil {
					return f.statedCutoffs(ctx, c, &sf, sc, values)
				}
				return f.cutoffs(ctx, c, r, s, &sf, sc, values)
			})
		},
	}
	f.register(c)
	sf.register(c, "`values` to try, such as 0.5,0.7,0.9")
	flags := c.Flags()
	flags.StringArrayVar(&sf.tune.cutoffs, "cutoff", nil, "move this `param` only (repeatable; default every cutoff)")
	flags.Float64Var(&sf.tune.error, "error", 0, "share of automated cases that may be wrong, for what eval tune chooses (default as there)")
	flags.StringVar(&sf.tune.recall, "recall", "", "take steps' answers from this `run` of the calibration split")
	flags.MarkHidden("run")
	return c
}

// cutoffs simulates a design at every setting of its cutoffs.
func (f *simulateFlags) cutoffs(ctx context.Context, c *cobra.Command, r *flow.Registry, s *streams, sf *settingFlags, sc *scenario.Scenario, values []float64) (printable, error) {
	m, err := sf.moved(c, r, s, f, sc, values)
	if err != nil {
		return nil, err
	}
	chosen, err := opsim.Cutoffs(ctx, sc, m.profile, m.clusters, f.parallel)
	if err != nil {
		return nil, withCode(ExitInput, err)
	}
	chosen.Warnings = append(chosen.Warnings, m.tuned.Warnings...)
	out := report.CutoffChoice{Design: f.designs[0], CutoffChoice: chosen, Tuned: m.tuned.Chosen}
	for _, cut := range m.tuned.Cutoffs {
		out.Params = append(out.Params, cut.Param)
		out.Was = append(out.Was, cut.Was)
	}
	var only []float64
	for _, point := range m.tuned.Points {
		out.Values = append(out.Values, point.Values)
		only = append(only, point.Values[0])
	}
	if len(out.Params) == 1 && slices.IsSorted(only) {
		out.Between = chosen.Between(only)
	}
	return out, nil
}

// statedCutoffs simulates the cases that a scenario states at several cutoffs.
func (f *simulateFlags) statedCutoffs(ctx context.Context, c *cobra.Command, sf *settingFlags, sc *scenario.Scenario, values []float64) (printable, error) {
	if err := sf.sorted(c, sc); err != nil {
		return nil, err
	}
	chosen, values, err := opsim.StatedCutoffs(ctx, sc, values, f.parallel)
	if err != nil {
		return nil, withCode(ExitInput, err)
	}
	out := report.CutoffChoice{
		Design: "as stated", Params: []string{"cutoff"}, Was: []float64{sc.Cases.Confidence.Cutoff}, Tuned: -1,
		Between: chosen.Between(values), CutoffChoice: chosen,
	}
	for _, x := range values {
		out.Values = append(out.Values, []float64{x})
	}
	return out, nil
}
