package llm

import (
	"cmp"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	client "github.com/rehearse-dev/rehearse/internal/llm"
)

// read takes the values and the confidence out of an answer that satisfies its
// schema. Its errors are of the class malformed.
func (s *Step) read(r client.Response, out *flow.Output) error {
	answer, ok := r.Output.(map[string]any)
	if !ok {
		return malformed(client.ClassSchema, "the answer is no JSON object")
	}
	out.Values = make([]any, s.out.Len())
	for _, i := range s.asked {
		f := s.out.Fields()[i]
		v, err := f.Type.FromJSON(answer[f.Name])
		if err != nil {
			return malformed(client.ClassSchema, "the answer's %q %v", f.Name, err)
		}
		if why := f.Type.Check(v); why != "" {
			return malformed(client.ClassSchema, "the answer's %q %s", f.Name, why)
		}
		out.Values[i] = v
	}
	switch {
	case s.stated != "":
		return s.readStated(answer, out)
	case s.top > 0:
		return s.readTokens(r, out)
	}
	return nil
}

// readStated takes the confidence that the model states; where it states none,
// there is none.
func (s *Step) readStated(answer map[string]any, out *flow.Output) error {
	raw, ok := answer[s.stated]
	if !ok || raw == nil {
		return nil
	}
	t := flow.Type{Kind: flow.Probability}
	v, err := t.FromJSON(raw)
	if err != nil {
		return malformed(client.ClassSchema, "the confidence %q %v", s.stated, err)
	}
	if why := t.Check(v); why != "" {
		return malformed(client.ClassSchema, "the confidence %q %s", s.stated, why)
	}
	out.Confidence = &flow.Confidence{Raw: v.(float64), Calibrated: v.(float64)}
	return nil
}

// readTokens takes the confidence from the probabilities of the tokens that
// spell the class.
func (s *Step) readTokens(r client.Response, out *flow.Output) error {
	f := s.out.Fields()[s.decided]
	c, err := client.ClassConfidence(r.Text, r.Tokens, []string{f.Name}, f.Type.Enum)
	if err != nil {
		if len(r.Tokens) == 0 && !s.Proven() && !r.FromCache {
			return flow.Stopf("%w: the endpoint may not offer them", err)
		}
		return malformed(logprobs, "%v", err)
	}
	classes := make([]flow.Class, len(f.Type.Enum))
	for i, name := range f.Type.Enum {
		classes[i] = flow.Class{Name: name, P: c.Probabilities[name]}
	}
	s.sure(out, c.Probability, classes)
	return nil
}

// sure gives an output its confidence, over a distribution of classes.
func (s *Step) sure(out *flow.Output, p float64, classes []flow.Class) {
	out.Confidence = &flow.Confidence{Raw: p, Calibrated: p, Classes: likeliest(classes)}
	if s.filled >= 0 {
		out.Values[s.filled] = p
	}
}

// likeliest are the classes that are recorded, likeliest first.
func likeliest(classes []flow.Class) []flow.Class {
	slices.SortStableFunc(classes, func(a, b flow.Class) int { return cmp.Compare(b.P, a.P) })
	return slices.Clip(classes[:min(len(classes), topClasses)])
}
