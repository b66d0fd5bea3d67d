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

// CutoffChoice is one design at several settings of its cutoffs, in a world
// where people are few: which is the cheapest, and which cannot be told from it.
type CutoffChoice struct {
	*Result                 // of the scenario, without designs
	Settings []CutoffResult `json:"settings"`
	// Best is the cheapest setting that no team is overloaded by and that keeps
	// the service level, where one is promised; -1 for none.
	Best int `json:"best"`
	// Alone is the cheapest setting of the replayed cases, with as many people
	// as there is work.
	Alone int `json:"best_without_queues"`
	// Level is the confidence of every difference from the best: all together
	// have 95 % (Bonferroni).
	Level float64 `json:"level"`
}

// CutoffResult is a setting in operation.
type CutoffResult struct {
	Name       string          `json:"name"`
	Escalated  float64         `json:"escalated"` // share of the replayed cases
	Replayed   float64         `json:"replayed"`  // cost per case, people's time in it, queues aside
	Overloaded []string        `json:"overloaded,omitempty"`
	Growth     float64         `json:"growth_per_week,omitempty"` // of the backlog, in cases
	Cost       stats.Interval  `json:"cost_per_case"`             // simulated; not valid where overloaded
	Kept       *stats.Interval `json:"kept,omitempty"`
	Turnaround *stats.Interval `json:"turnaround_p95,omitempty"` // hours
	// Allowed says that it overloads nobody and keeps the service level.
	Allowed bool `json:"allowed"`
	// Over is what a case costs more than at the best setting, allowed ones
	// alone: with how sure the simulation is, and how sure the cases are.
	Over *stats.Interval `json:"over_best,omitempty"`
	// Flat says that it cannot be told from the best.
	Flat bool `json:"flat,omitempty"`
}

// Cutoffs simulates the designs of a profile as settings of one design's
// cutoffs. clusters says which of the profile's cases are alike, in the order
// in which they were added; nil: each is by itself.
func Cutoffs(ctx context.Context, sc *scenario.Scenario, p *Profile, clusters []string, workers int) (*CutoffChoice, error) {
	return chooseCutoff(ctx, sc, p, clusters, workers, map[string]*settingRuns{})
}

// settingRuns is a setting in operation, with what every replication measured.
type settingRuns struct {
	CutoffResult
	runs []*measured // nil where a team is overloaded
	// perHour is by how much a case costs more for every hour that people work more on
	// the mean case: those of all cases wait longer then.
	perHour float64
}

// chooseCutoff is Cutoffs; settings that are done already, by name, are not
// simulated again.
func chooseCutoff(ctx context.Context, sc *scenario.Scenario, p *Profile, clusters []string, workers int, done map[string]*settingRuns) (*CutoffChoice, error) {
	pl, err := newPlan(sc, p)
	if err != nil {
		return nil, err
	}
	if len(pl.designs) < 2 {
		return nil, errors.New("there is one setting alone: nothing to choose from")
	}
	out := &CutoffChoice{Result: pl.head(), Best: -1}
	busier, err := pl.busier()
	if err != nil {
		return nil, err
	}
	settings := make([]*settingRuns, len(pl.designs))
	for i := range pl.designs {
		d := &pl.designs[i]
		if done[d.name] == nil {
			progressOf(ctx).at(d.name)
			if done[d.name], err = pl.setting(ctx, i, busier, workers); err != nil {
				return nil, err
			}
		}
		r := done[d.name]
		out.Settings, settings[i] = append(out.Settings, r.CutoffResult), r
		if r.Replayed < out.Settings[out.Alone].Replayed {
			out.Alone = i
		}
	}
	rare, allowed := pl.rare(), 0
	for i, r := range out.Settings {
		if !r.Allowed {
			continue
		}
		allowed++
		if out.Best < 0 || r.Cost.Estimate.Value < out.Settings[out.Best].Cost.Estimate.Value {
			out.Best = i
		}
	}
	out.Level = 1 - (1-confidence)/float64(max(1, allowed-1))
	for i := range out.Settings {
		r := &out.Settings[i]
		if !r.Allowed {
			continue
		}
		r.Flat = true
		if i == out.Best {
			continue
		}
		over := overBest(settings[i], settings[out.Best], math.Hypot(rare, pl.sampling(settings, i, out.Best, clusters)), out.Level)
		r.Over, r.Flat = &over, over.Lower <= 0
	}
	return out, nil
}

