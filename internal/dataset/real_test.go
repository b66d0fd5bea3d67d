package dataset

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
)

// realData is the folder of public data that the project does not ship.
func realData(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("REHEARSE_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no data at %s; name its folder in REHEARSE_DATA", dir)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("REHEARSE_DATA", abs)
	return abs
}

// loadCard loads a card from text, in a folder that may hold sources.
func loadCard(t *testing.T, dir, text string) *Card {
	t.Helper()
	path := filepath.Join(dir, "dataset.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c, diags := Load(path)
	if err := diags.Err(); err != nil {
		t.Fatalf("Load:\n%v", err)
	}
	return c
}

// readAll reads all cases, in pieces of a size that divides nothing.
func readAll(c *Card, req Request) ([]flow.Case, error) {
	r, err := c.Open(req)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var out []flow.Case
	buf := make([]flow.Case, 37)
	for {
		n, err := r.Next(context.Background(), buf)
		out = append(out, buf[:n]...)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
	}
}

func mustRead(t *testing.T, c *Card, req Request) []flow.Case {
	t.Helper()
	cases, err := readAll(c, req)
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

func schema(fields ...any) *flow.Schema {
	var out []flow.Field
	for i := 0; i < len(fields); i += 2 {
		f := flow.Field{Name: fields[i].(string)}
		switch x := fields[i+1].(type) {
		case flow.Kind:
			f.Type.Kind = x
		case flow.Type:
			f.Type = x
		}
		out = append(out, f)
	}
	return flow.NewSchema(out...)
}

func optional(k flow.Kind) flow.Type { return flow.Type{Kind: k, Optional: true} }

func TestBanking77(t *testing.T) {
	realData(t)
	c := loadCard(t, t.TempDir(), `
dataset: banking77
source: ${REHEARSE_DATA}/banking77/banking77.jsonl.gz
id: case_id
input: [text]
labels: {outcome: {intent: intent}}
splits: {by: column, column: split, train: [train], test: [test]}
`)
	sizes, err := c.Sizes(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int64{"train": 10003, "test": 3080}, sizes); diff != "" {
		t.Errorf("sizes (-want +got):\n%s", diff)
	}
	cases := mustRead(t, c, Request{Input: schema("text", flow.String), Outcome: schema("intent", flow.String), WantInput: true, WantLabels: true, Splits: []string{"test"}})
	intents := map[any]bool{}
	for _, x := range cases {
		intents[x.Label.Outcome.Get("intent")] = true
	}
	if len(cases) != 3080 || len(intents) != 77 || cases[0].ID != "b77-test-00000" || cases[0].Index != 10003 {
		t.Errorf("%d cases, %d intents, first %q at %d", len(cases), len(intents), cases[0].ID, cases[0].Index)
	}
}

// One design's rows of a file that holds five, and its accuracy as published.
func TestBanking77Recorded(t *testing.T) {
	realData(t)
	c := loadCard(t, t.TempDir(), `
source: ${REHEARSE_DATA}/banking77/recorded_runs.csv.gz
id: case_id
repeat: design
labels: {outcome: {intent: gold_intent}}
recorded: {prediction: prediction, confidence: confidence}
`)
	cases := mustRead(t, c, Request{
		Outcome: schema("intent", flow.String), Recorded: schema("prediction", flow.String, "confidence", flow.Number), WantLabels: true, WantRecorded: true,
		Where: []Where{{"design", "lr_word_tfidf"}},
	})
	right := 0
	for _, x := range cases {
		if len(x.Recorded) != 1 {
			t.Fatalf("case %s has %d recorded rows", x.ID, len(x.Recorded))
		}
		if x.Recorded[0].Get("prediction") == x.Label.Outcome.Get("intent") {
			right++
		}
	}
	if len(cases) != 3080 || right != 2758 { // 89.55 %
		t.Errorf("%d of %d right, want 2758 of 3080", right, len(cases))
	}
}

func TestTauBench(t *testing.T) {
	realData(t)
	c := loadCard(t, t.TempDir(), `
source: ${REHEARSE_DATA}/tau_bench/airline_gpt-4o.csv.gz
id: task_id
repeat: trial
input: {task: task_id}
labels: {needs_person: gold_requires_transfer}
recorded: {reward: reward, transferred: transferred}
`)
	cases := mustRead(t, c, Request{
		Input: schema("task", flow.String), Recorded: schema("reward", flow.Number, "transferred", flow.Boolean), WantInput: true, WantLabels: true, WantRecorded: true,
	})
	reward, transfers, asked := 0.0, 0, 0
	for _, x := range cases {
		if len(x.Recorded) != 4 {
			t.Fatalf("task %s has %d trials", x.ID, len(x.Recorded))
		}
		for _, m := range x.Recorded {
			reward += m.Get("reward").(float64)
			if m.Get("transferred").(bool) {
				transfers++
			}
			if *x.Label.NeedsPerson {
				asked++
			}
		}
	}
	if len(cases) != 50 || reward != 84 || transfers != 48 || asked != 16 {
		t.Errorf("%d tasks, reward %v, %d transfers, %d asked for; want 50, 84, 48, 16", len(cases), reward, transfers, asked)
	}
}

func TestSroie(t *testing.T) {
	realData(t)
	c := loadCard(t, t.TempDir(), `
source: ${REHEARSE_DATA}/sroie/llm_answers.jsonl.gz
id: case_id
recorded: {total: total, sure: confidence.total, date: date}
`)
	cases := mustRead(t, c, Request{Recorded: schema("total", flow.Number, "sure", flow.Probability, "date", flow.Date), WantRecorded: true})
	if got := flow.AppendJSON(nil, cases[0].Recorded[0].Schema, cases[0].Recorded[0].Values); len(cases) != 100 || string(got) != `{"total":33.9,"sure":0.97,"date":"2019-01-12"}` {
		t.Errorf("%d cases, first %s", len(cases), got)
	}
}

func TestShippedInvoices(t *testing.T) {
	c, diags := Load(filepath.Join("..", "..", "datasets", "invoice", "dataset.yaml"))
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	s, err := c.Survey(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if s.Cases != 5000 || s.Sizes[""] != 0 || s.Straddling == 0 || len(s.Warnings) != 1 {
		t.Errorf("survey = %+v", s)
	}
	outcome := schema("decision", flow.String, "supplier", flow.String, "amount", flow.Number, "currency", flow.String, "due_date", optional(flow.Date), "po", optional(flow.String))
	cases := mustRead(t, c, Request{
		Input:   schema("text", flow.String, "received_at", flow.Time, "channel", flow.Type{Kind: flow.Enum, Enum: []string{"email", "portal", "paper", "edi"}}),
		Outcome: outcome, Steps: map[string]*flow.Schema{"extract": schema("amount", flow.Number, "po", flow.String), "unlabelled": schema("x", flow.String)},
		WantInput: true, WantLabels: true, Splits: []string{"dev"}, Where: []Where{{"channel", "email"}, {"channel", "portal"}},
	})
	for _, x := range cases {
		if x.Split != "dev" || x.Cluster == x.ID || len(x.Tags) != 3 || !slices.Contains([]any{"email", "portal"}, x.Input.Get("channel")) || x.Label.Routes["decide"] == "" {
			t.Fatalf("case %+v", x)
		}
	}
	if len(cases) == 0 {
		t.Error("no cases")
	}
}
