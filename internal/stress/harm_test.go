package stress

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// drawnTallies are so many cases, one in three of which comes to grief clean, half
// of those unnoticed. Under a null fault a struck case comes out as another case
// would: as often better as worse. Under a planted one it is automated and wrong.
// The cases of a cluster share the fate of their first.
func drawnTallies(r *rand.Rand, cases, perCluster int, planted, null []float64) (*tallies, [][]int) {
	const grief = 1. / 3
	strengths := []float64{0.1, 0.3, 1}
	faults := len(planted) + len(null)
	a := newTallies(cases, faults*len(strengths))
	var states [][]int
	for f := range faults {
		states = append(states, []int{3 * f, 3*f + 1, 3*f + 2})
	}
	came := func() tally {
		switch u := r.Float64(); {
		case u < grief/2:
			return tally{disposition: of(score.AutomatedWrong), right: score.No, marks: measured}
		case u < grief:
			return tally{disposition: of(score.EscalatedNeedless), right: score.No, marks: measured | escalated}
		}
		return tally{disposition: of(score.AutomatedCorrect), right: score.Yes, marks: measured}
	}
	wrong := tally{disposition: of(score.AutomatedWrong), right: score.No, marks: measured}
	for i := range cases {
		a.cases[i] = who{id: fmt.Sprint(i), cluster: fmt.Sprint(i / perCluster), weight: 1}
		if first := i - i%perCluster; first < i {
			a.clean[i] = a.clean[first]
			for s := range a.faulty {
				a.faulty[s][i] = a.faulty[s][first]
			}
			continue
		}
		a.clean[i] = came()
		for f := range faults {
			u, share, under := r.Float64(), 0.0, wrong
			if f < len(planted) {
				share = planted[f]
			} else {
				share, under = null[f-len(planted)], came()
			}
			for k, s := range strengths {
				if a.faulty[3*f+k][i] = a.clean[i]; u < s*share {
					a.faulty[3*f+k][i] = under
				}
			}
		}
	}
	return a, states
}

func of(d score.Disposition) uint8 { return uint8(slices.Index(dispositions, d)) }

// verdicts are those on faults of those states.
func verdicts(t *testing.T, p *paired, states [][]int) []FaultResult {
	t.Helper()
	var out []FaultResult
	for _, s := range states {
		fault, each, err := p.harm(s, 1)
		if err != nil {
			t.Fatal(err)
		}
		f := FaultResult{Harm: fault}
		for _, h := range each {
			f.Levels = append(f.Levels, Level{Harm: h})
		}
		out = append(out, f)
	}
	if err := judge(out); err != nil {
		t.Fatal(err)
	}
	return out
}

// byAll are the faults that Holm over every fault, strength and metric finds: the
// family that the questions of this package are held against.
func byAll(t *testing.T, p *paired, states [][]int) []bool {
	t.Helper()
	var ps []stats.Number
	var worse []bool
	for _, fault := range states {
		for _, s := range fault {
			beside := p.beside(s, 1)
			for _, name := range firstMetrics {
				d, _, err := compare.OnCases(beside, 1, 0, name, nil)
				if err != nil {
					t.Fatal(err)
				}
				ps, worse = append(ps, d.P), append(worse, d.Estimate.Value < 0 == d.Higher)
			}
		}
	}
	adjusted, err := stats.AdjustP(ps, stats.Holm)
	if err != nil {
		t.Fatal(err)
	}
	found := make([]bool, len(states))
	for i, a := range adjusted {
		found[i/(3*len(firstMetrics))] = found[i/(3*len(firstMetrics))] || worse[i] && a.Value <= alpha
	}
	return found
}

// TestFalseVerdicts: where faults do as much good as harm, alone or beside such as
// do harm, a verdict on any of them, or on a strength of one, comes in at most 5 of
// 100 worlds.
func TestFalseVerdicts(t *testing.T) {
	null := []float64{0.2, 0.5, 1, 1, 1}
	for _, row := range []struct {
		why               string
		cases, perCluster int
		planted           []float64
	}{
		{"nothing harms", 120, 1, nil},
		{"some do, and open the way to their strengths", 120, 1, []float64{0.3, 0.3, 0.6}},
		{"in clusters", 240, 3, []float64{0.5}},
	} {
		wrong := 0
		for k := range worlds {
			a, states := drawnTallies(rand.New(rand.NewPCG(11, uint64(k))), row.cases, row.perCluster, row.planted, null)
			_, p := a.paired(row.perCluster > 1)
			for _, f := range verdicts(t, p, states)[len(row.planted):] {
				if f.Harm.Verdict == compare.Worse || slices.ContainsFunc(f.Levels, func(l Level) bool { return l.Harm.Verdict == compare.Worse }) {
					wrong++
					break
				}
			}
		}
		most := alpha*float64(worlds) + 4*math.Sqrt(alpha*(1-alpha)*float64(worlds))
		t.Logf("%s: %d of %d worlds have a false verdict", row.why, wrong, worlds)
		if float64(wrong) > most {
			t.Errorf("%s: %d of %d worlds have a false verdict, want at most %.0f", row.why, wrong, worlds, most)
		}
	}
}

// TestFoundHarm: of faults that do harm, one question each finds at least as many as
// Holm over all strengths and metrics, and more where they are many.
func TestFoundHarm(t *testing.T) {
	null := make([]float64, 22)
	found, before, planted := 0, 0, 0
	for k := range worlds {
		a, states := drawnTallies(rand.New(rand.NewPCG(12, uint64(k))), 200, 1, []float64{0.06, 0.08, 0.1}, null)
		_, p := a.paired(false)
		was := byAll(t, p, states)
		for i, f := range verdicts(t, p, states)[:3] {
			planted++
			if f.Harm.Verdict == compare.Worse {
				found++
			}
			if was[i] {
				before++
			}
		}
	}
	t.Logf("of %d faults that harm, %d are found, and %d by Holm over 150 differences", planted, found, before)
	if found <= before || float64(found) < 0.4*float64(planted) {
		t.Errorf("of %d faults that harm, %d are found, and %d by Holm over 150 differences", planted, found, before)
	}
}
