package app

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/opsim"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/tune"
)

func simulateCutoffCommand(r *flow.Registry, s *streams) *cobra.Command {
	var f simulateFlags
	tf := tuneFlags{confidence: 0.95}
	c := &cobra.Command{
		Use:   "cutoff SCENARIO",
		Short: "Find the cheapest cutoff when people are few",
		Long: `Cutoff runs the calibration cases of a design with every setting of its cutoffs,
as eval tune does, and simulates each in the scenario: what escalates waits for
people. It finds the cheapest setting that overloads nobody and keeps the service
level, and all that cannot be told from it, beside the cheapest without queues
and the one that eval tune chooses. No model is called: stored answers do.

` + scenarioHelp,
		Example: join(s.program,
			"%s cutoff invoice/peak --design model-cutoff",
			"%s cutoff invoice/peak --design model-cutoff --grid 0.5,0.7,0.9 --format html --output cutoff.html"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			values, err := tf.check(c)
			if err != nil {
				return err
			}
			if len(f.designs) != 1 {
				return withCode(ExitUsage, fmt.Errorf("--design: name the one design whose cutoffs are moved"))
			}
			return f.print(c, s, a[0], func(ctx context.Context, sc *opsim.Scenario) (printable, error) {
				return f.cutoffs(c, r, s, &tf, sc, values)
			})
		},
	}
	f.register(c)
	flags := c.Flags()
	flags.StringArrayVar(&tf.cutoffs, "cutoff", nil, "move this `param` only (repeatable; default every cutoff)")
	flags.StringSliceVar(&tf.grid, "grid", nil, "`values` to try, such as 0.5,0.7,0.9")
	flags.StringVar(&tf.data, "data", "", "dataset card, folder or name (default the workflow's own)")
	flags.Float64Var(&tf.error, "error", 0, "share of automated cases that may be wrong, for what eval tune chooses (default as there)")
	flags.StringVar(&tf.recall, "recall", "", "take steps' answers from this `run` of the calibration split")
	flags.MarkHidden("run")
	return c
}

// cutoffs simulates a design at every setting of its cutoffs.
func (f *simulateFlags) cutoffs(c *cobra.Command, r *flow.Registry, s *streams, tf *tuneFlags, sc *opsim.Scenario, values []float64) (printable, error) {
	m, err := f.moved(c, r, s, tf, sc, values)
	if err != nil {
		return nil, err
	}
	chosen, err := opsim.Cutoffs(c.Context(), sc, m.profile, m.clusters, f.parallel)
	if err != nil {
		return nil, withCode(ExitInput, err)
	}
	tuned := m.tuned
	chosen.Warnings = append(chosen.Warnings, tuned.Warnings...)
	out := report.CutoffChoice{Design: f.designs[0], CutoffChoice: chosen, Tuned: tuned.Chosen}
	for _, cut := range tuned.Cutoffs {
		out.Params = append(out.Params, cut.Param)
		out.Was = append(out.Was, cut.Was)
	}
	for _, point := range tuned.Points {
		out.Values = append(out.Values, point.Values)
	}
	return out, nil
}

// movedDesign is a design at every setting of its cutoffs.
type movedDesign struct {
	tuned    *tune.Result
	profile  *opsim.Profile // with a design for every setting
	clusters []string       // of its cases
}

// moved runs the calibration cases of the one design with every setting.
func (f *simulateFlags) moved(c *cobra.Command, r *flow.Registry, s *streams, tf *tuneFlags, sc *opsim.Scenario, values []float64) (*movedDesign, error) {
	tf.parallel = f.parallel
	t, err := tf.begin(c, r, s, sc.Workflow.Name+"/"+f.designs[0])
	if err != nil {
		return nil, err
	}
	explored, warnings, err := t.explored(c.Context(), r, s, tf, values)
	if err != nil {
		return nil, err
	}
	tuned, err := t.promised(c.Context(), s, tf, explored, warnings)
	if err != nil {
		return nil, err
	}
	p, clusters, err := settingsProfile(explored, tuned, "on the split calibration of "+t.card.Name)
	if err != nil {
		return nil, withCode(ExitInput, err)
	}
	return &movedDesign{tuned, p, clusters}, nil
}

// settingsProfile is the explored cases as a profile with a design for every
// setting, and the clusters of its cases.
func settingsProfile(explored *tune.Explored, tuned *tune.Result, of string) (*opsim.Profile, []string, error) {
	names := make([]string, len(tuned.Points))
	for i, point := range tuned.Points {
		parts := make([]string, len(point.Values))
		for k, v := range point.Values {
			parts[k] = tuned.Cutoffs[k].Param + " " + strconv.FormatFloat(v, 'f', -1, 64)
		}
		names[i] = strings.Join(parts, ", ")
	}
	b := opsim.NewProfileBuilder(of, names)
	var clusters []string
	explored.Each(func(c tune.Case, setting int, status flow.Status, w tune.Work, known bool) {
		if setting == 0 {
			clusters = append(clusters, c.Cluster)
		}
		t := flow.Trial{
			Design: names[setting], Index: c.Index, Time: c.Time, Weight: c.Weight, Status: status, Team: w.Team, Reason: w.Reason,
			Spans: []flow.Span{{Attempts: []flow.Attempt{{Latency: w.Latency}}}},
		}
		b.Add(&t, opsim.Work{Minutes: w.Minutes, Known: known, Cost: w.Spent})
	})
	p, err := b.Profile()
	return p, slices.Clip(clusters), err
}