// setting simulates one setting, unless it overloads somebody, and where it is allowed
// also with a few more cases, if there is such a plan.
func (pl *plan) setting(ctx context.Context, i int, busier *plan, workers int) (*settingRuns, error) {
	d := &pl.designs[i]
	r := &settingRuns{CutoffResult: CutoffResult{Name: d.name, Cost: unknown(confidence)}}
	r.Escalated, r.Replayed = pl.replayed(d)
	people := rosterOf(pl.sc)
	var err error
	if r.Overloaded, r.Growth, err = pl.overloads(d, people); err != nil || len(r.Overloaded) > 0 {
		return r, err
	}
	res, runs, err := pl.observe(ctx, d, people, workers)
	if err != nil {
		return nil, err
	}
	r.Cost, r.Kept, r.runs = res.Cost, res.Kept, runs
	if res.Turnaround != nil {
		r.Turnaround = &res.Turnaround.P95
	}
	if r.Allowed = pl.margin(pl.kept(runs), lowerEnd) >= 0; r.Allowed && busier != nil {
		r.perHour, err = busier.perHour(ctx, i, r, workers)
	}
	return r, err
}

// Between brackets the cheapest cutoff, where the settings are values of one in
// ascending order: the next ones on either side of the flat region, or the ends
// of the scale. It holds as far as the cost over the cutoff has one lowest point.
func (c *CutoffChoice) Between(values []float64) *[2]float64 {
	if c.Best < 0 {
		return nil
	}
	out := [2]float64{0, 1}
	first := slices.IndexFunc(c.Settings, func(s CutoffResult) bool { return s.Flat })
	last := first
	for i := range c.Settings {
		if c.Settings[i].Flat {
			last = i
		}
	}
	if first > 0 {
		out[0] = values[first-1]
	}
	if last+1 < len(values) {
		out[1] = values[last+1]
	}
	return &out
}

// Steps of the search for a cutoff where none are asked for: over the whole
// scale, and then between the settings around the flat region.
const (
	coarseSteps = 20
	fineSteps   = 10
)

// StatedCutoffs simulates stated cases whose confidence sorts them at several
// cutoffs, and gives these, ascending. Without any it searches: over the whole
// scale, and then more closely where the cheapest lies.
func StatedCutoffs(ctx context.Context, sc *scenario.Scenario, cutoffs []float64, workers int) (*CutoffChoice, []float64, error) {
	if sc.Cases == nil || sc.Cases.Confidence == nil {
		return nil, nil, fmt.Errorf("%s states no confidence of its cases: there is no cutoff to choose", sc.File)
	}
	done := map[string]*settingRuns{}
	at := func(cutoffs []float64) (*CutoffChoice, []float64, error) {
		cutoffs = slices.Compact(slices.Sorted(slices.Values(cutoffs)))
		c, err := chooseCutoff(ctx, sc, StatedSettings(sc.Cases, cutoffs), nil, workers, done)
		return c, cutoffs, err
	}
	if len(cutoffs) > 0 {
		return at(cutoffs)
	}
	for i := range coarseSteps + 1 {
		cutoffs = append(cutoffs, float64(i)/coarseSteps)
	}
	c, cutoffs, err := at(cutoffs)
	if err != nil || c.Best < 0 {
		return c, cutoffs, err
	}
	between := c.Between(cutoffs)
	for i := 1; i < fineSteps; i++ {
		x := between[0] + float64(i)*(between[1]-between[0])/fineSteps
		cutoffs = append(cutoffs, math.Round(1e4*x)/1e4)
	}
	return at(cutoffs)
}

// replayed is the share of the cases that a design escalates, and what one of
// them costs, people's time in it.
func (pl *plan) replayed(d *boundDesign) (escalated, cost float64) {
	for i := range d.entries {
		e := &d.entries[i]
		w := pl.profile.weight(i)
		if e.team >= 0 {
			escalated += w
		}
		cost += w * pl.priceOf(e)
	}
	return escalated, cost
}

// priceOf is what a case costs with the time that its first team works on it and
// the errors that the scenario states.
func (pl *plan) priceOf(e *boundEntry) float64 {
	if e.team < 0 {
		return e.cost + e.wrong*pl.sc.ErrorCost
	}
	team := &pl.sc.Teams[e.team]
	errors, people := 0.0, 0
	for _, m := range pl.sc.Teams[int(e.team)].Entries(nil) {
		errors += float64(m.People) * m.ErrorRate
		people += m.People
	}
	return e.cost + e.hours*team.Wage + errors/float64(max(1, people))*pl.sc.ErrorCost
}
