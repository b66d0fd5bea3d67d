package engine_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// sends counts what it is asked to send, and answers as it is told.
type sends struct {
	calls  atomic.Int64
	answer func(n int64, a engine.Action) error
}

func (s *sends) Send(_ context.Context, a engine.Action) error {
	return s.answer(s.calls.Add(1), a)
}

func (s *sends) of(system string) engine.Sender {
	if system != "ledger" {
		return nil
	}
	return s
}

// keyed is a dry run whose idempotency key is the class.
var keyed = flow.StepFunc(func(_ context.Context, in flow.Input) (flow.Output, error) {
	return flow.Output{Values: []any{true}, Key: in.Values[0].(string)}, nil
})

func posting(s *sends, options ...engine.Option) *engine.Promoted {
	act := post(keyed, design.Broken{Mode: design.Escalate, Team: "clerks"})
	act.System = "ledger"
	return engine.New(plan(assess(twice, design.Broken{Mode: design.Fail}), act), 1, append(options, engine.WithSender(s.of))...)
}

// TestSend sends one case three times, each time with the same key.
func TestSend(t *testing.T) {
	for _, tt := range []struct {
		why    string
		answer func(n int64, a engine.Action) error
		want   []string // the end of each, and the broken handoff
		calls  int64
	}{
		{"an action is taken once", func(int64, engine.Action) error { return nil }, []string{"automated", "automated", "automated"}, 1},
		{"what was rejected was not taken, and is sent again",
			func(n int64, _ engine.Action) error {
				if n < 3 {
					return flow.Errorf(flow.ErrRejected, "not now")
				}
				return nil
			}, []string{"escalated rejected", "escalated rejected", "automated"}, 3},
		{"nobody knows about one without an answer, and it is not sent again",
			func(int64, engine.Action) error { return flow.Errorf(flow.ErrUnavailable, "no answer") },
			[]string{"escalated unavailable unknown", "escalated unavailable unknown", "escalated unavailable unknown"}, 1},
		{"nor about an error of another kind", func(int64, engine.Action) error { return errors.New("what") },
			[]string{"escalated unavailable unknown", "escalated unavailable unknown", "escalated unavailable unknown"}, 1},
		{"nor about a panic", func(int64, engine.Action) error { panic("oh") },
			[]string{"escalated unavailable unknown", "escalated unavailable unknown", "escalated unavailable unknown"}, 1},
	} {
		s := &sends{answer: tt.answer}
		p := posting(s)
		var got []string
		for range tt.want {
			trial, err := p.Run(context.Background(), caseOf(8.0, nil))
			if err != nil {
				t.Fatal(err)
			}
			end := string(trial.Status)
			for _, h := range trial.Handoffs {
				if h.Kind != "" {
					end = strings.TrimSpace(end + " " + string(h.Kind) + " " + h.Detail)
				}
			}
			got = append(got, end)
		}
		if d := cmp.Diff(tt.want, got); d != "" || s.calls.Load() != tt.calls {
			t.Errorf("%s: %d calls, want %d\n%s", tt.why, s.calls.Load(), tt.calls, d)
		}
	}
}

// TestSendAtOnce sends the same action from many goroutines.
func TestSendAtOnce(t *testing.T) {
	s := &sends{answer: func(int64, engine.Action) error { time.Sleep(time.Millisecond); return nil }}
	p := posting(s)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if trial, err := p.Run(context.Background(), caseOf(8.0, nil)); err != nil || trial.Status != flow.Automated {
				t.Errorf("%+v, %v", trial, err)
			}
		})
	}
	all.Wait()
	if n := s.calls.Load(); n != 1 {
		t.Errorf("taken %d times", n)
	}
}

// TestNotSent: a system without a sender keeps its dry run, an action without a
// key is not taken, and neither is one of a case whose shadow is looked at.
func TestNotSent(t *testing.T) {
	s := &sends{answer: func(int64, engine.Action) error { return nil }}
	act := post(does(true), design.Broken{Mode: design.Escalate, Team: "clerks"})
	act.System = "other"
	first := assess(twice, design.Broken{Mode: design.Fail})
	p := engine.New(plan(first, act), 1, engine.WithSender(s.of))
	if trial, err := p.Run(context.Background(), caseOf(8.0, nil)); err != nil || trial.Status != flow.Automated {
		t.Errorf("%+v, %v", trial, err)
	}
	act.System = "ledger"
	p = engine.New(plan(first, act), 1, engine.WithSender(s.of))
	trial, err := p.Run(context.Background(), caseOf(8.0, nil))
	if err != nil || trial.Status != flow.Escalated || trial.Handoffs[1].Kind != flow.Incomplete {
		t.Errorf("%+v, %v", trial, err)
	}
	if s.calls.Load() != 0 {
		t.Error("it was sent")
	}
}

