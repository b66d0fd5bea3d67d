package app

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/business"
	"github.com/rehearse-dev/rehearse/internal/opsim"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/scenario"
	"github.com/rehearse-dev/rehearse/internal/score"
)

func simulateBusinessCommand(s *streams) *cobra.Command {
	var f simulateFlags
	var baseline string
	c := &cobra.Command{
		Use:   "business SCENARIO",
		Short: "Make the case for a change: hours and money a year, pay-back, what drives it",
		Long: `Business says what each design takes in a year, in hours of people and in money,
and what a candidate gives over the baseline: saved a year, months to pay back,
worth over the years, and which assumption moves that most. Every assumption comes
first, with where it is from. Ranges hold 90 of 100 draws of all of them. Where a
service level is promised, it adds how many people each design needs in the
scenario.

What only you know stands in the scenario under business: what building and
running a design costs, and more.

` + scenarioHelp,
		Example: join(s.program,
			"%s business invoice/peak",
			"%s business invoice/peak --design as-is --design rules --format html --output case.html"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			return f.answer(c, s, a[0], func(ctx context.Context, sc *scenario.Scenario, p *opsim.Profile, warnings []string) (printable, error) {
				if sc.Cases != nil {
					return nil, fmt.Errorf("%s states its cases: there are no designs to make a case for", sc.File)
				}
				against, err := chosenBaseline(sc, p, baseline)
				if err != nil {
					return nil, err
				}
				return f.businessCase(ctx, sc, p, against, warnings)
			})
		},
	}
	f.register(c)
	c.Flags().StringVar(&baseline, "baseline", "", "hold against this `design` of the run (default the workflow's baseline)")
	return c
}

// businessCase makes the case of the designs of a profile.
func (f *simulateFlags) businessCase(ctx context.Context, sc *scenario.Scenario, p *opsim.Profile, baseline string, warnings []string) (printable, error) {
	if len(p.Designs) < 2 {
		return nil, fmt.Errorf("there is no design to make a case for beside %q", baseline)
	}
	sample, err := f.sample(ctx, sc, p)
	if err != nil {
		return nil, err
	}
	in := business.Input{Baseline: baseline, Currency: sc.Workflow.Currency, Sample: sample, Run: p.Run, Terms: sc.Business, Seed: sc.Seed}
	if in.Volume, in.WhoseVolume, err = yearlyCases(sc, p); err != nil {
		return nil, err
	}
	made, err := business.Make(in)
	if err != nil {
		return nil, err
	}
	made.Warnings = append(made.Warnings, warnings...)
	out := report.BusinessCase{Scenario: sc.Name, Workflow: sc.Workflow.Name, Title: sc.Title, Case: made}
	if sc.Service != nil {
		if out.Staffing, err = opsim.Staff(ctx, sc, p, f.parallel); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// yearlyCases is the volume of a year: the workflow's, else that of the
// scenario's ordinary week.
func yearlyCases(sc *scenario.Scenario, p *opsim.Profile) (float64, string, error) {
	if v := sc.Workflow.Volume; v > 0 {
		return v, "by the workflow's volume_per_year", nil
	}
	week, err := opsim.PerWeek(sc, p)
	const weeks = 365.25 / 7
	return week * weeks, "as the scenario's week, all the year", err
}

// sample reads the cases of the scenario's run for a business case.
func (f *simulateFlags) sample(ctx context.Context, sc *scenario.Scenario, p *opsim.Profile) (*business.Sample, error) {
	run, w, card, err := f.source(sc)
	if err != nil {
		return nil, err
	}
	var designs []string
	for _, d := range p.Designs {
		designs = append(designs, d.Name)
	}
	sample := business.NewSample(designs)
	teams := map[string]*scenario.Team{}
	for i := range sc.Teams {
		teams[sc.Teams[i].Name] = &sc.Teams[i]
	}
	err = score.Each(ctx, run, w, card, func(t *flow.Trial, j score.Judgement) error {
		if t.Variant != "" {
			return nil
		}
		trial := business.Trial{
			Design: t.Design, Case: t.Index, Repeat: t.Repeat, Cluster: t.Cluster, Weight: t.Weight,
			Errors: j.ErrorCost, Models: j.ModelCost, Known: t.Status != flow.NotMeasured,
		}
		if team := teams[t.Team]; t.Status == flow.Escalated && team != nil {
			trial.Hours, trial.Known = j.Minutes/60, j.MinutesOK
			if team.Minutes != nil { // the scenario's
				trial.Hours, trial.Known = team.Minutes.Mean/60, true
			}
			trial.People = trial.Hours * team.Wage
		}
		sample.Add(trial)
		return nil
	})
	return sample, err
}
