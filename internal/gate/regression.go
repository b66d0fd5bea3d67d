package gate

import (
	"fmt"
	"strings"
)

// Regression is how a design does on the regression split: cases that once broke,
// each of which has to hold. It is no sample, so there are no bounds.
type Regression struct {
	Cases int `json:"cases"`
	// Broken are cases that passed before and are wrong without a person now, or
	// that nobody receives; Still are those that never passed.
	Broken []string `json:"broken,omitempty"`
	Still  []string `json:"still_broken,omitempty"`
	// Open are cases that nothing tells of: they were not measured, have no label,
	// or the split could not be replayed.
	Open []string `json:"open,omitempty"`
	// Learnt are cases that lie in the splits that the design learnt from: that it
	// gets them right proves little.
	Learnt  []string `json:"learnt,omitempty"`
	Verdict Verdict  `json:"verdict"`
	Reason  string   `json:"reason"`
}

// named is how many ids a reason names.
const named = 10

// Decide makes the verdict. A case that breaks again is critical.
func (g *Regression) Decide() {
	list := func(ids []string) string {
		if len(ids) > named {
			return strings.Join(ids[:named], ", ") + fmt.Sprintf(" and %d more", len(ids)-named)
		}
		return strings.Join(ids, ", ")
	}
	switch {
	case len(g.Broken) > 0:
		g.Verdict, g.Reason = Fail, fmt.Sprintf("regression: %d of %d cases break again: %s", len(g.Broken), g.Cases, list(g.Broken))
	case len(g.Open) > 0:
		g.Verdict, g.Reason = Inconclusive, fmt.Sprintf("regression: of %d of %d cases nothing tells: %s", len(g.Open), g.Cases, list(g.Open))
	default:
		g.Verdict, g.Reason = Pass, fmt.Sprintf("regression: no case of %d breaks again", g.Cases)
	}
	if len(g.Still) > 0 {
		g.Reason += fmt.Sprintf("; %d never passed: %s", len(g.Still), list(g.Still))
	}
	if len(g.Learnt) > 0 {
		g.Reason += fmt.Sprintf("; the design learnt from %d of them, which prove little: %s", len(g.Learnt), list(g.Learnt))
	}
}

// Regress adds to a candidate's verdict how it does on the regression split.
func (r *Result) Regress(design string, g Regression) {
	r.Verdict = Pass
	for i := range r.Candidates {
		c := &r.Candidates[i]
		if c.Design == design {
			c.Regression, c.Verdict = &g, worse(c.Verdict, g.Verdict)
			c.Reason += "; " + g.Reason
		}
		r.Verdict = worse(r.Verdict, c.Verdict)
	}
	r.Reason = summary(r.Candidates)
}
