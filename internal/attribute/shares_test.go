package attribute

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// orders calls f with every order of n players.
func orders(n int, f func([]int)) {
	order := make([]int, 0, n)
	var extend func(used uint64)
	extend = func(used uint64) {
		if len(order) == n {
			f(order)
			return
		}
		for p := range n {
			if used&(1<<p) == 0 {
				order = append(order, p)
				extend(used | 1<<p)
				order = order[:len(order)-1]
			}
		}
	}
	extend(0)
}

// byPermutations are the Shapley values as they are defined: the mean over all
// orders of what a player adds to those before it.
func byPermutations(n int, v func(uint64) float64) []float64 {
	out, count := make([]float64, n), 0.0
	orders(n, func(order []int) {
		count++
		set := uint64(0)
		for _, p := range order {
			out[p] += v(set|1<<p) - v(set)
			set |= 1 << p
		}
	})
	for p := range out {
		out[p] /= count
	}
	return out
}

// Every case ends right under a random family of sets. Shares are the Shapley
// values by definition, whatever the metric, and have their axioms.
func TestShares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "players")
		cases := rapid.IntRange(2, 12).Draw(t, "cases")
		table := make([][]outcome, cases)
		for i := range table {
			for range 1 << n {
				o := outcomeOf(rapid.Bool().Draw(t, "right"))
				if o.automated = rapid.IntRange(0, 3).Draw(t, "automated") > 0; !o.automated {
					o.status, o.minutes, o.cost = flow.Escalated, 5, 7
				}
				table[i] = append(table[i], o)
			}
		}
		// The last player changes nothing; the first two are exchangeable.
		if n > 2 {
			for i := range table {
				for set := range table[i] {
					table[i][set] = table[i][canonical(set, n)]
				}
			}
		}
		x := outcomes(n, cases, func(i int, set uint64) outcome { return table[i][set] })
		clusterOf, clusters := x.clusters()
		for m, s := range x.Shares() {
			v := x.values(measures[m], clusterOf, clusters)
			value := func(set uint64) float64 { y, _ := v.at(x.sets.at[set]); return y }
			if slices.ContainsFunc(v.den, func(d float64) bool { return d == 0 }) {
				continue // no case tells under some set: there are no shares
			}
			sum, own := 0.0, 0.0
			for p, want := range byPermutations(n, value) {
				got := s.Parts[p].Share.Estimate.Value
				if math.Abs(got-want) > 1e-9 {
					t.Fatalf("%s: the share of player %d is %v, by definition %v", s.Metric, p, got, want)
				}
				sum += got
				own += s.Parts[p].Own.Estimate.Value
			}
			if gap := s.Gap.Estimate.Value; math.Abs(sum-gap) > 1e-9 || math.Abs(own-gap) > 1e-9 {
				t.Fatalf("%s: shares add up to %v and own errors to %v, the gap is %v", s.Metric, sum, own, gap)
			}
			if n > 2 {
				if a, b := s.Parts[0].Share.Estimate.Value, s.Parts[1].Share.Estimate.Value; math.Abs(a-b) > 1e-9 {
					t.Fatalf("%s: exchangeable players have shares %v and %v", s.Metric, a, b)
				}
				if idle := s.Parts[n-1].Share; idle.Estimate.Value != 0 || idle.Method != NoCaseChanged {
					t.Fatalf("%s: a player that changes nothing has the share %+v", s.Metric, idle)
				}
			}
		}
	})
}

// canonical is the set that comes to the same: without the last player, and
// with the first player in the place of the second.
func canonical(set, n int) int {
	set &^= 1 << (n - 1)
	if set&3 == 2 {
		return set ^ 3
	}
	return set
}

// Shares of a metric over two halves of the cases are the mean of the halves'.
func TestSharesAdd(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	table := make([][16]bool, 40)
	for i := range table {
		for set := range table[i] {
			table[i][set] = rng.IntN(2) == 0
		}
	}
	share := func(from, to int) []Share {
		x := game(4, to-from, func(i int, set uint64) bool { return table[from+i][set] })
		return sharesOf(x.Shares(), score.ForcedAccuracy).Parts
	}
	both, first, second := share(0, 40), share(0, 20), share(20, 40)
	for p := range both {
		mean := (first[p].Share.Estimate.Value + second[p].Share.Estimate.Value) / 2
		if got := both[p].Share.Estimate.Value; math.Abs(got-mean) > 1e-12 {
			t.Errorf("player %d: %v of all cases, %v the mean of both halves", p, got, mean)
		}
	}
}

