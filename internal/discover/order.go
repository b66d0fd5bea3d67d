package discover

import "github.com/rehearse-dev/rehearse/internal/eventlog"

// Thresholds of what counts as side by side.
const (
	// overlapShare of the cases with both activities in which they overlap.
	overlapShare = 0.05
	// orderBalance is how even the two orders of activities that follow each
	// other directly have to be, where starts are not known: the difference of
	// their counts over the sum.
	orderBalance = 0.5
	// fewPairs is below how many cases nothing is said to be side by side.
	fewPairs = 3
)

// sideBySide says of every two activities whether they are done side by side.
// A log without starts shows it by both orders being about as frequent, without
// one activity enclosing the other (A, B, A), which is a loop.
func sideBySide(l *eventlog.Log) [][]bool {
	n := len(l.Activities)
	table := func() [][]int {
		t := make([][]int, n)
		for i := range t {
			t[i] = make([]int, n)
		}
		return t
	}
	both, overlap, follows, encloses := table(), table(), table(), table()
	seen, over := table(), table() // number of the last case, from 1
	for c, events := range l.Of() {
		for i, e := range events {
			if i > 0 {
				follows[events[i-1].Activity][e.Activity]++
			}
			if i > 1 && events[i-2].Activity == e.Activity {
				encloses[e.Activity][events[i-1].Activity]++
			}
			for _, f := range events[max(0, i-lookBack):i] {
				a, b := f.Activity, e.Activity
				if a == b {
					continue
				}
				a, b = min(a, b), max(a, b)
				if seen[a][b] != c+1 {
					seen[a][b] = c + 1
					both[a][b]++
				}
				if f.End > e.Start && over[a][b] != c+1 {
					over[a][b] = c + 1
					overlap[a][b]++
				}
			}
		}
	}
	out := make([][]bool, n)
	for i := range out {
		out[i] = make([]bool, n)
	}
	for a := range n {
		for b := a + 1; b < n; b++ {
			side := overlap[a][b] >= fewPairs && float64(overlap[a][b]) >= overlapShare*float64(both[a][b])
			if !l.Starts {
				x, y := float64(follows[a][b]), float64(follows[b][a])
				side = x >= fewPairs && y >= fewPairs && encloses[a][b]+encloses[b][a] == 0 && max(x-y, y-x) <= orderBalance*(x+y)
			}
			out[a][b], out[b][a] = side, side
		}
	}
	return out
}

// lookBack is over how many events of a case before it an activity is related to
// others: it keeps cases of many thousand events affordable.
const lookBack = 64

// before gives for every event of a case those that it waited for: the last to
// end of those that are not side by side with it, and had ended when it began.
func before(events []eventlog.Event, side [][]bool) [][]int {
	out := make([][]int, len(events))
	precedes := func(i, j int) bool { // i is done when j begins, and not by chance
		x, y := &events[i], &events[j]
		return x.End <= y.Start && !side[x.Activity][y.Activity] && !(x.Start == y.Start && x.End == y.End && i > j)
	}
	for j := range events {
		var all []int
		for i := max(0, j-lookBack); i < j; i++ {
			if precedes(i, j) {
				all = append(all, i)
			}
		}
	next:
		for _, i := range all {
			for _, k := range all {
				if k != i && precedes(i, k) {
					continue next // i was waited for by k already
				}
			}
			out[j] = append(out[j], i)
		}
	}
	return out
}
