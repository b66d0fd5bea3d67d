package opsim

import (
	"fmt"
	"maps"
	"math"
	"math/bits"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// strata are cases of the run that are alike by their tags. Each has its own
// share of what comes at an hour of the day, as the case times have it.
type strata struct {
	names   []string
	entries [][]int32   // of the profile, by stratum
	sums    [][]float64 // running sums of their weights
	mix     [dayHours][]float64
	said    string
	block   int64 // cases of which each stratum has its share exactly, but for rounding
}

// dayHours are the hours of working days, of Saturdays and of Sundays.
const dayHours = 3 * 24

// dayHour is the place of an hour of the week among them.
func dayHour(hourOfWeek int) int {
	return max(0, hourOfWeek/24-4)*24 + hourOfWeek%24
}

// maxStrata is how many there may be, of which each needs minStratum cases.
const (
	maxStrata  = 200
	minStratum = 10
	fewStrata  = "too few cases like them"
)

// stratify finds the strata of the profile, and their mix by hour of the day. It
// gives the cases the weights that the mix comes to over the scenario's week.
func (pl *plan) stratify() error {
	p, sc := pl.profile, pl.sc
	if len(sc.Stratify) == 0 {
		return nil
	}
	tags, err := p.tagsNamed(sc.Stratify)
	if err != nil {
		return err
	}
	if len(p.times) == 0 {
		return fmt.Errorf("%s: the run's cases have no times, so that nothing is known of when each kind comes: leave stratify out", sc.Stratify[0].Pos)
	}
	keys := make([]string, len(p.tags)) // by case
	for c, values := range p.tags {
		var parts []string
		for _, t := range tags {
			parts = append(parts, values[t])
		}
		keys[c] = strings.Join(parts, "\x00")
	}
	of := map[string]int{}
	for i, c := range p.of {
		if p.weight(i) > 0 {
			of[keys[c]]++
		}
	}
	// The rare are one stratum: nothing could be said of each.
	st := &strata{}
	for _, name := range slices.Sorted(maps.Keys(of)) {
		if of[name] >= minStratum {
			st.names = append(st.names, name)
		}
	}
	if len(st.names) < len(of) {
		st.names = append(st.names, fewStrata)
	}
	if len(st.names) > maxStrata {
		return fmt.Errorf("%s: %d strata, want at most %d: stratify by fewer tags", sc.Stratify[0].Pos, len(st.names), maxStrata)
	}
	st.entries, st.sums = make([][]int32, len(st.names)), make([][]float64, len(st.names))
	counts := make([][]int, dayHours)
	weights := make([][]float64, dayHours)
	for h := range counts {
		counts[h], weights[h] = make([]int, len(st.names)), make([]float64, len(st.names))
	}
	shares := make([]float64, len(st.names))
	stratum := make([]int, len(p.sum))
	for i, c := range p.of {
		s := len(st.names) - 1
		if of[keys[c]] >= minStratum {
			s = slices.Index(st.names, keys[c])
		}
		stratum[i] = s
		w := p.weight(i)
		if w == 0 {
			continue
		}
		sum := w
		if n := len(st.sums[s]); n > 0 {
			sum += st.sums[s][n-1]
		}
		st.entries[s], st.sums[s] = append(st.entries[s], int32(i)), append(st.sums[s], sum)
		h := dayHour(hourOf(p.came[c], sc.Arrivals.Zone))
		counts[h][s]++
		weights[h][s] += w
		shares[s] += w
	}
	st.mixes(counts, weights, shares)
	pl.strata = st
	st.block = int64(max(1, math.Round(meanRate(pl.timeline, 0, pl.end)*pl.end)))
	pl.profile = p.reweighed(stratum, st.over(pl.week), shares)
	return nil
}

func hourOf(t time.Time, zone *time.Location) int {
	local := t.In(zone)
	return (int(local.Weekday())+6)%7*24 + local.Hour()
}

// mixes estimates the strata's shares at each hour: what came then, and as many
// cases of the usual mix as make the estimate best (empirical Bayes). The less
// the mix differs between hours beyond chance, the more of the usual it gets.
func (st *strata) mixes(counts [][]int, weights [][]float64, shares []float64) {
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
	st.said = fmt.Sprintf("their mix differs by hour of the day, n=%.0f: %.3g times the variance of chance alone, p=%.2g", sum, test.Index.Or(1), test.P)
	if math.IsInf(prior, 1) {
		st.said = fmt.Sprintf("the same mix at every hour: what the hours of the day differ by could be chance, p=%.2g", test.P)
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
		st.mix[h] = make([]float64, len(shares))
		for s := range shares {
			usual := shares[s] / total
			switch {
			case math.IsInf(prior, 1) || n == 0:
				st.mix[h][s] = usual
			default:
				st.mix[h][s] = (n*row[s]/mass + prior*usual) / (n + prior)
			}
		}
	}
	st.rake(hours, shares, total)
}

// rake fits the mixes to the shares that the strata have over all hours.
func (st *strata) rake(hours, shares []float64, total float64) {
	for range 30 {
		for s := range shares {
			got := 0.0
			for h := range hours {
				got += hours[h] * st.mix[h][s]
			}
			if got > 0 {
				for h := range hours {
					st.mix[h][s] *= shares[s] / got
				}
			}
		}
		for h := range hours {
			sum := 0.0
			for _, x := range st.mix[h] {
				sum += x
			}
			for s := range st.mix[h] {
				st.mix[h][s] /= sum
			}
		}
	}
}

// over are the strata's shares of what comes in a week.
func (st *strata) over(week []Piece) []float64 {
	out := make([]float64, len(st.names))
	all := perWeek(week)
	if all == 0 {
		copy(out, st.mix[0])
		return out
	}
	for _, p := range week {
		for m := p.From; m < p.To; {
			until := min(p.To, m-m%60+60)
			for s, x := range st.mix[dayHour(m/60)] {
				out[s] += x * p.PerHour * float64(until-m) / 60 / all
			}
			m = until
		}
	}
	return out
}

// reweighed is the profile with other shares of its strata.
func (p *Profile) reweighed(stratum []int, want, have []float64) *Profile {
	out := *p
	weights := make([]float64, len(p.sum))
	for i, s := range stratum {
		if have[s] > 0 {
			weights[i] = p.weight(i) * want[s] / have[s]
		}
	}
	out.weigh(weights)
	return &out
}

// pick draws the entry of a case by its number and when it comes. Of so many
// cases as the scenario expects, every stratum has its share but for rounding:
// their numbers are shuffled, and each has a place of its own between 0 and 1.
func (st *strata) pick(draws des.Draws, number int64, hourOfWeek int) int {
	d := draws.For(number, 0)
	block := draws.For(number/st.block, 1)
	u := (float64(shuffled(number%st.block, st.block, block.Uint64())) + d.Uniform()) / float64(st.block)
	mix := st.mix[dayHour(hourOfWeek)]
	s := 0
	for ; s < len(mix)-1 && u >= mix[s]; s++ {
		u -= mix[s]
	}
	for len(st.entries[s]) == 0 { // a stratum that a resample has nothing of
		s = (s + 1) % len(mix)
	}
	sums := st.sums[s]
	x := d.Uniform() * sums[len(sums)-1]
	return int(st.entries[s][sort.Search(len(sums)-1, func(i int) bool { return sums[i] > x })])
}

// shuffled is where a number below n goes when all of them are shuffled: a
// Feistel network over the next even number of bits, walked until it is below n
// again (Black & Rogaway 2002).
func shuffled(number, n int64, key uint64) int64 {
	half := (bits.Len64(uint64(n-1)) + 1) / 2
	mask := uint64(1)<<half - 1
	for x := uint64(number); ; {
		left, right := x>>half, x&mask
		for round := range uint64(4) {
			d := des.NewDraws(key, round).For(int64(right), 0)
			left, right = right, left^d.Uint64()&mask
		}
		if x = left<<half | right; x < uint64(n) {
			return int64(x)
		}
	}
}
