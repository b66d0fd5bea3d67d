package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
)

// values are what was kept, in the order of a schema, and the fields of it that
// were withheld.
func (f *fields) values(s *flow.Schema) (values []any, withheld []string, err error) {
	var object map[string]any
	if len(f.Kept) > 0 {
		dec := json.NewDecoder(bytes.NewReader(f.Kept))
		dec.UseNumber()
		if err := dec.Decode(&object); err != nil {
			return nil, nil, fmt.Errorf("kept: %w", err)
		}
	}
	values = make([]any, s.Len())
	for i, field := range s.Fields() {
		if slices.Contains(f.Withheld, field.Name) {
			withheld = append(withheld, field.Name)
			continue
		}
		v, err := field.Type.FromJSON(object[field.Name])
		if err != nil {
			return nil, nil, fmt.Errorf("field %q: %w", field.Name, err)
		}
		values[i] = v
	}
	return values, withheld, nil
}

// fill writes a trial's end into it, and gives the outcome's fields that were
// withheld.
func (e *ending) fill(t *flow.Trial, outcome *flow.Schema) (withheld []string, err error) {
	if len(t.Spans) != e.Steps || len(t.Routes) != e.Routes || len(t.Handoffs) != e.Handoffs {
		return nil, fmt.Errorf("trial of case %q ends with %d steps, %d routes and %d handoffs, and has lines of %d, %d and %d",
			t.Case, e.Steps, e.Routes, e.Handoffs, len(t.Spans), len(t.Routes), len(t.Handoffs))
	}
	t.Status, t.Reason, t.Team, t.End, t.ShadowWhy, t.Right = e.Status, e.Reason, e.Team, e.End, e.ShadowWhy, e.Right
	t.InputDigest = uint64(e.Content)
	read := func(f *fields) []any {
		if f == nil || err != nil {
			return nil
		}
		values, not, wrong := f.values(outcome)
		if wrong != nil {
			err = fmt.Errorf("outcome: %w", wrong)
		}
		for _, name := range not {
			if !slices.Contains(withheld, name) {
				withheld = append(withheld, name)
			}
		}
		return values
	}
	t.Outcome, t.Shadow = read(e.Outcome), read(e.ShadowEnd)
	return withheld, err
}

// addTo adds a span or a route to a trial.
func (s *step) addTo(t *flow.Trial) {
	if r := s.Route; r != nil {
		t.Routes = append(t.Routes, flow.RouteTaken{
			Step: s.Step, Branch: r.Branch, To: r.To, Because: r.Because, Values: r.Values, Shadow: s.Shadow,
		})
		return
	}
	span := flow.Span{
		Step: s.Step, Kind: s.Kind, Actor: s.Actor, Shadow: s.Shadow, Output: s.Output, Class: s.Class, Error: s.Error,
		Source: s.Source, Team: s.Team, Suggested: s.Suggested, Key: uint64(s.Key),
	}
	if c := s.Confidence; c != nil {
		span.Confidence = &flow.Confidence{Raw: c.Raw, Calibrated: c.Calibrated}
		for _, k := range c.Classes {
			span.Confidence.Classes = append(span.Confidence.Classes, flow.Class{Name: k.Name, P: k.P})
		}
	}
	for _, a := range s.Attempts {
		span.Attempts = append(span.Attempts, flow.Attempt{
			Model: a.Model, TokensIn: a.TokensIn, TokensCached: a.TokensCached, TokensOut: a.TokensOut,
			Price: a.Price, Latency: fromMilliseconds(a.Latency), Class: a.Class,
		})
	}
	t.Spans = append(t.Spans, span)
}

func (h handoff) handoff() flow.Handoff {
	return flow.Handoff{
		From: h.From, To: h.To, Kind: h.Kind, Detail: h.Detail, Clause: h.Clause, After: h.After,
		Digest: uint64(h.Payload), Shadow: h.Shadow,
	}
}
