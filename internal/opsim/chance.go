package opsim

import (
	"fmt"
	"time"

	"github.com/rehearse-dev/rehearse/internal/traced"
)

// chanceWarnings say where the case times contradict how arrivals are
// simulated, and what to write instead.
func (pl *plan) chanceWarnings() []string {
	a := &pl.sc.Arrivals
	if a.Week != nil {
		return nil
	}
	c := pl.chance()
	if c.Unit == 24*time.Hour {
		return []string{"the run's case times are dates without hours, so that all cases of a day come at once: state arrivals: {per_hour: ...}"}
	}
	var out []string
	if what, write := c.Clumped(); what != "" && a.Batch == nil && a.Gaps == nil && len(a.Bursts) == 0 {
		out = append(out, fmt.Sprintf("cases are simulated to come one by one, at random (Poisson), and those of the run did not: %s. Waits are off: write %s", what, write))
	}
	if c.DaysDiffer() && a.DaySpread == 0 && !a.DaysTraced {
		out = append(out, fmt.Sprintf("days are simulated to differ by chance alone (Poisson), and those of the run differ by more: a coefficient of variation of %.2g beyond chance. Waits are shorter than they would be: write arrivals: {day_spread: traced}", c.Spread))
	}
	return out
}

// chance tests the run's case times, once.
func (pl *plan) chance() *traced.Chance {
	if pl.tested == nil {
		c := traced.ChanceOf(pl.profile.times, pl.sc.Arrivals.Zone)
		pl.tested = &c
	}
	return pl.tested
}

// chanceOrigins say how days differ and what lies between arrivals, where the
// scenario does not.
func (pl *plan) chanceOrigins(add func(quantity, how, what string)) {
	a := &pl.sc.Arrivals
	var c traced.Chance
	if a.Week == nil {
		c = *pl.chance()
	}
	switch {
	case a.DaysTraced:
		add("difference between days", Traced, fmt.Sprintf("coefficient of variation %.3g beyond chance", pl.daySpread))
	case a.DaySpread > 0:
		add("difference between days", Stated, fmt.Sprintf("coefficient of variation %g", a.DaySpread))
	case c.TooFew():
		add("difference between days", Assumed, "days differ by chance alone (Poisson)")
	case c.DaysDiffer():
		add("difference between days", Assumed, "days differ by chance alone (Poisson), which the case times contradict: "+c.Days())
	default:
		add("difference between days", Traced, fmt.Sprintf("days differ by chance alone (Poisson): %s; up to %.2g could hide in so few", c.Days(), c.Most))
	}
	what, _ := c.Clumped()
	switch {
	case a.Gaps != nil:
		add("gaps between arrivals", Stated, a.Gaps.Name)
	case a.Batch != nil || len(a.Bursts) > 0 || c.TooFew() || c.Unit >= time.Hour:
	case what != "":
		add("gaps between arrivals", Assumed, "exponential (Poisson), which the case times contradict: "+what)
	default:
		add("gaps between arrivals", Traced, "exponential (Poisson): "+c.Gaps())
	}
}
