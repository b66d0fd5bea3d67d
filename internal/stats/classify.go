package stats

import "math"

// A Confusion counts decisions: rows are the truth, columns the prediction, both
// in the order of Labels. Counts are sums of case weights, so plain counts when
// cases weigh the same.
type Confusion struct {
	Labels []string
	Counts [][]float64
	// None are the cases of each true class for which nothing was decided, as
	// if they were predicted to be of a class that does not exist: they lower
	// recall and no class's precision. It may be nil for none of them.
	None []float64
}

// NewConfusion returns an empty matrix over the labels, which must name every
// class that truth or prediction may take.
func NewConfusion(labels []string) *Confusion {
	c := &Confusion{Labels: labels, Counts: make([][]float64, len(labels))}
	for i := range c.Counts {
		c.Counts[i] = make([]float64, len(labels))
	}
	return c
}

// ConfusionOf counts paired labels; weights are nil for equal ones.
func ConfusionOf(truth, predicted, labels []string, weights []float64) (*Confusion, error) {
	if err := firstErr(checkLengths("true labels", len(truth), "predicted", len(predicted)), checkWeights(weights, len(truth))); err != nil {
		return nil, err
	}
	c := NewConfusion(labels)
	at := make(map[string]int, len(labels))
	for i, l := range labels {
		at[l] = i
	}
	for i := range truth {
		t, known := at[truth[i]]
		if !known {
			return nil, refuse(UnknownLabel, "true label %q is not among the labels", truth[i])
		}
		p, known := at[predicted[i]]
		if !known {
			return nil, refuse(UnknownLabel, "predicted label %q is not among the labels", predicted[i])
		}
		c.Counts[t][p] += weightAt(weights, i)
	}
	return c, nil
}

// Total returns the weight of all cases.
func (c *Confusion) Total() float64 {
	sum := 0.0
	for _, row := range c.Counts {
		for _, v := range row {
			sum += v
		}
	}
	return sum + c.none()
}

// none returns the weight of all cases for which nothing was decided.
func (c *Confusion) none() float64 {
	sum := 0.0
	for _, v := range c.None {
		sum += v
	}
	return sum
}

// margins returns the row sums (support), the column sums and the diagonal sum.
func (c *Confusion) margins() (truth, predicted []float64, right float64) {
	truth, predicted = make([]float64, len(c.Labels)), make([]float64, len(c.Labels))
	for i, row := range c.Counts {
		for j, v := range row {
			truth[i] += v
			predicted[j] += v
		}
		right += row[i]
	}
	for i, v := range c.None {
		truth[i] += v
	}
	return truth, predicted, right
}

// A PRF is precision, recall and their harmonic mean.
type PRF struct{ Precision, Recall, F1 Number }

// A ClassScore is the scores of one label. Precision of a label never predicted
// and recall of one that never occurs are 0/0: they count as 0, and the flags
// say so.
type ClassScore struct {
	PRF
	Label              string
	Support            float64 // weight of the cases whose truth it is
	Predicted          float64 // weight of the cases predicted so
	PrecisionUndefined bool
	RecallUndefined    bool
}

// A Classification is the usual report on a confusion matrix. Everything is
// absent when there are no cases.
type Classification struct {
	Accuracy Number
	Classes  []ClassScore // in the order of the labels
	Macro    PRF          // mean over all listed labels, unused ones included
	Micro    PRF          // over all decisions; equals accuracy where every case has one
	Weighted PRF          // mean weighted by support
}

// Classify scores the matrix, as scikit-learn does with labels= given and
// zero_division=0.
func (c *Confusion) Classify() Classification {
	truth, predicted, right := c.margins()
	r := Classification{Classes: make([]ClassScore, len(c.Labels))}
	total := c.Total()
	for i, label := range c.Labels {
		r.Classes[i] = ClassScore{Label: label, Support: truth[i], Predicted: predicted[i],
			PrecisionUndefined: predicted[i] == 0, RecallUndefined: truth[i] == 0}
	}
	if total == 0 {
		return r
	}
	accuracy := Num(right / total)
	decided := total - c.none()
	r.Accuracy, r.Micro = accuracy, PRF{Num(ratioOrZero(right, decided)), accuracy, Num(2 * right / (decided + total))}
	var macro, weighted [3]float64
	for i := range r.Classes {
		hit := c.Counts[i][i]
		s := [3]float64{ratioOrZero(hit, predicted[i]), ratioOrZero(hit, truth[i]), ratioOrZero(2*hit, truth[i]+predicted[i])}
		r.Classes[i].PRF = PRF{Num(s[0]), Num(s[1]), Num(s[2])}
		for k, v := range s {
			macro[k] += v / float64(len(c.Labels))
			weighted[k] += v * truth[i] / total
		}
	}
	r.Macro = PRF{Num(macro[0]), Num(macro[1]), Num(macro[2])}
	r.Weighted = PRF{Num(weighted[0]), Num(weighted[1]), Num(weighted[2])}
	return r
}

func ratioOrZero(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// KappaWeights says how far apart two grades count in [Confusion.Kappa].
type KappaWeights int

// Nominal labels differ or not; ordered grades, in the order of the labels,
// differ by their distance or its square.
const (
	Nominal KappaWeights = iota
	Linear
	Quadratic
)

// Kappa returns Cohen's (1960, 1968) kappa, 1 - Σ w O / Σ w E with w the
// disagreement weights. It is absent when chance alone would agree always.
func (c *Confusion) Kappa(weights KappaWeights) Number {
	truth, predicted, _ := c.margins()
	total := c.Total()
	if total == 0 {
		return Number{}
	}
	// No decision is as far from every class as two classes can be.
	farthest := 1.0
	switch n := float64(len(c.Labels) - 1); weights {
	case Linear:
		farthest = n
	case Quadratic:
		farthest = n * n
	}
	observed, expected := farthest*c.none(), farthest*c.none()
	for i, row := range c.Counts {
		for j, v := range row {
			w := indicator(i != j)
			switch d := math.Abs(float64(i - j)); weights {
			case Linear:
				w = d
			case Quadratic:
				w = d * d
			}
			observed += w * v
			expected += w * truth[i] * predicted[j] / total
		}
	}
	if expected == 0 {
		return Number{}
	}
	return Num(1 - observed/expected)
}

// Matthews returns the multiclass Matthews correlation (Gorodkin 2004): 0 where
// truth or prediction is constant, as scikit-learn has it; absent for no cases.
func (c *Confusion) Matthews() Number {
	truth, predicted, right := c.margins()
	n := c.Total()
	if n == 0 {
		return Number{}
	}
	cov, varT, varP := right*n, n*n, n*n-c.none()*c.none()
	for i := range truth {
		cov -= truth[i] * predicted[i]
		varT -= truth[i] * truth[i]
		varP -= predicted[i] * predicted[i]
	}
	if varT <= 0 || varP <= 0 {
		return Num(0)
	}
	return Num(clamp(cov/math.Sqrt(varT*varP), -1, 1))
}
