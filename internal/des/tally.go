package des

import "math"

// A Tally is the count, mean and spread of numbers seen one at a time.
// The zero Tally is empty and ready.
type Tally struct {
	N    int64
	Sum  float64
	Min  float64 // of an empty tally: 0
	Max  float64
	mean float64
	m2   float64 // sum of squared distances from the mean
}

// Add takes one number in (Welford's recurrence).
func (t *Tally) Add(x float64) {
	if t.N == 0 {
		t.Min, t.Max = x, x
	}
	t.N++
	t.Sum += x
	d := x - t.mean
	t.mean += d / float64(t.N)
	t.m2 += d * (x - t.mean)
	if x < t.Min {
		t.Min = x
	}
	if x > t.Max {
		t.Max = x
	}
}

// Merge takes in all numbers of another tally.
func (t *Tally) Merge(o Tally) {
	if o.N == 0 {
		return
	}
	if t.N == 0 {
		*t = o
		return
	}
	n := float64(t.N + o.N)
	d := o.mean - t.mean
	t.mean += d * float64(o.N) / n
	t.m2 += o.m2 + d*d*float64(t.N)*float64(o.N)/n
	t.N += o.N
	t.Sum += o.Sum
	t.Min = min(t.Min, o.Min)
	t.Max = max(t.Max, o.Max)
}

// Mean is NaN for an empty tally: nothing measured is not zero.
func (t *Tally) Mean() float64 {
	if t.N == 0 {
		return math.NaN()
	}
	return t.mean
}

// SD is the sample standard deviation, NaN below two numbers.
func (t *Tally) SD() float64 {
	if t.N < 2 {
		return math.NaN()
	}
	return math.Sqrt(t.m2 / float64(t.N-1))
}
