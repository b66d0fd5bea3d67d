package recorded_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/flowtest"
	"github.com/rehearse-dev/rehearse/internal/builtin/kindtest"
	"github.com/rehearse-dev/rehearse/internal/builtin/recorded"
)

const runs = `design,case_id,trial,answer,score
a,c1,2,refund,0.5
a,c1,1,card,1.007
b,c1,1,other,0.1
a,c2,1,,
`

func TestFile(t *testing.T) {
	in := kindtest.Schema(t, "text: string")
	out := kindtest.Schema(t, "intent: string?, score: number?")
	dir := kindtest.Files(t, map[string]string{"runs.csv": runs})
	const trials = `
table: runs.csv
key: case_id
where: design == "a"
repeat: trial
take: {intent: answer}
confidence: score
`
	s := kindtest.New(t, recorded.Kind(), kindtest.Config{InSchema: in, OutSchema: out, Dir: dir, YAML: trials})
	for _, tc := range []struct {
		why, id    string
		repeat     int
		want       []any
		confidence *flow.Confidence
		class      flow.ErrorClass
	}{
		{"repeats go by their number, and a margin above one is kept", "c1", 0, []any{"card", 1.007}, &flow.Confidence{Raw: 1.007, Calibrated: 1.007}, ""},
		{"the second repeat", "c1", 1, []any{"refund", 0.5}, &flow.Confidence{Raw: 0.5, Calibrated: 0.5}, ""},
		{"a repeat that did not happen", "c1", 2, nil, nil, flow.ErrNotMeasured},
		{"a case that was asked and gave nothing", "c2", 0, []any{nil, nil}, nil, ""},
		{"a case that was not asked", "c3", 0, nil, nil, flow.ErrNotMeasured},
	} {
		t.Run(tc.why, func(t *testing.T) {
			input := kindtest.Input(in, "x")
			input.Key.Case, input.Key.Repeat = tc.id, tc.repeat
			flowtest.Step(t, s, out, input)
			got, err := s.Do(context.Background(), input)
			check(t, err, tc.class)
			if diff := cmp.Diff(tc.want, got.Values); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if diff := cmp.Diff(tc.confidence, got.Confidence); diff != "" {
				t.Errorf("confidence: -want +got\n%s", diff)
			}
		})
	}
}

func check(t *testing.T, err error, class flow.ErrorClass) {
	t.Helper()
	var e *flow.StepError
	if errors.As(err, &e) != (class != "") || e != nil && e.Class != class {
		t.Fatalf("error %v, want class %q", err, class)
	}
}

func TestColumns(t *testing.T) {
	in := kindtest.Schema(t, "text: string")
	out := kindtest.Schema(t, "intent: string, confidence: probability?")
	columns := kindtest.Schema(t, "answer: string?, confidence: number?")
	s := kindtest.New(t, recorded.Kind(), kindtest.Config{InSchema: in, OutSchema: out, YAML: "take: {intent: answer}\nconfidence: confidence"})
	if _, ok := s.(flow.RecordReader); !ok {
		t.Fatal("the step does not ask for recorded columns")
	}
	for _, tc := range []struct {
		why   string
		row   []any
		want  []any
		class flow.ErrorClass
	}{
		{"both columns", []any{"card", 0.5}, []any{"card", 0.5}, ""},
		{"no confidence", []any{"card", nil}, []any{"card", nil}, ""},
		{"nothing was recorded", []any{nil, nil}, nil, flow.ErrNotMeasured},
	} {
		t.Run(tc.why, func(t *testing.T) {
			input := kindtest.Input(in, "x")
			input.Recorded = flow.Message{Schema: columns, Values: tc.row}
			flowtest.Step(t, s, out, input)
			got, err := s.Do(context.Background(), input)
			check(t, err, tc.class)
			if diff := cmp.Diff(tc.want, got.Values); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
	t.Run("a column that the card does not record", func(t *testing.T) {
		_, err := s.Do(context.Background(), kindtest.Input(in, "x"))
		check(t, err, flow.ErrNotMeasured)
	})
}

func TestBadRecorded(t *testing.T) {
	dir := kindtest.Files(t, map[string]string{"runs.csv": runs})
	for _, tc := range []struct{ why, yaml, want string }{
		{"a table without its key", "table: runs.csv", `step.yaml:1:8: missing key "key": the column of case ids in the table`},
		{"a key without a table", "key: case_id", "step.yaml:1:6: key is for a table, and the step names none"},
		{"a column that is not there", "table: runs.csv\nkey: id\ntake: {intent: answr, score: score}", "step.yaml:3:16: runs.csv has no column \"answr\" (did you mean \"answer\"?)\nstep.yaml:2:6: runs.csv has no column \"id\" (one of \"answer\", \"case_id\", \"design\", \"score\", \"trial\")"},
		{"a confidence that is no number", "confidence: intent", `step.yaml:1:13: confidence: "intent" is string?, want a probability or a number`},
		{"a file that is not there", "table: run.csv\nkey: case_id", `step.yaml:1:8: no file "run.csv"`},
		{"a condition on an unknown column", "table: runs.csv\nkey: case_id\ntake: {intent: answer}\nwhere: desgin == \"a\"", `step.yaml:4:8: unknown name "desgin" (did you mean "design"?)`},
		{"several rows of one case", "table: runs.csv\nkey: case_id\ntake: {intent: answer}", `step.yaml:1:8: runs.csv: two rows for case "c1"; choose between them by where, or name the column that numbers trials by repeat`},
	} {
		t.Run(tc.why, func(t *testing.T) {
			got := kindtest.Refused(t, recorded.Kind(), kindtest.Config{InSchema: kindtest.Schema(t, "text: string"), OutSchema: kindtest.Schema(t, "intent: string?, score: number?"), Dir: dir, YAML: tc.yaml})
			if got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// TestRealRuns reads the recorded runs of five designs on public cases.
func TestRealRuns(t *testing.T) {
	dir := os.Getenv("REHEARSE_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(filepath.Join(dir, "banking77")); err != nil {
		t.Skipf("no folder %s: set REHEARSE_DATA", dir)
	}
	in := kindtest.Schema(t, "text: string")
	out := kindtest.Schema(t, "prediction: string, confidence: probability, gold_intent: string")
	s := kindtest.New(t, recorded.Kind(), kindtest.Config{InSchema: in, OutSchema: out, Dir: dir, YAML: `
table: banking77/recorded_runs.csv.gz
key: case_id
where: design == "lr_word_tfidf"
confidence: confidence
`})
	input := kindtest.Input(in, "x")
	input.Key.Case = "b77-test-00000"
	got, err := s.Do(context.Background(), input)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{"get_physical_card", 0.147634, "card_arrival"}, got.Values); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
