package record

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
)

var outcome = flow.NewSchema(
	flow.Field{Name: "decision", Type: flow.Type{Kind: flow.Enum, Enum: []string{"approve", "hold"}}},
	flow.Field{Name: "amount", Type: flow.Type{Kind: flow.Number, Optional: true}},
	flow.Field{Name: "due", Type: flow.Type{Kind: flow.Date, Optional: true}},
)

// sample is a trial whose every part is filled, differently for each i.
func sample(i int) flow.Trial {
	right := i%2 == 0
	t := flow.Trial{
		Case: fmt.Sprintf("c-%05d", i), Index: int64(i), Cluster: fmt.Sprint("v", i%7), Weight: 1,
		Time: time.UnixMicro(1_700_000_000_000_000 + int64(i)).UTC(), Tags: []string{"email", fmt.Sprint("country \"", i%3)},
		Design: "d", Repeat: 0, InputDigest: uint64(i) << 60, Status: flow.Automated, End: "post",
		Outcome: []any{"approve", float64(i) + 0.25, time.Date(2025, 1, 1+i%28, 0, 0, 0, 0, time.UTC)},
		Routes: []flow.RouteTaken{
			{Step: "decide", Branch: 1, To: "post", Because: "sure", Values: []byte(`{"a.confidence":0.5}`)},
			{Step: "again", Branch: -1, Values: []byte(`{}`), Shadow: true},
		},
		Spans: []flow.Span{
			{Step: "extract", Kind: "extract", Actor: flow.Rule, Output: []byte(fmt.Sprintf(`{"amount":%d}`, i))},
			{Step: "assess", Kind: "classify", Actor: flow.AI, Output: []byte(`{}`),
				Confidence: &flow.Confidence{Raw: 0.7, Calibrated: 0.6, Classes: []flow.Class{{Name: "approve", P: 0.6}, {Name: "hold", P: 0.4}}},
				Attempts:   []flow.Attempt{{TokensIn: 5, Latency: time.Second, Model: "m", Price: 0.01}, {Class: flow.ErrUnavailable}}},
			{Step: "post", Kind: "action", Actor: flow.System, Class: flow.ErrRejected, Error: "no\x00\xff", Source: "label", Key: 1<<63 + 7},
		},
		Handoffs: []flow.Handoff{
			{From: "input", To: "extract", Digest: 1 << 63},
			{From: "extract", To: "assess", Kind: flow.Incomplete, Detail: "absent", Clause: "amount", After: "escalate"},
		},
	}
	switch i % 4 {
	case 1:
		t.Status, t.Outcome, t.Team, t.Reason = flow.Escalated, nil, "clerks", "policy"
		t.Shadow, t.Right = []any{"hold", nil, nil}, &right
	case 2:
		t.Routes, t.Spans, t.Handoffs, t.Time, t.Tags = nil, nil, nil, time.Time{}, []string{"", ""}
		t.Status, t.Outcome, t.ShadowWhy = flow.Failed, nil, "broke"
	}
	return t
}

func header() *Header {
	h := &Header{FormatVersion: FormatVersion, Run: "r", State: Running, Repeats: 1, SegmentCases: 96, Designs: []Design{{Name: "d"}}}
	h.Data.Tags = []string{"channel", "country"}
	return h
}

func write(t *testing.T, w *Writer, from, to int) {
	t.Helper()
	chunk := NewChunk(outcome, w.Header().Data.Tags)
	flush := func(cases int) {
		if err := w.Write(chunk, cases); err != nil {
			t.Fatal(err)
		}
		chunk.Reset()
	}
	n := 0
	for i := from; i < to; i++ {
		trial := sample(i)
		chunk.Add(&trial)
		chunk.AddTiming(flow.Timing{Case: trial.Case, Design: "d", Wall: time.Duration(i)})
		for step := range i % 3 { // of steps that reach out: not every trial comes to all of them
			chunk.AddTiming(flow.Timing{Case: trial.Case, Design: "d", Step: fmt.Sprint("step", step), Spent: float64(i)})
		}
		n++
		if (i+1)%BlockCases == 0 {
			flush(n)
			n = 0
		}
	}
	if n > 0 {
		flush(n)
	}
}

func TestRoundTrip(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	w, err := Create(dir, header())
	if err != nil {
		t.Fatal(err)
	}
	write(t, w, 0, 250)
	w.Header().Data.Cases = 250
	if err := w.Close(Complete); err != nil {
		t.Fatal(err)
	}
	run, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if run.Header.State != Complete {
		t.Errorf("state %q", run.Header.State)
	}
	i := 0
	for got, err := range run.Trials(outcome) {
		if err != nil {
			t.Fatal(err)
		}
		want := sample(i)
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Fatalf("trial %d (-want +got):\n%s", i, diff)
		}
		i++
	}
	if i != 250 {
		t.Errorf("%d trials, want 250", i)
	}
	n := 0
	for got, err := range run.Timings() {
		if err != nil {
			t.Fatal(err)
		}
		if got.Step != "" {
			continue
		}
		if int(got.Wall) != n {
			t.Fatalf("timing %d: %+v", n, got)
		}
		n++
	}
	if n != 250 {
		t.Errorf("%d timings, want 250", n)
	}
}

