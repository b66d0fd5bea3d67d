package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// TestTraceTools: calls of tools stand behind the handoff into their caller, in
// the order in which they were made: refused ones, and those from which nothing
// came, too. A handoff that breaks behind the caller is none of them.
func TestTraceTools(t *testing.T) {
	gave := func(step, out string) flow.Span {
		return flow.Span{Step: step, Kind: "lookup", Actor: flow.System, Output: []byte(out)}
	}
	failed := func(step string, class flow.ErrorClass) flow.Span {
		return flow.Span{Step: step, Kind: "lookup", Actor: flow.System, Class: class, Error: "as it is"}
	}
	ok := func(from, to string) flow.Handoff { return flow.Handoff{From: from, To: to} }
	broken := func(from, to string, kind flow.HandoffKind, clause string) flow.Handoff {
		return flow.Handoff{From: from, To: to, Kind: kind, Clause: clause, After: "continue"}
	}
	trial := &flow.Trial{
		Case: "c", Design: "d", Status: flow.Automated,
		Handoffs: []flow.Handoff{
			ok("input", "read"), ok("read", "assess"),
			broken("assess", "order", flow.Malformed, "number"), // refused, and called again
			ok("assess", "order"),
			broken("assess", "stock", flow.Unavailable, "receiver"),
			ok("assess", "vendor"), broken("vendor", "assess", flow.Malformed, "output"),
			broken("assess", "bank", flow.Incomplete, "iban"), // refused for good
			ok("assess", "order"),
			broken("assess", "check", flow.Incomplete, "amount"), // the step behind, which something stands in for
			broken("assess", "outcome", flow.Incomplete, "queue"),
		},
		Spans: []flow.Span{
			gave("read", `{"n":0}`),
			gave("order", `{"n":1}`), failed("stock", flow.ErrUnavailable), failed("vendor", flow.ErrMalformed), gave("order", `{"n":2}`),
			gave("assess", `{"n":3}`),
			{Step: "check", Kind: "rules", Actor: flow.Rule, Class: flow.ErrIncomplete, Error: "went on with what the design declares", Output: []byte(`{"n":4}`)},
		},
	}
	outcome := flow.NewSchema()
	c := &flow.Case{ID: "c", Input: flow.Message{Schema: flow.NewSchema()}}
	var b bytes.Buffer
	if err := report.Trace(&b, trial, c, score.Judgement{}, report.TraceOptions{Workflow: &design.Workflow{Outcome: outcome}}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, line := range strings.Split(b.String(), "\n") {
		if strings.Contains(line, " to ") || strings.Contains(line, "gave") || strings.Contains(line, "as it is") {
			got = append(got, strings.TrimPrefix(line, "  "))
		}
	}
	want := []string{
		"→ input to read", `  gave {"n":0}`,
		"→ read to assess",
		"  ✗ assess to order: malformed (number), then continue",
		"  → assess to order", `    gave {"n":1}`,
		"  ✗ assess to stock: unavailable (receiver), then continue", "    unavailable: as it is",
		"  → assess to vendor", "    malformed: as it is", "  ✗ vendor to assess: malformed (output), then continue",
		"  ✗ assess to bank: incomplete (iban), then continue",
		"  → assess to order", `    gave {"n":2}`,
		`  gave {"n":3}`,
		"✗ assess to check: incomplete (amount), then continue", `  gave {"n":4}`,
		"✗ assess to outcome: incomplete (queue), then continue",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s\n%s", diff, b.String())
	}
}
