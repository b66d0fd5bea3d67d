package learn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Model is a trained classifier. It is immutable and safe for concurrent use.
type Model struct {
	classes     []string
	encoder     encoder
	linear      linear
	trained     int // rows it was trained on
	calibration Calibration
	pool        sync.Pool // of *scratch
}

// Train fits a model to rows and their labels. Cancelling ctx stops it with the
// context's error. The classes are the distinct labels.
func Train(ctx context.Context, columns []Column, rows []Row, labels []string, settings Settings) (*Model, error) {
	if err := settings.Check(); err != nil {
		return nil, err
	}
	if err := checkColumns(columns); err != nil {
		return nil, err
	}
	if len(rows) != len(labels) {
		return nil, fmt.Errorf("%d rows with %d labels; want one label a row", len(rows), len(labels))
	}
	if len(rows) == 0 {
		return nil, errors.New("no rows to train on")
	}
	if err := checkRows(columns, rows); err != nil {
		return nil, err
	}
	classes := slices.Compact(slices.Sorted(slices.Values(labels)))
	if len(classes) < 2 {
		return nil, fmt.Errorf("all %d rows have the label %q; want at least two classes", len(rows), classes[0])
	}
	m := &Model{
		classes:     classes,
		encoder:     encoder{columns: slices.Clone(columns), settings: settings},
		trained:     len(rows),
		calibration: Calibration{Method: Uncalibrated, Temperature: 1},
	}
	p := problem{classes: len(classes), settings: settings}
	seen, err := m.encoder.fit(ctx, rows)
	if err != nil {
		return nil, err
	}
	p.seen = seen
	p.weight = make([]float32, len(classes))
	count := make([]int, len(classes))
	p.class = make([]int32, len(rows))
	for r, label := range labels {
		c, _ := slices.BinarySearch(classes, label)
		p.class[r] = int32(c)
		count[c]++
	}
	for c := range p.weight {
		p.weight[c] = 1
		if settings.Balanced {
			p.weight[c] = float32(float64(len(rows)) / float64(len(classes)) / float64(count[c]))
		}
	}
	s := m.encoder.scratch(0)
	for r, row := range rows {
		if r%256 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		m.encoder.encode(row, s)
		p.x.append(s.at, s.value)
	}
	fitted, err := solve(ctx, &p)
	if err != nil {
		return nil, err
	}
	m.linear = *fitted
	return m, nil
}

// Classes returns the labels seen in training, sorted: the order of every
// distribution that the model fills.
func (m *Model) Classes() []string { return slices.Clone(m.classes) }

// ClassIndex returns the position of a label in [Model.Classes].
func (m *Model) ClassIndex(label string) (int, bool) { return slices.BinarySearch(m.classes, label) }

// Columns returns the columns that a row must have.
func (m *Model) Columns() []Column { return slices.Clone(m.encoder.columns) }

// Features returns the number of features that the model weighs.
func (m *Model) Features() int { return len(m.encoder.weight) }

// Calibration says how calibrated probabilities are made from raw ones.
func (m *Model) Calibration() Calibration { return m.calibration }

// Predict fills the distribution over [Model.Classes]: raw as the regression
// states it, calibrated after [Model.Calibrate] (equal to raw before). Each is
// as long as there are classes and sums to one. It does not allocate once its
// buffers have grown to the texts at hand.
func (m *Model) Predict(row Row, raw, calibrated []float64) error {
	if len(raw) != len(m.classes) || len(calibrated) != len(m.classes) {
		return fmt.Errorf("room for %d raw and %d calibrated probabilities; want %d", len(raw), len(calibrated), len(m.classes))
	}
	if err := checkRow(m.encoder.columns, row); err != nil {
		return err
	}
	s := m.scores(row)
	softmax(s.scores, raw, 1)
	if m.calibration.Temperature == 1 {
		copy(calibrated, raw)
	} else {
		softmax(s.scores, calibrated, 1/m.calibration.Temperature)
	}
	m.pool.Put(s)
	return nil
}

// scores returns a scratch that holds the scores of a checked row; the caller
// puts it back into the pool.
func (m *Model) scores(row Row) *scratch {
	s, _ := m.pool.Get().(*scratch)
	if s == nil {
		s = m.encoder.scratch(len(m.classes))
	}
	m.score(row, s)
	return s
}

func (m *Model) score(row Row, s *scratch) {
	m.encoder.encode(row, s)
	m.linear.score(s.at, s.value, s.scores)
}

// Top returns the positions of the two largest probabilities, the first of
// equals first. A distribution has at least two classes.
func Top(probs []float64) (first, second int) {
	first, second = 0, 1
	if probs[1] > probs[0] {
		first, second = 1, 0
	}
	for c := 2; c < len(probs); c++ {
		switch p := probs[c]; {
		case p > probs[first]:
			first, second = c, first
		case p > probs[second]:
			second = c
		}
	}
	return first, second
}