// TestDeadline: a case that takes too long has failed, and the handoff that it
// waited for is late; the caller's own end is the caller's error.
func TestDeadline(t *testing.T) {
	slow := flow.StepFunc(func(ctx context.Context, _ flow.Input) (flow.Output, error) {
		<-ctx.Done()
		return flow.Output{}, ctx.Err()
	})
	var told bytes.Buffer
	p := engine.New(plan(assess(slow, design.Broken{Mode: design.Fail})), 1, engine.WithDeadline(time.Millisecond), engine.WithLogger(slog.New(slog.NewTextHandler(&told, nil))))
	trial, err := p.Run(context.Background(), caseOf(8.0, nil))
	if err != nil {
		t.Fatal(err)
	}
	want := ends{Status: flow.Failed, Reason: "late", End: "assess", Handoffs: []string{"input>assess late took longer than 1ms deadline fail"}}
	if d := cmp.Diff(want, of(trial)); d != "" {
		t.Error(d)
	}
	if !strings.Contains(told.String(), "a handoff broke") || strings.Contains(told.String(), "c1") {
		t.Errorf("the log says: %s", told.String())
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.Run(ctx, caseOf(8.0, nil)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that the caller stopped", err)
	}
}

// TestWaits: a team that answers in the middle of the design gets the case.
func TestWaits(t *testing.T) {
	ask := &design.Node{
		Name: "review", Kind: "human", Actor: flow.Person, Role: flow.Answer, OutSlot: int(acted), Out: flow.NewSchema(flow.Field{Name: "decision", Type: class}),
		In: []design.Binding{{Name: "amount", Type: number, Value: slot(0)}}, Edge: design.Edge{From: "input", UseInput: true},
		Answer: &design.Answer{Team: "clerks", Fields: []string{"decision"}, Suggested: []design.Value{classed}},
	}
	p := plan(assess(twice, design.Broken{Mode: design.Fail}), ask)
	p.Outcome = []design.Value{acted}
	r, err := engine.New(p, 1).RunFully(context.Background(), caseOf(8.0, nil))
	if err != nil {
		t.Fatal(err)
	}
	want := ends{Status: flow.Escalated, Reason: "by_design", Team: "clerks", End: "review", Shadow: []any{"yes"}, Handoffs: []string{"input>assess", "input>clerks"}}
	if d := cmp.Diff(want, of(r.Trial)); d != "" {
		t.Error(d)
	}
	if got := r.Shown.Get("amount"); got != 8.0 {
		t.Errorf("the clerks get %v", r.Shown)
	}
}

// refusing is a log that cannot keep what it is told.
type refusing struct{ receive, end error }

func (r refusing) Receive(*flow.Case) (engine.Entry, error)                { return r, r.receive }
func (r refusing) Trial() string                                           { return "t1" }
func (r refusing) End(t *flow.Trial, _ time.Duration, spent float64) error { return r.end }

// TestLog: a case counts when the log has it.
func TestLog(t *testing.T) {
	p := plan(assess(twice, design.Broken{Mode: design.Fail}))
	full := errors.New("full")
	for _, l := range []refusing{{receive: full}, {end: full}} {
		if _, err := engine.New(p, 1, engine.WithLog(l)).Run(context.Background(), caseOf(8.0, nil)); !errors.Is(err, full) {
			t.Errorf("%+v: %v", l, err)
		}
	}
	r, err := engine.New(p, 1, engine.WithLog(refusing{})).RunFully(context.Background(), caseOf(8.0, nil))
	if err != nil || r.Entry.Trial() != "t1" || r.Trial.Status != flow.Automated {
		t.Errorf("%+v, %v", r, err)
	}
	stop := assess(flow.StepFunc(func(context.Context, flow.Input) (flow.Output, error) { return flow.Output{}, flow.Stopf("no key") }), design.Broken{})
	r, err = engine.New(plan(stop), 1, engine.WithLog(refusing{})).RunFully(context.Background(), caseOf(8.0, nil))
	if err == nil || r == nil || r.Trial.Status != flow.NotMeasured || r.Trial.Reason != "stopped" {
		t.Errorf("%+v, %v", r, err)
	}
}
