package score

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rehearse-dev/rehearse/flow"
)

func gold(values ...any) flow.Message {
	any := flow.Type{Kind: flow.Any, Optional: true}
	return flow.Message{Schema: flow.NewSchema(flow.Field{Name: "documents", Type: any}, flow.Field{Name: "best", Type: any}), Values: values}
}

func TestRightDocuments(t *testing.T) {
	for _, tc := range []struct {
		why  string
		gold flow.Message
		want []string
	}{
		{"a list, each once", gold([]any{"b", "a", "b"}, nil), []string{"a", "b"}},
		{"one id", gold(nil, "a"), []string{"a"}},
		{"a list as a CSV has it", gold(`["a","b"]`, nil), []string{"a", "b"}},
		{"an id that begins like one", gold("[a", nil), []string{"[a"}},
		{"documents before best", gold("a", "b"), []string{"a"}},
		{"nothing", gold(nil, nil), nil},
		{"no gold of this step", flow.Message{}, nil},
	} {
		if diff := cmp.Diff(tc.want, rightDocuments(tc.gold)); diff != "" {
			t.Errorf("%s: -want +got\n%s", tc.why, diff)
		}
	}
}

func TestRetrieval(t *testing.T) {
	d := &designTally{searches: map[string]*retrievalTally{}}
	for _, tc := range []struct {
		why, output string
		gold        flow.Message
	}{
		{"found first", `{"documents":["a","b","c","d"]}`, gold(nil, "a")},
		{"found second, by its chunks", `{"hits":[{"document":"b"},{"document":"b"},{"document":"a"}]}`, gold(nil, "a")},
		{"not found", `{"best":"b"}`, gold(nil, "a")},
		{"failed", ``, gold(nil, "a")},
		{"one of two", `{"documents":["x","a"]}`, gold([]any{"a", "b"}, nil)},
		{"no gold", `{"documents":["a"]}`, gold(nil, nil)},
	} {
		s := flow.Span{Step: "policy", Kind: "retrieve"}
		if tc.output != "" {
			s.Output = []byte(tc.output)
		}
		shadow, other := s, s
		shadow.Shadow, other.Kind = true, "lookup"
		trial := &flow.Trial{Weight: 1, Spans: []flow.Span{s, shadow, other}}
		d.retrieval(trial, &flow.Label{Steps: map[string]flow.Message{"policy": tc.gold}}, 0)
		d.retrieval(trial, nil, 0)
	}
	got := d.retrievalList()
	if len(got) != 1 || got[0].Step != "policy" {
		t.Fatalf("%+v, want one step", got)
	}
	figures := map[string][3]float64{}
	for _, m := range append(got[0].Recall, got[0].MRR) {
		figures[m.Name] = [3]float64{m.Numerator, m.Denominator, m.Estimate.Value}
	}
	want := map[string][3]float64{
		"recall@1": {1, 5, 0.2},
		"recall@3": {2.5, 5, 0.5},
		"recall":   {2.5, 5, 0.5},
		"mrr":      {2, 5, 0.4}, // 1 + 1/2 + 0 + 0 + 1/2
	}
	if diff := cmp.Diff(want, figures, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if u := got[0].Recall[0].Unit; u != "rate" {
		t.Errorf("recall@1 is a %s, want a rate: each is found or not", u)
	}
}
