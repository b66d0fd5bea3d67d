package classify

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"sync"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/learn"
)

// topClasses is how many classes of a distribution are recorded.
const topClasses = 10

// Classifier is a step that learns. Fitting it is not safe for concurrent
// use; using it afterwards is.
type Classifier struct {
	step     string
	target   string
	columns  []feature
	settings learn.Settings
	none     string
	below    float64 // 0 for no such answer
	out      outputs

	model   *learn.Model // nil until fitted
	classes []string
	scratch sync.Pool // *scratch
}

// feature is a field of in that is learnt from.
type feature struct {
	index  int
	column learn.Column
}

// outputs are the out fields by what they are for; -1 for those not wanted.
type outputs struct {
	answer, confidence, second, secondConfidence int
	schema                                       *flow.Schema
}

// scratch is what one prediction at a time works with.
type scratch struct {
	row             learn.Row
	raw, calibrated []float64
}

var (
	_ flow.Fitter   = (*Classifier)(nil)
	_ flow.Artifact = (*Classifier)(nil)
)

// Target is the gold value that is learnt.
func (s *Classifier) Target() string { return s.target }

// New is an unfitted copy.
func (s *Classifier) New() flow.Fitter {
	return &Classifier{step: s.step, target: s.target, columns: s.columns, settings: s.settings, none: s.none, below: s.below, out: s.out}
}

func (s *Classifier) learnColumns() []learn.Column {
	out := make([]learn.Column, len(s.columns))
	for i, c := range s.columns {
		out[i] = c.column
	}
	return out
}

// fill reads the features of a message into a row.
func (s *Classifier) fill(row learn.Row, values []any) error {
	for i, c := range s.columns {
		v := values[c.index]
		switch x := v.(type) {
		case nil, string, float64:
		case int64:
			v = float64(x)
		case bool:
			v = strconv.FormatBool(x)
		default:
			return flow.Errorf(flow.ErrMalformed, "feature %q is a %T, want a text, a number or a boolean", c.column.Name, v)
		}
		if f, ok := v.(float64); ok && c.column.Kind != learn.Number {
			v = strconv.FormatFloat(f, 'g', -1, 64)
		}
		row[i] = v
	}
	return nil
}

// read reads examples into rows and labels.
func (s *Classifier) read(ctx context.Context, examples iter.Seq2[flow.Example, error], each func(row learn.Row, label string)) error {
	for e, err := range examples {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		row := make(learn.Row, len(s.columns))
		if err := s.fill(row, e.In.Values); err != nil {
			return err
		}
		switch x := e.Gold.(type) {
		case string:
			each(row, x)
		case bool:
			each(row, strconv.FormatBool(x))
		default:
			return fmt.Errorf("the gold value of %q is a %T, want a text or a boolean", s.target, e.Gold)
		}
	}
	return nil
}

// Fit trains on the examples. Every class must be a possible answer.
func (s *Classifier) Fit(ctx context.Context, examples iter.Seq2[flow.Example, error]) error {
	var rows []learn.Row
	var labels []string
	err := s.read(ctx, examples, func(row learn.Row, label string) {
		rows, labels = append(rows, row), append(labels, label)
	})
	if err != nil {
		return err
	}
	m, err := learn.Train(ctx, s.learnColumns(), rows, labels, s.settings)
	if err != nil {
		return err
	}
	return s.use(m)
}

// use takes a model over, if its answers fit the out schema.
func (s *Classifier) use(m *learn.Model) error {
	classes := m.Classes()
	t := s.out.schema.Fields()[s.out.answer].Type
	for _, c := range classes {
		if why := t.Check(s.label(c, s.out.answer)); why != "" {
			return fmt.Errorf("the class %q of %q is no answer of step %q: it %s", c, s.target, s.step, why)
		}
	}
	s.model, s.classes = m, classes
	return nil
}

// label is a class as a value of an out field.
func (s *Classifier) label(class string, field int) any {
	if s.out.schema.Fields()[field].Type.Kind == flow.Boolean {
		return class == "true"
	}
	return class
}

