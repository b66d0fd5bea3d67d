package replay_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/replay"
)

// memory is a step that learns by heart, and refuses a case that it learnt
// from or was calibrated on.
type memory struct {
	learnt, calibrated map[string]bool
	order              []string // in which it was told
}

func (m *memory) Do(_ context.Context, in flow.Input) (flow.Output, error) {
	text, _ := in.Get("text").(string)
	switch {
	case m.learnt == nil:
		return flow.Output{}, flow.Errorf(flow.ErrStep, "it has learnt nothing")
	case m.learnt[text] || m.calibrated[text]:
		return flow.Output{}, flow.Errorf(flow.ErrStep, "it saw %q before", text)
	}
	return flow.Output{Values: []any{"yes"}}, nil
}

func (m *memory) Target() string   { return "answer" }
func (m *memory) New() flow.Fitter { return new(memory) }

func (m *memory) Fit(_ context.Context, examples iter.Seq2[flow.Example, error]) error {
	m.learnt = map[string]bool{}
	return m.remember(m.learnt, examples)
}

func (m *memory) Calibrate(_ context.Context, examples iter.Seq2[flow.Example, error]) error {
	m.calibrated = map[string]bool{}
	return m.remember(m.calibrated, examples)
}

func (m *memory) remember(into map[string]bool, examples iter.Seq2[flow.Example, error]) error {
	for e, err := range examples {
		if err != nil {
			return err
		}
		text := e.In.Get("text").(string)
		into[text] = true
		m.order = append(m.order, text)
	}
	return nil
}

const cases = 1200

