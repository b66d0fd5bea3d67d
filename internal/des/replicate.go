package des

import (
	"context"
	"math"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/stat/distuv"
)

// Replicate runs n independent replications, at most workers at a time, and
// gives their results in order. Replication i gets SubSeed(seed, i), whoever
// runs it, so that the results are the same at any number of workers; two models
// with the same seed can be compared replication by replication. The first
// error, by replication, is returned; when ctx ends, its error is.
func Replicate[T any](ctx context.Context, n, workers int, seed uint64, run func(i int, seed uint64) (T, error)) ([]T, error) {
	results := make([]T, n)
	errs := make([]error, n)
	var taken atomic.Int64
	var wg sync.WaitGroup
	for range max(1, min(workers, n)) {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(taken.Add(1)) - 1
				if i >= n {
					return
				}
				results[i], errs[i] = run(i, SubSeed(seed, i))
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return results, nil
}

// An Interval is a mean over replications and what it may be at a confidence level.
type Interval struct {
	Mean, Low, High float64
	SE              float64 // standard error of the mean
	N               int     // replications
}

// TInterval is the t interval of the mean of one number per replication; for
// the difference of two models under the same seed, pass the differences.
// Below two replications it is unbounded.
func TInterval(x []float64, level float64) Interval {
	var t Tally
	for _, v := range x {
		t.Add(v)
	}
	iv := Interval{Mean: t.Mean(), Low: math.Inf(-1), High: math.Inf(1), SE: math.Inf(1), N: len(x)}
	if len(x) < 2 {
		return iv
	}
	iv.SE = t.SD() / math.Sqrt(float64(len(x)))
	half := iv.SE * tQuantile(len(x)-1, (1+level)/2)
	iv.Low, iv.High = iv.Mean-half, iv.Mean+half
	return iv
}

// tQuantiles are those that were asked for before: finding one takes longer than
// all else about an interval.
var tQuantiles sync.Map // of [2]float64{degrees of freedom, p} to float64

func tQuantile(freedom int, p float64) float64 {
	key := [2]float64{float64(freedom), p}
	if q, ok := tQuantiles.Load(key); ok {
		return q.(float64)
	}
	q := distuv.StudentsT{Sigma: 1, Nu: key[0]}.Quantile(p)
	tQuantiles.Store(key, q)
	return q
}