// needed are games whose Shapley values are known: case i is right once every
// player of its own set is corrected, and each of those gets an equal part.
func needed(players, cases int) (x *Explored, want []float64) {
	rng := rand.New(rand.NewPCG(7, 7))
	sets := make([]uint64, cases)
	want = make([]float64, players)
	for i := range sets {
		for sets[i] == 0 {
			sets[i] = rng.Uint64() & rng.Uint64() & (1<<players - 1)
		}
		for p := range players {
			if sets[i]&(1<<p) != 0 {
				want[p] += 1 / float64(bits.OnesCount64(sets[i])) / float64(cases)
			}
		}
	}
	return game(players, cases, func(i int, set uint64) bool { return sets[i]&^set == 0 }), want
}

func TestSharesSampled(t *testing.T) {
	for _, players := range []int{maxExact, maxExact + 1, 14} {
		x, want := needed(players, 60)
		s := sharesOf(x.Shares(), score.ForcedAccuracy)
		sum := 0.0
		for p, got := range s.Parts {
			off, e := math.Abs(got.Share.Estimate.Value-want[p]), got.SamplingError
			switch {
			case players <= maxExact && (e != 0 || off > 1e-9):
				t.Errorf("%d players: the share of %d is %v ± %v, want exactly %v", players, p, got.Share.Estimate.Value, e, want[p])
			case players > maxExact && !(e > 0 && e < 0.01 && off < 4*e):
				t.Errorf("%d players: the share of %d is %v ± %v, want %v", players, p, got.Share.Estimate.Value, e, want[p])
			}
			sum += got.Share.Estimate.Value
		}
		if math.Abs(sum-s.Gap.Estimate.Value) > 1e-9 || s.Gap.Estimate.Value != 1 {
			t.Errorf("%d players: shares add up to %v, the gap is %v", players, sum, s.Gap.Estimate.Value)
		}
		if sampled := players > maxExact; sampled != (x.sets.sampled > 0) {
			t.Errorf("%d players: %d orders were drawn", players, x.sets.sampled)
		}
	}
}

// A part downstream that gives gold mends what went wrong before it: it shares
// the credit, and none of it is its own.
func TestOwnErrors(t *testing.T) {
	x := game(3, 50, func(i int, set uint64) bool { return i >= 20 || set != 0 })
	for p, s := range sharesOf(x.Shares(), score.ForcedAccuracy).Parts {
		own := 0.0
		if p == 0 {
			own = 0.4
		}
		if math.Abs(s.Share.Estimate.Value-0.4/3) > 1e-9 || math.Abs(s.Alone.Estimate.Value-0.4) > 1e-9 || math.Abs(s.Own.Estimate.Value-own) > 1e-9 {
			t.Errorf("part %d: share %v, alone %v, own %v; want %v, 0.4, %v", p, s.Share.Estimate, s.Alone.Estimate, s.Own.Estimate, 0.4/3, own)
		}
	}
}