// The columns that a chunk fills are those of the row type, in its order.
func TestColumnsAreThoseOfTheSchema(t *testing.T) {
	leaves := trialSchema.Columns()
	if len(leaves) != numColumns {
		t.Fatalf("%d leaf columns, want %d", len(leaves), numColumns)
	}
	for col, want := range map[int]string{
		colCase: "case_id", colShadowWhy: "shadow_why", colRouteStep: "routes.list.element.step",
		colClassP: "steps.list.element.classes.list.element.p", colAttemptModel: "steps.list.element.attempts.list.element.model",
		colSpanSource: "steps.list.element.source", colHandoffShadow: "handoffs.list.element.shadow",
	} {
		if got := strings.Join(leaves[col], "."); got != want {
			t.Errorf("column %d is %s, want %s", col, got, want)
		}
	}
}

func TestResumeEndsUpWithTheSameBytes(t *testing.T) {
	undisturbed := filepath.Join(t.TempDir(), "run")
	w, err := Create(undisturbed, header())
	if err != nil {
		t.Fatal(err)
	}
	write(t, w, 0, 250)
	if err := w.Close(Complete); err != nil {
		t.Fatal(err)
	}
	for _, stop := range []int{0, 1, 95, 96, 97, 132, 200, 249, 250} {
		dir := filepath.Join(t.TempDir(), "run")
		w, err := Create(dir, header())
		if err != nil {
			t.Fatal(err)
		}
		write(t, w, 0, stop)
		if err := w.Close(Interrupted); err != nil {
			t.Fatal(err)
		}
		w, done, err := Resume(dir, outcome)
		if err != nil {
			t.Fatal(err)
		}
		if want := stop / BlockCases * BlockCases; int(done) != want {
			t.Errorf("stopped at %d: resumed at %d, want %d", stop, done, want)
		}
		write(t, w, int(done), 250)
		if err := w.Close(Complete); err != nil {
			t.Fatal(err)
		}
		for s := range 3 {
			name := fmt.Sprintf("trials-%05d.parquet", s)
			a, err1 := os.ReadFile(filepath.Join(undisturbed, name))
			b, err2 := os.ReadFile(filepath.Join(dir, name))
			if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
				t.Errorf("stopped at %d: %s differs (%v, %v)", stop, name, err1, err2)
			}
		}
		if diff := cmp.Diff(allTimings(t, undisturbed), allTimings(t, dir)); diff != "" {
			t.Errorf("stopped at %d: timings (-undisturbed +resumed):\n%s", stop, diff)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*.partial.parquet")); left != nil {
			t.Errorf("stopped at %d: %v left", stop, left)
		}
	}
}

// allTimings are those of a whole run.
func allTimings(t *testing.T, dir string) []flow.Timing {
	t.Helper()
	run, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []flow.Timing
	for timing, err := range run.Timings() {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, timing)
	}
	return out
}

