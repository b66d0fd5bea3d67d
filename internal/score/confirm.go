package score

import (
	"cmp"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Confirmation is what people of one team made of a step's suggestions.
type Confirmation struct {
	Step string `json:"step"`
	Team string `json:"team"`
	// Accepted are the suggestions that were taken as they were; the others
	// were overruled.
	Accepted Share `json:"accepted"`
	// AcceptedWrong and OverruledRight are people's two mistakes: of wrong
	// suggestions those let through, of right ones those changed.
	AcceptedWrong  Share `json:"accepted_wrong"`
	OverruledRight Share `json:"overruled_right"`
}

// Share is a count of trials among others.
type Share struct {
	X              int `json:"numerator"`
	N              int `json:"denominator"`
	stats.Interval `json:"interval"`
}

// MarshalJSON writes the counts beside the interval.
func (s Share) MarshalJSON() ([]byte, error) { return stats.MarshalEmbedding(s) }

// Complement is the share of the others.
func (s Share) Complement() Share {
	s.X = s.N - s.X
	if iv := &s.Interval; iv.Estimate.Valid {
		iv.Estimate.Value = 1 - iv.Estimate.Value
		iv.Lower, iv.Upper = 1-iv.Upper, 1-iv.Lower
	}
	return s
}

// confirmTally counts what came of suggestions.
type confirmTally struct {
	accepted, wrong, right rate
}

// confirmations takes in what people made of suggestions in a trial.
func (d *designTally) confirmations(j Judge, t *flow.Trial, label *flow.Label, cluster int32) {
	for i := range t.Spans {
		s := &t.Spans[i]
		if s.Suggested == nil || s.Output == nil || s.Shadow {
			continue
		}
		suggested, err1 := flow.ParseJSON(s.Suggested, d.w.Outcome)
		answer, err2 := flow.ParseJSON(s.Output, d.w.Outcome)
		if err1 != nil || err2 != nil {
			continue // written under another outcome
		}
		key := [2]string{s.Step, s.Team}
		c := d.confirmed[key]
		if c == nil {
			c = &confirmTally{}
			d.confirmed[key] = c
		}
		accepted, right := true, Unknown
		judged := j.fields(suggested, label)
		for f, v := range suggested {
			if v == nil {
				continue
			}
			accepted = accepted && answer[f] != nil && Equal(d.w.Compare[f], answer[f], v)
			if judged != nil && judged[f] != Unknown && right != No {
				right = judged[f]
			}
		}
		c.accepted.add(d.u, cluster, t.Weight, accepted)
		switch right {
		case Yes:
			c.right.add(d.u, cluster, t.Weight, !accepted)
		case No:
			c.wrong.add(d.u, cluster, t.Weight, accepted)
		}
	}
}

func (d *designTally) confirmList() []Confirmation {
	var out []Confirmation
	share := func(r *rate) Share { return Share{X: r.x, N: r.n, Interval: r.metric(d.u, "").Interval} }
	for key, c := range d.confirmed {
		out = append(out, Confirmation{Step: key[0], Team: key[1], Accepted: share(&c.accepted), AcceptedWrong: share(&c.wrong), OverruledRight: share(&c.right)})
	}
	slices.SortFunc(out, func(a, b Confirmation) int { return cmp.Or(cmp.Compare(a.Step, b.Step), cmp.Compare(a.Team, b.Team)) })
	return out
}
