package gate

import (
	"strings"
	"testing"
)

func TestRegress(t *testing.T) {
	for _, tt := range []struct {
		why    string
		was    Verdict
		of     Regression
		want   Verdict
		reason string
	}{
		{"all hold", Pass, Regression{Cases: 3}, Pass, "regression: no case of 3 breaks again"},
		{"one breaks again, named", Pass, Regression{Cases: 3, Broken: []string{"t9"}}, Fail, "1 of 3 cases break again: t9"},
		{"one that never passed does not count", Pass, Regression{Cases: 3, Still: []string{"t9"}}, Pass, "1 never passed: t9"},
		{"one that nothing tells of", Pass, Regression{Cases: 3, Open: []string{"t9"}}, Inconclusive, "of 1 of 3 cases nothing tells: t9"},
		{"one that it learnt from passes, and is named", Pass, Regression{Cases: 3, Learnt: []string{"t9"}}, Pass, "the design learnt from 1 of them, which prove little: t9"},
		{"it does not save a design", Fail, Regression{Cases: 3}, Fail, "no case of 3"},
		{"many are counted", Pass, Regression{Cases: 30, Broken: strings.Split("a,b,c,d,e,f,g,h,i,j,k,l", ",")}, Fail, "i, j and 2 more"},
	} {
		r := &Result{Verdict: tt.was, Candidates: []Candidate{{Design: "other", Verdict: Pass}, {Design: "x", Verdict: tt.was, Reason: "all"}}}
		tt.of.Decide()
		r.Regress("x", tt.of)
		if c := r.Candidates[1]; c.Verdict != tt.want || r.Verdict != tt.want || !strings.Contains(c.Reason, tt.reason) || c.Regression == nil {
			t.Errorf("%s: %s because %s; the result is %s", tt.why, c.Verdict, c.Reason, r.Verdict)
		}
		if r.Candidates[0].Regression != nil {
			t.Errorf("%s: the other design got it, too", tt.why)
		}
	}
}
