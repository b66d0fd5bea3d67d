package learn

import (
	"context"
	"math"
	"slices"
)

// encoder turns rows into sparse vectors over the features seen in training.
type encoder struct {
	columns  []Column
	settings Settings
	knots    [][]float64 // per column: ascending distinct quantiles of a Number, else nil
	index    index
	weight   []float32 // per feature: its idf, 1 for tabular features
}

// scratch is what encoding and scoring one row needs, reused between rows.
type scratch struct {
	grams  grams
	keys   []key
	counts []uint32 // per feature: occurrences in the block at hand, else 0
	at     []uint32 // features of the row
	value  []float32
	scores []float32 // per class
}

func (e *encoder) scratch(classes int) *scratch {
	return &scratch{counts: make([]uint32, len(e.weight)), scores: make([]float32, classes)}
}

// fit learns quantiles and the index from the training rows and returns in how
// many rows each feature occurs.
func (e *encoder) fit(ctx context.Context, rows []Row) ([]int32, error) {
	e.knots = make([][]float64, len(e.columns))
	for c := range e.columns {
		if e.columns[c].Kind == Number {
			e.knots[c] = quantiles(rows, c, e.settings.Bins)
		}
	}
	seen := newTally()
	var g grams
	var keys []key
	for r, row := range rows {
		if r%256 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		for c, v := range row {
			keys = keys[:0]
			if text, ok := v.(string); ok && e.columns[c].Kind == Text {
				keys = g.wordKeys(keys, text, c, &e.settings)
				keys = g.charKeys(keys, text, c, &e.settings)
			} else {
				for _, f := range e.tabular(c, v) {
					keys = append(keys, f.key)
				}
			}
			seen.add(r, keys)
		}
	}
	kept, counts := seen.kept(e.settings.MinRows)
	e.index = newIndex(kept)
	e.weight = make([]float32, len(kept))
	for i, k := range kept {
		e.weight[i] = 1
		if k < tabularKey {
			e.weight[i] = float32(1 + math.Log(float64(1+len(rows))/float64(1+counts[i])))
		}
	}
	return counts, nil
}

// quantiles returns the distinct values at ranks 0, 1/bins, ..., 1 of the
// column's finite values, ascending; nil where it has none.
func quantiles(rows []Row, column, bins int) []float64 {
	var values []float64
	for _, row := range rows {
		if x, ok := number(row[column]); ok && !math.IsInf(x, 0) {
			values = append(values, x+0) // turns -0 into 0
		}
	}
	if len(values) == 0 {
		return nil
	}
	slices.Sort(values)
	knots := make([]float64, 0, bins+1)
	for i := range bins + 1 {
		knots = append(knots, values[(len(values)-1)*i/bins])
	}
	return slices.Compact(knots)
}

// feature is one tabular feature of a row; the zero key means none.
type feature struct {
	key   key
	value float32
}

// What a tabular feature of a column says.
const (
	sayMissing = iota
	sayCategory
	sayRank
	sayBin
)

func tabularOf(column, say int) uint64 {
	return step(salt(column, blockTabular), uint64(say))
}

func asTabular(h uint64) key { return key(finish(h)) | tabularKey }

// tabular returns the features of a value that is not a text.
func (e *encoder) tabular(column int, v any) [2]feature {
	switch v := v.(type) {
	case string:
		return [2]feature{{asTabular(hashString(tabularOf(column, sayCategory), v)), 1}}
	case float64:
		if math.IsNaN(v) {
			break
		}
		knots := e.knots[column]
		bin := uint64(binOf(knots, v))
		return [2]feature{
			{asTabular(tabularOf(column, sayRank)), rank(knots, v)},
			{asTabular(step(tabularOf(column, sayBin), bin)), 1},
		}
	}
	return [2]feature{{asTabular(tabularOf(column, sayMissing)), 1}}
}

// binOf counts the knots at or below x, so that a column of few distinct
// values has a bin for each.
func binOf(knots []float64, x float64) int {
	n, same := slices.BinarySearch(knots, x)
	if same {
		n++
	}
	return n
}

// rank places x among the knots, from -1 at the first to 1 at the last, linear
// between them: a quantile transform that no outlier can stretch.
func rank(knots []float64, x float64) float32 {
	last := len(knots) - 1
	switch {
	case last < 1:
		return 0
	case x <= knots[0]:
		return -1
	case x >= knots[last]:
		return 1
	}
	i := binOf(knots, x) - 1
	lo, hi := knots[i]/2, knots[i+1]/2 // halves, so that no difference overflows
	return float32(2*(float64(i)+(x/2-lo)/(hi-lo))/float64(last) - 1)
}

// encode leaves the row's vector in s.at and s.value. The row has been checked.
func (e *encoder) encode(row Row, s *scratch) {
	s.at, s.value = s.at[:0], s.value[:0]
	for c, v := range row {
		if text, ok := v.(string); ok && e.columns[c].Kind == Text {
			s.keys = s.grams.wordKeys(s.keys[:0], text, c, &e.settings)
			e.block(s)
			s.keys = s.grams.charKeys(s.keys[:0], text, c, &e.settings)
			e.block(s)
			continue
		}
		for _, f := range e.tabular(c, v) {
			if i, ok := e.index.find(f.key); ok && f.value != 0 {
				s.at, s.value = append(s.at, i), append(s.value, f.value)
			}
		}
	}
}

// block appends the tf-idf of the n-grams in s.keys, scaled to length one.
func (e *encoder) block(s *scratch) {
	start := len(s.at)
	for _, k := range s.keys {
		if i, ok := e.index.find(k); ok {
			if s.counts[i] == 0 {
				s.at = append(s.at, i)
			}
			s.counts[i]++
		}
	}
	var sum float64
	for _, i := range s.at[start:] {
		w := e.weight[i] * e.frequency(s.counts[i])
		s.counts[i] = 0
		s.value = append(s.value, w)
		sum += float64(w) * float64(w)
	}
	if sum > 0 {
		scale := float32(1 / math.Sqrt(sum))
		for j := start; j < len(s.value); j++ {
			s.value[j] *= scale
		}
	}
}

func (e *encoder) frequency(count uint32) float32 {
	if !e.settings.Sublinear {
		return float32(count)
	}
	if count == 1 {
		return 1
	}
	return float32(1 + math.Log(float64(count)))
}
