package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/queue"
)

// shift is what is planted among the fresh cases: a tag's value gets another
// share. A value that no case has is given to that share of them.
type shift struct {
	tag, value string
	share      float64
}

// TestProduction goes from a promoted design through its service and back, with
// each shipped workflow: what has changed among the cases served is named, and
// what people decide about them becomes a new version of the data.
func TestProduction(t *testing.T) {
	for _, of := range []struct {
		why, workflow, design string
		planted               shift
		cause                 string // how the drift check has to name it
		threshold, copy       string // the gate of the copy, as in TestShipped
	}{
		{
			why: "a category comes more often", workflow: "invoice", design: "model-cutoff",
			planted: shift{"channel", "paper", 0.7}, cause: `channel: "paper" 14\.6% to 70\.0%`,
		},
		{
			why: "a category is new, and of a tag that no design reads", workflow: "claims", design: "model-cutoff",
			planted: shift{"region", "islands", 0.3}, cause: `region \(tag\): .*"islands" 0\.0% to 30\.0%`,
			threshold: "cost_per_case: {at_most: 24}", copy: "cost_per_case: {at_most: 36}",
		},
		{
			why: "a category comes no more", workflow: "onboarding", design: "rules-then-model",
			planted: shift{"market", "DE", 0}, cause: `market: "DE" [0-9.]+% to 0\.0%`,
			threshold: "automated_accuracy: {at_least: 0.85, min_cases: 50}", copy: "automated_accuracy: {at_least: 0.8, min_cases: 50}",
		},
	} {
		t.Run(of.workflow, func(t *testing.T) {
			if of.workflow != "invoice" && !everyWorkflow {
				t.Skip("in the long tests")
			}
			testscript.Run(t, testscript.Params{
				Files: []string{"testdata/shipped/production.txtar"}, RequireExplicitExec: true,
				Setup: func(e *testscript.Env) error {
					e.Setenv("NO_COLOR", "1")
					e.Setenv("WORKFLOW", of.workflow)
					e.Setenv("DESIGN", of.design)
					e.Setenv("CAUSE", of.cause)
					fresh := filepath.Join("datasets", of.workflow+"-fresh")
					return errors.Join(
						copyShipped(e.WorkDir, of.workflow, of.threshold, of.copy),
						os.CopyFS(filepath.Join(e.WorkDir, fresh), os.DirFS(filepath.Join("../..", fresh))))
				},
				Cmds: map[string]func(*testscript.TestScript, bool, []string){
					"code": exitCode, "standin-reviewer": standinReviewer,
					"serve-fresh": func(ts *testscript.TestScript, neg bool, args []string) { serveFresh(ts, neg, args, of.planted) },
				},
			})
		})
	}
}

// freshCases are the cases of a card, with their labels.
func freshCases(ts *testscript.TestScript, workflow, name string) (*dataset.Card, *flow.Schema, []*flow.Case) {
	w, problems := design.LoadWorkflow(ts.MkAbs("workflows/" + workflow + "/workflow.yaml"))
	ts.Check(problems.Err())
	card, problems := dataset.Load(ts.MkAbs("datasets/" + name + "/dataset.yaml"))
	ts.Check(problems.Err())
	r, err := card.Open(dataset.Request{Input: w.Input, Outcome: w.Outcome, WantInput: true, WantLabels: true})
	ts.Check(err)
	defer r.Close()
	var all []*flow.Case
	for {
		buf := make([]flow.Case, 1)
		n, err := r.Next(context.Background(), buf)
		if n == 1 {
			all = append(all, &buf[0])
		}
		if errors.Is(err, io.EOF) {
			return card, w.Outcome, all
		}
		ts.Check(err)
	}
}

// plant draws n cases in which the shift's value has its share.
func (s shift) plant(ts *testscript.TestScript, card *dataset.Card, all []*flow.Case, n int) []*flow.Case {
	tag := -1
	for i, name := range card.Tags {
		if name == s.tag {
			tag = i
		}
	}
	rand.New(rand.NewPCG(9, 1)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	var have, others []*flow.Case
	for _, c := range all {
		if c.Tags[tag] == s.value {
			have = append(have, c)
		} else {
			others = append(others, c)
		}
	}
	with := int(math.Round(s.share * float64(n)))
	if len(have) == 0 {
		have, others = others[:with], others[with:]
		for _, c := range have {
			c.Tags[tag] = s.value
		}
	}
	if len(have) < with || len(others) < n-with {
		ts.Fatalf("%d cases with %s %s and %d others are too few", len(have), s.tag, s.value, len(others))
	}
	return append(have[:with:with], others[:n-with]...)
}

// serveFresh starts eval serve, posts fresh cases with a shift among them over
// HTTP, eight at a time, and stops it: serve-fresh WORKFLOW CARD AUDITLOG.
func serveFresh(ts *testscript.TestScript, neg bool, args []string, planted shift) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: serve-fresh WORKFLOW CARD AUDITLOG")
	}
	const cases = 500
	card, _, all := freshCases(ts, args[0], args[1])
	s, err := serve(ts.MkAbs("."), "workflows/"+args[0]+"/production", "--audit", args[2], "--payload-days", "2") // of one day none would be left at midnight
	ts.Check(err)
	defer s.stop()
	waiting := make(chan *flow.Case)
	var mu sync.Mutex
	came := map[flow.Status]int{}
	var senders sync.WaitGroup
	for range 8 {
		senders.Go(func() {
			for c := range waiting {
				var answer struct{ Status flow.Status }
				code := s.post(http.DefaultClient, "/cases", caseBody(card, c), &answer)
				mu.Lock()
				if code == http.StatusOK {
					came[answer.Status]++
				}
				mu.Unlock()
			}
		})
	}
	for _, c := range planted.plant(ts, card, all, cases) {
		waiting <- c
	}
	close(waiting)
	senders.Wait()
	ts.Logf("%d cases served: %v", cases, came)
	if came[flow.Automated]+came[flow.Escalated]+came[flow.Failed] != cases || came[flow.Automated] == 0 || came[flow.Escalated] == 0 {
		ts.Fatalf("of %d cases these were answered: %v", cases, came)
	}
	ts.Check(s.Process.Signal(os.Interrupt))
	ts.Check(s.Wait())
}

// standinReviewer stands in for the people who review a queue: it decides every
// case as the card labels it. standin-reviewer WORKFLOW CARD QUEUE FILE.
func standinReviewer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: standin-reviewer WORKFLOW CARD QUEUE FILE")
	}
	_, outcome, all := freshCases(ts, args[0], args[1])
	labels := map[string]json.RawMessage{}
	for _, c := range all {
		labels[c.ID] = flow.AppendJSON(nil, outcome, c.Label.Outcome.Values)
	}
	rows, err := csv.NewReader(strings.NewReader(ts.ReadFile(filepath.Join(args[2], queue.Table)))).ReadAll()
	ts.Check(err)
	at := -1
	for i, name := range rows[0] {
		if name == queue.CaseColumn {
			at = i
		}
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	for _, row := range rows[1:] {
		if labels[row[at]] == nil {
			ts.Fatalf("the queue asks about %q, which was not served", row[at])
		}
		ts.Check(enc.Encode(map[string]any{"case": row[at], "outcome": labels[row[at]], "reviewer": "a stand-in", "at": time.Now().UTC().Format(time.RFC3339), "seconds": 60}))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[3]), out.Bytes(), 0o644))
}
