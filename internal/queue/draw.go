package queue

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/dataset"
)

// Plan says how many cases to take.
type Plan struct {
	Audit Amount // of those automated, at random
	More  int    // at most so many for what they are
	Seed  uint64
}

// Amount is a number of cases, or a share of them.
type Amount struct {
	Cases int
	Share float64 // above 0 where it is a share
}

// ParseAmount reads "50", "5%" or "0.05".
func ParseAmount(s string) (Amount, error) {
	share, percent := strings.CutSuffix(s, "%")
	wrong := fmt.Errorf("%q is neither a number of cases, as 50, nor a share of them, as 5%% or 0.05", s)
	if !percent && !strings.Contains(s, ".") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 {
			return Amount{}, wrong
		}
		return Amount{Cases: n}, nil
	}
	x, err := strconv.ParseFloat(share, 64)
	if percent {
		x /= 100
	}
	if err != nil || !(x > 0 && x <= 1) {
		return Amount{}, wrong
	}
	return Amount{Share: x}, nil
}

// of is the number of n cases, rounded up.
func (a Amount) of(n int) int {
	if a.Share > 0 {
		return min(n, int(math.Ceil(a.Share*float64(n)-1e-9)))
	}
	return min(n, a.Cases)
}

// Candidate is a case that may be taken.
type Candidate struct {
	Case, Cluster string
	Weight        float64
	Ended         Reason // "" for those automated, else Escalated or Failed
	// Known says that a person has decided it already: it tells nothing more, but
	// for the audit. A case that is labelled tells of its segments.
	Known, Labelled    bool
	Uncertainty, Stake float64
	Tags               []string
}

// Draw takes cases of those that a design automated or gave to a person. What is
// taken hangs on the cases' ids and the seed alone, not on their order. The
// entries say which cases, and nothing of what is in them.
func Draw(cases []Candidate, p Plan) (Frame, []Entry) {
	var frame Frame
	var automated []int
	for i := range cases {
		switch cases[i].Ended {
		case Escalated:
			frame.Escalated++
		case Failed:
			frame.Failed++
		default:
			automated = append(automated, i)
		}
	}
	frame.Automated = len(automated)
	// In the order of the draw, those reviewed when reviewers stop early are a
	// random sample, too.
	draws := make([]float64, len(cases))
	for _, i := range automated {
		draws[i] = dataset.KeyOf(cases[i].Case).Draw(p.Seed)
	}
	slices.SortFunc(automated, func(a, b int) int {
		return cmp.Or(cmp.Compare(draws[a], draws[b]), cmp.Compare(cases[a].Case, cases[b].Case))
	})
	frame.Audit = p.Audit.of(len(automated))
	taken := mostTelling(cases, p.More)

	drawn := make(map[int]bool, frame.Audit)
	for _, i := range automated[:frame.Audit] {
		drawn[i] = true
	}
	for _, i := range automated {
		if _, certain := taken[i]; !certain {
			frame.Others++
			frame.OthersWeight += cases[i].Weight
		}
	}
	for i := range drawn {
		if _, too := taken[i]; !too {
			frame.OthersDrawn++
		}
	}
	var entries []Entry
	add := func(i int, why Reason) {
		c := &cases[i]
		worth, certain := taken[i]
		e := Entry{
			Number: len(entries) + 1, Case: c.Case, Cluster: c.Cluster, Weight: c.Weight, For: why, Drawn: drawn[i], Taken: certain, Automated: c.Ended == "",
			Inclusion: 1, Worth: Worth{c.Uncertainty, c.Stake, worth.gap},
		}
		if !certain {
			e.Inclusion = float64(frame.OthersDrawn) / float64(frame.Others)
		}
		e.Sampling = 1 / e.Inclusion
		entries = append(entries, e)
	}
	for _, i := range automated[:frame.Audit] {
		add(i, Audit)
	}
	rest := make([]int, 0, len(taken))
	for i := range taken {
		if !drawn[i] {
			rest = append(rest, i)
		}
	}
	slices.SortFunc(rest, func(a, b int) int { return cmp.Compare(taken[a].place, taken[b].place) })
	for _, i := range rest {
		add(i, cmp.Or(cases[i].Ended, Doubtful))
	}
	return frame, entries
}
