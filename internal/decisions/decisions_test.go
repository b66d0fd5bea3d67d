package decisions

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/queue"
)

func workflow(t *testing.T) *design.Workflow {
	t.Helper()
	file := filepath.Join(t.TempDir(), "workflow.yaml")
	if err := os.WriteFile(file, []byte("workflow: w\ninput: {text: string}\noutcome: {queue: {enum: [a, b, c]}, sum: {type: number, optional: true}, note: {type: string, optional: true, compare: none}}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	w, problems := design.LoadWorkflow(file)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return w
}

func queueOf(w *design.Workflow, entries ...queue.Entry) *queue.Queue {
	q := &queue.Queue{Header: queue.Header{Queue: "q1", Outcome: queue.Judged(w)}, Entries: entries}
	for i := range q.Entries {
		q.Entries[i].Number = i + 1
	}
	return q
}

func TestReadFaults(t *testing.T) {
	w := workflow(t)
	q := queueOf(w, queue.Entry{Case: "t1", Inclusion: 1}, queue.Entry{Case: "t2", Inclusion: 1})
	const by = `,"reviewer":"ann","at":"2026-11-21"}`
	for _, tt := range []struct{ why, file, text, want string }{
		{"as the form saves it", "d.jsonl", `{"queue":"q1","entry":1,"case":"t1","outcome":{"queue":"a"}` + by, ""},
		{"a number as JSON has it", "d.jsonl", `{"entry":1,"outcome":{"queue":"a","sum":12.50}` + by, ""},
		{"by hand, with semicolons and a mark", "d.csv", "\ufeffcase;outcome.queue;reviewer;at\nt2;b;ann;2026-11-21\n", ""},
		{"a row that nobody filled in", "d.csv", "case,outcome.queue,reviewer,at\nt1,,,\n", ""},
		{"no JSON", "d.jsonl", "x", "d.jsonl:1:1: not a decision: invalid character 'x' looking for beginning of value"},
		{"an unknown key", "d.jsonl", `{"entry":1,"outcom":{}` + by, `d.jsonl:1:1: not a decision: json: unknown field "outcom"`},
		{"nobody", "d.jsonl", `{"entry":1,"unknown":true,"at":"2026-11-21"}`, "d.jsonl:1:1: nobody says who decided"},
		{"never", "d.jsonl", `{"entry":1,"unknown":true,"reviewer":"ann","at":"soon"}`, `d.jsonl:1:1: at is "soon", no date or time`},
		{"no case", "d.jsonl", `{"unknown":true` + by, "d.jsonl:1:1: a decision about no case"},
		{"an outcome that nobody can tell", "d.jsonl", `{"entry":1,"unknown":true,"outcome":{"queue":"a"}` + by, "d.jsonl:1:1: want one of an outcome and unknown"},
		{"another queue", "d.jsonl", `{"queue":"q9","entry":1,"unknown":true` + by, `d.jsonl:1:1: a decision of queue "q9", and this is queue "q1"`},
		{"an entry that is not there", "d.jsonl", `{"entry":3,"unknown":true` + by, "d.jsonl:1:1: entry 3, and the queue has 1 to 2"},
		{"a case that is not there", "d.csv", "case,outcome.queue,reviewer,at\nt1,a,ann,2026-11-21\nt9,a,ann,2026-11-21\n", `d.csv:3:1: case "t9" is not in the queue`},
		{"an entry that is another case", "d.csv", "entry,case,outcome.queue,reviewer,at\n1,t2,a,ann,2026-11-21\n", `d.csv:2:1: entry 1 is not case "t2", which is entry 2`},
		{"a class that there is not", "d.csv", "case,outcome.queue,reviewer,at\nt1,z,ann,2026-11-21\n", `d.csv:2:1: field "queue" is "z"`},
		{"a number in words", "d.csv", "case,outcome.queue,outcome.sum,reviewer,at\nt1,a,ten,ann,2026-11-21\n", `d.csv:2:1: field "sum" is "ten"`},
		{"no decision", "d.csv", "case,outcome.sum,reviewer,at\nt1,3,ann,2026-11-21\n", `d.csv:2:1: nothing is decided: field "queue" is empty`},
		{"a field that is not judged", "d.csv", "case,outcome.queue,outcome.note,reviewer,at\nt1,a,x,ann,2026-11-21\n", `d.csv:2:1: the workflow judges no outcome field "note"`},
		{"an unknown column", "d.csv", "case,outcom.queue\n", `d.csv:1:6: unknown column "outcom.queue"`},
		{"a column twice", "d.csv", "case,case\n", `d.csv:1:6: column "case" twice`},
		{"a field less", "d.csv", "case,outcome.queue,reviewer,at\nt1,a\n", "d.csv:2:1: 2 fields, and 4 columns"},
		{"a quote that does not end", "d.csv", "case,outcome.queue\n\"t1,a\n", "d.csv:"},
		{"an empty table", "d.csv", "", "d.csv:1:1: no line with the names of columns"},
		{"seconds in words", "d.csv", "case,outcome.queue,reviewer,at,seconds\nt1,a,ann,2026-11-21,long\n", `d.csv:2:21: seconds are "long"`},
		{"twice at one time", "d.csv", "case,outcome.queue,reviewer,at\nt1,a,ann,2026-11-21\nt1,b,ann,2026-11-21\n", "d.csv:3:1: ann decided entry 1 otherwise at the same time"},
	} {
		all, diags := Parse(tt.file, []byte(tt.text))
		if len(diags) == 0 {
			_, diags = Place(all, q, w)
		}
		got := ""
		if err := diags.Err(); err != nil {
			got = err.Error()
		}
		if tt.want == "" && got != "" || !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.why, got, tt.want)
		}
	}
}

