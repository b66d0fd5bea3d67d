package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"golang.org/x/sync/errgroup"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/learn"
)

// calibrating is how many cases are asked about at once to calibrate; the
// limits of the endpoint hold as ever.
const calibrating = 16

// learner is a step that shows examples, or calibrates its confidence. Copies
// of it share the step, and so its client.
type learner struct {
	*Step
	lessons lessons
	taught  bool  // the examples are there, where some are wanted
	pool    *pool // nil where none are wanted
	curve   learn.Curve
}

var (
	_ flow.Selective = (*learner)(nil)
	_ flow.Artifact  = (*learner)(nil)
)

// Target is the gold value that is learnt.
func (l *learner) Target() string { return l.lessons.target }

// New is an unfitted copy.
func (l *learner) New() flow.Fitter { return &learner{Step: l.Step, lessons: l.lessons} }

// LearnsFrom is from as many cases as the design says.
func (l *learner) LearnsFrom() (train, calibration int) {
	if l.lessons.k > 0 {
		train = examplePool
	}
	return train, l.lessons.cases
}

// Fit keeps the examples that prompts may show.
func (l *learner) Fit(_ context.Context, examples iter.Seq2[flow.Example, error]) error {
	var list []flow.Example
	for e, err := range examples {
		if err != nil {
			return err
		}
		list = append(list, e)
	}
	p, err := newPool(&l.lessons, l.in, chosen(&l.lessons, list))
	if err != nil {
		return err
	}
	l.pool = p
	l.taught = l.lessons.curve == ""
	return nil
}

// Calibrate asks about the examples and fits the curve to what was right.
// Cases that bring no confidence tell nothing.
func (l *learner) Calibrate(ctx context.Context, examples iter.Seq2[flow.Example, error]) error {
	if l.lessons.k > 0 && l.pool == nil {
		return l.unfitted()
	}
	type result struct {
		confidence   float64
		right, known bool
	}
	var results []*result
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(calibrating)
	for e, err := range examples {
		if err != nil {
			return errors.Join(err, group.Wait())
		}
		r := new(result)
		results = append(results, r)
		group.Go(func() error {
			in := flow.Input{Message: e.In, Cluster: e.Cluster, Key: flow.Key{Seed: l.Session.Seed, Case: e.Case, Step: l.Name}}
			out, err := l.Step.answer(within, in, l.pool.shown(in))
			var trouble *flow.StepError
			switch {
			case errors.As(err, &trouble) && l.unasked():
				return nil // what is planned or gathered has no answer yet
			case errors.As(err, &trouble) && trouble.Class == flow.ErrNotMeasured:
				return fmt.Errorf("calibrating on case %q: %w", e.Case, err)
			case errors.As(err, &trouble):
				return nil
			case err != nil:
				return err
			}
			if out.Confidence != nil {
				*r = result{out.Confidence.Raw, out.Values[l.lessons.decided] == e.Gold, true}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if l.Waiting() > 0 { // the curve is fitted when all of them are answered
		l.taught = true
		return nil
	}
	var confidence []float64
	var right []bool
	for _, r := range results {
		if r.known {
			confidence, right = append(confidence, r.confidence), append(right, r.right)
		}
	}
	if len(confidence) == 0 && l.unasked() {
		l.taught = true
		return nil
	}
	if len(confidence) == 0 {
		return fmt.Errorf("none of %d cases brought an answer with a confidence to calibrate", len(results))
	}
	curve, err := learn.FitCurve(l.lessons.curve, confidence, right)
	if err != nil {
		return err
	}
	l.curve, l.taught = curve, true
	return nil
}

// unasked says that answers that are not stored are not asked for now.
func (l *learner) unasked() bool { return l.Session.Plan != nil || l.Session.Batches == flow.Gather }

// Do asks about one case, with the examples that were learnt, and calibrates
// the confidence.
func (l *learner) Do(ctx context.Context, in flow.Input) (flow.Output, error) {
	if err := ctx.Err(); err != nil {
		return flow.Output{}, err
	}
	if !l.taught {
		return flow.Output{}, l.unfitted()
	}
	out, err := l.Step.answer(ctx, in, l.pool.shown(in))
	if err == nil && out.Confidence != nil && l.curve.Method != "" {
		l.calibrated(&out)
	}
	return out, err
}

// calibrated maps the confidence of an answer. The other classes share what is
// left as they did before.
func (l *learner) calibrated(out *flow.Output) {
	c := out.Confidence
	c.Calibrated = l.curve.At(c.Raw)
	for i := range c.Classes {
		switch rest := 1 - c.Raw; {
		case i == 0:
			c.Classes[i].P = c.Calibrated
		case rest > 0:
			c.Classes[i].P *= (1 - c.Calibrated) / rest
		}
	}
	c.Classes = likeliest(c.Classes)
	for _, i := range []int{l.filled, l.out.Index(l.stated)} {
		if i >= 0 {
			out.Values[i] = c.Calibrated
		}
	}
}

func (l *learner) unfitted() error {
	return flow.Errorf(flow.ErrNotMeasured, "step %q has not learnt yet: it learns from the splits train and calibration", l.Name)
}

// state is what a learner keeps.
type state struct {
	Examples []kept      `json:"examples,omitempty"`
	Curve    learn.Curve `json:"curve"`
}

// ArtifactKey names the settings and the model.
func (l *learner) ArtifactKey() string {
	return l.lessons.settings(l.Step) + " " + l.DependsOn()
}

// MarshalArtifact are the examples and the curve.
func (l *learner) MarshalArtifact() ([]byte, error) {
	if !l.taught {
		return nil, l.unfitted()
	}
	return json.Marshal(state{l.pool.kept(), l.curve})
}

// UnmarshalArtifact takes examples and curve over.
func (l *learner) UnmarshalArtifact(b []byte) error {
	var s state
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return err
	}
	if err := s.Curve.Check(); err != nil {
		return err
	}
	if s.Curve.Method != l.lessons.curve || (len(s.Examples) > 0) != (l.lessons.k > 0) {
		return errors.New("it learnt something else than the step asks for")
	}
	p, err := newPool(&l.lessons, l.in, s.Examples)
	if err != nil {
		return err
	}
	l.pool, l.curve, l.taught = p, s.Curve, true
	return nil
}
