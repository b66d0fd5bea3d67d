package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

func poisson(rng *rand.Rand, mean float64) int {
	n := 0
	for at := rng.ExpFloat64(); at < mean; at += rng.ExpFloat64() {
		n++
	}
	return n
}

// TestDispersionMoments holds the moments of both statistics against what they
// are in tables small enough to be counted out.
func TestDispersionMoments(t *testing.T) {
	// Rows of 2 and 2, columns of 2 and 2: of the six ways to fill them, two
	// give a statistic of 4 and four give 0: mean 4/3, variance 32/9.
	even := TableDispersion([][][]int{{{1, 1}, {1, 1}}})
	if want := 2 * (4. / 3) * (4. / 3) / (32. / 9); math.Abs(even.DF-want) > 1e-12 || even.Index.Value != 0 {
		t.Errorf("2×2: %+v, want index 0 with %v degrees of freedom", even, want)
	}
	if far := TableDispersion([][][]int{{{2, 0}, {0, 2}}}); math.Abs(far.Index.Value-3) > 1e-12 {
		t.Errorf("2×2, all on the diagonal: index %v, want 4/(4/3)", far.Index)
	}
	// Two cases over two days: both on one with probability 1/2, a statistic of
	// 2, else 0: mean 1, variance 1.
	two := PoissonDispersion([][]int{{2, 0}})
	if two.Index.Value != 2 || two.DF != 2 {
		t.Errorf("two cases on one of two days: %+v, want index 2, 2 degrees of freedom", two)
	}
	if none := PoissonDispersion([][]int{{0, 0}, {3}, nil}); none.Index.Valid || none.P != 1 {
		t.Errorf("nothing to compare: %+v", none)
	}
}

// TestTableDispersionUneven draws tables with uneven totals, and wants the mean
// and the variance of the statistic to be what the p-value rests on.
func TestTableDispersionUneven(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	rows, columns := []int{1, 3, 9, 2}, []int{2, 1, 12}
	var items []int
	for j, n := range columns {
		for range n {
			items = append(items, j)
		}
	}
	const draws = 40_000
	sum, squares, df := 0.0, 0.0, 0.0
	for range draws {
		rng.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
		table, at := make([][]int, len(rows)), 0
		for i, n := range rows {
			table[i] = make([]int, len(columns))
			for range n {
				table[i][items[at]]++
				at++
			}
		}
		d := TableDispersion([][][]int{table})
		sum += d.Index.Value / draws
		squares += d.Index.Value * d.Index.Value / draws
		df = d.DF
	}
	if math.Abs(sum-1) > 0.02 {
		t.Errorf("mean index %v, want 1", sum)
	}
	if got, want := squares-sum*sum, 2/df; math.Abs(got-want) > 0.04*want {
		t.Errorf("variance of the index %v, want %v", got, want)
	}
}

// TestArrivalTests draws weeks of arrivals and counts how often each test
// rejects at 5 %.
func TestArrivalTests(t *testing.T) {
	profile := []float64{0.2, 1, 3, 0.5, 0}
	for _, test := range []struct {
		name, why              string
		day                    func(rng *rand.Rand) float64
		batch                  int
		atLeast                float64 // of each test that should see it; 0: all keep their level
		days, hours, spacings  bool
		daysMoreThanTheirHours bool
	}{
		{name: "Poisson", why: "each keeps its level", day: func(*rand.Rand) float64 { return 1 }, batch: 1},
		{name: "days differ", why: "hours and spacings do not see it", day: func(rng *rand.Rand) float64 { return 0.4 + 1.2*rng.Float64() }, batch: 1, atLeast: 0.8, days: true, daysMoreThanTheirHours: true},
		{name: "batches", why: "all see it, and days differ as their hours do", day: func(*rand.Rand) float64 { return 1 }, batch: 3, atLeast: 0.8, days: true, hours: true, spacings: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			const experiments = 400
			rng := rand.New(rand.NewPCG(3, 4))
			var days, hours, spacings, more, above float64
			for range experiments {
				var totals []int
				var table [][]int
				var blocks [][]float64
				for range 30 {
					factor, total := test.day(rng), 0
					row := make([]int, len(profile))
					for h, rate := range profile {
						var times []float64
						for range poisson(rng, 3*rate*factor/float64(test.batch)) {
							at := rng.Float64()
							for range test.batch {
								times = append(times, at)
							}
						}
						row[h] = len(times)
						total += row[h]
						blocks = append(blocks, times)
					}
					totals, table = append(totals, total), append(table, row)
				}
				d, h := PoissonDispersion([][]int{totals}), TableDispersion([][][]int{table})
				if d.Upper(0.95) < 1 {
					above += 1. / experiments
				}
				for _, r := range []struct {
					p  float64
					to *float64
				}{{d.P, &days}, {h.P, &hours}, {TestUniformOrder(blocks).P, &spacings}, {d.Exceeds(h), &more}} {
					if r.p < 0.05 {
						*r.to += 1. / experiments
					}
				}
			}
			level := 0.05 + 2*math.Sqrt(0.05*0.95/experiments)
			check := func(what string, rate float64, sees bool) {
				if sees && rate < test.atLeast {
					t.Errorf("%s: found in %.1f%%, want at least %.0f%%", what, 100*rate, 100*test.atLeast)
				}
				if !sees && rate > level {
					t.Errorf("%s: false alarms in %.1f%%, want at most %.1f%%", what, 100*rate, 100*level)
				}
			}
			check("days", days, test.days)
			check("the upper end of chance", above, false)
			check("hours", hours, test.hours)
			check("spacings", spacings, test.spacings)
			check("days more than hours", more, test.daysMoreThanTheirHours)
		})
	}
}