func TestSettle(t *testing.T) {
	w := workflow(t)
	q := queueOf(w, queue.Entry{Case: "t1", Inclusion: 1})
	for _, tt := range []struct{ why, rows, want string }{
		{"one is enough", "a,,,ann", "[a <nil> <nil>]"},
		{"two agree", "a,,,ann\na,,,bo", "[a <nil> <nil>]"},
		{"two do not", "a,,,ann\nb,,,bo", "disputed"},
		{"two of three", "a,,,ann\nb,,,bo\na,,,cem", "[a <nil> <nil>]"},
		{"three of three ways", "a,,,ann\nb,,,bo\nc,,,cem", "disputed"},
		{"a field that only one judged", "a,5,,ann\na,,,bo", "[a 5 <nil>]"},
		{"a field that they dispute", "a,5,,ann\na,6,,bo", "disputed"},
		{"one cannot tell", "a,,,ann\n,,yes,bo", "disputed"},
		{"most cannot tell", "a,,,ann\n,,yes,bo\n,,yes,cem", "unknown"},
	} {
		all, diags := Parse("d.csv", []byte("entry,outcome.queue,outcome.sum,unknown,reviewer,at\n1,"+strings.ReplaceAll(tt.rows, "\n", ",2026-11-21\n1,")+",2026-11-21\n"))
		placed, more := Place(all, q, w)
		if len(diags)+len(more) > 0 {
			t.Fatal(diags, more)
		}
		s := Settle(placed, w)[0]
		got := fmt.Sprint(s.Values)
		switch {
		case s.Disputed:
			got = "disputed"
		case s.Unknown:
			got = "unknown"
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.why, got, tt.want)
		}
	}
}

// What was decided last stands, in whatever order files come, and reading again
// what was written changes nothing.
func TestLastDecisionStands(t *testing.T) {
	w := workflow(t)
	q := queueOf(w, queue.Entry{Case: "t1", Inclusion: 1})
	first := `{"entry":1,"outcome":{"queue":"a"},"reviewer":"ann","at":"2026-11-21T09:00:00Z"}` + "\n"
	last := `{"entry":1,"outcome":{"queue":"b"},"reviewer":"ann","at":"2026-11-21T10:00:00Z","seconds":12}` + "\n"
	var written []string
	for _, text := range []string{first + last, last + first, last + last} {
		all, _ := Parse("d.jsonl", []byte(text))
		placed, diags := Place(all, q, w)
		if err := diags.Err(); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := Write(&b, placed); err != nil {
			t.Fatal(err)
		}
		again, _ := Parse("d.jsonl", b.Bytes())
		placed, _ = Place(again, q, w)
		if len(placed) != 1 || placed[0].Outcome["queue"] != "b" || placed[0].Seconds != 12 {
			t.Errorf("%s: %+v", text, placed)
		}
		written = append(written, b.String())
	}
	if diff := cmp.Diff(written[0], written[1]); diff != "" {
		t.Errorf("in another order:\n%s", diff)
	}
}

