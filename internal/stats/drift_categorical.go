package stats

import (
	"math"
	"math/rand/v2"
)

// A ChiSquared is a test of homogeneity: do the rows of a table share one
// distribution over its columns? All is absent when a row is empty.
type ChiSquared struct {
	Statistic   Number
	DF          Number
	PValue      Number
	MinExpected Number // below 5 the p-value is not to be trusted: see [ChiSquaredExact]
	Warnings    []Warning
}

// ChiSquaredHomogeneity tests a table of counts, a row per sample. Empty columns
// are dropped; one column holds no information and gives statistic 0 with p = 1.
// yates asks for the continuity correction, which applies to 2 x 2 only.
func ChiSquaredHomogeneity(table [][]int, yates bool) (ChiSquared, error) {
	t, err := newTable(table)
	if err != nil || t.emptyRow() {
		return ChiSquared{}, err
	}
	correction := 0.0
	if yates && len(t.rows) == 2 && len(t.columns) == 2 {
		correction = 0.5
		t.each(func(observed, expected float64) {
			correction = math.Min(correction, math.Abs(observed-expected))
		})
	}
	statistic, least := 0.0, math.Inf(1)
	t.each(func(observed, expected float64) {
		d := math.Abs(observed-expected) - correction
		statistic += d * d / expected
		least = math.Min(least, expected)
	})
	df := float64((len(t.rows) - 1) * (len(t.columns) - 1))
	r := ChiSquared{Statistic: Num(statistic), DF: Num(df), PValue: Num(1), MinExpected: Num(least)}
	if df == 0 {
		r.Statistic = Num(0)
		return r, nil
	}
	r.PValue = Num(chiSquaredUpper(statistic, df))
	if least < 5 {
		r.Warnings = append(r.Warnings, SmallExpected)
	}
	return r, nil
}

// A table is counts without empty columns, with its margins.
type table struct {
	counts  [][]int
	rows    []int
	columns []int
	n       int
}

func newTable(counts [][]int) (table, error) {
	if len(counts) < 2 {
		return table{}, refuse(OutOfRange, "a table of %d rows; homogeneity compares at least 2 samples", len(counts))
	}
	width := len(counts[0])
	columns := make([]int, width)
	for _, row := range counts {
		if err := checkLengths("columns in the first row", width, "in another", len(row)); err != nil {
			return table{}, err
		}
		for j, c := range row {
			if c < 0 {
				return table{}, refuse(InvalidCount, "count %d in column %d; counts must not be negative", c, j)
			}
			columns[j] += c
		}
	}
	t := table{counts: make([][]int, len(counts)), rows: make([]int, len(counts))}
	for j, total := range columns {
		if total == 0 {
			continue
		}
		t.columns = append(t.columns, total)
		t.n += total
		for i, row := range counts {
			t.counts[i] = append(t.counts[i], row[j])
			t.rows[i] += row[j]
		}
	}
	return t, nil
}

func (t table) emptyRow() bool {
	for _, r := range t.rows {
		if r == 0 {
			return true
		}
	}
	return false
}

func (t table) each(f func(observed, expected float64)) {
	for i, row := range t.counts {
		for j, c := range row {
			f(float64(c), float64(t.rows[i])*float64(t.columns[j])/float64(t.n))
		}
	}
}

// A TableTest is a test of two samples over categories, conditional on the
// margins of the table. All is absent when a sample is empty.
type TableTest struct {
	Statistic Number // chi-square; absent for Fisher's test
	PValue    Number
}

// FisherExact returns the two-sided p-value of Fisher's test (Freeman and Halton
// 1951 for more than two categories) of a 2 x k table: the total probability of
// tables no more likely than the observed one. Tables with more than 5 million
// rearrangements are refused with [TooLarge]; [ChiSquaredMonteCarlo] does them.
func FisherExact(counts [][]int) (TableTest, error) {
	t, err := newTwoRows(counts)
	if err != nil || t.emptyRow() {
		return TableTest{}, err
	}
	observed := t.logProbability(t.counts[0])
	p := 0.0
	err = t.eachRearrangement(func(first []int) {
		if lp := t.logProbability(first); lp <= observed+1e-7 {
			p += math.Exp(lp)
		}
	})
	return TableTest{PValue: Num(math.Min(1, p))}, err
}

