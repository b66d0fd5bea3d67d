package llm

import (
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
)

// Bounds on how often a case is asked about.
const (
	mostSamples = 100
	mostRepairs = 5
)

// times reads how often a case is asked about.
func (r *reader) times(s *Step) {
	s.samples = 1
	if n := r.c.Samples; n != nil {
		if s.samples = *n; *n < 1 || *n > mostSamples {
			r.Fail(r.c.Prompt.Pos, "samples is %d, want 1 to %d", *n, mostSamples)
		}
	}
	if n := r.c.Repairs; n != nil {
		if s.repairs = *n; *n < 0 || *n > mostRepairs {
			r.Fail(r.c.Prompt.Pos, "repairs is %d, want 0 to %d", *n, mostRepairs)
		}
	}
	agreement := r.c.Confidence != nil && r.c.Confidence.Agreement != nil
	switch {
	case s.samples > 1 && !agreement:
		r.Fail(r.c.Prompt.Pos, "samples: say what they vote by, such as confidence: {agreement: decision}")
	case s.samples == 1 && agreement:
		r.Fail(r.c.Confidence.Agreement.Pos, "confidence: one sample always agrees with itself, want samples: 5 or so")
	case s.samples > 1 && r.c.Temperature != nil && *r.c.Temperature == 0:
		r.Fail(r.c.Prompt.Pos, "samples at temperature 0 are all the same: leave it out, or want one above 0")
	}
}

// confidence finds where the confidence comes from and where it goes.
func (r *reader) confidence(s *Step) {
	c := r.c.Confidence
	if c == nil {
		return
	}
	given := 0
	for _, source := range []*flow.Text{c.Field, c.Logprobs, c.Agreement} {
		if source != nil {
			given++
		}
	}
	if given != 1 {
		r.Fail(r.c.Prompt.Pos, "confidence wants either field, logprobs or agreement, such as {logprobs: decision}")
		return
	}
	if c.Top != nil && c.Logprobs == nil {
		r.Fail(r.c.Prompt.Pos, "confidence: top belongs to logprobs")
	}
	switch {
	case c.Field != nil:
		r.stated(s, *c.Field)
	case c.Agreement != nil:
		r.decided(s, *c.Agreement, "samples vote by an enum or a boolean that is always given", flow.Enum, flow.Boolean)
	default:
		r.decided(s, *c.Logprobs, "token probabilities tell of an enum that is always given", flow.Enum)
		s.top = 5
		if c.Top != nil {
			s.top = *c.Top
		}
		if s.top < 1 || s.top > 20 {
			r.Fail(c.Logprobs.Pos, "confidence: top is %d, want 1 to 20", s.top)
		}
	}
}

// stated is a confidence that the model writes into its answer.
func (r *reader) stated(s *Step, name flow.Text) {
	s.stated = name.Value
	i := s.out.Index(s.stated)
	switch {
	case i < 0 && r.c.Schema == nil:
		r.Fail(name.Pos, "confidence: out has no field %q%s", s.stated, field.Suggest(s.stated, s.out.Names()))
	case i >= 0 && !isNumber(s.out.Fields()[i].Type):
		r.Fail(name.Pos, "confidence: %q is %s, want probability", s.stated, s.out.Fields()[i].Type)
	}
}

// decided is a confidence that the step finds out about a field of out; the
// field `confidence` of out, if there is one, takes it.
func (r *reader) decided(s *Step, name flow.Text, wants string, kinds ...flow.Kind) {
	i := s.out.Index(name.Value)
	if i < 0 {
		r.Fail(name.Pos, "confidence: out has no field %q%s", name.Value, field.Suggest(name.Value, s.out.Names()))
		return
	}
	t := s.out.Fields()[i].Type
	if fits := t.Kind == kinds[0] || len(kinds) > 1 && t.Kind == kinds[1]; !fits || t.Optional {
		r.Fail(name.Pos, "confidence: %q is %s, and %s", name.Value, t, wants)
		return
	}
	s.decided = i
	if j := s.out.Index("confidence"); j >= 0 {
		if t := s.out.Fields()[j].Type; !isNumber(t) {
			r.Fail(name.Pos, "confidence: the field %q of out is %s, want probability", "confidence", t)
		}
		s.filled = j
	}
}

func isNumber(t flow.Type) bool { return t.Kind == flow.Probability || t.Kind == flow.Number }
