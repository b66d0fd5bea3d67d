package opsim

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/des"
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
	// Overloaded names the teams that get more work than they can do; nothing is
	// simulated then, and Kept is nil.
	Overloaded []string        `json:"overloaded,omitempty"`
	Growth     float64         `json:"growth_per_week,omitempty"` // of the backlog of all of them, in cases
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
func SweepOver(ctx context.Context, sc *Scenario, p *Profile, ask SweepAsk, workers int) (*Sweep, error) {
	if sc.Service == nil {
		return nil, errors.New("the scenario has no service level to break: state service_level: {turnaround: 24h, share: 0.95} in it or in the workflow")
	}
	if len(ask.Volumes) == 0 {
		ask.Volumes = usualVolumes
	}
	ask.Volumes = slices.Compact(slices.Sorted(slices.Values(ask.Volumes)))
	v := &volumes{ctx: ctx, sc: sc, profile: p, workers: workers, plans: map[float64]*plan{}}
	pl, err := v.at(1)
	if err != nil {
		return nil, err
	}
	out := &Sweep{Result: pl.head(), Team: ask.Team}
	if out.Team == "" {
		if out.Team, err = pl.busiest(); err != nil {
			return nil, err
		}
	}
	t := sc.team(out.Team)
	if t < 0 {
		return nil, fmt.Errorf("there is no team %q to sweep", ask.Team)
	}
	for d := range pl.designs {
		s := SweptDesign{Name: pl.designs[d].name}
		if s.Break, err = v.breaks(d); err != nil {
			return nil, err
		}
		for _, factor := range ask.Volumes {
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
				c, err := v.cell(d, t, n, factor)
				if err != nil {
					return nil, err
				}
				out.Swept[d].Cells = append(out.Swept[d].Cells, *c)
			}
		}
	}
	return out, nil
}

// busiest is the team with the highest load under any design.
func (pl *plan) busiest() (string, error) {
	found, most := "", -1.0
	for t := range pl.sc.Teams {
		for d := range pl.designs {
			load, err := pl.load(&pl.designs[d], t, max(1, pl.sc.Teams[t].People))
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

// volumes are a scenario at several volumes, under the same draws: a factor
// makes the same cases come closer together.
type volumes struct {
	ctx     context.Context
	sc      *Scenario
	profile *Profile
	workers int
	plans   map[float64]*plan
}

// at is the scenario at a factor on its volume.
func (v *volumes) at(factor float64) (*plan, error) {
	if pl := v.plans[factor]; pl != nil {
		return pl, nil
	}
	sc := *v.sc
	sc.Arrivals.Volume *= factor
	pl, err := newPlan(&sc, v.profile)
	if err != nil {
		return nil, err
	}
	v.plans[factor] = pl
	return pl, nil
}

// headcount is the smallest teams at a volume.
func (v *volumes) headcount(design int, factor float64) (*Headcount, error) {
	pl, err := v.at(factor)
	if err != nil {
		return nil, err
	}
	s := &search{ctx: v.ctx, plan: pl, design: &pl.designs[design], workers: v.workers, done: map[string]*DesignResult{}}
	a, err := s.answer()
	if err != nil {
		return nil, err
	}
	h := &Headcount{Factor: factor, PerWeek: perWeek(pl.week), Teams: a.Teams, Unreachable: a.Unreachable}
	for _, t := range a.Teams {
		h.People += t.People
	}
	return h, nil
}

// cell simulates one size of a team at one volume, unless a team is overloaded.
func (v *volumes) cell(design, t, people int, factor float64) (*SweptCell, error) {
	pl, err := v.at(factor)
	if err != nil {
		return nil, err
	}
	d := &pl.designs[design]
	sizes := pl.sc.people()
	sizes[t] = people
	c := &SweptCell{People: people, Factor: factor, PerWeek: perWeek(pl.week)}
	for i, n := range sizes {
		load, err := pl.load(d, i, n)
		if err != nil {
			return nil, err
		}
		if !load.Stable() {
			c.Overloaded = append(c.Overloaded, pl.sc.Teams[i].Name)
			c.Growth += load.Growth() / d.hours[i] * 7 * 24
		}
	}
	if len(c.Overloaded) > 0 {
		return c, nil
	}
	r, err := pl.simulate(v.ctx, d, sizes, v.workers)
	if err != nil {
		return nil, err
	}
	c.Kept = r.Kept
	return c, nil
}

// limit is the factor on the volume at which the first team of a design gets
// as much work as it can do, and that team; +Inf where none is needed.
func (pl *plan) limit(d *boundDesign) (factor float64, team string, load des.Load, err error) {
	factor = math.Inf(1)
	for t, n := range pl.sc.people() {
		l, err := pl.load(d, t, n)
		if err != nil {
			return 0, "", l, err
		}
		if r := l.Ratio(); r > 0 && 1/r < factor {
			factor, team, load = 1/r, pl.sc.Teams[t].Name, l
		}
	}
	return factor, team, load, nil
}

// PerWeek is the cases that come in an ordinary week of a scenario.
func PerWeek(sc *Scenario, p *Profile) (float64, error) {
	pl, err := newPlan(sc, p)
	if err != nil {
		return 0, err
	}
	return perWeek(pl.week), nil
}
