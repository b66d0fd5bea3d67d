package stress

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Harm is whether more cases come out worse than better under a fault. Right is
// better than not right, and what is not right and went to a person, or came to no
// end, is better than what is automated and wrong.
type Harm struct {
	Cases  int `json:"cases"` // that tell
	Worse  int `json:"worse"`
	Better int `json:"better"`
	// P is one-sided, by flipping the signs of cases, or of whole clusters. That of
	// a fault is of the greatest of its strengths' statistics, that of a strength
	// is adjusted over the fault's strengths. Adjusted is over all faults.
	P        stats.Number    `json:"p"`
	Adjusted stats.Number    `json:"p_adjusted"`
	Verdict  compare.Verdict `json:"verdict"` // worse, or cannot tell
}

const (
	// alpha is the chance of any false verdict, of all of an answer.
	alpha = 0.05
	// behind is the part of its level that a fault that is shown to harm leaves to
	// its strengths; the rest goes to the faults that are not shown yet.
	behind = 0.5
	// resamples are how many sign patterns are drawn where there are too many.
	resamples = 10_000
)

// family says what the p-values of so many faults are adjusted over.
func family(faults int) string {
	if faults == 1 {
		return "1 fault, and its strengths where it is shown to harm"
	}
	return fmt.Sprintf("%d faults, one question each, and the strengths of those that are shown to harm", faults)
}

// standing is how good an outcome is.
func standing(t *tally) int {
	switch {
	case t.right == score.Yes:
		return 2
	case t.outcome() == score.AutomatedWrong:
		return 0
	}
	return 1
}

// harm asks of a fault, whose states those are, whether it harms, and of each
// state. The fault has the counts of the state that speaks most clearly.
func (p *paired) harm(states []int, seed uint64) (fault Harm, each []Harm, err error) {
	each = make([]Harm, len(states))
	units := map[int32][]float64{} // by cluster, or by case
	for i, at := range p.at {
		clean := &p.tallies.clean[at]
		if clean.right == score.Unknown {
			continue
		}
		unit := p.unit(i)
		for k, s := range states {
			t := &p.faulty[s][at]
			if !t.is(measured) || t.right == score.Unknown {
				continue
			}
			each[k].Cases++
			worse := standing(clean) - standing(t)
			if worse == 0 {
				continue
			}
			if units[unit] == nil {
				units[unit] = make([]float64, len(states))
			}
			if worse > 0 {
				each[k].Worse++
				units[unit][k] += p.weight[i]
			} else {
				each[k].Better++
				units[unit][k] -= p.weight[i]
			}
		}
	}
	sums := make([][]float64, 0, len(units))
	for _, unit := range slices.Sorted(maps.Keys(units)) {
		sums = append(sums, units[unit])
	}
	ps, err := stats.SignFlipFamily(sums, len(states), resamples, rand.NewPCG(seed, 0x4a12))
	if err != nil {
		return fault, nil, err
	}
	clearest := 0
	for k := range each {
		each[k].Verdict = compare.CannotTell
		if each[k].Cases > 0 {
			each[k].P = stats.Num(ps[k])
		}
		if ps[k] <= ps[clearest] {
			clearest = k // of several the strongest
		}
	}
	return each[clearest], each, nil
}

// judge adjusts the p-values of all faults and of their strengths, and finds the
// verdicts.
func judge(faults []FaultResult) error {
	gates := make([]stats.Gate, len(faults))
	for i := range faults {
		gates[i].P = faults[i].Harm.P
		for k := range faults[i].Levels {
			gates[i].Behind = append(gates[i].Behind, faults[i].Levels[k].Harm.P)
		}
	}
	adjusted, err := stats.AdjustGated(gates, behind)
	if err != nil {
		return err
	}
	for i := range faults {
		faults[i].Harm.decide(adjusted[i].P)
		for k := range faults[i].Levels {
			faults[i].Levels[k].Harm.decide(adjusted[i].Behind[k])
		}
	}
	return nil
}

func (h *Harm) decide(adjusted stats.Number) {
	if h.Adjusted = adjusted; adjusted.Valid && adjusted.Value <= alpha {
		h.Verdict = compare.Worse
	}
}
