package claims

import (
	"time"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

// mistakes are those of the adjusters, by the right decision.
var mistakes = map[string][]synth.Mistake{
	pay:         {synth.Slip(investigate, 0.022), synth.Slip(refuse, 0.008)},
	refuse:      {synth.Slip(pay, 0.04), synth.Slip(investigate, 0.03)},
	investigate: {synth.Slip(pay, 0.07), synth.Slip(refuse, 0.01)},
}

// ringMistakes are those about the claims of a ring, one by one as they come.
var ringMistakes = []synth.Mistake{synth.Slip(pay, 0.3)}

// confused are the perils that adjusters take for one another.
var confused = map[string][]synth.Mistake{
	"storm":      {synth.Slip("water", 0.04)},
	"water":      {synth.Slip("storm", 0.03)},
	"accidental": {synth.Slip("burglary", 0.01)},
	"vandalism":  {synth.Slip("collision", 0.05)},
	"collision":  {synth.Slip("vandalism", 0.01)},
}

// work is what the adjuster at the time made of the claim: a decision,
// sometimes wrong; the amount, now and then without taking the excess; the
// reserve, often in round figures; the minutes, about nine for a glance and about forty for more; and when it was
// settled.
func (c *claim) work(d synth.Draw) {
	wrong := mistakes[c.decision]
	if c.ring {
		wrong = ringMistakes
	}
	c.adjusterDecision = synth.Decide(d, c.decision, wrong)
	more := map[string]float64{pay: 0.1, refuse: 0.35, investigate: 0.65}[c.decision]
	if c.team != settle {
		more = max(more, 0.7)
	}
	c.adjusterMinutes = synth.Minutes(d, more, 9, 40)
	days := 0
	c.adjusterAmount, c.settled = nil, nil
	c.adjusterPeril = synth.Decide(d, c.peril, confused[c.peril])
	c.adjusterReserve = reserve(c.facts, c.adjusterDecision, c.reason)
	if d.Bool(0.2) { // put down in round figures
		c.adjusterReserve = (c.adjusterReserve + 25_000) / 50_000 * 50_000
	}
	switch c.adjusterDecision {
	case pay:
		amount := max(c.payable(), 0)
		if d.Bool(0.012) {
			amount += c.excess
		}
		c.adjusterAmount, days = &amount, d.Int(1, 15)
	case refuse:
		days = d.Int(1, 12)
	default:
		days = d.Int(12, 90)
	}
	t := c.received.AddDate(0, 0, days).Truncate(24 * time.Hour).Add(24 * time.Hour)
	c.settled = &t
}
