package queue_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/audit"
	"github.com/rehearse-dev/rehearse/internal/queue"
	"github.com/rehearse-dev/rehearse/internal/redact"
)

// The cases of an audit log are those of one design, each once, without what was
// withheld; what a reviewer has ended is known.
func TestLog(t *testing.T) {
	input := flow.NewSchema(flow.Field{Name: "text", Type: flow.Type{Kind: flow.String}}, flow.Field{Name: "name", Type: flow.Type{Kind: flow.String}})
	outcome := flow.NewSchema(flow.Field{Name: "queue", Type: flow.Type{Kind: flow.Enum, Enum: []string{"billing", "tech"}}})
	dir := t.TempDir()
	log, err := audit.Open(audit.Options{
		Dir: dir, Workflow: "tickets", Design: "words", Digest: "d", Input: input, Outcome: outcome, Tags: []string{"lang"},
		Policy: &redact.Policy{Personal: []string{"name"}, Public: []string{"text", "queue"}}, Now: func() time.Time { return time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, status := range []flow.Status{flow.Automated, flow.Escalated, flow.Escalated, flow.Failed, flow.Automated} {
		c := &flow.Case{ID: fmt.Sprintf("c%d", i%4), Weight: 1, Tags: []string{"en"}, Input: flow.Message{Schema: input, Values: []any{fmt.Sprintf("letter %d", i), "Ann Lee"}}}
		e, err := log.Receive(c)
		if err != nil {
			t.Fatal(err)
		}
		trial := &flow.Trial{Case: c.ID, Weight: 1, Tags: c.Tags, Design: "words", Status: status}
		switch status {
		case flow.Automated:
			trial.Outcome = []any{"tech"}
		case flow.Escalated:
			trial.Team, trial.Reason, trial.Shadow = "clerks", "unsure", []any{"billing"}
		}
		if err := e.End(trial, time.Second, 0); err != nil {
			t.Fatal(err)
		}
		if i == 2 {
			if _, err := log.Decide(audit.Review{Case: c.ID, Trial: e.Trial(), Design: "words", Reviewer: "bo", Outcome: []any{"tech"}, Entry: e}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	reader, err := audit.Read(dir, input, outcome, "lang")
	if err != nil {
		t.Fatal(err)
	}
	if w, d, err := reader.Workflow(t.Context()); w != "tickets" || d != "words" || err != nil {
		t.Errorf("the log is of %q by %q (%v)", w, d, err)
	}
	var got []string
	from := &queue.Log{Reader: reader, Design: "words"}
	if err := from.Cases(t.Context(), true, func(s *queue.Seen) error {
		got = append(got, fmt.Sprintf("%s %s proposed %v known %v withheld %v text %v tags %v", s.Case.ID, s.Ended, s.Proposed, s.Known, s.Withheld, s.Case.Input.Values[0], s.Tags))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"c0  proposed [tech] known false withheld [name] text letter 0 tags [en]",
		"c1 escalated proposed [billing] known false withheld [name] text letter 1 tags [en]",
		"c2 escalated proposed [billing] known true withheld [name] text letter 2 tags [en]",
		"c3 failed proposed [] known false withheld [name] text letter 3 tags [en]",
	}
	if diff := cmp.Diff(strings.Join(want, "\n"), strings.Join(got, "\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	none := &queue.Log{Reader: reader, Design: "other"}
	if err := none.Cases(t.Context(), false, func(*queue.Seen) error { return fmt.Errorf("a case of another design") }); err != nil {
		t.Error(err)
	}
}
