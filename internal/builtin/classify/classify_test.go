package classify_test

import (
	"context"
	"errors"
	"testing"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/flowtest"
	"github.com/rehearse-dev/rehearse/internal/builtin/classify"
	"github.com/rehearse-dev/rehearse/internal/builtin/kindtest"
)

func config(t testing.TB, out, yaml string) kindtest.Config {
	return kindtest.Config{
		InSchema:      kindtest.Schema(t, "text: string, amount: number?, channel: email|portal, urgent: boolean"),
		OutSchema:     kindtest.Schema(t, out),
		OutcomeSchema: kindtest.Schema(t, "intent: card|refund|oos, total: number"),
		YAML:          yaml,
	}
}

// examples are two intents that their words tell apart.
func examples(s *flow.Schema, n int) []flow.Example {
	texts := map[string][]string{
		"card":   {"where is my new card", "my card has not arrived", "the card is lost", "order another card please"},
		"refund": {"I want my money back", "please refund the payment", "refund of a double charge", "when do I get the refund"},
	}
	var out []flow.Example
	for i := range n {
		for _, intent := range []string{"card", "refund"} {
			text := texts[intent][i%4]
			out = append(out, flow.Example{In: flow.Message{Schema: s, Values: []any{text, float64(i), "email", i%2 == 0}}, Gold: intent})
		}
	}
	return out
}

const settings = "\nsettings: {epochs: 5, chars: [2, 3], hash_bits: 16}"

func TestClassify(t *testing.T) {
	c := config(t, "intent: card|refund|oos, confidence: probability, second: string, second_confidence: probability",
		"learn: intent\nnone_below: 0.7\nnone: oos"+settings)
	s := kindtest.New(t, classify.Kind(), c).(flow.Fitter)
	if s.Target() != "intent" {
		t.Errorf("learns %q, want intent", s.Target())
	}
	fitted := flowtest.Fitter(t, s, c.OutSchema, examples(c.InSchema, 12), examples(c.InSchema, 4))
	for _, tc := range []struct {
		why, text, want string
	}{
		{"words of one intent", "my card is lost", "card"},
		{"words of the other", "please refund my payment", "refund"},
		{"words of neither", "zzz", "oos"},
	} {
		t.Run(tc.why, func(t *testing.T) {
			out, err := fitted.Do(context.Background(), kindtest.Input(c.InSchema, tc.text, nil, "portal", nil))
			if err != nil {
				t.Fatal(err)
			}
			if out.Values[0] != tc.want {
				t.Errorf("answer %v, want %s (%+v)", out.Values[0], tc.want, out.Confidence)
			}
			if out.Values[1] != out.Confidence.Calibrated {
				t.Errorf("the field says %v and the span %v", out.Values[1], out.Confidence.Calibrated)
			}
			if tc.want == "oos" && out.Values[1] != 1-out.Confidence.Classes[0].P {
				t.Errorf("confidence %v of none of these, want the chance that %+v is wrong", out.Values[1], out.Confidence.Classes[0])
			}
			if len(out.Confidence.Classes) != 2 {
				t.Errorf("distribution %+v, want both classes", out.Confidence.Classes)
			}
		})
	}
}

func TestUnfitted(t *testing.T) {
	c := config(t, "intent: string", "learn: intent")
	s := kindtest.New(t, classify.Kind(), c)
	_, err := s.Do(context.Background(), kindtest.Input(c.InSchema, "x", nil, "email", true))
	var e *flow.StepError
	want := `step "step" has not learnt yet: it learns "intent" from the training split`
	if !errors.As(err, &e) || e.Class != flow.ErrNotMeasured || err.Error() != want {
		t.Errorf("error %v, want %q of class not_measured", err, want)
	}
}

func TestForeignAnswers(t *testing.T) {
	c := config(t, "intent: card|oos", "learn: intent"+settings)
	s := kindtest.New(t, classify.Kind(), c).(flow.Fitter)
	err := s.Fit(context.Background(), func(yield func(flow.Example, error) bool) {
		for _, e := range examples(c.InSchema, 2) {
			if !yield(e, nil) {
				return
			}
		}
	})
	want := `the class "refund" of "intent" is no answer of step "step": it is "refund", want enum(card|oos)`
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
}

func TestOtherFeatures(t *testing.T) {
	a := kindtest.New(t, classify.Kind(), config(t, "intent: string", "learn: intent"+settings)).(*classify.Classifier)
	c := config(t, "intent: string", "learn: intent\nfeatures: {text: category}"+settings)
	b := kindtest.New(t, classify.Kind(), c).(*classify.Classifier)
	if a.ArtifactKey() == b.ArtifactKey() {
		t.Errorf("two settings share the key %q", a.ArtifactKey())
	}
	fitted := flowtest.Fitter(t, a, c.OutSchema, examples(c.InSchema, 4), nil).(flow.Artifact)
	data, err := fitted.MarshalArtifact()
	if err != nil {
		t.Fatal(err)
	}
	want := `the model has the feature "text" (text), and the step "text" (category)`
	if err := b.UnmarshalArtifact(data); err == nil || err.Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
}

func TestBadClassify(t *testing.T) {
	for _, tc := range []struct{ why, out, yaml, want string }{
		{"an outcome field that is not there", "intent: string", "learn: intnt", `step.yaml:1:8: learn: the outcome has no "intnt" (did you mean "intent"?)`},
		{"a number to learn", "total: string", "learn: total", `step.yaml:1:8: learn: "total" is number, and a classifier learns an enum, a string or a boolean`},
		{"a feature that is not there", "intent: string", "learn: intent\nfeatures: {chanel: category}", `step.yaml:2:12: features: in has no "chanel" (did you mean "channel"?)`},
		{"an unknown kind of feature", "intent: string", "learn: intent\nfeatures: {channel: word}", `step.yaml:2:21: features: unknown kind "word", want text, category, number or none`},
		{"a text as a number", "intent: string", "learn: intent\nfeatures: {text: number}", `step.yaml:2:18: features: "text" is string, which is no number`},
		{"a limit without an answer", "intent: string", "learn: intent\nnone_below: 0.4", "none_below needs none: the answer that is then given"},
		{"an answer that the enum does not have", "intent: card|refund", "learn: intent\nnone_below: 0.4\nnone: oos", `step.yaml:3:7: none: is "oos", want enum(card|refund)`},
		{"no field for the answer", "confidence: probability", "learn: intent", "out has no field for the answer, want intent: outcome.intent or a string"},
		{"settings out of range", "intent: string", "learn: intent\nsettings: {l2: -1}", "settings: l2 -1; want a finite number of at least 0"},
		{"an output that no classifier gives", "intent: string, why: list(string)", "learn: intent", `a classifier gives no "why: list(string)", want the answer, confidence: probability, second: string or second_confidence: probability`},
	} {
		t.Run(tc.why, func(t *testing.T) {
			if got := kindtest.Refused(t, classify.Kind(), config(t, tc.out, tc.yaml)); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}
