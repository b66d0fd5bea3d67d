package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/audit"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/drift"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/redact"
)

// The cases of an audit log are compared as they were served: what it withholds is
// named, reviewers' decisions are labels of what was escalated, a case that was
// sent twice counts once, and --since chooses.
func TestDriftOfAnAuditLog(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	project := t.TempDir()
	for _, dir := range []string{"workflows/invoice", "datasets/invoice"} {
		if err := os.CopyFS(filepath.Join(project, dir), os.DirFS(filepath.Join(root, dir))); err != nil {
			t.Fatal(err)
		}
	}
	noEndpoint(t)
	evalIn(t, project, app.ExitDone, "run", "invoice", "--design", "rules", "--split", "train", "--quiet", "--no-report", "--out", "judged")
	evalIn(t, project, app.ExitDone, "run", "invoice", "--design", "rules", "--split", "dev", "--quiet", "--no-report", "--out", "later")
	writeLog(t, project, "later", "log")

	check := func(code int, more ...string) *drift.Result {
		t.Helper()
		line := append([]string{"drift", "judged", "--fresh", "log", "--quiet", "--format", "json"}, more...)
		stdout, _ := evalIn(t, project, code, line...)
		var r drift.Result
		if err := json.NewDecoder(bytes.NewReader([]byte(stdout))).Decode(&r); err != nil {
			t.Fatalf("%v in %s", err, stdout)
		}
		return &r
	}
	all := check(app.ExitDone, "--out", "first")
	said := strings.Join(append(all.NotCompared, all.Warnings...), "\n")
	for _, want := range []string{"text: the audit log withholds it", "the labels are of escalated cases alone", "1 cases had been sent before"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
	if all.Fresh.Cases != 831 || all.Fresh.Labelled == 0 || all.Fresh.Run != "as served" {
		t.Errorf("%+v", all.Fresh)
	}
	for _, s := range all.Signals {
		if s.Name == "accuracy without people" {
			t.Errorf("labels of escalated cases are compared with all: %+v", s)
		}
	}
	if k := all.Kinds[2]; k.Seen != drift.CannotTell {
		t.Errorf("concept drift is %s, by labels of escalated cases alone", k.Seen)
	}
	if l := all.LabelsWanted; l == nil || l.Have != 0 {
		t.Errorf("labels wanted: %+v", l)
	}
	if r := check(app.ExitInconclusive, "--since", "2999-01-01"); r.Fresh.Cases != 0 || !strings.Contains(r.Why, "no fresh case") {
		t.Errorf("of the year 2999: %s, %s", r.Verdict, r.Why)
	}
	_, stderr := evalIn(t, project, app.ExitUsage, "drift", "judged", "--fresh", "log", "--since", "yesterday")
	if !strings.Contains(stderr, `--since "yesterday": want a date`) {
		t.Error(stderr)
	}
	evalIn(t, project, app.ExitUsage, "drift", "judged", "--fresh", "log", "--split", "dev")

	lines, err := os.ReadFile(filepath.Join(project, "log", "audit-00001.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	broken := bytes.SplitAfterN(lines, []byte("\n"), 4)
	broken[2] = []byte("nonsense\n")
	if err := os.WriteFile(filepath.Join(project, "log", "audit-00001.jsonl"), bytes.Join(broken, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	_, stderr = evalIn(t, project, app.ExitInput, "drift", "judged", "--fresh", "log", "--quiet")
	if !strings.Contains(stderr, "audit-00001.jsonl:3:1: ") {
		t.Errorf("a broken line: %s", stderr)
	}
}

// writeLog writes a run's trials into an audit log, as they would have been served,
// with decisions about those that were escalated, and its first case twice.
func writeLog(t *testing.T, project, name, log string) {
	t.Helper()
	run, err := record.Open(filepath.Join(project, name))
	if err != nil {
		t.Fatal(err)
	}
	w, problems := design.LoadWorkflow(filepath.Join(project, "workflows/invoice/workflow.yaml"))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	card, problems := dataset.Load(filepath.Join(project, "datasets/invoice/dataset.yaml"))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	l, err := audit.Open(audit.Options{
		Dir: filepath.Join(project, log), Workflow: w.Name, Design: "rules", Digest: "d", Input: w.Input, Outcome: w.Outcome,
		Tags: card.Tags, Policy: redact.New(card, w, nil), Now: func() time.Time { return time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	first := true
	err = drift.Recorded{Run: run, Workflow: w, Card: card, Design: "rules"}.Each(t.Context(), func(c *flow.Case, trial *flow.Trial) error {
		times := 1
		if first {
			times = 2
		}
		first = false
		for range times {
			e, err := l.Receive(c)
			if err != nil {
				return fmt.Errorf("case %s: %w", c.ID, err)
			}
			if err := e.End(trial, time.Millisecond, 0); err != nil {
				return err
			}
			if trial.Status == flow.Escalated && c.Label != nil && trial.Shadow != nil {
				if _, err := l.Decide(audit.Review{Case: l.Alias(c.ID), Trial: e.Trial(), Design: "rules", Digest: "d", Reviewer: "ada", Outcome: c.Label.Outcome.Values, Entry: e}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err == nil {
		err = l.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}
