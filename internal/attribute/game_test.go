package attribute

import (
	"fmt"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// game makes explored cases of a rule: right says whether case i ends right
// without people when that set of players is corrected.
func game(players, cases int, right func(i int, set uint64) bool) *Explored {
	return outcomes(players, cases, func(i int, set uint64) outcome {
		return outcomeOf(right(i, set))
	})
}

func outcomes(players, cases int, of func(i int, set uint64) outcome) *Explored {
	x := &Explored{sets: newCoalitions(players, 1)}
	for p := range players {
		x.parts = append(x.parts, Part{Target: Target{Name: fmt.Sprintf("p%d", p), Kind: Step}})
	}
	for i := range cases {
		e := explored{id: fmt.Sprintf("c%03d", i), weight: 1}
		index := make([]uint16, len(x.sets.sets))
		for k, set := range x.sets.sets {
			index[k] = e.add(of(i, set))
		}
		if len(e.outcomes) > 1 {
			e.of = index
		}
		x.cases = append(x.cases, e)
	}
	return x
}

func outcomeOf(right bool) outcome {
	t := score.No
	if right {
		t = score.Yes
	}
	return outcome{status: flow.Automated, right: t, shadow: t, automated: true, minutesOK: true}
}

func sharesOf(list []Shares, metric string) *Shares {
	for i := range list {
		if list[i].Metric == metric {
			return &list[i]
		}
	}
	panic(metric)
}
