package learn

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// Method names how calibrated probabilities are made from raw ones.
type Method string

const (
	// Uncalibrated leaves raw probabilities as they are.
	Uncalibrated Method = "none"
	// Temperature divides every score by one fitted number before the softmax
	// (Guo, Pleiss, Sun and Weinberger 2017).
	Temperature Method = "temperature"
)

// Calibration records how a model was calibrated and what it gained.
type Calibration struct {
	Method      Method
	Temperature float64 // above 1 it makes probabilities more even, below 1 sharper
	Rows        int     // calibration rows
	// Mean negative log probability of the right class over the calibration
	// rows, in nats, before and after.
	LogLossBefore, LogLossAfter float64
}

// Calibrate returns the model with a temperature fitted to rows it was not
// trained on; m itself is unchanged. Every label must be one of [Model.Classes].
//
// One temperature, rather than a map per class or an isotonic curve: it cannot
// change which class is first, keeps the whole distribution, and one number can
// be fitted from the few hundred cases that a calibration split holds, where a
// vector of 77 scales overfits. It minimises the rows' log loss plus
// (ln temperature)^2 / 2, a standard normal prior worth about one case, so that
// a handful of rows that are all right cannot demand certainty; its log loss on
// the calibration rows never exceeds the raw one.
func (m *Model) Calibrate(ctx context.Context, rows []Row, labels []string) (*Model, error) {
	if len(rows) != len(labels) {
		return nil, fmt.Errorf("%d calibration rows with %d labels; want one label a row", len(rows), len(labels))
	}
	if len(rows) == 0 {
		return nil, errors.New("no rows to calibrate on")
	}
	k := len(m.classes)
	scores, class := make([]float32, 0, len(rows)*k), make([]int, len(rows))
	for r, row := range rows {
		if r%256 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err := checkRow(m.encoder.columns, row); err != nil {
			return nil, fmt.Errorf("calibration row %d: %w", r, err)
		}
		c, ok := m.ClassIndex(labels[r])
		if !ok {
			return nil, fmt.Errorf("calibration row %d: label %q is none of the %d classes seen in training", r, labels[r], k)
		}
		class[r] = c
		s := m.scores(row)
		scores = append(scores, s.scores...)
		m.pool.Put(s)
	}
	t, err := fitTemperature(ctx, scores, class, k)
	if err != nil {
		return nil, err
	}
	return &Model{
		classes: m.classes, encoder: m.encoder, linear: m.linear, trained: m.trained,
		calibration: Calibration{
			Method:        Temperature,
			Temperature:   t,
			Rows:          len(rows),
			LogLossBefore: logLoss(scores, class, k, 1),
			LogLossAfter:  logLoss(scores, class, k, 1/t),
		},
	}, nil
}

// Bounds on ln temperature; beyond them every probability is 1/k or 0 and 1.
const maxLogTemperature = 7

// fitTemperature minimises the penalised loss over u = ln temperature by
// bisecting its derivative on the side of u = 0 to which it falls. The log loss
// is convex in the inverse temperature, so that any root of the derivative lies
// between 0 and the optimum without the prior, where the log loss is at most the
// raw one.
func fitTemperature(ctx context.Context, scores []float32, class []int, k int) (float64, error) {
	lo, hi := 0.0, float64(maxLogTemperature)
	if slope(scores, class, k, 0) > 0 {
		lo, hi = -maxLogTemperature, 0
	}
	for range 40 {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		if mid := (lo + hi) / 2; slope(scores, class, k, mid) > 0 {
			hi = mid
		} else {
			lo = mid
		}
	}
	return math.Exp((lo + hi) / 2), nil
}

// slope is the derivative of the penalised loss in u = ln temperature: with
// b = exp(-u), sum over rows of b * (score of the class - expected score) + u.
func slope(scores []float32, class []int, k int, u float64) float64 {
	b := math.Exp(-u)
	probs := make([]float64, k)
	sum := u
	for r, c := range class {
		row := scores[r*k:][:k]
		softmax(row, probs, b)
		var mean float64
		for i, p := range probs {
			mean += p * float64(row[i])
		}
		sum += b * (float64(row[c]) - mean)
	}
	return sum
}

// logLoss is the mean over rows of -ln p(class) at inverse temperature b.
func logLoss(scores []float32, class []int, k int, b float64) float64 {
	var sum float64
	for r, c := range class {
		row := scores[r*k:][:k]
		top := row[0]
		for _, s := range row {
			top = max(top, s)
		}
		var z float64
		for _, s := range row {
			z += math.Exp(float64(s-top) * b)
		}
		sum += math.Log(z) - float64(row[c]-top)*b
	}
	return sum / float64(len(class))
}