// What was paid counts over all the times that a run goes on, also where it was
// killed: nothing is done here to let go of the run.
func TestSpending(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	w, err := Create(dir, header())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []flow.Spending{{Spent: 1}, {Doubtful: 0.25}} {
		if err := w.Spend(s); err != nil {
			t.Fatal(err)
		}
	}
	killed, err := w.Spending()
	if diff := cmp.Diff(flow.Spending{Spent: 1, Doubtful: 0.25}, killed); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if err := w.Close(Interrupted); err != nil {
		t.Fatal(err)
	}
	w, _, err = Resume(dir, outcome)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Spend(flow.Spending{Spent: 2}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(Interrupted); err != nil {
		t.Fatal(err)
	}
	run, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	got, err := run.Spending()
	if diff := cmp.Diff(flow.Spending{Spent: 3, Doubtful: 0.25}, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	for _, bad := range []string{"{", `{"spent":-1}`, `"much"`} {
		if err := os.WriteFile(filepath.Join(dir, spendingFile), []byte(bad+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := run.Spending(); err == nil || !strings.Contains(err.Error(), spendingFile+":1: ") {
			t.Errorf("%s: %v, want what is wrong and where", bad, err)
		}
	}
}

func TestOneWriterAtATime(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	w, err := Create(dir, header())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if _, _, err := Resume(dir, outcome); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("a second writer got %v", err)
	}
	if _, err := Create(dir, header()); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("a second run in the folder got %v", err)
	}
}

func TestDamagedSegmentIsAnError(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	w, err := Create(dir, header())
	if err != nil {
		t.Fatal(err)
	}
	write(t, w, 0, 96)
	if err := w.Close(Complete); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "trials-00000.parquet")
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	run := &Run{Dir: dir, Header: header()}
	read := func() (all []string, failed bool) {
		for trial, err := range run.Trials(outcome) {
			if err != nil {
				return all, true
			}
			text, err := json.Marshal(trial)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, string(text))
		}
		return all, false
	}
	trials, failed := read()
	if failed || len(trials) != 96 {
		t.Fatalf("%d trials", len(trials))
	}
	for _, cut := range []int{0, 4, len(whole) / 2, len(whole) - 1} {
		if err := os.WriteFile(name, whole[:cut], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, failed := read(); !failed {
			t.Errorf("cut to %d of %d bytes: no error", cut, len(whole))
		}
	}
	damage := func(at int, bits byte) {
		flipped := bytes.Clone(whole)
		flipped[at] ^= bits
		if err := os.WriteFile(name, flipped, 0o644); err != nil {
			t.Fatal(err)
		}
		if got, failed := read(); !failed && !slices.Equal(got, trials) {
			t.Errorf("byte %d of %d is damaged, and other trials are read:\n%s", at, len(whole), cmp.Diff(trials, got))
		}
	}
	for at := 0; at < len(whole); at += 101 {
		damage(at, 0x55)
	}
	// One bit, where names of columns, packings and places stand.
	end := len(whole) - 8 - int(binary.LittleEndian.Uint32(whole[len(whole)-8:]))
	for at := end; at < len(whole); at += footerStride {
		damage(at, 1<<(at%8))
	}
}

func TestRecordThatLacksSegmentsIsAnError(t *testing.T) {
	for _, tc := range []struct {
		why    string
		remove []string
		state  State
		want   string // of the error; "" for none
	}{
		{"all there", nil, Complete, ""},
		{"a hole", []string{"trials-00001.parquet"}, Complete, "trials-00001.parquet is missing"},
		{"the first is gone", []string{"trials-00000.parquet"}, Interrupted, "trials-00000.parquet is missing"},
		{"the last is gone", []string{"trials-00002.parquet"}, Complete, "holds 192 cases, and its run.json says that all 250 are there"},
		{"an interrupted run has an open end", []string{"trials-00002.partial.parquet"}, Interrupted, ""},
		{"all are gone", []string{"trials-00000.parquet", "trials-00001.parquet", "trials-00002.parquet"}, Complete, "holds 0 cases"},
	} {
		t.Run(tc.why, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "run")
			w, err := Create(dir, header())
			if err != nil {
				t.Fatal(err)
			}
			write(t, w, 0, 250)
			if tc.state == Complete {
				w.Header().Data.Cases = 250
			}
			if err := w.Close(tc.state); err != nil {
				t.Fatal(err)
			}
			for _, name := range tc.remove {
				if err := os.Remove(filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
			}
			run, err := Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, err := range run.Trials(outcome) {
				if err != nil {
					got = err.Error()
				}
			}
			if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
				t.Errorf("error %q, want %q", got, tc.want)
			}
		})
	}
}

func TestHeaderThatNoProgramWritesIsAnError(t *testing.T) {
	for _, tc := range []struct{ why, from, to string }{
		{"a later format", `"format_version": 1`, `"format_version": 99`},
		{"an unknown state", `"state": "running"`, `"state": "done"`},
		{"segments of nothing", `"segment_cases": 96`, `"segment_cases": 0`},
		{"segments that cut blocks", `"segment_cases": 96`, `"segment_cases": 100`},
		{"no repeats", `"repeats": 1`, `"repeats": 0`},
		{"cut short", `"state": "running"`, ``},
	} {
		t.Run(tc.why, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "run")
			w, err := Create(dir, header())
			if err != nil {
				t.Fatal(err)
			}
			w.Abort()
			path := filepath.Join(dir, "run.json")
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			bad := strings.Replace(string(data), tc.from, tc.to, 1)
			if bad == string(data) {
				t.Fatalf("run.json has no %s", tc.from)
			}
			if err := os.WriteFile(path, []byte(bad), 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("error %v, want one that names %s", err, path)
			}
		})
	}
}

func BenchmarkChunk(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "run")
	h := header()
	h.SegmentCases = 4096
	w, err := Create(dir, h)
	if err != nil {
		b.Fatal(err)
	}
	defer w.Abort()
	trials := make([]flow.Trial, 256)
	for i := range trials {
		trials[i] = sample(i * 4)
	}
	chunk := NewChunk(outcome, h.Data.Tags)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		chunk.Add(&trials[n%len(trials)])
		if n++; n%BlockCases == 0 {
			if err := w.Write(chunk, BlockCases); err != nil {
				b.Fatal(err)
			}
			chunk.Reset()
		}
	}
}