// imagined are cases whose design says always a, and whose truth is known.
type imagined struct {
	cases []queue.Candidate
	truth map[string]string
}

func (s *imagined) Cases(_ context.Context, _ bool, each func(*queue.Seen) error) error {
	for _, c := range s.cases {
		if err := each(&queue.Seen{Case: flow.Case{ID: c.Case}, Ended: c.Ended, Proposed: []any{"a", nil, nil}}); err != nil {
			return err
		}
	}
	return nil
}

// Over many queues, each decided whole, the estimates from the audit and from the
// weighted queue have the accuracy of all automated cases as their mean, and their
// intervals hold it about as often as they say.
func TestEstimates(t *testing.T) {
	w := workflow(t)
	rng := rand.New(rand.NewPCG(2, 6))
	world := &imagined{truth: map[string]string{}}
	accuracy, automated := 0.0, 0.0
	for i := range 500 {
		u := rng.Float64() * rng.Float64()
		c := queue.Candidate{Case: fmt.Sprintf("c%d", i), Weight: 1, Uncertainty: u, Stake: 1}
		if i%9 == 0 {
			c.Ended = queue.Escalated
		}
		world.truth[c.Case] = "a"
		if rng.Float64() < u {
			world.truth[c.Case] = "b"
		}
		world.cases = append(world.cases, c)
		if c.Ended == "" {
			automated++
			if world.truth[c.Case] == "a" {
				accuracy++
			}
		}
	}
	accuracy /= automated
	const draws = 400
	var sum, squares, width [2]float64
	var covered [2]int
	for seed := range uint64(draws) {
		frame, entries := queue.Draw(world.cases, queue.Plan{Audit: queue.Amount{Cases: 60}, More: 80, Seed: seed})
		q := queueOf(w, entries...)
		q.Header.Frame = frame
		var text strings.Builder
		text.WriteString("entry,outcome.queue,reviewer,at\n")
		for _, e := range entries {
			fmt.Fprintf(&text, "%d,%s,ann,2026-11-21\n", e.Number, world.truth[e.Case])
		}
		all, _ := Parse("d.csv", []byte(text.String()))
		placed, diags := Place(all, q, w)
		if err := diags.Err(); err != nil {
			t.Fatal(err)
		}
		s, err := Tell(t.Context(), q, Settle(placed, w), world, w, &dataset.Card{})
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range s.Accuracy {
			p := x.Share.Estimate.Value
			sum[i] += p / draws
			squares[i] += p * p / draws
			width[i] += (x.Share.Upper - x.Share.Lower) / draws
			if x.Share.Lower <= accuracy && accuracy <= x.Share.Upper {
				covered[i]++
			}
		}
	}
	for i, from := range []string{"audit", "audit and the rest"} {
		se := math.Sqrt((squares[i] - sum[i]*sum[i]) / draws)
		if math.Abs(sum[i]-accuracy) > 4*se {
			t.Errorf("%s: mean %.4f, want %.4f within 4 × %.5f", from, sum[i], accuracy, se)
		}
		if share := float64(covered[i]) / draws; share < 0.92 {
			t.Errorf("%s: the interval holds the accuracy in %.3f of %d draws", from, share, draws)
		}
	}
	if width[1] >= width[0] {
		t.Errorf("the rest of the queue makes the interval no narrower: %.3f, %.3f", width[0], width[1])
	}
}

func FuzzParse(f *testing.F) {
	f.Add("d.csv", []byte("entry,outcome.queue,reviewer,at\n1,a,ann,2026-11-21\n"))
	f.Add("d.jsonl", []byte(`{"entry":1,"outcome":{"queue":"a"},"reviewer":"ann","at":"2026-11-21"}`))
	f.Fuzz(func(t *testing.T, path string, data []byte) {
		all, _ := Parse(path, data)
		for _, d := range all {
			if d.Reviewer == "" || d.At.IsZero() && d.At.Year() != 1 || d.Unknown == (len(d.Outcome) > 0) {
				t.Fatalf("%+v", d)
			}
		}
	})
}
