package llm

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
	"github.com/rehearse-dev/rehearse/internal/learn"
)

// Bounds on what a step learns from.
const (
	mostExamples = 100
	// examplePool is how many training cases examples are chosen from.
	examplePool      = 2000
	calibrationCases = 500
)

// The ways to choose examples.
const (
	byClass      = "class"
	atRandom     = "random"
	bySimilarity = "similar"
)

// lessons say what a step learns.
type lessons struct {
	target string // the gold value

	k      int // examples in a prompt; 0 for none
	choose string
	by     []int // texts of in that are compared
	seed   uint64

	curve   learn.Method // "" for no calibration
	cases   int          // that are asked about to calibrate
	decided int          // the out field that is held against the gold value
}

// lessons reads what the step learns; nil for nothing.
func (r *reader) lessons(s *Step) *lessons {
	calibrates := r.c.Confidence != nil && r.c.Confidence.Calibrate != nil
	if !calibrates && r.c.Confidence != nil && r.c.Confidence.Cases != nil {
		r.Fail(r.c.Prompt.Pos, "confidence: cases belongs to calibrate")
	}
	if r.c.Learn == nil {
		if calibrates {
			r.Fail(r.c.Confidence.Calibrate.Pos, "calibrate wants learn: the gold value that tells right answers, such as learn: decision")
		}
		if r.c.Examples != nil {
			r.Fail(r.c.Prompt.Pos, "examples want learn: the gold value that they show, such as learn: decision")
		}
		return nil
	}
	l := &lessons{target: r.c.Learn.Value}
	if !strings.Contains(l.target, ".") {
		if o := r.Config.Outcome(); o.Index(l.target) < 0 {
			r.Fail(r.c.Learn.Pos, "learn: the outcome has no %q%s", l.target, field.Suggest(l.target, o.Names()))
		}
	}
	if !calibrates && r.c.Examples == nil {
		r.Fail(r.c.Learn.Pos, "learn belongs to examples, or to a confidence that is calibrated")
	}
	if r.c.Examples != nil {
		r.examples(l)
	}
	if calibrates {
		r.calibrate(s, l)
	}
	return l
}

// examples reads which training cases the prompt shows.
func (r *reader) examples(l *lessons) {
	c := r.c.Examples
	l.k, l.choose, l.seed = 4, byClass, 1
	if c.K != nil {
		if l.k = *c.K; l.k < 1 || l.k > mostExamples {
			r.Fail(r.c.Prompt.Pos, "examples: k is %d, want 1 to %d", l.k, mostExamples)
		}
	}
	if c.Seed != nil {
		l.seed = *c.Seed
	}
	if c.Choose != nil {
		l.choose = c.Choose.Value
		if ways := []string{byClass, atRandom, bySimilarity}; !slices.Contains(ways, l.choose) {
			r.Fail(c.Choose.Pos, "examples: choose is %q, want class, random or similar", l.choose)
		}
	}
	in := r.Config.In()
	for _, name := range c.By {
		i := in.Index(name.Value)
		switch {
		case l.choose != bySimilarity:
			r.Fail(name.Pos, "examples: by belongs to choose: similar")
		case i < 0:
			r.Fail(name.Pos, "examples: in has no field %q%s", name.Value, field.Suggest(name.Value, in.Names()))
		case in.Fields()[i].Type.Kind != flow.String:
			r.Fail(name.Pos, "examples: %q is %s, and texts are compared", name.Value, in.Fields()[i].Type)
		}
		l.by = append(l.by, i)
	}
	if l.choose == bySimilarity && len(c.By) == 0 {
		for i, f := range in.Fields() {
			if f.Type.Kind == flow.String {
				l.by = append(l.by, i)
			}
		}
		if len(l.by) == 0 {
			r.Fail(c.Choose.Pos, "examples: in has no text by which cases could be similar")
		}
	}
}

// calibrate reads how the confidence is calibrated.
func (r *reader) calibrate(s *Step, l *lessons) {
	c := r.c.Confidence
	l.curve, l.cases, l.decided = learn.Method(c.Calibrate.Value), calibrationCases, s.decided
	if l.curve != learn.Isotonic && l.curve != learn.Platt {
		r.Fail(c.Calibrate.Pos, "calibrate is %q, want isotonic or platt", l.curve)
	}
	if c.Cases != nil {
		if l.cases = *c.Cases; l.cases < 1 {
			r.Fail(c.Calibrate.Pos, "confidence: cases is %d, want 1 or more", l.cases)
		}
	}
	if len(r.c.Tools) > 0 {
		r.Fail(c.Calibrate.Pos, "calibrate: a step that calls tools cannot be asked outside of a run")
	}
	name := l.target[strings.LastIndexByte(l.target, '.')+1:]
	if l.decided < 0 {
		l.decided = s.out.Index(name)
	}
	if l.decided < 0 {
		r.Fail(c.Calibrate.Pos, "calibrate: out has no %q, which would be right or wrong", name)
		return
	}
	switch f := s.out.Fields()[l.decided]; f.Type.Kind {
	case flow.Enum, flow.String, flow.Boolean, flow.Integer:
	default:
		r.Fail(c.Calibrate.Pos, "calibrate: %q is %s, and an enum, a string, a boolean or an integer is right or wrong", f.Name, f.Type)
	}
}

// settings name all that decides what is learnt, apart from the cases and the
// model.
func (l *lessons) settings(s *Step) string {
	schema := ""
	if s.request.Schema != nil {
		schema = s.request.Schema.Text()
	}
	q := s.request
	return fmt.Sprintf("llm 1 %+v %q %s %s %s %v %v %q %d %d", *l, s.prompt.sources, schema, number(q.Temperature), number(q.TopP), q.MaxTokens, number(q.Seed), s.stated, s.samples, s.repairs)
}

// number writes a setting that may be left out.
func number[T any](v *T) string {
	if v == nil {
		return "none"
	}
	return fmt.Sprint(*v)
}
