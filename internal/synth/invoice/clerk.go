package invoice

import (
	"time"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

// clerkErrors are the chances of each wrong decision, by the right one.
var clerkErrors = map[string][]synth.Mistake{
	approve: {synth.Slip(hold, 0.018), synth.Slip(reject, 0.004)},
	hold:    {synth.Slip(approve, 0.045), synth.Slip(reject, 0.005)},
	reject:  {synth.Slip(approve, 0.03), synth.Slip(hold, 0.03)},
}

// work is what the clerk at the time made of the document: a decision,
// sometimes wrong; a glance of about four minutes or an investigation of
// about twenty-five; and when the money went out.
func (c *document) work(d synth.Draw) {
	c.clerkDecision = synth.Decide(d, c.decision, clerkErrors[c.decision])
	investigate := map[string]float64{approve: 0.08, hold: 0.75, reject: 0.5}[c.decision]
	if c.person {
		investigate = max(investigate, 0.7)
	}
	c.clerkMinutes = synth.Minutes(d, investigate, 4, 25)
	days := 0
	c.paid = nil
	switch c.clerkDecision {
	case approve:
		days = d.Int(8, 35)
	case hold:
		if !d.Bool(0.85) {
			return
		}
		days = d.Int(20, 75)
	default:
		return
	}
	t := c.received.Add(time.Duration(days) * 24 * time.Hour).Truncate(24 * time.Hour)
	c.paid = &t
}