// project writes a workflow, a design that learns, and a dataset whose clusters
// hold four cases each.
func project(t *testing.T, splits string) (*design.Plan, *dataset.Card) {
	t.Helper()
	dir := t.TempDir()
	var rows strings.Builder
	rows.WriteString("id,customer,text,split,answer\n")
	for i := range cases {
		split := []string{"train", "train", "calibration", "dev"}[i/4%4]
		fmt.Fprintf(&rows, "c%03d,k%d,text %d,%s,%s\n", i, i/4, i, split, []string{"yes", "no"}[i%2])
	}
	for name, text := range map[string]string{
		"workflow.yaml": "workflow: w\ninput: {text: string}\noutcome: {answer: {enum: [yes, no]}}\nteams: {desk: {people: 1, minutes: 5}}\n",
		"design.yaml": "design: d\nworkflow: w\non_broken_handoff: fail\nsteps:\n" +
			"  - {name: recall, kind: memory, in: {text: input.text}, out: {answer: outcome.answer}}\noutcome: {answer: recall.answer}\n",
		"dataset.yaml": "dataset: x\nsource: x.csv\nid: id\ncluster: customer\ninput: {text: text}\nlabels: {outcome: {answer: answer}}\n" + splits,
		"x.csv":        rows.String(),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r := new(flow.Registry)
	r.AddStep("memory", flow.StepKind{Doc: "learns by heart", Actor: flow.AI, New: func(flow.Config) (flow.Step, error) { return new(memory), nil }})
	w, problems := design.LoadWorkflow(filepath.Join(dir, "workflow.yaml"))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	plan, problems := design.Load(filepath.Join(dir, "design.yaml"), w, r, design.Options{})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	card, problems := dataset.Load(filepath.Join(dir, "dataset.yaml"))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return plan, card
}

func create(t *testing.T) *record.Writer {
	t.Helper()
	w, err := record.Create(filepath.Join(t.TempDir(), "run"), &record.Header{
		FormatVersion: record.FormatVersion, Run: "run", State: record.Running, Repeats: 1, SegmentCases: 10 * record.BlockCases,
		Designs: []record.Design{{Name: "d"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// No case is judged by a step that saw it or a case of its cluster.
func TestNothingIsJudgedByWhatSawIt(t *testing.T) {
	const byColumn = "splits: {by: column, column: split, train: [train], calibration: [calibration], dev: [dev]}\n"
	for _, tt := range []struct {
		why      string
		splits   string
		replayed []string
		trials   int
		failed   int // trials that the step refused
		warned   bool
	}{
		{"without splits, every case is run by a fold that did not see it", "", nil, cases, 0, false},
		{"with splits, dev is run by what learnt from train", byColumn, []string{"dev"}, cases / 4, 0, false},
		{"cases that were learnt from flatter a design: the run says so", byColumn, []string{"train"}, cases / 2, cases / 2, true},
	} {
		t.Run(tt.why, func(t *testing.T) {
			plan, card := project(t, tt.splits)
			w := create(t)
			job := &replay.Job{Plans: []*design.Plan{plan}, Card: card, Request: dataset.Request{Splits: tt.replayed}, Seed: 1, Repeats: 1, Writer: w}
			if err := replay.Run(t.Context(), job); err != nil {
				t.Fatal(err)
			}
			run, err := record.Open(w.Dir())
			if err != nil {
				t.Fatal(err)
			}
			trials, failed := 0, 0
			for trial, err := range run.Trials(plan.Workflow.Outcome) {
				if err != nil {
					t.Fatal(err)
				}
				trials++
				if trial.Status == flow.Failed {
					failed++
				}
			}
			if trials != tt.trials || failed != tt.failed {
				t.Errorf("%d trials, %d refused; want %d and %d", trials, failed, tt.trials, tt.failed)
			}
			if warned := strings.Contains(strings.Join(run.Header.Warnings, " "), "flatter"); warned != tt.warned {
				t.Errorf("warnings %q", run.Header.Warnings)
			}
		})
	}
}

// A step is told what it learns from in the order of the cases, however many of
// them are worked on at once.
func TestLearntInOrder(t *testing.T) {
	plan, card := project(t, "splits: {by: column, column: split, train: [train], calibration: [calibration], dev: [dev]}\n")
	var want []string
	for _, of := range [][]int{{0, 1}, {2}} { // train, then calibration
		for i := range cases {
			if slices.Contains(of, i/4%4) {
				want = append(want, fmt.Sprintf("text %d", i))
			}
		}
	}
	for _, parallel := range []int{0, 1, 7, 64} {
		job := &replay.Job{Plans: []*design.Plan{plan}, Card: card, Seed: 1, Repeats: 1, Parallel: parallel, Writer: create(t)}
		runners, closeAll, err := replay.Runners(t.Context(), job)
		if err != nil {
			t.Fatal(err)
		}
		step := runners[0].Plan().Nodes[0].Step.(*memory)
		if diff := cmp.Diff(want, step.order); diff != "" {
			t.Errorf("%d at once: (-want +got)\n%s", parallel, diff)
		}
		step.order = nil
		if err := closeAll(); err != nil {
			t.Fatal(err)
		}
	}
}

// A confidence map is fitted on its share of the calibration split, clusters
// whole, and no other case of it.
func TestCalibrationShare(t *testing.T) {
	plan, card := project(t, "splits: {by: column, column: split, train: [train], calibration: [calibration], dev: [dev]}\n")
	if !replay.Calibrates(plan) {
		t.Fatal("the design is said to fit no confidence map")
	}
	plan.Design.CalibrationShare = 0.5
	runners, closeAll, err := replay.Runners(t.Context(), &replay.Job{Plans: []*design.Plan{plan}, Card: card, Seed: 1, Repeats: 1, Writer: create(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll()
	saw := runners[0].Plan().Nodes[0].Step.(*memory).calibrated
	reader, err := card.Open(dataset.Request{Splits: []string{"calibration"}, Input: plan.Workflow.Input, WantInput: true})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	buf := make([]flow.Case, cases)
	n, _ := reader.Next(t.Context(), buf)
	left := 0
	for _, c := range buf[:n] {
		text, _ := c.Input.Get("text").(string)
		if maps := dataset.Calibrates(&c, 0.5); maps != saw[text] {
			t.Errorf("case %s of cluster %s: a map saw it: %v, is to: %v", c.ID, c.Cluster, saw[text], maps)
		} else if !maps {
			left++
		}
	}
	if left == 0 || left == n {
		t.Errorf("%d of %d cases are left to certify cutoffs", left, n)
	}
}

// A run that is stopped keeps what is done, in order, and nothing else.
func TestStoppedRunKeepsWhatIsDone(t *testing.T) {
	plan, card := project(t, "")
	var worked atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	plan.Nodes[0].Step = flow.StepFunc(func(ctx context.Context, in flow.Input) (flow.Output, error) {
		if worked.Add(1) == cases/2 {
			cancel()
		}
		return flow.Output{Values: []any{"yes"}}, ctx.Err()
	})
	w := create(t)
	job := &replay.Job{Plans: []*design.Plan{plan}, Card: card, Seed: 1, Repeats: 1, Parallel: 1, Writer: w}
	if err := replay.Run(ctx, job); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	run, err := record.Open(w.Dir())
	if err != nil {
		t.Fatal(err)
	}
	if run.Header.State != record.Interrupted {
		t.Errorf("the run is %s", run.Header.State)
	}
	n := int64(0)
	for trial, err := range run.Trials(plan.Workflow.Outcome) {
		if err != nil {
			t.Fatal(err)
		}
		if trial.Index != n {
			t.Fatalf("case %d where case %d was due", trial.Index, n)
		}
		n++
	}
	if want := int64(cases / 2 / record.BlockCases * record.BlockCases); n != want {
		t.Errorf("%d cases were kept, want %d: every whole block", n, want)
	}
}
