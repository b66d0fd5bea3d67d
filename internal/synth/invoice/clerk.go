package invoice

import (
	"math"
	"time"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

// clerkErrors are the chances of each wrong decision, by the right one.
var clerkErrors = map[string]map[string]float64{
	approve: {hold: 0.018, reject: 0.004},
	hold:    {approve: 0.045, reject: 0.005},
	reject:  {approve: 0.03, hold: 0.03},
}

// work is what the clerk at the time made of the document: a decision,
// sometimes wrong; a glance of about four minutes or an investigation of
// about twenty-five; and when the money went out.
func (c *document) work(d synth.Draw) {
	c.clerkDecision = c.decision
	wrong := clerkErrors[c.decision]
	u := d.Float(0, 1)
	for _, other := range []string{approve, hold, reject} {
		if u < wrong[other] {
			c.clerkDecision = other
			break
		}
		u -= wrong[other]
	}
	investigate := map[string]float64{approve: 0.08, hold: 0.75, reject: 0.5}[c.decision]
	if c.person {
		investigate = max(investigate, 0.7)
	}
	if d.Bool(investigate) {
		c.clerkMinutes = d.LogNormal(25, 0.4)
	} else {
		c.clerkMinutes = d.LogNormal(4, 0.35)
	}
	c.clerkMinutes = math.Round(c.clerkMinutes*10) / 10
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
