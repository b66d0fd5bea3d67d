package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/designtest"
	"github.com/rehearse-dev/rehearse/internal/report"
)

// designTests are results of each sort, with a text in all places that a user
// or a model fills.
func designTests(text string) *report.Tests {
	at := func(line int) flow.Pos { return flow.Pos{File: "d_test.yaml", Line: line, Column: 5} }
	trial := &flow.Trial{
		Status:   flow.Escalated,
		Spans:    []flow.Span{{Step: "assess", Kind: "llm", Actor: flow.AI, Output: flow.AppendValue(nil, map[string]any{"reason": text}, false)}, {Step: "check", Kind: "llm", Class: flow.ErrUnavailable, Error: text}},
		Handoffs: []flow.Handoff{{From: "input", To: "assess"}, {From: "assess", To: "check", Kind: flow.Unavailable, Clause: "receiver", Detail: text, After: "escalate"}},
	}
	plan := &design.Plan{Workflow: &design.Workflow{Name: "w"}, Design: &design.Design{Name: "d"}, Nodes: []*design.Node{{Name: "assess", Actor: flow.Rule, Tools: []*design.Node{{Name: "order", Pos: at(7)}}}, {Name: "decide", Pos: at(9), Route: &design.Route{Branches: []design.Branch{{Team: "desk", Because: "policy", Pos: at(11), Source: text}}}}}}
	test := func(name string, line int) *designtest.Test { return &designtest.Test{Name: name, Pos: at(line)} }
	return &report.Tests{
		Suites: []report.TestSuite{
			{Path: "a_test.yaml", Workflow: &design.Workflow{Name: "w"}, Design: "a", Results: []*designtest.Result{{Test: test("fine", 3)}}},
			{Path: "d_test.yaml", Workflow: &design.Workflow{Name: "w"}, Design: "d", Results: []*designtest.Result{
				{Test: test("another reason: "+text, 3), Trial: trial, Mismatches: []designtest.Mismatch{
					{Pos: at(5), What: "because", Want: "policy", Got: text},
					{Pos: at(6), What: "handoff_failures", Want: "none", Got: "a to b: unavailable\nb to c: incomplete"},
				}},
				{Test: test("cannot be judged", 8), Trial: &flow.Trial{}, Err: `step "assess" cannot do its work: ` + text},
			}},
		},
		Coverage: []*designtest.Coverage{designtest.NewCoverage(plan)},
		Verbose:  true,
	}
}

func TestDesignTests(t *testing.T) {
	r := designTests("it <said> so")
	for file, print := range map[string]func(io.Writer) error{"tests.txt": r.Print, "tests.json": r.JSON, "tests.xml": r.JUnit} {
		var b bytes.Buffer
		if err := print(&b); err != nil {
			t.Fatal(err)
		}
		golden(t, file, b.Bytes())
	}
}

// No text of a case, a model or a test steers a terminal, adds a line to the
// text form or breaks the others.
func TestDesignTestsHostile(t *testing.T) {
	var plain bytes.Buffer
	if err := designTests("x").Print(&plain); err != nil {
		t.Fatal(err)
	}
	for _, text := range hostile {
		r := designTests(text)
		r.Suites[1].Results[0].Mismatches[0].Got = strings.ReplaceAll(text, "\n", " ") // its own lines are kept
		var b bytes.Buffer
		if err := r.Print(&b); err != nil {
			t.Fatal(err)
		}
		for _, c := range b.String() {
			if c != '\n' && (unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c)) {
				t.Errorf("%.20q: the text has %q", text, c)
			}
		}
		if got, want := strings.Count(b.String(), "\n"), strings.Count(plain.String(), "\n"); got != want {
			t.Errorf("%.20q: %d lines, want %d", text, got, want)
		}
		b.Reset()
		if err := r.JSON(&b); err != nil || !json.Valid(b.Bytes()) {
			t.Errorf("%.20q: no JSON (%v)", text, err)
		}
		b.Reset()
		if err := r.JUnit(&b); err != nil {
			t.Fatal(err)
		}
		dec := xml.NewDecoder(&b)
		for {
			if _, err := dec.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%.20q: no XML: %v", text, err)
			}
		}
	}
}
