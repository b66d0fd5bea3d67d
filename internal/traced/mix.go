package traced

import (
	"fmt"
	"math"

	"github.com/rehearse-dev/rehearse/internal/scenario"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// dayHours are the hours of working days, of Saturdays and of Sundays.
const dayHours = 3 * 24

// dayHour is the place of an hour of the week among them.
func dayHour(hourOfWeek int) int {
	return max(0, hourOfWeek/24-4)*24 + hourOfWeek%24
}

// Mix is the share that each stratum has of the cases that come at an hour of
// the day, of working days, of Saturdays and of Sundays.
type Mix struct {
	Said   string // what it rests on
	byHour [dayHours][]float64
}

// Came is a case of a stratum that came at an hour of the week.
type Came struct {
	Stratum, Hour int
	Weight        float64
}

// MixOf estimates the shares of so many strata at each hour: what came then, and
// as many cases of the usual mix as make the estimate best (empirical Bayes). The
// less the mix differs between hours beyond chance, the more of the usual it gets.
func MixOf(strata int, cases []Came) *Mix {
	counts, weights := make([][]int, dayHours), make([][]float64, dayHours)
	for h := range counts {
		counts[h], weights[h] = make([]int, strata), make([]float64, strata)
	}
	shares := make([]float64, strata)
	for _, c := range cases {
		h := dayHour(c.Hour)
		counts[h][c.Stratum]++
		weights[h][c.Stratum] += c.Weight
		shares[c.Stratum] += c.Weight
	}
	out := &Mix{}
	test := stats.TableDispersion([][][]int{counts})
	sum, squares := 0.0, 0.0
	for _, row := range counts {
		n := 0.0
		for _, c := range row {
			n += float64(c)
		}
		sum += n
		squares += n * n
	}
	prior := math.Inf(1) // cases
	if excess := test.Index.Or(1) - 1; excess > 0 && squares > sum && test.P < 0.05 {
		// Of a Dirichlet-multinomial, the variance is 1+(n-1)ρ times that of
		// chance, and the prior is worth 1/ρ-1 cases.
		rho := min(0.999, excess/(squares/sum-1))
		prior = 1/rho - 1
	}
	out.Said = fmt.Sprintf("their mix differs by hour of the day, n=%.0f: %.3g times the variance of chance alone, p=%.2g", sum, test.Index.Or(1), test.P)
	if math.IsInf(prior, 1) {
		out.Said = fmt.Sprintf("the same mix at every hour: what the hours of the day differ by could be chance, p=%.2g", test.P)
	}
	total := 0.0
	for _, w := range shares {
		total += w
	}
	hours := make([]float64, dayHours)
	for h, row := range weights {
		mass, n := 0.0, 0.0
		for s, w := range row {
			mass += w
			n += float64(counts[h][s])
		}
		hours[h] = mass
		out.byHour[h] = make([]float64, len(shares))
		for s := range shares {
			usual := shares[s] / total
			switch {
			case math.IsInf(prior, 1) || n == 0:
				out.byHour[h][s] = usual
			default:
				out.byHour[h][s] = (n*row[s]/mass + prior*usual) / (n + prior)
			}
		}
	}
	out.rake(hours, shares)
	return out
}

// rake fits the mixes to the shares that the strata have over all hours.
func (m *Mix) rake(hours, shares []float64) {
	for range 30 {
		for s := range shares {
			got := 0.0
			for h := range hours {
				got += hours[h] * m.byHour[h][s]
			}
			if got > 0 {
				for h := range hours {
					m.byHour[h][s] *= shares[s] / got
				}
			}
		}
		for h := range hours {
			sum := 0.0
			for _, x := range m.byHour[h] {
				sum += x
			}
			for s := range m.byHour[h] {
				m.byHour[h][s] /= sum
			}
		}
	}
}

// At are the strata's shares of what comes at an hour of the week.
func (m *Mix) At(hourOfWeek int) []float64 { return m.byHour[dayHour(hourOfWeek)] }

// Over are the strata's shares of what comes in a week.
func (m *Mix) Over(week scenario.Week) []float64 {
	out := make([]float64, len(m.byHour[0]))
	all := week.Volume()
	if all == 0 {
		copy(out, m.byHour[0])
		return out
	}
	for _, p := range week {
		for at := p.From; at < p.To; {
			until := min(p.To, at-at%60+60)
			for s, x := range m.At(at / 60) {
				out[s] += x * p.PerHour * float64(until-at) / 60 / all
			}
			at = until
		}
	}
	return out
}
