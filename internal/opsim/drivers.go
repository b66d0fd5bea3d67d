package opsim

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/scenario"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Driver is what one quantity that nobody measured does to a design, the others as the
// scenario has them.
type Driver struct {
	Quantity string    `json:"quantity"`
	How      string    `json:"how"`   // Assumed or Stated
	Range    string    `json:"range"` // in words, such as "±20%"
	Low      DriverEnd `json:"low"`
	High     DriverEnd `json:"high"`
}

// DriverEnd is the change, on the same cases and draws, where the quantity is at one
// end of its range. There is none where that overloads somebody.
type DriverEnd struct {
	Overloaded []string `json:"overloaded,omitempty"`
	// Kept is the change of the share within the service level; nil where none is promised.
	Kept *stats.Interval `json:"kept_change,omitempty"`
	Cost *stats.Interval `json:"cost_per_case_change,omitempty"`
}

// driverReplications are at most simulated of every end: on the same draws few tell.
const driverReplications = 10

// Drivers adds to a result of Simulate what the quantities do that were not measured:
// each is moved to the ends of its range, the others staying, and every design is
// simulated on the same random draws. Those that move the service level most come
// first, and of those that do not, or where none is promised, those that move the cost.
// Designs that overload somebody have none.
func Drivers(ctx context.Context, sc *scenario.Scenario, p *Profile, res *Result, workers int) error {
	base, err := newPlan(sc, p)
	if err != nil {
		return err
	}
	before := make([][]*measured, len(res.Designs))
	for i := range res.Designs {
		if len(res.Designs[i].Overloaded) > 0 {
			continue
		}
		if before[i], err = base.some(ctx, i, workers); err != nil {
			return err
		}
	}
	for _, q := range quantities(sc) {
		how := originOf(res.Origins, q.origin)
		if how != Assumed && how != Stated {
			continue
		}
		var ends [2]*plan
		for k, x := range q.ends {
			moved := copied(sc)
			q.set(moved, x)
			if ends[k], err = newPlan(moved, p); err != nil {
				return err
			}
		}
		for i := range res.Designs {
			d := &res.Designs[i]
			if before[i] == nil {
				continue
			}
			progressOf(ctx).at(d.Name + ": " + q.name)
			found := Driver{Quantity: q.name, How: how, Range: q.span}
			for k, end := range []*DriverEnd{&found.Low, &found.High} {
				if *end, err = ends[k].moved(ctx, i, before[i], workers); err != nil {
					return err
				}
			}
			d.Drivers = append(d.Drivers, found)
		}
	}
	for i := range res.Designs {
		slices.SortStableFunc(res.Designs[i].Drivers, func(a, b Driver) int {
			return cmp.Or(cmp.Compare(b.swing(keptChange), a.swing(keptChange)), cmp.Compare(b.swing(costChange), a.swing(costChange)))
		})
	}
	return nil
}

func keptChange(e *DriverEnd) *stats.Interval { return e.Kept }
func costChange(e *DriverEnd) *stats.Interval { return e.Cost }

// swing is how far apart a figure is at the two ends; without end where one of them
// overloads somebody.
func (d *Driver) swing(figure func(*DriverEnd) *stats.Interval) float64 {
	if len(d.Low.Overloaded)+len(d.High.Overloaded) > 0 {
		return math.Inf(1)
	}
	low, high := figure(&d.Low), figure(&d.High)
	if low == nil || high == nil {
		return 0
	}
	return math.Abs(high.Estimate.Value - low.Estimate.Value)
}

// originOf is how a quantity is known; "" for one that is not there.
func originOf(origins []Origin, quantity string) string {
	for _, o := range origins {
		if o.Quantity == quantity {
			return o.How
		}
	}
	return ""
}

// some are replications of a design with the people of the scenario.
func (pl *plan) some(ctx context.Context, i, workers int) ([]*measured, error) {
	return pl.replicate(ctx, &pl.designs[i], rosterOf(pl.sc), 0, min(driverReplications, pl.sc.Replications), workers)
}

// moved compares a design, where a quantity is at an end of its range, with what it was
// before.
func (pl *plan) moved(ctx context.Context, i int, before []*measured, workers int) (DriverEnd, error) {
	overloaded, _, err := pl.overloads(&pl.designs[i], rosterOf(pl.sc))
	if err != nil || len(overloaded) > 0 {
		return DriverEnd{Overloaded: overloaded}, err
	}
	after, err := pl.some(ctx, i, workers)
	if err != nil {
		return DriverEnd{}, err
	}
	change := func(figure func(*measured) float64) *stats.Interval {
		diff := make([]float64, len(after))
		for r := range diff {
			diff[r] = figure(after[r]) - figure(before[r])
		}
		iv := difference(diff, confidence)
		return &iv
	}
	out := DriverEnd{Cost: change(costOf)}
	if pl.sc.Service != nil {
		out.Kept = change(func(m *measured) float64 { return ratio(m.kept, m.judged) })
	}
	return out, nil
}
