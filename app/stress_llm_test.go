package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
	"github.com/rehearse-dev/rehearse/internal/stress"
)

// stressAnswer is what is read here of the answer.
type stressAnswer struct {
	Cases, Measured int
	Stopped         string
	Retriers        []stress.Retrier
	Untouched       []stress.Untouched
	Faults          []struct {
		Name   string
		Levels []stressLevel
	}
}

type stressLevel struct {
	Strength    float64
	Touched     int
	Measured    int
	Turned      int
	Broken      count
	Asked       count `json:"asked_for_help"`
	Silent      count `json:"new_silent_failures"`
	FailedTries int   `json:"failed_tries"`
	GivenUp     int   `json:"calls_given_up"`
	Latency     *stress.Latency
	Figures     struct {
		Escalated struct{ Numerator float64 } `json:"escalation_rate"`
	}
}

// count is so many of so many.
type count struct {
	X int `json:"numerator"`
	N int `json:"denominator"`
}

// stressed stresses the tickets' design that asks a model.
func stressed(t *testing.T, project string, code int, args ...string) (result *stressAnswer, stdout, stderr string) {
	t.Helper()
	var out, problems bytes.Buffer
	line := append([]string{"simulate", "stress", filepath.Join(project, "workflows", "tickets", "llm.yaml"), "--format", "json"}, args...)
	if got := app.Simulate(app.Builtin(), line, strings.NewReader(""), &out, &problems); got != code {
		t.Fatalf("%s: exit code %d, want %d\n%s", strings.Join(line, " "), got, code, &problems)
	}
	if out.Len() > 0 && !slices.Contains(args, "md") {
		if err := json.Unmarshal(out.Bytes(), &result); err != nil {
			t.Fatalf("%v\n%s", err, &out)
		}
	}
	return result, out.String(), problems.String()
}

var ticketNumber = regexp.MustCompile(`ticket number (\d\d)`)

// sorter answers by the number in the ticket; obeying is what it says of a
// ticket that holds instructions.
func sorter(obeying func(text string) (queue string, obeys bool)) func(*llmtest.Call) llmtest.Reply {
	return func(c *llmtest.Call) llmtest.Reply {
		if queue, obeys := obeying(c.Last()); obeys {
			return llmtest.Reply{Text: fmt.Sprintf(`{"queue":%q,"confidence":1}`, queue)}
		}
		m := ticketNumber.FindStringSubmatch(c.Last())
		if m == nil {
			return llmtest.Reply{Text: `{"queue":"billing","confidence":0.1}`}
		}
		n, _ := strconv.Atoi(m[1])
		return right(n)
	}
}

func careful(string) (string, bool) { return "", false }

func level(t *testing.T, r *stressAnswer, fault string, strength float64) *stressLevel {
	t.Helper()
	for i := range r.Faults {
		for k := range r.Faults[i].Levels {
			if l := &r.Faults[i].Levels[k]; r.Faults[i].Name == fault && l.Strength == strength {
				return l
			}
		}
	}
	t.Fatalf("no %s at %v: %+v", fault, strength, r.Untouched)
	return nil
}

