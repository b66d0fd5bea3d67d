package opsim

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/scenario"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Sweep is designs over volumes and sizes of a team: where the service level
// is kept, where it breaks, and how many people each volume takes.
type Sweep struct {
	*Result               // of the scenario, without designs
	Team    string        `json:"team"` // whose size is swept; the others are as in the scenario
	Swept   []SweptDesign `json:"swept"`
}

// SweptDesign is one design over volumes and sizes.
type SweptDesign struct {
	Name      string      `json:"name"`
	Break     *Break      `json:"break"`
	Headcount []Headcount `json:"headcount"`
	Cells     []SweptCell `json:"cells"` // by people, then by volume, ascending
}

// Headcount is the fewest people that keep the service level at one volume.
type Headcount struct {
	Factor      float64       `json:"volume"` // on the scenario's volume
	PerWeek     float64       `json:"cases_per_week"`
	People      int           `json:"people"` // of all teams; without meaning where Unreachable
	Teams       []StaffedTeam `json:"teams"`
	Unreachable string        `json:"unreachable,omitempty"`
}

// SweptCell is one size of the team at one volume.
type SweptCell struct {
	People  int     `json:"people"`
	Factor  float64 `json:"volume"`
	PerWeek float64 `json:"cases_per_week"`
	// Overloaded names the teams and services that get more than they can do;
	// nothing is simulated then, and Kept is nil.
	Overloaded []string        `json:"overloaded,omitempty"`
	Growth     float64         `json:"growth_per_week,omitempty"` // of the backlog of those teams, in cases
	Kept       *stats.Interval `json:"kept,omitempty"`
}

// SweepAsk is what to sweep over; what is left out is chosen.
type SweepAsk struct {
	Volumes []float64 // factors on the scenario's volume
	Team    string    // default: the one with the highest load under any design
	People  []int     // default: sizes between the fewest and the most that Headcount finds
}

// usualVolumes are swept where none are asked for.
var usualVolumes = []float64{0.5, 0.75, 1, 1.25, 1.5, 2}

// SweepOver sweeps every design of a profile.
func SweepOver(ctx context.Context, sc *scenario.Scenario, p *Profile, ask SweepAsk, workers int) (*Sweep, error) {
	if sc.Service == nil {
		return nil, errors.New("the scenario has no service level to break: state service_level: {turnaround: 24h, share: 0.95} in it or in the workflow")
	}
	if len(ask.Volumes) == 0 {
		ask.Volumes = usualVolumes
	}
	ask.Volumes = slices.Compact(slices.Sorted(slices.Values(ask.Volumes)))
	v := newVolumes(ctx, sc, p, workers)
	pl, err := v.plan(1)
	if err != nil {
		return nil, err
	}
	for _, factor := range ask.Volumes {
		if _, err := v.plan(factor); err != nil {
			return nil, err
		}
	}
	out := &Sweep{Result: pl.head(), Team: ask.Team}
	if out.Team == "" {
		if out.Team, err = pl.busiest(); err != nil {
			return nil, err
		}
	}
	t := sc.TeamIndex(out.Team)
	if t < 0 {
		return nil, fmt.Errorf("there is no team %q to sweep", ask.Team)
	}
	for d := range pl.designs {
		s := SweptDesign{Name: pl.designs[d].name}
		progressOf(ctx).at(s.Name + ": where it breaks")
		if s.Break, err = v.breaks(d); err != nil {
			return nil, err
		}
		for _, factor := range ask.Volumes {
			progressOf(ctx).at(fmt.Sprintf("%s: people at volume %v", s.Name, factor))
			h, err := v.headcount(d, factor)
			if err != nil {
				return nil, err
			}
			s.Headcount = append(s.Headcount, *h)
		}
		out.Swept = append(out.Swept, s)
	}
	people := slices.Compact(slices.Sorted(slices.Values(ask.People)))
	if len(people) == 0 {
		people = out.sizes(t, sc.Teams[t].People)
	}
	for d := range pl.designs {
		for _, n := range people {
			for _, factor := range ask.Volumes {
				progressOf(ctx).at(fmt.Sprintf("%s: %d people at volume %v", pl.designs[d].name, n, factor))
				c, err := v.cell(d, t, n, factor)
				if err != nil {
					return nil, err
				}
				out.Swept[d].Cells = append(out.Swept[d].Cells, *c)
			}
		}
	}
	out.Warnings = append(out.Warnings, v.shortened(ask.Volumes)...)
	return out, nil
}

// busiest is the team with the highest load under any design.
func (pl *plan) busiest() (string, error) {
	found, most := "", -1.0
	for t := range pl.sc.Teams {
		for d := range pl.designs {
			load, err := pl.load(&pl.designs[d], t, sized(pl.sc, t, max(1, pl.sc.Teams[t].People))[t])
			if err != nil {
				return "", err
			}
			if r := load.Ratio(); load.Offered > 0 && r > most {
				found, most = pl.sc.Teams[t].Name, r
			}
		}
	}
	if found == "" {
		return "", errors.New("no design gives a case to a team: there is no size to sweep")
	}
	return found, nil
}

// sizes are up to eight sizes of a team from the fewest to the most people that
// any volume takes, with the size that it has now.
func (s *Sweep) sizes(t, now int) []int {
	const steps = 6
	low, high := now, now
	for _, d := range s.Swept {
		for _, h := range d.Headcount {
			if h.Unreachable == "" && h.Teams[t].People > 0 {
				low, high = min(low, h.Teams[t].People), max(high, h.Teams[t].People)
			}
		}
	}
	out := []int{now}
	for i := range steps + 1 {
		out = append(out, low+int(math.Round(float64(i*(high-low))/steps)))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// PerWeek is the cases that come in an ordinary week of a scenario.
func PerWeek(sc *scenario.Scenario, p *Profile) (float64, error) {
	pl, err := newPlan(sc, p)
	if err != nil {
		return 0, err
	}
	return pl.week.Volume(), nil
}
