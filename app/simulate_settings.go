package app

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/opsim"
	"github.com/rehearse-dev/rehearse/internal/scenario"
	"github.com/rehearse-dev/rehearse/internal/tune"
)

// settingFlags choose the settings of one design's cutoffs.
type settingFlags struct{ tune tuneFlags }

func (f *settingFlags) register(c *cobra.Command, grid string) {
	f.tune.confidence = 0.95
	c.Flags().StringSliceVar(&f.tune.grid, "grid", nil, grid)
	c.Flags().StringVar(&f.tune.data, "data", "", "dataset card, folder or name of the calibration split (default the workflow's own)")
}

// movedDesign is a design at every setting of its cutoffs.
type movedDesign struct {
	tuned    *tune.Result
	profile  *opsim.Profile // with a design for every setting
	clusters []string       // of its cases
}

// moved runs the calibration cases of the one design with every setting.
func (f *settingFlags) moved(c *cobra.Command, r *flow.Registry, s *streams, ask *simulateFlags, sc *scenario.Scenario, values []float64) (*movedDesign, error) {
	if len(ask.designs) != 1 {
		return nil, withCode(ExitUsage, fmt.Errorf("--design: name the one design whose cutoffs are moved"))
	}
	f.tune.parallel = ask.parallel
	t, err := f.tune.begin(c, r, s, sc.Workflow.Name+"/"+ask.designs[0])
	if err != nil {
		return nil, err
	}
	explored, warnings, err := t.explored(c.Context(), r, s, &f.tune, values)
	if err != nil {
		return nil, err
	}
	tuned, err := t.promised(c.Context(), s, &f.tune, explored, warnings)
	if err != nil {
		return nil, err
	}
	p, clusters, err := settingsProfile(explored, tuned, "on the split calibration of "+t.card.Name)
	if err != nil {
		return nil, withCode(ExitInput, err)
	}
	return &movedDesign{tuned, p, clusters}, nil
}

// settings is the profile with a design for every setting, and what there is
// to say about it.
func (f *settingFlags) settings(c *cobra.Command, r *flow.Registry, s *streams, ask *simulateFlags, sc *scenario.Scenario, values []float64) (*opsim.Profile, []string, error) {
	if sc.Cases != nil {
		if err := f.sorted(c, sc); err != nil {
			return nil, nil, err
		}
		return opsim.StatedSettings(sc.Cases, values), nil, nil
	}
	m, err := f.moved(c, r, s, ask, sc, values)
	if err != nil {
		return nil, nil, err
	}
	return m.profile, m.tuned.Warnings, nil
}

// sorted wants the cases that a scenario states to have a confidence, and no
// flags that are about those of a run.
func (f *settingFlags) sorted(c *cobra.Command, sc *scenario.Scenario) error {
	if sc.Cases.Confidence == nil {
		return withCode(ExitInput, fmt.Errorf("%s states no confidence of its cases: there is no cutoff to move (cases: {confidence: {team: desk, cutoff: 0.6, bins: [...]}})", sc.File))
	}
	for _, name := range []string{"cutoff", "data", "error", "recall"} {
		if c.Flags().Changed(name) {
			return withCode(ExitUsage, fmt.Errorf("--%s: the scenario %s states its cases", name, sc.Name))
		}
	}
	return nil
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
