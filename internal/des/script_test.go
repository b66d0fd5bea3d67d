package des

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// script is a model in which all is stated: who comes when, with what.
type script struct {
	visits []scripted
	acts   []act
}

type scripted struct {
	at       float64
	pool     int
	class    int
	work     float64
	patience float64
	due      float64
}

// act takes a server down, or up again.
type act struct {
	at     float64
	server int
	down   bool
}

func (m *script) Tick(s *Sim, e Event) {
	if e.Kind == 1 {
		a := m.acts[e.Arg]
		s.SetDown(0, a.server, a.down)
		return
	}
	v := m.visits[e.Arg]
	s.Submit(v.pool, Visit{Case: int64(e.Arg), Class: v.class, Work: v.work, Patience: v.patience, Due: v.due})
}
func (m *script) Start(_ *Sim, v *Visit) float64 { return v.Work }
func (m *script) Done(*Sim, *Visit)              {}
func (m *script) Left(*Sim, *Visit, Reason)      {}

// play runs a script and gives its trace and the simulation at its end.
func play(tb testing.TB, m *script, end float64, pools ...Pool) (string, *Sim) {
	tb.Helper()
	s, err := New(pools, m)
	if err != nil {
		tb.Fatal(err)
	}
	var out strings.Builder
	s.Trace(func(t Transition) {
		fmt.Fprintf(&out, "%g", t.Time)
		if t.Case >= 0 {
			fmt.Fprintf(&out, " case %d class %d", t.Case, t.Class)
		}
		fmt.Fprintf(&out, " %v pool %d", t.What, t.Pool)
		if t.Server >= 0 {
			fmt.Fprintf(&out, " server %d", t.Server)
		}
		out.WriteByte('\n')
	})
	for i, a := range m.acts {
		s.At(a.at, 1, int32(i))
	}
	for i, v := range m.visits {
		s.At(v.at, 0, int32(i))
	}
	s.Run(end)
	return out.String(), s
}

func shifts(tb testing.TB, period float64, spans ...Span) *Shifts {
	tb.Helper()
	sh, err := NewShifts(period, spans...)
	if err != nil {
		tb.Fatal(err)
	}
	return sh
}

