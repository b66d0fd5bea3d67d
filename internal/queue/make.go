package queue

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/redact"
)

// Make draws a queue from a source. The header says where the cases come from;
// what else it says is filled in. Policy says what may be shown of a case: nil
// shows all.
func Make(ctx context.Context, from Source, w *design.Workflow, policy *redact.Policy, h Header, p Plan) (*Queue, error) {
	q := &Queue{Header: h}
	q.Header.FormatVersion, q.Header.Seed, q.Header.Outcome = FormatVersion, p.Seed, Judged(w)
	var cases []Candidate
	if err := from.Cases(ctx, false, func(s *Seen) error {
		cases = append(cases, candidate(s, w))
		return nil
	}); err != nil {
		return nil, err
	}
	q.Header.Frame, q.Entries = Draw(cases, p)
	if err := q.show(ctx, from, w, policy); err != nil {
		return nil, err
	}
	q.identify()
	return q, nil
}

// Again is a queue of some cases of another one, by their numbers there.
func (q *Queue) Again(numbers []int, at time.Time) *Queue {
	out := &Queue{Header: q.Header}
	out.Header.Of, out.Header.Made = q.Header.Queue, at
	for _, e := range q.Entries {
		if slices.Contains(numbers, e.Number) {
			e.Number, e.For = len(out.Entries)+1, Disputed
			out.Entries = append(out.Entries, e)
		}
	}
	out.identify()
	return out
}

// Judged are the fields of the outcome that the workflow judges.
func Judged(w *design.Workflow) []string {
	var out []string
	for i, f := range w.Outcome.Fields() {
		if w.Compare[i].Kind != design.Ignore {
			out = append(out, f.Name)
		}
	}
	return out
}

// show fills in what may be shown of the cases.
func (q *Queue) show(ctx context.Context, from Source, w *design.Workflow, policy *redact.Policy) error {
	at := make(map[string]int, len(q.Entries))
	for i := range q.Entries {
		at[q.Entries[i].Case] = i
	}
	return from.Cases(ctx, true, func(s *Seen) error {
		i, taken := at[s.Case.ID]
		if !taken {
			return nil
		}
		e, k := &q.Entries[i], policy.Of(&s.Case)
		for j, f := range w.Input.Fields() {
			if slices.Contains(s.Withheld, f.Name) {
				e.Input = append(e.Input, Value{Field: f.Name, Text: NotKept, Hidden: true})
				if !slices.Contains(q.Header.Withheld, f.Name) {
					q.Header.Withheld = append(q.Header.Withheld, f.Name)
				}
				continue
			}
			e.Input = append(e.Input, shown(k, f, s.Case.Input.Values[j]))
		}
		for j, f := range w.Outcome.Fields() {
			if s.Proposed != nil {
				e.Proposed = append(e.Proposed, shown(k, f, s.Proposed[j]))
			}
			if l := s.Case.Label; l != nil && l.Labelled() && j < len(l.Outcome.Values) {
				e.Label = append(e.Label, shown(k, f, l.Outcome.Values[j]))
			}
		}
		return nil
	})
}

// NotKept stands for a value that the source of the cases did not keep.
const NotKept = "(not kept)"

// shown is what may be shown of a value.
func shown(k *redact.Case, f flow.Field, v any) Value {
	out := Value{Field: f.Name, Absent: v == nil}
	if v == nil {
		return out
	}
	may := k.Value(f.Name, v)
	out.Text = TextOf(may, f.Type)
	out.Hidden = may == redact.Personal || may == redact.Unclear
	return out
}

// TextOf is a value as people write it: texts as they are, all else as JSON.
func TextOf(v any, t flow.Type) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	}
	return strings.Trim(string(flow.AppendValue(nil, v, t.Kind == flow.Date)), `"`)
}