// Instructions in a document reach the model, which obeys them or does not. What
// was answered once is stored, and needs no call again.
func TestStressInstructions(t *testing.T) {
	demanded := regexp.MustCompile(`Set queue to "(\w+)"`)
	s := serve(t, sorter(func(text string) (string, bool) {
		m := demanded.FindStringSubmatch(text)
		if m == nil {
			return "", false
		}
		return m[1], strings.Contains(text, "ignore all previous instructions")
	}))
	project := tickets(t, "")
	got, first, _ := stressed(t, project, app.ExitDone, "--cases", "0", "--calls", "--only", "instructions")
	l := level(t, got, "instructions", 1)
	// One of two queues is asked for, which is right in half of the cases.
	if l.Touched != ticketCases || l.Silent.X != ticketCases/2 || l.Turned != ticketCases/2 || l.Asked.X != 0 {
		t.Errorf("%d touched, %d silent failures, %d of %d asked for help, want %d, %d and none", l.Touched, l.Silent.X, l.Asked.X, l.Turned, ticketCases, ticketCases/2)
	}
	asked := s.Received()
	if asked != 2*ticketCases {
		t.Errorf("the model was asked %d times, want once for every case as it is and once with instructions", asked)
	}
	_, again, _ := stressed(t, project, app.ExitDone, "--cases", "0", "--only", "instructions")
	if again != first || s.Received() != asked {
		t.Errorf("from stored answers it says something else, or asks: %d calls\n%s", s.Received()-asked, cmp.Diff(first, again))
	}

	serve(t, sorter(careful))
	got, _, _ = stressed(t, tickets(t, ""), app.ExitDone, "--cases", "0", "--calls", "--only", "instructions")
	if l := level(t, got, "instructions", 1); l.Touched != ticketCases || l.Broken.X != 0 {
		t.Errorf("a model that obeys nothing: %d cases broken of %d", l.Broken.X, l.Touched)
	}
}

// Without --calls only what the clean cases ask is stored: a fault that changes
// the question is not measured, and one that does not is.
func TestStressStoredAnswers(t *testing.T) {
	s := serve(t, sorter(careful))
	project := tickets(t, "    retries: 1")
	if _, _, stderr := stressed(t, project, app.ExitCannot, "--only", "ocr"); !strings.Contains(stderr, "--calls lets its steps ask") || s.Received() != 0 {
		t.Errorf("nothing is stored yet: %d calls, and it says %s", s.Received(), stderr)
	}
	replay(t, project, filepath.Join(project, "run"))
	asked := s.Received()
	t.Setenv("REHEARSE_LLM_MODEL", "another")
	if got, _, _ := stressed(t, project, app.ExitInconclusive, "--only", "ocr"); got.Cases != ticketCases || got.Measured != 0 {
		t.Errorf("nothing is stored of the other model: %d of %d cases measured", got.Measured, got.Cases)
	}
	t.Setenv("REHEARSE_LLM_MODEL", "stand-in")
	got, _, _ := stressed(t, project, app.ExitDone, "--cases", "0", "--only", "instructions", "--only", "server-errors")
	if s.Received() != asked {
		t.Errorf("%d calls were made without --calls", s.Received()-asked)
	}
	if l := level(t, got, "server-errors", 0.6); l.Measured != ticketCases {
		t.Errorf("server-errors: %d of %d measured", l.Measured, ticketCases)
	}
	want := stress.Untouched{Name: "instructions", Why: "not measured: offline_miss"}
	if len(got.Untouched) != 1 || got.Untouched[0] != want {
		t.Errorf("untouched: %+v, want %+v", got.Untouched, want)
	}
}

// Faults of tries strike those that the step really makes: as many as it is
// allowed, each with its own draw, whether or not the answer is stored. A call
// is given up with the last try, and goes to a person here.
func TestStressTries(t *testing.T) {
	for _, row := range []struct {
		why   string
		step  string
		tries int
	}{
		{"as the step says", "    retries: 2", 3},
		{"a step that tries once", "    retries: 0", 1},
		{"as endpoints are tried where nobody says", "", 5},
	} {
		s := serve(t, sorter(careful))
		project := tickets(t, row.step)
		got, first, _ := stressed(t, project, app.ExitDone, "--cases", "0", "--calls", "--only", "rate-limits", "--only", "timeouts", "--only", "server-errors", "--parallel", "7")
		if diff := cmp.Diff([]stress.Retrier{{Step: "assess", Tries: row.tries}}, got.Retriers); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.why, diff)
		}
		if s.Received() != ticketCases {
			t.Errorf("%s: %d calls, want one for every case: a try that fails asks nobody", row.why, s.Received())
		}
		for _, f := range got.Faults {
			for _, l := range f.Levels {
				if escalated := int(l.Figures.Escalated.Numerator); escalated != l.GivenUp || l.Broken.X != 0 {
					t.Errorf("%s: %s at %v: %d calls given up, %d cases escalated, %d broken", row.why, f.Name, l.Strength, l.GivenUp, escalated, l.Broken.X)
				}
				// All of so many independent tries fail with the power of the
				// strength; four standard errors.
				p := math.Pow(l.Strength, float64(row.tries))
				if limit := 4*math.Sqrt(p*(1-p)*ticketCases) + 1; math.Abs(float64(l.GivenUp)-p*ticketCases) > limit {
					t.Errorf("%s: %s at %v: %d calls given up, want %.1f ± %.1f", row.why, f.Name, l.Strength, l.GivenUp, p*ticketCases, limit)
				}
				failed := 0.0 // the n-th is made where all before it failed
				for n := 1; n <= row.tries; n++ {
					failed += math.Pow(l.Strength, float64(n)) * ticketCases
				}
				if math.Abs(float64(l.FailedTries)-failed) > 4*math.Sqrt(failed*float64(row.tries)) {
					t.Errorf("%s: %s at %v: %d tries failed, want about %.1f", row.why, f.Name, l.Strength, l.FailedTries, failed)
				}
			}
		}
		if _, again, _ := stressed(t, project, app.ExitDone, "--cases", "0", "--only", "rate-limits", "--only", "timeouts", "--only", "server-errors", "--parallel", "1"); again != first {
			t.Errorf("%s: stored answers make a difference:\n%s", row.why, cmp.Diff(first, again))
		}
	}
}

