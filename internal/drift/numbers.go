package drift

import (
	"fmt"
	"math"
	"strconv"

	"github.com/rehearse-dev/rehearse/internal/stats"
)

// numeric compares distributions of numbers; few distinct ones are categories.
func numeric(c *check, of columns) (Signal, error) {
	codesBase, codesFresh, few := valuesAsCategories(of)
	if few {
		return categorical(c, of, codesBase, codesFresh)
	}
	s := Signal{Test: "Kolmogorov-Smirnov", EffectName: "Wasserstein / IQR", Floor: distanceFloor}
	b, err := ordered(of.b, of.base)
	if err != nil {
		return s, err
	}
	f, err := ordered(of.f, of.fresh)
	if err != nil {
		return s, err
	}
	var sizes [2]float64
	if of.b.robust() || of.f.robust() {
		s.Test += ", effective sizes"
		if sizes, err = numberSizes(of, b); err != nil {
			return s, err
		}
		if sizes[0] < 1 || sizes[1] < 1 {
			s.Why = "cases of one cluster alone"
			return s, nil
		}
	}
	ks, err := stats.KolmogorovSmirnovOrdered(b, f, sizes[0], sizes[1])
	if err != nil {
		return s, err
	}
	s.P = ks.P()
	if s.Effect, err = stats.WassersteinOrdered(b, f); err != nil {
		return s, err
	}
	if !s.Effect.Valid { // half of the baseline's values are equal
		s.Effect, s.EffectName = ks.D, "largest gap of shares"
	}
	for _, q := range []struct {
		name string
		p    float64
	}{{"10th percentile", 0.1}, {"median", 0.5}, {"90th percentile", 0.9}} {
		s.Moves = append(s.Moves, Move{Name: q.name, Baseline: b.Quantile(q.p), Fresh: f.Quantile(q.p), Value: true})
	}
	s.What = fmt.Sprintf("median %s to %s; 10th to 90th percentile %s–%s to %s–%s",
		short(s.Moves[1].Baseline), short(s.Moves[1].Fresh), short(s.Moves[0].Baseline), short(s.Moves[2].Baseline), short(s.Moves[0].Fresh), short(s.Moves[2].Fresh))
	// Where the change lies in a sample is sought in ranks: one value that is far
	// off must not be it.
	middle := s.Moves[1].Baseline.Value
	s.series = func(i int) (float64, bool) {
		return number(of.fresh.numbers[i] > middle), of.f.has(i) && of.fresh.has(i)
	}
	return s, nil
}

func short(n stats.Number) string { return strconv.FormatFloat(n.Value, 'g', 4, 64) }

// ordered are the numbers of a part in order.
func ordered(p part, c *Column) (stats.Ordered, error) {
	var values, weights []float64
	for i, x := range c.numbers {
		if !math.IsNaN(x) && p.has(i) {
			values = append(values, x)
			if p.weights != nil {
				weights = append(weights, p.weights[i])
			}
		}
	}
	return stats.Order(values, weights)
}

// numberSizes is how many independent values tell as much as those of either
// part: by the largest design effect of the shares below the baseline's quartiles.
func numberSizes(of columns, baseline stats.Ordered) (sizes [2]float64, err error) {
	effects := [2]float64{1, 1}
	base, fresh := of.b.where(of.base.has), of.f.where(of.fresh.has)
	for _, q := range []float64{0.25, 0.5, 0.75} {
		at := baseline.Quantile(q).Value
		b, f, err := shares(base, fresh, func(s *Sample, i int) bool { return of.of(s).numbers[i] <= at })
		if err != nil || b.n == 0 || f.n == 0 {
			return [2]float64{}, err
		}
		for side, s := range []share{b, f} {
			effects[side] = max(effects[side], float64(s.cases)/float64(s.n))
			sizes[side] = float64(s.cases)
		}
	}
	return [2]float64{sizes[0] / effects[0], sizes[1] / effects[1]}, nil
}

// valuesAsCategories are the numbers of both samples as categories, where there
// are few.
func valuesAsCategories(of columns) (base, fresh codes, few bool) {
	number := map[float64]int32{}
	var names []string
	for side, p := range []part{of.b, of.f} {
		c := []*Column{of.base, of.fresh}[side]
		for i, x := range c.numbers {
			if math.IsNaN(x) || !p.has(i) {
				continue
			}
			if _, ok := number[x]; !ok {
				if len(number) == manyValues {
					return codes{}, codes{}, false
				}
				number[x] = int32(len(names))
				names = append(names, strconv.FormatFloat(x, 'g', -1, 64))
			}
		}
	}
	as := func(c *Column) codes {
		return codes{func(i int) int32 {
			if n, ok := number[c.numbers[i]]; ok {
				return n
			}
			return absent
		}, names}
	}
	return as(of.base), as(of.fresh), true
}
