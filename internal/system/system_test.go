package system_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/system"
)

var update = flag.Bool("update", false, "rewrite golden files")

func registry() *flow.Registry {
	r := new(flow.Registry)
	builtin.Register(r)
	return r
}

// TestBad reads every file of testdata/bad, whose name is its fault, and
// compares all that is said of them. Those that begin with warn can be used all
// the same.
func TestBad(t *testing.T) {
	paths, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	var b strings.Builder
	for _, path := range paths {
		s, diags := system.Load(path, registry(), nil)
		stem := strings.TrimSuffix(filepath.Base(path), ".yaml")
		usable := strings.HasPrefix(stem, "warn-")
		if (s != nil) != usable || len(diags) == 0 || (diags.Err() == nil) != usable {
			t.Errorf("%s: usable %v, want %v; said %v", path, s != nil, usable, diags)
		}
		for _, d := range diags {
			if d.Pos.Line < 1 || d.Pos.Column < 1 {
				t.Errorf("no position: %+v", d)
			}
			b.WriteString(stem + ": " + strings.ReplaceAll(d.String(), "testdata/bad/", "") + "\n")
		}
	}
	const golden = "testdata/bad/messages.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

func load(t *testing.T, set map[string]string) *system.System {
	t.Helper()
	s, diags := system.Load("testdata/systems/good.yaml", registry(), set)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return s
}

func TestLoad(t *testing.T) {
	s := load(t, nil)
	var order []string
	for _, m := range s.Members {
		order = append(order, m.Name)
	}
	if diff := cmp.Diff([]string{"claims", "payments", "abroad"}, order); diff != "" {
		t.Errorf("order of the members (-want +got):\n%s", diff)
	}
	desk, _ := s.Member("abroad").Workflow.Team("desk")
	if desk.People != 2 || desk.Wage < 33.33 || desk.Wage > 33.34 {
		t.Errorf("the desk abroad is %+v, want the system's: 2 people at 30 EUR, which are 33.33 USD", desk)
	}
	if w := s.Member("abroad").Plan.Workflow; w.Teams[0].People != 4 {
		t.Errorf("the workflow as its file says it has %d people at the desk, want 4 untouched", w.Teams[0].People)
	}
	if s.Currency != "EUR" {
		t.Errorf("currency %q, want that of the first workflow", s.Currency)
	}
	for _, of := range []struct {
		set  map[string]string
		want any
		why  string
	}{
		{nil, 100.0, "the rule as stated"},
		{map[string]string{"large": "75"}, 75.0, "another value for it"},
	} {
		s := load(t, of.set)
		for _, name := range []string{"claims", "payments"} {
			if got := s.Member(name).Plan.Design.Params[0].Value; got != of.want {
				t.Errorf("%s: large is %v in %s, want %v", of.why, got, name, of.want)
			}
		}
	}
	if _, diags := system.Load("testdata/systems/good.yaml", registry(), map[string]string{"small": "1"}); diags.Err() == nil {
		t.Error("a rule that nobody states was set")
	}
	if _, diags := system.Load("testdata/systems/none.yaml", registry(), nil); diags.Err() == nil {
		t.Error("a file that is not there was read")
	}
}

func TestSend(t *testing.T) {
	s := load(t, nil)
	var link *system.Link
	for _, l := range s.Links {
		if l.To.Name == "payments" {
			link = l
		}
	}
	own := []any{7.0, "chat", nil}
	for _, test := range []struct {
		why            string
		input, outcome []any
		want           system.Handoff
	}{
		{"all is there", []any{"text", "mail", nil}, []any{"pay", 40.0}, system.Handoff{Sent: true, Values: []any{40.0, "mail", "text"}}},
		{"the receiver's own where the sender has none", []any{"text", "post", nil}, []any{"pay", nil}, system.Handoff{Sent: true, Values: []any{7.0, "mail", "text"}}},
		{"it is not to go on", []any{"text", "mail", nil}, []any{"refuse", nil}, system.Handoff{}},
		{"the sender ended without an outcome", []any{"text", "mail", nil}, nil, system.Handoff{Kind: flow.Undelivered, Clause: "outcome"}},
		{"the condition reads what is absent", []any{"text", "mail", nil}, []any{nil, 40.0}, system.Handoff{Kind: flow.Incomplete, Clause: "when", Detail: "absent: outcome.decision"}},
		{"a word that the receiver does not know", []any{"text", "fax", nil}, []any{"pay", 40.0}, system.Handoff{Kind: flow.Malformed, Clause: "channel", Detail: `is "fax", want enum(mail|chat)`}},
	} {
		if diff := cmp.Diff(test.want, link.Send(test.input, test.outcome, own)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.why, diff)
		}
	}
	if own[0] != 7.0 {
		t.Error("the receiver's own values were changed")
	}
	if diff := cmp.Diff([]string{"amount", "channel", "note"}, link.Given()); diff != "" {
		t.Errorf("given (-want +got):\n%s", diff)
	}
	if link.Personal("amount") || !link.Personal("note") {
		t.Error("the note is made of a personal text, the amount is not")
	}
}

// FuzzParse: whatever a file holds, all that is said of it has a place.
func FuzzParse(f *testing.F) {
	paths, err := filepath.Glob("testdata/*/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	r := registry()
	f.Fuzz(func(t *testing.T, data []byte) {
		s, diags := system.Parse("testdata/systems/good.yaml", data, r, nil)
		if (s == nil) != (diags.Err() != nil) {
			t.Errorf("system %v with %v", s, diags)
		}
		for _, d := range diags {
			if d.Pos.Line < 1 || d.Pos.Column < 1 || d.Message == "" {
				t.Errorf("no position: %+v", diag.List{d})
			}
		}
	})
}