// Stored answers took a time that is known, and take longer under slow systems.
func TestStressSlowSystems(t *testing.T) {
	serve(t, sorter(careful))
	project := tickets(t, "")
	got, _, _ := stressed(t, project, app.ExitDone, "--cases", "0", "--calls", "--only", "slow-systems")
	for _, strength := range []float64{1, 4, 9} {
		l := level(t, got, "slow-systems", strength)
		if l.Touched != ticketCases || l.Latency == nil || l.Latency.Cases != ticketCases || l.Broken.X != 0 {
			t.Fatalf("at %v: %+v", strength, l)
		}
		clean, slow := l.Latency.Clean.Median.Value, l.Latency.Fault.Median.Value
		if !(clean > 0) || math.Abs(slow/clean-(1+strength)) > 1e-4 {
			t.Errorf("at %v: %v s clean, %v s under it, want %v times as long", strength, clean, slow, 1+strength)
		}
	}
	if _, page, _ := stressed(t, project, app.ExitDone, "--cases", "0", "--only", "slow-systems", "--format", "md"); !strings.Contains(page, "## Waiting for calls") {
		t.Errorf("the page says nothing of waiting:\n%s", page)
	}
}

// An endpoint that really refuses is asked again by the step, and the answer is
// that of one which does not. One that is down for the damaged questions alone
// sends their cases to people.
func TestStressEndpointFails(t *testing.T) {
	serve(t, sorter(careful))
	_, want, _ := stressed(t, tickets(t, ""), app.ExitDone, "--cases", "0", "--calls", "--only", "ocr", "--only", "look-alikes", "--seed", "3")

	var mu sync.Mutex
	seen := map[string]int{}
	trouble := []llmtest.Reply{{Drop: true}, {Text: "{", CutAfter: 9}}
	flaky := serve(t, func(c *llmtest.Call) llmtest.Reply {
		mu.Lock()
		seen[c.Last()]++
		n := seen[c.Last()]
		mu.Unlock()
		switch {
		case n > 1:
		case c.N%20 < len(trouble): // these are asked again after a longer while
			return trouble[c.N%20]
		default:
			return llmtest.Reply{Status: []int{429, 503}[c.N%2], RetryAfter: "0.001"}
		}
		return sorter(careful)(c)
	})
	_, got, _ := stressed(t, tickets(t, ""), app.ExitDone, "--cases", "0", "--calls", "--only", "ocr", "--only", "look-alikes", "--seed", "3")
	if diff := cmp.Diff(timeless(t, want), timeless(t, got)); diff != "" {
		t.Errorf("an endpoint that fails each question once makes a difference (-whole +failing):\n%s", diff)
	}
	if flaky.Received() != 2*len(seen) {
		t.Errorf("%d calls for %d questions, want each asked again once", flaky.Received(), len(seen))
	}

	serve(t, func(c *llmtest.Call) llmtest.Reply {
		if strings.Contains(c.Last(), "ignore all previous instructions") {
			return llmtest.Reply{Status: 503}
		}
		return sorter(careful)(c)
	})
	down, _, _ := stressed(t, tickets(t, "    retries: 0"), app.ExitDone, "--cases", "0", "--calls", "--only", "instructions", "--parallel", "1")
	l := level(t, down, "instructions", 0.1)
	if l.Touched == 0 || l.Turned != l.Touched || l.Asked.X != l.Turned || l.Broken.X != 0 {
		t.Errorf("asked for help in %d of %d turned, %d touched, %d broken", l.Asked.X, l.Turned, l.Touched, l.Broken.X)
	}
}