func TestTraces(t *testing.T) {
	day := func() *Shifts { return shifts(t, 24, Span{9, 17}) }
	for _, tt := range []struct {
		why  string
		m    script
		pool Pool
		end  float64
		want string
	}{
		{
			why: "hand over: the case in hand goes back to the head and is resumed next day, before those who wait",
			m:   script{visits: []scripted{{at: 16, work: 3}, {at: 16.5, work: 1}}}, end: 48,
			pool: Pool{Servers: []Server{{Shifts: day()}}},
			want: `
9 shift on pool 0 server 0
16 case 0 class 0 arrived pool 0
16 case 0 class 0 started pool 0 server 0
16.5 case 1 class 0 arrived pool 0
17 shift off pool 0 server 0
17 case 0 class 0 interrupted pool 0 server 0
33 shift on pool 0 server 0
33 case 0 class 0 resumed pool 0 server 0
35 case 0 class 0 done pool 0 server 0
35 case 1 class 0 started pool 0 server 0
36 case 1 class 0 done pool 0 server 0
41 shift off pool 0 server 0
`,
		},
		{
			why: "cases that are due at once are served as they came, the one handed over first, whatever is due later",
			m:   script{visits: []scripted{{at: 16, work: 2, due: 50}, {at: 16, work: 1, due: 90}, {at: 16.25, work: 1, due: 50}, {at: 16.5, work: 1, due: 50}}}, end: 40,
			pool: Pool{Servers: []Server{{Shifts: day()}}, ByDue: true},
			want: `
9 shift on pool 0 server 0
16 case 0 class 0 arrived pool 0
16 case 0 class 0 started pool 0 server 0
16 case 1 class 0 arrived pool 0
16.25 case 2 class 0 arrived pool 0
16.5 case 3 class 0 arrived pool 0
17 shift off pool 0 server 0
17 case 0 class 0 interrupted pool 0 server 0
33 shift on pool 0 server 0
33 case 0 class 0 resumed pool 0 server 0
34 case 0 class 0 done pool 0 server 0
34 case 2 class 0 started pool 0 server 0
35 case 2 class 0 done pool 0 server 0
35 case 3 class 0 started pool 0 server 0
36 case 3 class 0 done pool 0 server 0
36 case 1 class 0 started pool 0 server 0
37 case 1 class 0 done pool 0 server 0
`,
		},
		{
			why: "who works around the clock never stops taking cases before the end of a span",
			m:   script{visits: []scripted{{at: 23.5, work: 1}, {at: 30, work: 1}}}, end: 32,
			pool: Pool{Servers: []Server{{Shifts: shifts(t, 24, Span{0, 24})}}, NoStart: 2},
			want: `
0 shift on pool 0 server 0
23.5 case 0 class 0 arrived pool 0
23.5 case 0 class 0 started pool 0 server 0
24.5 case 0 class 0 done pool 0 server 0
30 case 1 class 0 arrived pool 0
30 case 1 class 0 started pool 0 server 0
31 case 1 class 0 done pool 0 server 0
`,
		},
		{
			why: "finish: the case in hand is done in overtime, and no other is taken",
			m:   script{visits: []scripted{{at: 16, work: 3}, {at: 16.5, work: 1}}}, end: 35,
			pool: Pool{Servers: []Server{{Shifts: day()}}, ShiftEnd: Finish},
			want: `
9 shift on pool 0 server 0
16 case 0 class 0 arrived pool 0
16 case 0 class 0 started pool 0 server 0
16.5 case 1 class 0 arrived pool 0
17 shift off pool 0 server 0
19 case 0 class 0 done pool 0 server 0
33 shift on pool 0 server 0
33 case 1 class 0 started pool 0 server 0
34 case 1 class 0 done pool 0 server 0
`,
		},
		{
			why: "a colleague on the next shift takes over at once",
			m:   script{visits: []scripted{{at: 1, work: 3}}}, end: 5,
			pool: Pool{Servers: []Server{{Shifts: shifts(t, 0, Span{0, 2})}, {Shifts: shifts(t, 0, Span{1.5, 9}), Speed: 2}}},
			want: `
0 shift on pool 0 server 0
1 case 0 class 0 arrived pool 0
1 case 0 class 0 started pool 0 server 0
1.5 shift on pool 0 server 1
2 shift off pool 0 server 0
2 case 0 class 0 interrupted pool 0 server 0
2 case 0 class 0 resumed pool 0 server 1
3 case 0 class 0 done pool 0 server 1
`,
		},
		{
			why: "an arrival at the very end of a shift is not taken, one at its very start is",
			m:   script{visits: []scripted{{at: 17, work: 1}, {at: 33, work: 1}}}, end: 34,
			pool: Pool{Servers: Team(2, Server{Shifts: day()}), ShiftEnd: Finish},
			want: `
9 shift on pool 0 server 0
9 shift on pool 0 server 1
17 shift off pool 0 server 0
17 shift off pool 0 server 1
17 case 0 class 0 arrived pool 0
33 shift on pool 0 server 0
33 case 0 class 0 started pool 0 server 0
33 shift on pool 0 server 1
33 case 1 class 0 arrived pool 0
33 case 1 class 0 started pool 0 server 1
34 case 0 class 0 done pool 0 server 0
34 case 1 class 0 done pool 0 server 1
`,
		},
		{
			why: "a case due at the end of the shift, but for rounding, is done and not handed over",
			m:   script{visits: []scripted{{at: 0, work: 1. / 3}, {at: 0, work: 1. / 3}, {at: 0, work: 1. / 3}}}, end: 2,
			pool: Pool{Servers: []Server{{Shifts: shifts(t, 0, Span{0, 1 - 1e-16})}}},
			want: `
0 shift on pool 0 server 0
0 case 0 class 0 arrived pool 0
0 case 0 class 0 started pool 0 server 0
0 case 1 class 0 arrived pool 0
0 case 2 class 0 arrived pool 0
0.3333333333333333 case 0 class 0 done pool 0 server 0
0.3333333333333333 case 1 class 0 started pool 0 server 0
0.6666666666666666 case 1 class 0 done pool 0 server 0
0.6666666666666666 case 2 class 0 started pool 0 server 0
0.9999999999999999 shift off pool 0 server 0
1 case 2 class 0 done pool 0 server 0
`,
		},
		{
			why: "urgent first, without interrupting; equals in order of arrival, whatever their class",
			m: script{visits: []scripted{{at: 0, class: 2, work: 1}, {at: 0, class: 2, work: 1}, {at: 0, class: 1, work: 1},
				{at: 0, class: 2, work: 1}, {at: 0.5, class: 0, work: 1}}}, end: 10,
			pool: Pool{Classes: []Class{{Priority: 1}, {Priority: 2}, {Priority: 2}}, Servers: Team(1, Server{})},
			want: `
0 case 0 class 2 arrived pool 0
0 case 0 class 2 started pool 0 server 0
0 case 1 class 2 arrived pool 0
0 case 2 class 1 arrived pool 0
0 case 3 class 2 arrived pool 0
0.5 case 4 class 0 arrived pool 0
1 case 0 class 2 done pool 0 server 0
1 case 4 class 0 started pool 0 server 0
2 case 4 class 0 done pool 0 server 0
2 case 1 class 2 started pool 0 server 0
3 case 1 class 2 done pool 0 server 0
3 case 2 class 1 started pool 0 server 0
4 case 2 class 1 done pool 0 server 0
4 case 3 class 2 started pool 0 server 0
5 case 3 class 2 done pool 0 server 0
`,
		},
		{
			why: "preemption takes the least urgent, and among those the last started",
			m:   script{visits: []scripted{{at: 0, class: 1, work: 4}, {at: 1, class: 1, work: 4}, {at: 2, class: 0, work: 1}}}, end: 10,
			pool: Pool{Classes: []Class{{Priority: 0}, {Priority: 1}}, Servers: Team(2, Server{}), Preempt: true},
			want: `
0 case 0 class 1 arrived pool 0
0 case 0 class 1 started pool 0 server 0
1 case 1 class 1 arrived pool 0
1 case 1 class 1 started pool 0 server 1
2 case 2 class 0 arrived pool 0
2 case 1 class 1 interrupted pool 0 server 1
2 case 2 class 0 started pool 0 server 1
3 case 2 class 0 done pool 0 server 1
3 case 1 class 1 resumed pool 0 server 1
4 case 0 class 1 done pool 0 server 0
6 case 1 class 1 done pool 0 server 1
`,
		},
		{
			why: "patience ends in the queue, not in service; without room one is turned away",
			m:   script{visits: []scripted{{at: 0, work: 3, patience: 1}, {at: 0, work: 1, patience: 2}, {at: 0, work: 1}}}, end: 10,
			pool: Pool{Servers: Team(1, Server{}), Room: 2},
			want: `
0 case 0 class 0 arrived pool 0
0 case 0 class 0 started pool 0 server 0
0 case 1 class 0 arrived pool 0
0 case 2 class 0 arrived pool 0
0 case 2 class 0 turned away pool 0
2 case 1 class 0 gave up pool 0
3 case 0 class 0 done pool 0 server 0
`,
		},
		{
			why: "an outage interrupts even where shifts are finished",
			m:   script{visits: []scripted{{at: 0, work: 3}}, acts: []act{{1, 0, true}, {2, 0, false}}}, end: 10,
			pool: Pool{Servers: Team(1, Server{}), ShiftEnd: Finish},
			want: `
0 case 0 class 0 arrived pool 0
0 case 0 class 0 started pool 0 server 0
1 case 0 class 0 interrupted pool 0 server 0
2 case 0 class 0 resumed pool 0 server 0
4 case 0 class 0 done pool 0 server 0
`,
		},
		{
			why: "specialists before generalists, and who has been idle for longest",
			m:   script{visits: []scripted{{at: 0, work: 1}, {at: 0, class: 1, work: 2}, {at: 2, work: 1}, {at: 2, work: 1}, {at: 2, work: 1}}}, end: 3,
			pool: Pool{Classes: []Class{{}, {}}, Servers: []Server{{Skills: []int{0}}, {Skills: []int{0}}, {}}},
			want: `
0 case 0 class 0 arrived pool 0
0 case 0 class 0 started pool 0 server 0
0 case 1 class 1 arrived pool 0
0 case 1 class 1 started pool 0 server 2
1 case 0 class 0 done pool 0 server 0
2 case 2 class 0 arrived pool 0
2 case 2 class 0 started pool 0 server 1
2 case 3 class 0 arrived pool 0
2 case 3 class 0 started pool 0 server 0
2 case 4 class 0 arrived pool 0
2 case 1 class 1 done pool 0 server 2
2 case 4 class 0 started pool 0 server 2
3 case 2 class 0 done pool 0 server 1
3 case 3 class 0 done pool 0 server 0
3 case 4 class 0 done pool 0 server 2
`,
		},
		{
			why: "a shift that runs on into the next cycle does not end",
			m:   script{visits: []scripted{{at: 23, work: 2}}}, end: 26,
			pool: Pool{Servers: []Server{{Shifts: shifts(t, 24, Span{0, 8}, Span{22, 24})}}},
			want: `
0 shift on pool 0 server 0
8 shift off pool 0 server 0
22 shift on pool 0 server 0
23 case 0 class 0 arrived pool 0
23 case 0 class 0 started pool 0 server 0
25 case 0 class 0 done pool 0 server 0
`,
		},
		{
			why: "within an hour of the end of the shift nothing is started, and what is in hand is finished",
			m:   script{visits: []scripted{{at: 15.5, work: 1}, {at: 16, work: 0.1}}}, end: 34,
			pool: Pool{Servers: []Server{{Shifts: day()}}, ShiftEnd: Finish, NoStart: 1},
			want: `
9 shift on pool 0 server 0
15.5 case 0 class 0 arrived pool 0
15.5 case 0 class 0 started pool 0 server 0
16 case 1 class 0 arrived pool 0
16.5 case 0 class 0 done pool 0 server 0
17 shift off pool 0 server 0
33 shift on pool 0 server 0
33 case 1 class 0 started pool 0 server 0
33.1 case 1 class 0 done pool 0 server 0
`,
		},
		{
			why: "a person with two cases in hand gives each half of the time",
			m:   script{visits: []scripted{{at: 0, work: 2}, {at: 1, work: 2}, {at: 1.5, work: 1}}}, end: 9,
			pool: Pool{Servers: Team(2, Server{Person: 1})},
			want: `
0 case 0 class 0 arrived pool 0
0 case 0 class 0 started pool 0 server 0
1 case 1 class 0 arrived pool 0
1 case 1 class 0 started pool 0 server 1
1.5 case 2 class 0 arrived pool 0
3 case 0 class 0 done pool 0 server 0
3 case 2 class 0 started pool 0 server 0
5 case 1 class 0 done pool 0 server 1
5 case 2 class 0 done pool 0 server 0
`,
		},
		{
			why: "who has nothing in hand goes before who has one",
			m:   script{visits: []scripted{{at: 0, work: 2}, {at: 0, work: 2}}}, end: 9,
			pool: Pool{Servers: []Server{{Person: 1}, {Person: 1}, {}}},
			want: `
0 case 0 class 0 arrived pool 0
0 case 0 class 0 started pool 0 server 0
0 case 1 class 0 arrived pool 0
0 case 1 class 0 started pool 0 server 2
2 case 0 class 0 done pool 0 server 0
2 case 1 class 0 done pool 0 server 2
`,
		},
		{
			why: "by due date, whatever the class and when they came",
			m:   script{visits: []scripted{{at: 0, work: 1, due: 9}, {at: 0, work: 1, due: 8}, {at: 0, work: 1, due: 7}, {at: 0, class: 1, work: 1, due: 7.5}}}, end: 9,
			pool: Pool{Classes: []Class{{}, {}}, Servers: Team(1, Server{}), ByDue: true},
			want: `
0 case 0 class 0 arrived pool 0
0 case 0 class 0 started pool 0 server 0
0 case 1 class 0 arrived pool 0
0 case 2 class 0 arrived pool 0
0 case 3 class 1 arrived pool 0
1 case 0 class 0 done pool 0 server 0
1 case 2 class 0 started pool 0 server 0
2 case 2 class 0 done pool 0 server 0
2 case 3 class 1 started pool 0 server 0
3 case 3 class 1 done pool 0 server 0
3 case 1 class 0 started pool 0 server 0
4 case 1 class 0 done pool 0 server 0
`,
		},
		{
			why: "work of nothing takes no time", m: script{visits: []scripted{{at: 0}, {at: 0}}}, end: 0,
			pool: Pool{Servers: Team(1, Server{})},
			want: `
0 case 0 class 0 arrived pool 0
0 case 0 class 0 started pool 0 server 0
0 case 1 class 0 arrived pool 0
0 case 0 class 0 done pool 0 server 0
0 case 1 class 0 started pool 0 server 0
0 case 1 class 0 done pool 0 server 0
`,
		},
	} {
		t.Run(tt.why, func(t *testing.T) {
			got, s := play(t, &tt.m, tt.end, tt.pool)
			if diff := cmp.Diff(strings.TrimPrefix(tt.want, "\n"), got); diff != "" {
				t.Error(diff)
			}
			if problem := s.check(); problem != "" {
				t.Error(problem)
			}
		})
	}
}

