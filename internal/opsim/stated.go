package opsim

import (
	"math"
	"slices"
	"strconv"

	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// statedProfile is the profile of stated cases: for every kind, one entry for each
// team and one for cases that need nobody.
func statedProfile(c *scenario.StatedCases) *Profile {
	if c.Confidence == nil {
		return settingsOf(c, []string{"stated"}, []float64{0})
	}
	return settingsOf(c, []string{"stated"}, []float64{c.Confidence.Cutoff})
}

// StatedSettings is the profile of stated cases whose confidence sorts them,
// with a design for each cutoff. A case has the same confidence in all of them.
func StatedSettings(c *scenario.StatedCases, cutoffs []float64) *Profile {
	names := make([]string, len(cutoffs))
	for i, x := range cutoffs {
		names[i] = "cutoff " + strconv.FormatFloat(x, 'f', -1, 64)
	}
	return settingsOf(c, names, cutoffs)
}

func settingsOf(c *scenario.StatedCases, names []string, cutoffs []float64) *Profile {
	p := &Profile{}
	var weights []float64
	for i, name := range names {
		d := DesignProfile{Name: name}
		weights = weights[:0]
		add := func(e entry, weight float64) {
			d.entries = append(d.entries, e)
			weights = append(weights, weight)
		}
		for _, k := range c.Kinds {
			e := entry{kind: k.Name, stated: k.Latency, cost: k.Cost}
			for _, name := range k.Calls {
				e.calls = append(e.calls, call{name: name})
			}
			if k.Sorted {
				byConfidence(c.Confidence, e, k.Share, cutoffs, cutoffs[i], add)
				continue
			}
			rest := 1.0
			for _, s := range k.Escalated {
				e.team = s.Team
				add(e, k.Share*s.Share)
				rest -= s.Share
			}
			e.team, e.wrong = "", k.Wrong
			add(e, k.Share*math.Max(0, rest))
		}
		p.Designs = append(p.Designs, d)
	}
	p.weigh(weights)
	return p
}

// byConfidence adds the cases of a kind by confidence, in pieces that lie on one side of
// every cutoff, so that all settings have the same pieces.
func byConfidence(c *scenario.Confidence, e entry, share float64, cutoffs []float64, cutoff float64, add func(entry, float64)) {
	cuts := slices.Sorted(slices.Values(cutoffs))
	from := 0.0
	for _, b := range c.Bins {
		begin := from
		piece := func(to float64) {
			if to <= from {
				return
			}
			e.team, e.wrong = "", b.Wrong
			if to <= cutoff {
				e.team, e.wrong = c.Team, 0
			}
			add(e, share*b.Share*(to-from)/(b.To-begin))
			from = to
		}
		for _, x := range cuts {
			piece(min(x, b.To))
		}
		piece(b.To)
	}
}