// ChiSquaredExact returns the permutation p-value of the chi-square statistic of
// a 2 x k table: the probability, given the margins, of a statistic at least as
// large. It needs no expected count of 5; its limits are [FisherExact]'s.
func ChiSquaredExact(counts [][]int) (TableTest, error) {
	t, err := newTwoRows(counts)
	if err != nil || t.emptyRow() {
		return TableTest{}, err
	}
	observed := t.statistic(t.counts[0])
	p := 0.0
	err = t.eachRearrangement(func(first []int) {
		if t.statistic(first) >= observed*(1-tieTolerance) {
			p += math.Exp(t.logProbability(first))
		}
	})
	return TableTest{Num(observed), Num(math.Min(1, p))}, err
}

// ChiSquaredMonteCarlo is [ChiSquaredExact] with random rearrangements.
func ChiSquaredMonteCarlo(counts [][]int, resamples int, src rand.Source) (TableTest, error) {
	t, err := newTwoRows(counts)
	if err = firstErr(err, checkResamples(resamples)); err != nil || t.emptyRow() {
		return TableTest{}, err
	}
	observed := t.statistic(t.counts[0])
	// Drawing the smaller sample out of the pool is enough: the statistic is the
	// same seen from either row.
	if t.rows[1] < t.rows[0] {
		t.rows[0], t.rows[1] = t.rows[1], t.rows[0]
	}
	pool := make([]uint32, 0, t.n)
	for j, c := range t.columns {
		for range c {
			pool = append(pool, uint32(j))
		}
	}
	hits := 0
	rng := rand.New(src)
	first := make([]int, len(t.columns))
	for range resamples {
		clear(first)
		for i := range t.rows[0] {
			k := i + rng.IntN(t.n-i)
			pool[i], pool[k] = pool[k], pool[i]
			first[pool[i]]++
		}
		if t.statistic(first) >= observed*(1-tieTolerance) {
			hits++
		}
	}
	return TableTest{Num(observed), Num(MonteCarloP(hits, resamples))}, nil
}

func newTwoRows(counts [][]int) (table, error) {
	if len(counts) != 2 {
		return table{}, refuse(OutOfRange, "a table of %d rows; this test compares 2 samples", len(counts))
	}
	return newTable(counts)
}

// statistic returns chi-square of the table with this first row.
func (t table) statistic(first []int) float64 {
	n := float64(t.n)
	r0, r1 := float64(t.rows[0]), float64(t.rows[1])
	sum := 0.0
	for j, a := range first {
		c := float64(t.columns[j])
		d := float64(a) - r0*c/n
		sum += d * d / c
	}
	return sum * n * n / (r0 * r1)
}

// logProbability returns the log hypergeometric probability of this first row.
func (t table) logProbability(first []int) float64 {
	lp := -logChoose(t.n, t.rows[0])
	for j, a := range first {
		lp += logChoose(t.columns[j], a)
	}
	return lp
}

// maxRearrangements bounds the tables that exact tests visit.
const maxRearrangements = 5_000_000

// eachRearrangement visits every first row that the margins allow.
func (t table) eachRearrangement(visit func(first []int)) error {
	if t.rearrangements() > maxRearrangements {
		return refuse(TooLarge, "the table has more than %d rearrangements; use random ones", maxRearrangements)
	}
	first := make([]int, len(t.columns))
	after := make([]int, len(t.columns)+1) // room in the columns from j on
	for j := len(t.columns) - 1; j >= 0; j-- {
		after[j] = after[j+1] + t.columns[j]
	}
	var fill func(j, left int)
	fill = func(j, left int) {
		if j == len(first) {
			visit(first)
			return
		}
		for a := max(0, left-after[j+1]); a <= min(left, t.columns[j]); a++ {
			first[j] = a
			fill(j+1, left-a)
		}
	}
	fill(0, t.rows[0])
	return nil
}

// rearrangements counts first rows: the ways to write rows[0] as a sum of parts
// at most as large as the columns.
func (t table) rearrangements() float64 {
	ways := make([]float64, t.rows[0]+1)
	ways[0] = 1
	for _, c := range t.columns {
		next := make([]float64, len(ways))
		window := 0.0
		for s := range ways {
			window += ways[s]
			if s > c {
				window -= ways[s-c-1]
			}
			next[s] = window
		}
		ways = next
	}
	return ways[t.rows[0]]
}
