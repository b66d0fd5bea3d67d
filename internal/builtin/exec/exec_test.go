package exec

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/flowtest"
	"github.com/rehearse-dev/rehearse/internal/builtin/kindtest"
)

const (
	inFields  = "text: string, amount: number?"
	outFields = "label: string, seed: integer?"
)

// standInConfig is a step over this test binary, found on the PATH.
func standInConfig(t testing.TB, yaml string) kindtest.Config {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.(interface{ Setenv(k, v string) }).Setenv("PATH", filepath.Dir(self)+string(os.PathListSeparator)+os.Getenv("PATH"))
	return kindtest.Config{
		InSchema: kindtest.Schema(t, inFields), OutSchema: kindtest.Schema(t, outFields),
		Dir:  kindtest.Files(t, map[string]string{"model.json": "{}"}),
		YAML: fmt.Sprintf("run: [%q, %s]\n%s", filepath.Base(self), workerArg, yaml),
	}
}

// open makes and opens a step.
func open(t testing.TB, c kindtest.Config, session flow.Session) *Step {
	t.Helper()
	s := kindtest.New(t, Kind(), c).(*Step)
	session.Programs = true
	if err := s.Ready(session); err != nil {
		t.Fatal(err)
	}
	if err := s.Open(context.Background(), session); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func input(t testing.TB, text string) flow.Input {
	in := kindtest.Input(kindtest.Schema(t, inFields), text, nil)
	in.Key.Case = text
	return in
}

func TestAnswers(t *testing.T) {
	c := standInConfig(t, "workers: 2\ntimeout: 20s\n")
	s := open(t, c, flow.Session{})
	seed := int64(input(t, "hello").Key.Rand("exec").Uint64() >> 11)
	flowtest.Step(t, s, c.OutSchema, input(t, "hello"), input(t, "wörld \x00\" \\ \u2028"))
	for _, tc := range []struct {
		why, text string
		want      []any
		sure      *flow.Confidence
	}{
		{"an answer, with the seed of the case", "hello", []any{"HELLO", seed}, nil},
		{"a confidence", "confidence 0.25", []any{"x", int64(1)}, &flow.Confidence{Raw: 0.25, Calibrated: 0.25}},
		{"what it may take for an answer", "deadline", []any{"20000", int64(1)}, nil},
		{"it runs in the workflow's folder", "where", []any{filepath.Base(c.Dir), int64(1)}, nil},
		{"so much on stderr that it is forgotten", "chatter", []any{"CHATTER", int64(input(t, "chatter").Key.Rand("exec").Uint64() >> 11)}, nil},
	} {
		t.Run(tc.why, func(t *testing.T) {
			got, err := s.Do(context.Background(), input(t, tc.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(flow.Output{Values: tc.want, Confidence: tc.sure}, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestFailures holds the class, the detail and the words of each.
func TestFailures(t *testing.T) {
	ended := "it ended with "
	for _, tc := range []struct {
		why, text string
		class     flow.ErrorClass
		detail    string
		want      string // how the message begins
	}{
		{"it crashes", "crash", flow.ErrUnavailable, detailCrash, ended + "exit status 3 instead of answering: ValueError: no such thing\nstderr:\nworking on crash\nValueError: no such thing"},
		{"it is killed", "killed", flow.ErrUnavailable, detailCrash, ended},
		{"it ends within a line", "partial", flow.ErrUnavailable, detailCrash, ended + "exit status 0 in the middle of a line instead of answering: working on partial"},
		{"what it started holds its output open", "child", flow.ErrUnavailable, detailCrash, ended + "exit status 4 instead of answering: left a child behind"},
		{"it hangs", "hang", flow.ErrUnavailable, detailTimeout, "no answer within 5s: working on hang"},
		{"it prints for people", "noise", flow.ErrMalformed, detailProtocol, `it wrote "loading the model\x1b[31m" to stdout, want a line like {"id": …, "out": {…}} (invalid character 'l' looking for beginning of value); what it prints for people belongs on stderr: working on noise`},
		{"an empty line", "empty", flow.ErrMalformed, detailProtocol, "it wrote an empty line to stdout, want one JSON object a line: working on empty"},
		{"an id that was not asked", "unknown", flow.ErrMalformed, detailProtocol, `it answered the unknown id "77"`},
		{"a huge line", "long", flow.ErrMalformed, detailProtocol, "it wrote a line of more than 4194304 bytes to stdout: working on long"},
		{"no id", "no-id", flow.ErrMalformed, detailProtocol, `it wrote "{\"out\":{\"label\":\"x\",\"seed\":1}}" to stdout, a line without the id that it answers`},
		{"an answer and an error", "both", flow.ErrMalformed, detailProtocol, "it answered with "},
		{"a key twice", "key-twice", flow.ErrMalformed, detailProtocol, "it answered with "},
		{"two answers on one line", "two-on-a-line", flow.ErrMalformed, detailProtocol, "it wrote "},
		{"an unknown key", "key", flow.ErrMalformed, detailProtocol, "it wrote "},
		{"an unknown field", "field", flow.ErrMalformed, detailSchema, `its out: unknown field "lable": working on field`},
		{"another type", "type", flow.ErrMalformed, detailSchema, `its out: field "label": is a number in JSON, want string`},
		{"a field that may not be absent", "missing", flow.ErrMalformed, detailSchema, `its out: field "label" is missing`},
		{"a confidence that is none", "confidence 1.5", flow.ErrMalformed, detailSchema, "its confidence is 1.5, want a number from 0 to 1"},
		{"an error of its own", "error rejected", flow.ErrRejected, detailProgram, "it cannot be read: working on error\nstderr:\nworking on error"},
		{"not measured is one of them", "error not_measured", flow.ErrNotMeasured, detailProgram, "it cannot be read"},
		{"an error of no class", "error reject", flow.ErrMalformed, detailSchema, `its error has the unknown class "reject" (did you mean "rejected"?)`},
		{"far too much on stderr, and an answer at once behind it", "flood", flow.ErrStep, detailNoise, "it wrote more than 16777216 bytes to stderr for one case"},
		{"far too much on stderr, and the end", "flood-exit", flow.ErrStep, detailNoise, "it wrote more than 16777216 bytes to stderr for one case"},
		{"far too much on stderr, and no answer", "loud", flow.ErrStep, detailNoise, "it wrote more than 16777216 bytes to stderr for one case"},
	} {
		t.Run(tc.why, func(t *testing.T) {
			t.Parallel()
			timeout := "1m" // no answer is late because many programs start at once
			if tc.text == "hang" {
				timeout = "5s" // time to start, and to say what it works on
			}
			c := parallelConfig(t, "workers: 1\ntimeout: "+timeout+"\n")
			s := open(t, c, flow.Session{})
			_, err := s.Do(context.Background(), input(t, tc.text))
			var failed *flow.StepError
			if !errors.As(err, &failed) {
				t.Fatalf("got %v, want a step's error", err)
			}
			if failed.Class != tc.class || failed.Detail != tc.detail {
				t.Errorf("class %s, detail %s: want %s, %s", failed.Class, failed.Detail, tc.class, tc.detail)
			}
			if !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("got  %q\nwant %q", err, tc.want)
			}
			// The next case does not suffer for it.
			got, err := s.Do(context.Background(), input(t, "quiet"))
			if err != nil || got.Values[0] != "QUIET" {
				t.Errorf("the case after it: %v, %v", got.Values, err)
			}
		})
	}
}

var onPath sync.Once

// parallelConfig is standInConfig for tests that run side by side, which may
// not set the environment: this sets it for all, once.
func parallelConfig(t testing.TB, yaml string) kindtest.Config {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	onPath.Do(func() {
		os.Setenv("PATH", filepath.Dir(self)+string(os.PathListSeparator)+os.Getenv("PATH"))
	})
	return kindtest.Config{
		InSchema: kindtest.Schema(t, inFields), OutSchema: kindtest.Schema(t, outFields),
		Dir:  t.TempDir(),
		YAML: fmt.Sprintf("run: [%q, %s]\n%s", filepath.Base(self), workerArg, yaml),
	}
}

// TestTwoAnswers: the second is noticed when the worker is used again, and the
// case that meets it is answered by another.
func TestTwoAnswers(t *testing.T) {
	s := open(t, standInConfig(t, "workers: 1\nrestarts: 1\n"), flow.Session{})
	for _, text := range []string{"twice", "hello", "quiet"} {
		if got, err := s.Do(context.Background(), input(t, text)); err != nil || got.Values[0] != strings.ToUpper(text) {
			t.Fatalf("%s: %v, %v", text, got.Values, err)
		}
	}
	if n := s.pool.replaced.Load(); n != 1 {
		t.Errorf("%d workers were replaced, want 1", n)
	}
}

// TestEndsAfterEachAnswer: no case fails because of the one before.
func TestEndsAfterEachAnswer(t *testing.T) {
	s := open(t, standInConfig(t, "workers: 1\nrestarts: 10\n"), flow.Session{})
	for range 5 {
		if _, err := s.Do(context.Background(), input(t, "exit-after")); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRestartsEnd holds that a program that cannot work ends the run, with why.
func TestRestartsEnd(t *testing.T) {
	c := standInConfig(t, "workers: 1\nrestarts: 3\n")
	c.YAML = strings.Replace(c.YAML, workerArg+"]", workerArg+", broken]", 1)
	s := open(t, c, flow.Session{})
	var stop *flow.StopError
	var err error
	for i := range 3 {
		if _, err = s.Do(context.Background(), input(t, "hello")); errors.As(err, &stop) != (i == 1) {
			t.Fatalf("case %d: %v", i, err)
		}
		if stop != nil {
			break
		}
	}
	want := " was replaced 3 times, and restarts allows 3; the last time it ended with exit status 2 instead of answering: SyntaxError: it never starts"
	if !strings.Contains(err.Error(), want) {
		t.Errorf("got %q, want %q in it", err, want)
	}
}

// TestPool has many cases share few workers; the race detector watches.
func TestPool(t *testing.T) {
	s := open(t, standInConfig(t, "workers: 3\nrestarts: 1000\n"), flow.Session{})
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			text := fmt.Sprint("case ", i)
			if i%10 == 7 {
				text = "crash"
			}
			got, err := s.Do(context.Background(), input(t, text))
			switch {
			case text == "crash":
				if err == nil {
					t.Error("no error of a program that crashed")
				}
			case err != nil || got.Values[0] != strings.ToUpper(text):
				t.Errorf("%s: %v, %v", text, got.Values, err)
			}
		})
	}
	all.Wait()
	if n := s.pool.replaced.Load(); n != 12 {
		t.Errorf("%d workers were replaced, want 12: two for each of six cases that crash them", n)
	}
}

// TestCancel: a step returns promptly, and its worker does not linger.
func TestCancel(t *testing.T) {
	s := open(t, standInConfig(t, "workers: 1\n"), flow.Session{})
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if _, err := s.Do(ctx, input(t, "hang")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("took %s", took)
	}
	if w := <-s.pool.slots; w != nil {
		t.Error("the worker of a case that was given up is kept")
	}
	s.pool.slots <- nil
}

// TestEnvironment: the program sees what the design lists and no more, and what
// it says of that is nowhere.
func TestEnvironment(t *testing.T) {
	const planted = "planted-secret/4711+x"
	t.Setenv("SCORING_KEY", planted)
	t.Setenv("OTHER_KEY", "another-secret-12")
	t.Setenv("HOME", t.TempDir())
	s := open(t, standInConfig(t, "env: [SCORING_KEY]\n"), flow.Session{})
	_, err := s.Do(context.Background(), input(t, "environment"))
	if err == nil {
		t.Fatal("no error")
	}
	text := err.Error()
	for _, bad := range []string{planted, "planted-secret", "another-secret-12", "OTHER_KEY"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q is in %q", bad, text)
		}
	}
	for _, want := range []string{"SCORING_KEY=[secret]", "PATH=", "HOME="} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %q: this test proves nothing", want, text)
		}
	}
	if err := os.Unsetenv("SCORING_KEY"); err != nil {
		t.Fatal(err)
	}
	if err := s.Ready(flow.Session{}); err == nil || err.Error() != "the environment has no SCORING_KEY" {
		t.Errorf("got %v", err)
	}
}

func TestMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("memory can be limited on Linux alone")
	}
	s := open(t, standInConfig(t, "workers: 1\nmemory: 2GB\n"), flow.Session{})
	if got, err := s.Do(context.Background(), input(t, "hello")); err != nil || got.Values[0] != "HELLO" {
		t.Fatalf("%v, %v", got.Values, err)
	}
	_, err := s.Do(context.Background(), input(t, "memory"))
	var failed *flow.StepError
	if !errors.As(err, &failed) || failed.Detail != detailCrash {
		t.Errorf("got %v, want a program that ended as it wanted more than there is", err)
	}
}

// TestRecorded: what was answered once is given again without the program, the
// same to the byte, failures too.
func TestRecorded(t *testing.T) {
	c := standInConfig(t, "record: true\nworkers: 1\n")
	session := flow.Session{Dir: t.TempDir()}
	first := open(t, c, session)
	texts := []string{"hello", "confidence 0.5", "error rejected", "field"}
	type given struct {
		out flow.Output
		err string
	}
	ask := func(s *Step) (all []given) {
		for _, text := range texts {
			out, err := s.Do(context.Background(), input(t, text))
			all = append(all, given{out, fmt.Sprint(err)})
		}
		return all
	}
	live := ask(first)
	pool := first.pool
	first.pool = nil // what is asked again fails
	again := ask(first)
	first.pool = pool
	session.Offline = true
	t.Setenv("PATH", t.TempDir()) // the program is not there
	offline := ask(open(t, c, session))
	for i := range live {
		live[i].out.Cost.Cached = again[i].out.Cost.Cached // is not of the trial
	}
	opt := cmp.AllowUnexported(given{})
	if diff := cmp.Diff(live, again, opt); diff != "" {
		t.Errorf("-live +stored\n%s", diff)
	}
	if diff := cmp.Diff(again, offline, opt); diff != "" {
		t.Errorf("-stored +offline\n%s", diff)
	}
	s := open(t, c, session)
	_, err := s.Do(context.Background(), input(t, "never asked"))
	var failed *flow.StepError
	if !errors.As(err, &failed) || failed.Class != flow.ErrNotMeasured {
		t.Errorf("got %v, want not measured", err)
	}
	other := c
	other.YAML += "files: [model.json]\n"
	if _, err := open(t, other, session).Do(context.Background(), input(t, "hello")); !errors.As(err, &failed) || failed.Class != flow.ErrNotMeasured {
		t.Errorf("a program of other files: got %v, want not measured", err)
	}
}

// TestNotAllowed: a promoted design starts nothing unless its owner says so.
func TestNotAllowed(t *testing.T) {
	s := kindtest.New(t, Kind(), standInConfig(t, "")).(*Step)
	if err := s.Open(context.Background(), flow.Session{}); err == nil || !strings.Contains(err.Error(), "the session does not allow programs") {
		t.Errorf("got %v", err)
	}
	if err := s.Ready(flow.Session{Offline: true}); err == nil || !strings.Contains(err.Error(), "record: true") {
		t.Errorf("offline without recordings: got %v", err)
	}
}
