package claims

import (
	"fmt"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

// price makes up what was damaged, who quotes for it and how much, and
// whether the estimate came with the notice.
func (c *claim) price(w *world, d synth.Draw, r *ring) {
	var may []job
	for _, j := range jobs {
		if j.peril == c.peril && j.motor == c.holder.motor() && (c.situation != dear || j.list > 0) && (r == nil || j.list > 80_000 || j.list == 0) {
			may = append(may, j)
		}
	}
	c.job = synth.Pick(d, may)
	c.told = c.job.part
	if c.situation == differs {
		for c.told == c.job.part {
			c.told = synth.Pick(d, may).part
		}
		c.facts.differs = true
	}
	c.repairer = w.repairerFor(d, tradeOf(c.peril, c.holder.motor()))
	if r != nil {
		c.repairer = r.repairer
	}
	if c.job.free {
		c.excess = 0
	}
	c.quoteFor(d)
	c.cost = c.gross()
	c.claim(d)
}

// quoteFor sets the price of the main job and of what comes with it.
func (c *claim) quoteFor(d synth.Draw) {
	list := c.job.listPrice(c.received)
	// Prices creep up through 2025 while the list stands still for half of it.
	level := c.repairer.level * (1 + 0.04*synth.YearShare(c.received)) * d.Float(0.94, 1.06)
	switch {
	case list == 0 && c.peril == "car_theft":
		c.main = int64(d.LogNormal(610_000, 0.5))
		return
	case list == 0:
		c.main = int64(min(d.LogNormal(170_000, 0.7), 900_000))
		return
	case c.situation == dear:
		level, c.dear = d.Float(above+0.05, 1.75), true
	default:
		level = min(level, above-0.015)
	}
	c.main = synth.Share(list, level)
	if !c.job.free {
		c.extras = min(synth.Share(c.main, d.LogNormal(0.3, 0.9)), 4*c.main)
	}
	if c.situation == small {
		c.extras = 0
		c.main = synth.Share(c.excess, d.Float(0.3, 0.8)) // a fifth of tax comes on it
	}
	if c.situation == noEstimate && c.gross() <= smallLoss {
		c.extras += smallLoss - c.main + d.Int64(2_000, 40_000)
	}
}

// vat is the tax on repairs; goods and cars are valued with it.
const vat = 0.2

// tax is the tax on the estimate.
func (c *claim) tax() int64 {
	if c.job.list == 0 {
		return 0
	}
	return synth.Share(c.main+c.extras, vat)
}

// gross is what the estimate comes to.
func (c *claim) gross() int64 { return c.main + c.extras + c.tax() }

// claim sets what the notice says about money. Where there is no estimate, a
// small loss is claimed to the penny and a larger one roughly.
func (c *claim) claim(d synth.Draw) {
	switch {
	case c.situation == noEstimate:
		c.estimate = false
	case c.cost <= smallLoss:
		c.estimate = d.Bool(0.5)
	case c.situation == lapsed, c.situation == elsewhere, c.situation == notCovered, c.situation == tooLate:
		c.estimate = d.Bool(0.8)
	}
	exact := c.cost
	rough := (c.cost + 2_500) / 5_000 * 5_000
	switch {
	case !c.estimate && c.cost <= smallLoss:
		c.claimed = &exact
	case !c.estimate && d.Bool(0.7):
		c.claimed = &rough
	case c.estimate && d.Bool(0.25):
		c.claimed = &exact
	case c.estimate && d.Bool(0.25):
		c.claimed = &rough
	}
}

// police sets whether the police know, where they have to.
func (c *claim) police(d synth.Draw) {
	if c.peril != "burglary" && c.peril != "car_theft" && c.peril != "vandalism" {
		return
	}
	c.reported = c.situation != noReport
	if c.reported {
		c.crime = fmt.Sprintf("%s/%05d/%02d", synth.Pick(d, []string{"HC", "WX", "NR", "CR"}), d.Int(1000, 99_999), c.loss.Year()%100)
	}
}