// The interval of what a part alone changes is close to those that comparing
// two designs gives.
func TestAloneAgainstPaired(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	const cases = 400
	before, after, automated := make([]bool, cases), make([]bool, cases), make([]bool, cases)
	var units []stats.PairedRatio
	for i := range cases {
		before[i] = rng.Float64() < 0.8
		after[i] = before[i] || rng.Float64() < 0.4
		automated[i] = rng.Float64() < 0.7
		units = append(units, stats.PairedRatio{A: counted(after[i], true), B: counted(before[i], automated[i])})
	}
	x := outcomes(1, cases, func(i int, set uint64) outcome {
		o := outcomeOf(before[i] && set == 0 || after[i] && set == 1)
		o.automated = automated[i] || set == 1
		return o
	})
	pairs, err := stats.PairsOf(after, before)
	if err != nil {
		t.Fatal(err)
	}
	newcombe, err := stats.NewcombePaired(pairs, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	boot, err := stats.BootstrapRatioDifference(units, stats.Bootstrap{Resamples: 4000, Level: 0.95, Method: stats.BCa, Source: rand.NewPCG(5, 5)})
	if err != nil {
		t.Fatal(err)
	}
	for metric, want := range map[string]stats.Interval{score.ForcedAccuracy: newcombe, score.AutomatedAccuracy: boot.Interval} {
		got := sharesOf(x.Shares(), metric).Parts[0].Alone
		if math.Abs(got.Estimate.Value-want.Estimate.Value) > 1e-9 || math.Abs(got.Lower-want.Lower) > 0.006 || math.Abs(got.Upper-want.Upper) > 0.006 {
			t.Errorf("%s: alone %v (%v to %v), paired %v (%v to %v)", metric, got.Estimate, got.Lower, got.Upper, want.Estimate, want.Lower, want.Upper)
		}
	}
}

func counted(right, in bool) stats.Ratio {
	switch {
	case !in:
		return stats.Ratio{}
	case right:
		return stats.Ratio{Num: 1, Den: 1}
	}
	return stats.Ratio{Den: 1}
}

func TestNoCaseChanged(t *testing.T) {
	x := game(2, 72, func(i int, set uint64) bool { return i > 7 || set&1 != 0 })
	for _, s := range x.Shares() {
		idle := s.Parts[1].Share
		if idle.Method != NoCaseChanged || idle.Estimate.Or(1) != 0 {
			t.Errorf("%s: %+v", s.Metric, idle)
		}
		// (1-p)^72 is 2.5 % at p = 0.0499.
		if want := 0.0499; s.Unit == "rate" && (math.Abs(idle.Upper-want) > 1e-4 || idle.Lower != -idle.Upper) {
			t.Errorf("%s: no case of 72 changed, and the bound is %v", s.Metric, idle.Upper)
		}
		if s.Unit != "rate" && idle.Bounded() {
			t.Errorf("%s: no case changed, and the interval is %v to %v", s.Metric, idle.Lower, idle.Upper)
		}
	}
}

// A trial without a known end under some set takes all shares away: it is one
// that corrections change.
func TestSharesNotMeasured(t *testing.T) {
	x := outcomes(2, 20, func(i int, set uint64) outcome {
		if i == 3 && set == 2 {
			return outcome{status: flow.NotMeasured}
		}
		return outcomeOf(i%2 == 0)
	})
	for _, s := range x.Shares() {
		if s.NotMeasured != 1 || len(s.Parts) != 0 || s.Gap.Estimate.Valid {
			t.Errorf("%s: %+v", s.Metric, s)
		}
	}
	if r := x.Result(1000); r.Worth != nil || r.Fixes.Wrong != 10 {
		t.Errorf("worth %v of what is not measurable; %d wrong, want 10", r.Worth, r.Fixes.Wrong)
	}
}

func TestWorths(t *testing.T) {
	x := outcomes(3, 100, func(i int, set uint64) outcome {
		o := outcomeOf(true)
		o.cost, o.minutes = 10, 6
		if set&1 != 0 {
			o.cost -= float64(i % 3) // saves 0.99 a case
		}
		if set&2 != 0 {
			o.minutes, o.cost = 3+float64(i%2), o.cost+1+float64(i%2) // costs more
		}
		return o
	})
	worth := x.Result(1000).Worth
	var names []string
	for _, w := range worth {
		names = append(names, w.Name)
	}
	if fmt.Sprint(names) != "[p0 p2 p1]" {
		t.Fatalf("ranked %v", names)
	}
	if y := worth[0].CostYear; math.Abs(y.Estimate.Value+990) > 1e-6 || !(y.Upper < 0) || math.Abs(y.Lower-1000*worth[0].Cost.Lower) > 1e-9 {
		t.Errorf("p0 saves %+v a year", y)
	}
	if y := worth[2].HoursYear; math.Abs(y.Estimate.Value+2500.0/60) > 1e-6 || !(worth[2].Cost.Lower > 0) {
		t.Errorf("p1 saves people %+v hours a year, and costs %+v", y, worth[2].Cost)
	}
	if w := x.Result(0).Worth[0]; w.CostYear != nil || w.HoursYear != nil {
		t.Errorf("a year without a volume: %+v", w)
	}
}
