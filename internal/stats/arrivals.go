package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// Dispersion says how much counts vary, held against what chance alone makes of
// them.
type Dispersion struct {
	// Index is the chi-squared statistic over its expectation: 1 under chance
	// alone (Poisson), more where counts differ by more, less where they are
	// more even. It has no value where there is nothing to compare.
	Index Number
	// DF is the degrees of freedom of the scaled chi-squared distribution that
	// has the statistic's exact mean and variance.
	DF float64
	// P is the two-sided p-value, by that distribution.
	P float64
}

// dispersion adds up statistics with known moments.
type dispersion struct{ x, mean, variance float64 }

func (d *dispersion) result() Dispersion {
	if !(d.mean > 0 && d.variance > 0) {
		return Dispersion{P: 1}
	}
	df := 2 * d.mean * d.mean / d.variance
	upper := chiSquaredUpper(d.x/d.mean*df, df)
	return Dispersion{Index: Num(d.x / d.mean), DF: df, P: math.Min(1, 2*math.Min(upper, 1-upper))}
}

// PoissonDispersion tests whether counts are Poisson with one mean a group, by
// Fisher's index of dispersion. Given a group's total, its n counts are
// multinomial with equal probabilities: the chi-squared statistic then has mean
// n-1 and variance 2(n-1)(1-1/total), exactly, however small the counts.
func PoissonDispersion(groups [][]int) Dispersion {
	var sum dispersion
	for _, counts := range groups {
		n, total := float64(len(counts)), 0.0
		for _, c := range counts {
			total += float64(c)
		}
		if n < 2 || total < 2 {
			continue
		}
		for _, c := range counts {
			sum.x += (float64(c) - total/n) * (float64(c) - total/n) / (total / n)
		}
		sum.mean += n - 1
		sum.variance += 2 * (n - 1) * (1 - 1/total)
	}
	return sum.result()
}

// TableDispersion tests whether the counts of every table are what its rows'
// and columns' totals and chance make of them. The chi-squared statistic of
// independence has exact moments given the totals (Haldane 1940; Dawson,
// Biometrika 41, 1954, 280), so that sparse tables are judged as they should be.
func TableDispersion(tables [][][]int) Dispersion {
	var sum dispersion
	for _, table := range tables {
		rows, columns, total := tableTotals(table)
		r, c := float64(len(rows)), float64(len(columns))
		if r < 2 || c < 2 || total < 4 {
			continue
		}
		squares := 0.0
		for _, row := range table {
			of := 0
			for _, n := range row {
				of += n
			}
			for j, n := range row {
				if n > 0 {
					squares += float64(n) * float64(n) / (float64(of) * float64(columns[j]))
				}
			}
		}
		sum.x += math.Max(0, total*(squares-1))
		sum.mean += (r - 1) * (c - 1) * total / (total - 1)
		free := func(k float64) float64 { return (k - 1) * (total - k) / (total - 1) }
		uneven := func(k, inverse float64) float64 { return (total*inverse - k*k) / (total - 2) }
		inverseRows, inverseColumns := 0.0, 0.0
		for _, n := range rows {
			inverseRows += 1 / float64(n)
		}
		for _, n := range columns {
			inverseColumns += 1 / float64(n)
		}
		w1, w2 := uneven(r, inverseRows), uneven(c, inverseColumns)
		sum.variance += 2*total/(total-3)*(free(r)-w1)*(free(c)-w2) + total*total/(total-1)*w1*w2
	}
	return sum.result()
}

// tableTotals are the totals of a table's rows and columns that are not empty.
func tableTotals(table [][]int) (rows []int, columns map[int]int, total float64) {
	columns = map[int]int{}
	for _, row := range table {
		of := 0
		for j, n := range row {
			if of += n; n > 0 {
				columns[j] += n
			}
		}
		if of > 0 {
			rows = append(rows, of)
		}
		total += float64(of)
	}
	return rows, columns, total
}

// Upper is the upper end of a one-sided interval for how many times the variance
// is that of chance alone, for counts that vary by a common factor more.
func (d Dispersion) Upper(level float64) float64 {
	if !d.Index.Valid {
		return math.Inf(1)
	}
	return d.Index.Value * d.DF / chiSquaredQuantile(1-level, d.DF)
}

// Exceeds is the p-value of a dispersion being no larger than another, by the F
// distribution of their ratio: whether days differ by more than their hours do,
// for example. It is 1 where one of them has no value.
func (d Dispersion) Exceeds(other Dispersion) float64 {
	if !d.Index.Valid || !other.Index.Valid || !(other.Index.Value > 0) {
		return 1
	}
	f := d.Index.Value / other.Index.Value
	return mathext.RegIncBeta(other.DF/2, d.DF/2, other.DF/(other.DF+d.DF*f))
}

// UniformOrder says whether times within blocks are those of a Poisson process
// whose rate does not change within a block.
type UniformOrder struct {
	N        int     // times
	Distance float64 // Kolmogorov-Smirnov, of the spacings to the exponential distribution
	P        float64
}

// TestUniformOrder takes times within blocks, each as a share of its block in
// [0, 1). Given how many there are, those of a Poisson process are uniform, and
// the logarithms of what is left of the block after each, scaled by how many are
// still to come, are independent exponential variables with mean 1, whatever the
// rates of the blocks are (Brown et al., JASA 100, 2005, 36). They are held
// against that by the Kolmogorov-Smirnov distance, with Stephens's correction
// for their number.
func TestUniformOrder(blocks [][]float64) UniformOrder {
	var spacings []float64
	for _, times := range blocks {
		before := 0.0
		for j, t := range sortedCopy(times) {
			spacings = append(spacings, -float64(len(times)-j)*math.Log((1-t)/(1-before)))
			before = t
		}
	}
	out := UniformOrder{N: len(spacings), P: 1}
	if out.N == 0 {
		return out
	}
	slices.Sort(spacings)
	n := float64(out.N)
	for i, s := range spacings {
		below := -math.Expm1(-s)
		out.Distance = max(out.Distance, below-float64(i)/n, float64(i+1)/n-below)
	}
	out.P = kolmogorov(out.Distance * (math.Sqrt(n) + 0.12 + 0.11/math.Sqrt(n)))
	return out
}