// TestServerTimes checks duty, work and overtime of one person by hand.
func TestServerTimes(t *testing.T) {
	for _, tt := range []struct {
		why    string
		policy ShiftEnd
		until  float64
		want   ServerStats
	}{
		{"hand over, at the end of the day", HandOver, 24, ServerStats{OnDuty: 8, Busy: 1}},
		{"hand over, next day", HandOver, 34, ServerStats{OnDuty: 9, Busy: 2}},
		{"finish, still in overtime", Finish, 18, ServerStats{OnDuty: 8, Busy: 2, Overtime: 1}},
		{"finish, into the next shift", Finish, 36, ServerStats{OnDuty: 11, Busy: 20, Overtime: 16}},
	} {
		work := 20.0
		m := &script{visits: []scripted{{at: 16, work: work}}}
		_, s := play(t, m, tt.until, Pool{Servers: []Server{{Shifts: shifts(t, 24, Span{9, 17})}}, ShiftEnd: tt.policy})
		if diff := cmp.Diff(tt.want, s.Stats(0).Servers[0]); diff != "" {
			t.Errorf("%s: %s", tt.why, diff)
		}
	}
}

// TestGoldenTrace pins every transition of a random model with everything in it.
func TestGoldenTrace(t *testing.T) {
	got := chaosTrace(t, 40)
	const name = "testdata/trace.golden"
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the trace has changed (-update accepts it):\n%s", diff)
	}
}

// chaosTrace runs a fixed model with everything in it.
func chaosTrace(t *testing.T, cases int) string {
	m := &chaos{seed: 7, pools: 2, classes: 2, impatient: true, left: cases}
	for range m.pools {
		m.stays = append(m.stays, make([]float64, m.classes))
		m.starts = append(m.starts, make([]uint64, m.classes))
	}
	classes := []Class{{Name: "urgent"}, {Name: "other", Priority: 1}}
	s, err := New([]Pool{
		{Classes: classes, Servers: []Server{{Skills: []int{0}}, {Speed: 0.5}}, Preempt: true, Room: 6},
		{Classes: classes, Servers: Team(2, Server{Shifts: shifts(t, 6, Span{1, 5})}), ShiftEnd: Finish},
	}, m)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	s.Trace(func(tr Transition) {
		fmt.Fprintf(&out, "%.6f %v pool %d server %d case %d class %d\n", tr.Time, tr.What, tr.Pool, tr.Server, tr.Case, tr.Class)
	})
	s.At(0, 0, 0)
	s.At(2, 1, 0)
	s.Run(30)
	return out.String()
}
