package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestShipped goes through the whole loop with each shipped workflow: run, tune,
// gate, promote, verify, a worse and a neutral change, rollback.
func TestShipped(t *testing.T) {
	for _, of := range []struct {
		workflow, design     string
		tuned, tunes, grid   string // exit code, what is said, and the grid of eval tune
		worse                string // params of a worse design
		why, threshold, copy string // the gate of the copy, where it is another
	}{
		{
			workflow: "invoice", design: "model-cutoff", tuned: "0", tunes: "written into workflows/invoice/model-cutoff.yaml",
			grid: "--grid=0.65,0.7,0.75,0.8,0.85", worse: "cutoff=0.1",
		},
		{
			workflow: "claims", design: "model-cutoff", tuned: "0", tunes: "written into workflows/claims/model-cutoff.yaml",
			grid: "--grid=0.8,0.9,0.95", worse: "cutoff=0.1",
			why:       "1405 cases leave between 18 and 32 GBP a case open: the shipped limit of 24 is undecided",
			threshold: "cost_per_case: {at_most: 24}", copy: "cost_per_case: {at_most: 36}",
		},
		{
			workflow: "onboarding", design: "rules-then-model", tuned: "5", tunes: "no cutoff is certified",
			grid: "--grid=0.9,0.95", worse: "cutoff_open=0",
			why:       "103 cases of partners have a lower bound of 84 %: the shipped limit of 85 is undecided",
			threshold: "automated_accuracy: {at_least: 0.85, min_cases: 50}", copy: "automated_accuracy: {at_least: 0.8, min_cases: 50}",
		},
	} {
		t.Run(of.workflow, func(t *testing.T) {
			if of.workflow == "invoice" && !everyWorkflow {
				t.Skip("in the long tests; TestProduction has its loop")
			}
			testscript.Run(t, testscript.Params{
				Files: []string{"testdata/shipped/loop.txtar"}, RequireExplicitExec: true,
				Setup: func(e *testscript.Env) error {
					for name, value := range map[string]string{
						"NO_COLOR": "1", "WORKFLOW": of.workflow, "DESIGN": of.design, "TUNED": of.tuned, "TUNES": of.tunes,
						"GRID": of.grid, "WORSE": "--set=" + of.worse,
					} {
						e.Setenv(name, value)
					}
					return copyShipped(e.WorkDir, of.workflow, of.threshold, of.copy)
				},
				Cmds: map[string]func(*testscript.TestScript, bool, []string){"code": exitCode, "neutral": neutral},
			})
		})
	}
}

// copyShipped copies a shipped workflow and its data into a project of its own,
// with a threshold of its gate replaced.
func copyShipped(dir, workflow, threshold, by string) error {
	for _, folder := range []string{"workflows", "datasets"} {
		if err := os.CopyFS(filepath.Join(dir, folder, workflow), os.DirFS(filepath.Join("../..", folder, workflow))); err != nil {
			return err
		}
	}
	path := filepath.Join(dir, "workflows", workflow, "workflow.yaml")
	data, err := os.ReadFile(path)
	if err != nil || threshold == "" {
		return err
	}
	changed := strings.Replace(string(data), threshold, by, 1)
	if changed == string(data) {
		return os.ErrNotExist
	}
	return os.WriteFile(path, []byte(changed), 0o644)
}

// neutral gives a design a title, which changes its digest and nothing that it
// does: neutral FILE.
func neutral(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: neutral FILE")
	}
	path := ts.MkAbs(args[0])
	text := ts.ReadFile(path)
	titled := strings.Replace(text, "\nworkflow: ", "\ntitle: The same again\nworkflow: ", 1)
	if titled == text || strings.Contains(text, "\ntitle: ") {
		ts.Fatalf("%s cannot be given a title", args[0])
	}
	ts.Check(os.WriteFile(path, []byte(titled), 0o644))
}