// Calibrate maps probabilities by the examples. Those of classes that the
// training did not see are left out: no map could make them right.
func (s *Classifier) Calibrate(ctx context.Context, examples iter.Seq2[flow.Example, error]) error {
	if s.model == nil {
		return s.unfitted()
	}
	var rows []learn.Row
	var labels []string
	err := s.read(ctx, examples, func(row learn.Row, label string) {
		if _, known := s.model.ClassIndex(label); known {
			rows, labels = append(rows, row), append(labels, label)
		}
	})
	if err != nil || len(rows) == 0 {
		return err
	}
	m, err := s.model.Calibrate(ctx, rows, labels)
	if err != nil {
		return err
	}
	s.model = m
	return nil
}

func (s *Classifier) unfitted() error {
	return flow.Errorf(flow.ErrNotMeasured, "step %q has not learnt yet: it learns %q from the training split", s.step, s.target)
}

// ArtifactKey names the features and the settings.
func (s *Classifier) ArtifactKey() string {
	return fmt.Sprintf("classify 1 %q %+v %+v", s.target, s.learnColumns(), s.settings)
}

// MarshalArtifact is the fitted model.
func (s *Classifier) MarshalArtifact() ([]byte, error) {
	if s.model == nil {
		return nil, s.unfitted()
	}
	return s.model.MarshalBinary()
}

// UnmarshalArtifact takes a fitted model over. It is refused where it was
// fitted with other features or answers.
func (s *Classifier) UnmarshalArtifact(b []byte) error {
	m, err := learn.Unmarshal(b)
	if err != nil {
		return err
	}
	have, want := m.Columns(), s.learnColumns()
	if len(have) != len(want) {
		return errors.New("the model has other features")
	}
	for i := range have {
		if have[i] != want[i] {
			return fmt.Errorf("the model has the feature %q (%s), and the step %q (%s)", have[i].Name, have[i].Kind, want[i].Name, want[i].Kind)
		}
	}
	return s.use(m)
}

// Do gives the likeliest class.
func (s *Classifier) Do(ctx context.Context, in flow.Input) (flow.Output, error) {
	if err := ctx.Err(); err != nil {
		return flow.Output{}, err
	}
	if s.model == nil {
		return flow.Output{}, s.unfitted()
	}
	w, _ := s.scratch.Get().(*scratch)
	if w == nil {
		n := len(s.classes)
		w = &scratch{row: make(learn.Row, len(s.columns)), raw: make([]float64, n), calibrated: make([]float64, n)}
	}
	defer s.scratch.Put(w)
	if err := s.fill(w.row, in.Values); err != nil {
		return flow.Output{}, err
	}
	if err := s.model.Predict(w.row, w.raw, w.calibrated); err != nil {
		return flow.Output{}, flow.Errorf(flow.ErrMalformed, "%w", err)
	}
	clear(w.row)
	return s.answer(w), nil
}

// answer says what a distribution means.
func (s *Classifier) answer(w *scratch) flow.Output {
	classes := top(w.calibrated, s.classes)
	best, _ := learn.Top(w.calibrated)
	answer, second := classes[0], classes[min(1, len(classes)-1)]
	confidence := &flow.Confidence{Raw: w.raw[best], Calibrated: w.calibrated[best], Classes: classes}
	// The limit is for cases like none of the classes: an answer that says so
	// already stands.
	if s.below > 0 && answer.P < s.below && answer.Name != s.none {
		second = answer
		answer = flow.Class{Name: s.none, P: 1 - answer.P}
		confidence.Raw, confidence.Calibrated = 1-confidence.Raw, answer.P
	}
	values := make([]any, s.out.schema.Len())
	values[s.out.answer] = s.label(answer.Name, s.out.answer)
	if i := s.out.confidence; i >= 0 {
		values[i] = confidence.Calibrated
	}
	if i := s.out.second; i >= 0 {
		values[i] = s.label(second.Name, i)
	}
	if i := s.out.secondConfidence; i >= 0 {
		values[i] = second.P
	}
	return flow.Output{Values: values, Confidence: confidence}
}

// top are the likeliest classes, the first in their order before those of the
// same probability.
func top(p []float64, names []string) []flow.Class {
	out := make([]flow.Class, 0, min(len(p), topClasses))
	for i, x := range p {
		if len(out) == cap(out) {
			if x <= out[len(out)-1].P {
				continue
			}
			out = out[:len(out)-1]
		}
		at := len(out)
		for at > 0 && out[at-1].P < x {
			at--
		}
		out = append(out, flow.Class{})
		copy(out[at+1:], out[at:])
		out[at] = flow.Class{Name: names[i], P: x}
	}
	return out
}
