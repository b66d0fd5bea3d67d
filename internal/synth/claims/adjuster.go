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

// work is what the adjuster at the time made of the claim: a decision,
// sometimes wrong; the amount, now and then without taking the excess; the
// minutes, about nine for a glance and about forty for more; and when it was
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
