package joint

import (
	"github.com/rehearse-dev/rehearse/internal/score"
)

// ought says for every row whether it ought to come to its workflow: by the
// labels of its senders.
func ought(stages []*stage) [][]score.Tri {
	out := make([][]score.Tri, len(stages))
	for i, st := range stages {
		out[i] = make([]score.Tri, len(st.rows))
		for r := range st.rows {
			out[i][r] = score.Yes
			for k, l := range st.In {
				at := st.rows[r].parents[k]
				if at < 0 {
					continue
				}
				from := indexOf(stages, l.From)
				sender := &stages[from].rows[at]
				sent := score.Unknown
				if gold := goldOutcome(stages[from], sender.label); gold != nil {
					sent = score.No
					if l.Send(sender.own, gold, st.rows[r].own).Sent {
						sent = score.Yes
					}
				}
				out[i][r] = min(out[i][r], sent, out[from][at])
			}
		}
	}
	return out
}

// part is the judgement of a row in its joint case, and whether it is one:
// what rightly did not come is none.
func part(x *passage, ought score.Tri) (score.Judgement, bool) {
	switch {
	case x.came:
		g := x.judged
		if ought == score.No && g.Measured {
			// Somebody before it let the case pass: whatever is done with it, it
			// ought not to be here.
			g.Right = score.No
			if g.Disposition == score.AutomatedCorrect {
				g.Disposition = score.AutomatedWrong
			}
		} else if ought == score.Unknown {
			g.Right = min(g.Right, score.Unknown)
		}
		return g, true
	case x.unknown:
		return score.Judgement{Disposition: score.NotMeasured}, true
	case ought == score.No:
		return score.Judgement{}, false
	case x.lost:
		g := score.Judgement{Disposition: score.Failed, Measured: true, MinutesOK: true, Handoff: true}
		if ought == score.Yes {
			g.Right = score.No
		}
		return g, true
	case ought == score.Unknown:
		return score.Judgement{Disposition: score.AutomatedUnknown, Measured: true, MinutesOK: true}, true
	}
	// It was held back where it ought to have come.
	return score.Judgement{Disposition: score.AutomatedWrong, Right: score.No, Measured: true, MinutesOK: true}, true
}
