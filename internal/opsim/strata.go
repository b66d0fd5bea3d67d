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
	"github.com/rehearse-dev/rehearse/internal/scenario"
	"github.com/rehearse-dev/rehearse/internal/traced"
)

// strata are cases of the run that are alike by their tags. Each has its own
// share of what comes at an hour of the day, as the case times have it.
type strata struct {
	names   []string
	entries [][]int32   // of the profile, by stratum
	sums    [][]float64 // running sums of their weights
	mix     *traced.Mix
	block   int64 // cases of which each stratum has its share exactly, but for rounding
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
	var came []traced.Came
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
		came = append(came, traced.Came{Stratum: s, Hour: scenario.WallOf(p.came[c], sc.Arrivals.Zone).OfWeek(time.Hour), Weight: w})
	}
	st.mix = traced.MixOf(len(st.names), came)
	pl.strata = st
	st.block = int64(max(1, math.Round(meanRate(pl.timeline, 0, pl.end)*pl.end)))
	pl.profile = p.reweighed(stratum, st.mix.Over(pl.week), st.shares())
	return nil
}

// shares are the strata's shares of the profile.
func (st *strata) shares() []float64 {
	out := make([]float64, len(st.sums))
	for s, sums := range st.sums {
		if len(sums) > 0 {
			out[s] = sums[len(sums)-1]
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
	mix := st.mix.At(hourOfWeek)
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