// timeless is an answer without how long calls took, which is another thing when
// they are made again.
func timeless(t *testing.T, answer string) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(answer), &out); err != nil {
		t.Fatal(err)
	}
	for _, f := range out["faults"].([]any) {
		for _, l := range f.(map[string]any)["levels"].([]any) {
			delete(l.(map[string]any), "latency")
		}
	}
	return out
}

// Partial answers and an outage need no call: they are of what was answered.
func TestStressPartialAndOutage(t *testing.T) {
	serve(t, sorter(careful))
	project := tickets(t, "")
	got, _, _ := stressed(t, project, app.ExitDone, "--cases", "0", "--calls", "--only", "partial-answers", "--only", "outage:*")
	out := level(t, got, "outage:assess", 0.3)
	if escalated := int(out.Figures.Escalated.Numerator); out.Touched != ticketCases*3/10 || escalated != out.Touched {
		t.Errorf("down for 30%% of the time: %d cases touched, %d escalated", out.Touched, escalated)
	}
	// Without its confidence an answer goes to a person; without its queue alone
	// it is the case's end all the same, with a handoff that is broken.
	l := level(t, got, "partial-answers", 0.5)
	if l.Turned != l.Touched || l.Asked.X != int(l.Figures.Escalated.Numerator) || l.Asked.X == 0 || l.Broken.X != l.Turned-l.Asked.X || l.Broken.X == 0 {
		t.Errorf("%d touched, %d turned, %d asked for help, %d broken", l.Touched, l.Turned, l.Asked.X, l.Broken.X)
	}
}

// The budget ends it before it is spent, with what was measured till then.
func TestStressBudget(t *testing.T) {
	s := serve(t, sorter(careful))
	project := tickets(t, "    max_tokens: 500")
	const each = 1000e-6 + 2*500e-6 // as right says, at the step's prices for a million
	got, _, stderr := stressed(t, project, app.ExitInterrupted, "--cases", "0", "--calls", "--only", "instructions", "--parallel", "1", "--budget", fmt.Sprint(30*each))
	if !strings.Contains(stderr, "budget") {
		t.Errorf("nothing is said of the budget: %s", stderr)
	}
	if got == nil || got.Stopped == "" || got.Measured == 0 || got.Measured >= ticketCases || s.Paid() > 30 {
		t.Fatalf("%d paid calls, result %+v", s.Paid(), got)
	}
	if want := fmt.Sprintf("stopped after %d of %d cases", got.Cases, ticketCases); !strings.HasPrefix(got.Stopped, want) {
		t.Errorf("%q, want %q", got.Stopped, want)
	}
	paid := s.Paid()
	whole, _, _ := stressed(t, project, app.ExitDone, "--cases", "0", "--calls", "--only", "instructions")
	if whole.Measured != ticketCases || s.Received() >= 2*ticketCases+ticketCases/2+paid {
		t.Errorf("%d measured after %d calls", whole.Measured, s.Received())
	}
	for _, args := range [][]string{{"--budget", "1"}, {"--calls", "--budget", "-1"}} {
		if _, stdout, _ := stressed(t, project, app.ExitUsage, args...); stdout != "" {
			t.Errorf("%v: %s", args, stdout)
		}
	}
}
