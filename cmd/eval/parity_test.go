package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/audit"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// TestServedAsEvaluated runs fresh cases of each shipped workflow through `eval
// run`, and through `eval serve` with the same design promoted: outcomes, routes
// and handoffs are identical.
func TestServedAsEvaluated(t *testing.T) {
	total := 0
	for workflow, name := range map[string]string{"invoice": "model-cutoff", "claims": "rules-then-model", "onboarding": "rules-then-model"} {
		if workflow != "invoice" && !everyWorkflow {
			continue
		}
		t.Run(workflow, func(t *testing.T) { total += servedAsEvaluated(t, workflow, name) })
	}
	t.Logf("%d cases", total)
	if total < parityCases {
		t.Errorf("%d cases were compared, want %d", total, parityCases)
	}
}

func servedAsEvaluated(t *testing.T, workflow, name string) int {
	dir := t.TempDir()
	if err := copyShipped(dir, workflow, "", ""); err != nil {
		t.Fatal(err)
	}
	fresh := filepath.Join("datasets", workflow+"-fresh")
	if err := os.CopyFS(filepath.Join(dir, fresh), os.DirFS(filepath.Join("../..", fresh))); err != nil {
		t.Fatal(err)
	}
	inFolder(t, dir, "run", workflow, "--quiet", "--no-report", "--split", "test", "--design", "as-is", "--design", name, "--out", "first")
	inFolder(t, dir, "promote", name, "--run", "first", "--override", "--approve", "ada", "--reason", "a test")
	compared := 0
	for _, data := range parityData(workflow) {
		args := []string{"run", workflow, "--quiet", "--no-report", "--data", data, "--design", name, "--limit", parityLimit, "--out", "run-" + data}
		for _, split := range paritySplits(data) {
			args = append(args, "--split", split)
		}
		inFolder(t, dir, args...)
		s := startServe(t, dir, filepath.Join("workflows", workflow, "production"), "--audit", "audit-"+data)
		compared += sameAsEvaluated(t, s, filepath.Join(dir, "run-"+data), filepath.Join(dir, "audit-"+data), filepath.Join(dir, "datasets", data, "dataset.yaml"), name)
		s.Process.Signal(os.Interrupt)
		s.Wait()
	}
	return compared
}

// sameAsEvaluated posts the cases of a run and compares what became of them.
func sameAsEvaluated(t *testing.T, s *served, dir, log, cardFile, name string) int {
	t.Helper()
	run, err := record.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	w, problems := design.LoadWorkflow(filepath.Join(dir, run.Header.Workflow.Copy))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	card, problems := dataset.Load(cardFile)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	want := map[string]*flow.Trial{}
	for trial, err := range run.Trials(w.Outcome) {
		if err != nil {
			t.Fatal(err)
		}
		if trial.Design == name {
			copied := *trial
			copied.Routes, copied.Handoffs = slices.Clone(trial.Routes), slices.Clone(trial.Handoffs)
			want[trial.Case] = &copied
		}
	}
	reader, err := card.Open(dataset.Request{Input: w.Input, WantInput: true, Splits: run.Header.Data.Split})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	waiting := make(chan *flow.Case)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for c := range waiting {
				postCase(t, s, card, c, want[c.ID], w.Outcome)
			}
		})
	}
	for {
		buf := make([]flow.Case, 1)
		n, err := reader.Next(t.Context(), buf)
		if n == 1 && want[buf[0].ID] != nil {
			waiting <- &buf[0]
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	close(waiting)
	all.Wait()
	r, err := audit.Read(log, w.Input, w.Outcome, card.Tags...)
	if err != nil {
		t.Fatal(err)
	}
	got := 0
	for c, err := range r.Cases(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		got++
		x, y := want[c.ID], &c.Trial
		type end struct {
			Status            flow.Status
			Reason, Team, End string
			Routes            []flow.RouteTaken
			Handoffs          []flow.Handoff
			Time              time.Time
			Cluster           string
			Input             uint64
		}
		of := func(t *flow.Trial) end {
			e := end{t.Status, t.Reason, t.Team, t.End, slices.Clone(t.Routes), t.Handoffs, t.Time.UTC(), t.Cluster, t.InputDigest}
			for i := range e.Routes {
				e.Routes[i].Values = nil // without what is personal in the log
			}
			return e
		}
		if d := cmp.Diff(of(x), of(y), cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("case %s (-evaluated +served)\n%s", c.ID, d)
		}
	}
	if got != len(want) || got == 0 {
		t.Errorf("%d cases were served, want %d", got, len(want))
	}
	return got
}

// caseBody is a case of a dataset as a sender posts it.
func caseBody(card *dataset.Card, c *flow.Case) map[string]any {
	body := map[string]any{"id": c.ID, "input": json.RawMessage(flow.AppendJSON(nil, c.Input.Schema, c.Input.Values)), "cluster": c.Cluster, "weight": c.Weight}
	if !c.Time.IsZero() {
		body["time"] = c.Time
	}
	tags := map[string]string{}
	for i, name := range card.Tags {
		tags[name] = c.Tags[i]
	}
	body["tags"] = tags
	return body
}

// postCase serves one case and compares its outcome.
func postCase(t *testing.T, s *served, card *dataset.Card, c *flow.Case, want *flow.Trial, outcome *flow.Schema) {
	var answer struct {
		Error, Team string
		Status      flow.Status
		Outcome     json.RawMessage
		Proposed    json.RawMessage
	}
	if status := s.post(http.DefaultClient, "/cases", caseBody(card, c), &answer); status != http.StatusOK {
		t.Errorf("case %s: %d %s", c.ID, status, answer.Error)
		return
	}
	text := func(values []any) string {
		if values == nil {
			return ""
		}
		return string(flow.AppendJSON(nil, outcome, values))
	}
	if answer.Status != want.Status || answer.Team != want.Team || string(answer.Outcome) != text(want.Outcome) || string(answer.Proposed) != text(want.Shadow) {
		t.Errorf("case %s: served %+v (outcome %s, proposed %s), evaluated as %s with %s, in shadow %s", c.ID, answer.Status, answer.Outcome, answer.Proposed, want.Status, text(want.Outcome), text(want.Shadow))
	}
}
