package des

import (
	"context"
	"encoding/json"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDeterminism wants the same bytes at any number of workers.
func TestDeterminism(t *testing.T) {
	var want string
	for _, workers := range []int{1, 2, 8} {
		runs, err := Replicate(context.Background(), 12, workers, 5, func(_ int, seed uint64) (PoolStats, error) {
			return runMMc(t, seed, 3, 2000, 2.4).Stats(0), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(runs)
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			want = string(b)
		}
		if string(b) != want {
			t.Errorf("%d workers give other results than 1", workers)
		}
	}
	if SubSeed(5, 0) == SubSeed(5, 1) || SubSeed(5, 0) == SubSeed(6, 0) {
		t.Error("replications share a seed")
	}
	var runs []PoolStats
	if err := json.Unmarshal([]byte(want), &runs); err != nil {
		t.Fatal(err)
	}
	if runs[0].Classes[0].Wait.Sum == runs[1].Classes[0].Wait.Sum {
		t.Error("two replications give the same waits")
	}
	if strings.Count(want, `"Arrived":2000`) != 12 {
		t.Error("the results do not hold 12 runs of 2000 arrivals")
	}
}

// TestReplicateErrors wants the first error by replication, and the context's.
func TestReplicateErrors(t *testing.T) {
	fail := func(i int, _ uint64) (int, error) {
		if i >= 3 {
			return 0, &json.UnsupportedValueError{Str: string(rune('0' + i))}
		}
		return i, nil
	}
	for _, workers := range []int{1, 4} {
		if _, err := Replicate(context.Background(), 8, workers, 1, fail); err == nil || !strings.HasSuffix(err.Error(), "3") {
			t.Errorf("%d workers: error %v, want that of replication 3", workers, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Replicate(ctx, 8, 2, 1, fail); err != context.Canceled {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

// TestCausality wants what happens before a time to be the same whether or not
// cases arrive after it.
func TestCausality(t *testing.T) {
	few, many := chaosTrace(t, 20), chaosTrace(t, 40)
	// The traces part when the 21st case arrives.
	before, _, found := strings.Cut(many, "case 20 ")
	if !found {
		t.Fatal("case 20 does not arrive")
	}
	before = before[:strings.LastIndexByte(before, '\n')+1]
	if !strings.HasPrefix(few, before) || strings.Count(before, "\n") < 20 {
		t.Error("a case changes what happened before it came")
	}
}

// drained runs a random script to its end and gives its statistics.
func drained(tb testing.TB, visits []scripted, pool Pool) PoolStats {
	m := &script{visits: visits}
	s, err := New([]Pool{pool}, m)
	if err != nil {
		tb.Fatal(err)
	}
	for i, v := range visits {
		s.At(v.at, 0, int32(i))
	}
	s.Run(math.Inf(1))
	return s.Stats(0)
}

// randomVisits is a busy morning at three servers.
func randomVisits(seed uint64, n int) []scripted {
	d := NewDraws(seed, 9).For(0, 0)
	visits := make([]scripted, n)
	at := 0.0
	for i := range visits {
		at += d.Exp(1 / 2.7)
		visits[i] = scripted{at: at, work: d.Exp(1)}
	}
	return visits
}

func TestMetamorphic(t *testing.T) {
	for seed := range uint64(20) {
		visits := randomVisits(seed, 400)
		p := Pool{Servers: Team(3, Server{})}
		base := drained(t, visits, p)
		bt := base.Total()

		scaled := make([]scripted, len(visits))
		split := make([]scripted, len(visits))
		for i, v := range visits {
			scaled[i] = scripted{at: 64 * v.at, work: 64 * v.work}
			split[i] = v
			split[i].class = i % 2
		}
		st := drained(t, scaled, p)
		if tt := st.Total(); tt.Wait.Sum != 64*bt.Wait.Sum || tt.InSystem != 64*bt.InSystem || st.Utilisation() != base.Utilisation() {
			t.Errorf("seed %d: in minutes the waits are %v, in hours %v", seed, tt.Wait.Sum, bt.Wait.Sum)
		}

		relabelled := make([]scripted, len(visits)) // the first case is called the last
		for i, v := range visits {
			relabelled[len(visits)-1-i] = v
		}
		st = drained(t, relabelled, p)
		if diff := cmp.Diff(base, st, cmp.AllowUnexported(ClassStats{}, Tally{}, Sketch{})); diff != "" {
			t.Errorf("seed %d: other names for the cases give other results:\n%s", seed, diff)
		}

		st = drained(t, split, Pool{Classes: make([]Class, 2), Servers: p.Servers})
		if tt := st.Total(); math.Abs(tt.Wait.Sum-bt.Wait.Sum) > 1e-9*bt.Wait.Sum || tt.Delayed != bt.Delayed {
			t.Errorf("seed %d: split into two equal classes the waits are %v, before %v", seed, tt.Wait.Sum, bt.Wait.Sum)
		}

		st = drained(t, visits, Pool{Servers: Team(3, Server{Speed: 2})})
		if tt := st.Total(); tt.Wait.Sum > bt.Wait.Sum {
			t.Errorf("seed %d: faster servers raise the waits from %v to %v", seed, bt.Wait.Sum, tt.Wait.Sum)
		}

		last := math.Inf(1)
		for c := 1; c < 8; c++ {
			st = drained(t, visits, Pool{Servers: Team(c, Server{})})
			tt := st.Total()
			if tt.Wait.Sum > last {
				t.Errorf("seed %d: server %d raises the waits from %v to %v", seed, c, last, tt.Wait.Sum)
			}
			last = tt.Wait.Sum
		}
	}
}

// TestMergedPools wants one pool of two servers to do better than two of one.
func TestMergedPools(t *testing.T) {
	visits := randomVisits(3, 4000)
	apart := make([]scripted, len(visits))
	for i, v := range visits {
		apart[i] = v
		apart[i].class = i % 2
	}
	two := drained(t, apart, Pool{Classes: make([]Class, 2), Servers: []Server{{Skills: []int{0}, Speed: 2}, {Skills: []int{1}, Speed: 2}}})
	one := drained(t, visits, Pool{Servers: Team(2, Server{Speed: 2})})
	a, b := two.Total(), one.Total()
	if b.Wait.Mean() >= a.Wait.Mean() {
		t.Errorf("wait %v in one pool, %v in two, want less", b.Wait.Mean(), a.Wait.Mean())
	}
}

func TestDegenerate(t *testing.T) {
	inf := math.Inf(1)
	for _, tt := range []struct {
		why    string
		visits []scripted
		pool   Pool
		end    float64
		want   ClassStats // counts only
	}{
		{"nobody comes", nil, Pool{Servers: Team(2, Server{})}, 5, ClassStats{}},
		{"nobody serves: the patient wait, the impatient leave", []scripted{{at: 1, work: 1}, {at: 2, work: 1, patience: 1}}, Pool{}, 5,
			ClassStats{Arrived: 2, Abandoned: 1, Open: 1}},
		{"nobody has the skill", []scripted{{at: 0, work: 1}}, Pool{Servers: Team(2, Server{Skills: []int{}})}, 5, ClassStats{Arrived: 1, Open: 1}},
		{"infinite patience", []scripted{{at: 0, work: 3}, {at: 0, work: 1, patience: inf}}, Pool{Servers: Team(1, Server{})}, 5,
			ClassStats{Arrived: 2, Started: 2, Done: 2}},
		{"the clock stands at 0", []scripted{{at: 0, work: 3}}, Pool{Servers: Team(1, Server{})}, 0, ClassStats{Arrived: 1, Started: 1, Open: 1}},
		{"all at once", make([]scripted, 1000), Pool{Servers: Team(3, Server{})}, 0, ClassStats{Arrived: 1000, Started: 1000, Done: 1000}},
		{"no limit", []scripted{{work: 2}, {work: 2}, {work: 3}}, Pool{Unlimited: true}, 2, ClassStats{Arrived: 3, Started: 3, Done: 2, Open: 1}},
		{"no shifts", []scripted{{work: 2}}, Pool{Servers: Team(1, Server{Shifts: shifts(t, 0)})}, 2, ClassStats{Arrived: 1, Open: 1}},
	} {
		_, s := play(t, &script{visits: tt.visits}, tt.end, tt.pool)
		st := s.Stats(0)
		c := st.Total()
		got := ClassStats{Arrived: c.Arrived, Started: c.Started, Done: c.Done, Abandoned: c.Abandoned, Rejected: c.Rejected, Open: c.Open}
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(ClassStats{}, Tally{}, Sketch{})); diff != "" {
			t.Errorf("%s: %s", tt.why, diff)
		}
		if s.Now() != tt.end || c.LittleGap() > 1e-12 {
			t.Errorf("%s: the clock shows %v, Little's gap is %v", tt.why, s.Now(), c.LittleGap())
		}
	}
}

// TestWindow checks what counts after a warm-up, by hand.
func TestWindow(t *testing.T) {
	m := &script{visits: []scripted{{at: 0, work: 4}, {at: 1, work: 2}, {at: 3, work: 1}, {at: 5, work: 9}}}
	s, err := New([]Pool{{Servers: Team(1, Server{}), Within: []float64{1.5, 10}}}, m)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range m.visits {
		s.At(v.at, 0, int32(i))
	}
	s.Run(2)
	s.Observe()
	s.Run(8)
	// In 2..8: case 0 until 4, case 1 until 6, case 2 (3 to 7), case 3 (from 5, started at 7).
	st := s.Stats(0)
	c := st.Total()
	type row struct{ openAtStart, arrived, done, open, delayed, within, overdue int64 }
	if diff := cmp.Diff(row{2, 2, 3, 1, 2, 0, 0}, row{c.OpenAtStart, c.Arrived, c.Done, c.Open, c.Delayed, c.Within[0], c.Overdue[0]}, cmp.AllowUnexported(row{})); diff != "" {
		t.Error(diff)
	}
	if c.Wait.N != 2 || c.Wait.Mean() != 2.5 || c.Sojourn.N != 1 || c.Sojourn.Mean() != 4 {
		t.Errorf("waits %+v, sojourns %+v", c.Wait, c.Sojourn)
	}
	if c.InSystem != 2+4+4+3 || c.Stays != c.InSystem || c.InQueue != 2+3+2 {
		t.Errorf("inside %v, stays %v, waiting %v, want 13, 13, 7", c.InSystem, c.Stays, c.InQueue)
	}
	if st.Utilisation() != 1 || st.Span != 6 || c.ServedWithin(1) != 1 || c.ServedWithin(0) != 0 {
		t.Errorf("utilisation %v, span %v, within %v and %v", st.Utilisation(), st.Span, c.ServedWithin(0), c.ServedWithin(1))
	}
}

// TestObserve drops what was measured of people and of waits in the warm-up.
func TestObserve(t *testing.T) {
	m := &script{visits: []scripted{{at: 0, work: 12}, {at: 1, work: 1}, {at: 2, work: 1}}}
	day := shifts(t, 24, Span{0, 8})
	s, err := New([]Pool{{Servers: []Server{{Shifts: day}}, ShiftEnd: Finish, Within: []float64{1}}}, m)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range m.visits {
		s.At(v.at, 0, int32(i))
	}
	s.Run(6)
	s.Observe()
	s.Run(10)
	// Case 0 is in overtime since 8; the others came before the window.
	st := s.Stats(0)
	if diff := cmp.Diff(ServerStats{OnDuty: 2, Busy: 4, Overtime: 2}, st.Servers[0]); diff != "" {
		t.Error(diff)
	}
	if st.Utilisation() != 1 || st.Classes[0].Overdue[0] != 0 {
		t.Errorf("utilisation %v, overdue %d, want 1 and 0", st.Utilisation(), st.Classes[0].Overdue[0])
	}
	s.Run(30)
	s.Observe()
	st = s.Stats(0)
	if n := st.Classes[0].Waits.N() + st.Classes[0].Sojourns.N(); n != 0 || !math.IsNaN(st.Classes[0].Waits.Quantile(0.5)) {
		t.Errorf("%d waits and sojourns are left after the warm-up", n)
	}
}

// TestOvertimeInTheWindow counts of the overtime that began before the window what
// lies in it.
func TestOvertimeInTheWindow(t *testing.T) {
	m := &script{visits: []scripted{{at: 0, work: 14}}}
	_, s := play(t, m, 10, Pool{Servers: []Server{{Shifts: shifts(t, 24, Span{0, 8})}}, ShiftEnd: Finish})
	s.Observe()
	s.Run(20)
	if diff := cmp.Diff(ServerStats{Busy: 4, Overtime: 4}, s.Stats(0).Servers[0]); diff != "" {
		t.Error(diff)
	}
}

// TestWithinIsAtMost counts a wait of just the target as within it, and who waits
// as long and may start at once not as overdue.
func TestWithinIsAtMost(t *testing.T) {
	m := &script{visits: []scripted{{at: 0, work: 2}, {at: 1, work: 2}, {at: 2, work: 9}}}
	_, s := play(t, m, 3, Pool{Servers: Team(1, Server{}), Within: []float64{1}})
	st := s.Stats(0)
	if c := st.Total(); c.Within[0] != 2 || c.Overdue[0] != 0 {
		t.Errorf("%d within and %d overdue, want those who waited 0 and 1 within, and nobody overdue", c.Within[0], c.Overdue[0])
	}
}

// TestOverdue wants who still waits past the target to count against it, and
// who may yet make it not to count.
func TestOverdue(t *testing.T) {
	m := &script{visits: []scripted{{at: 0, work: 9}, {at: 1, work: 1}, {at: 4.5, work: 1}}}
	_, s := play(t, m, 5, Pool{Servers: Team(1, Server{}), Within: []float64{1}})
	st := s.Stats(0)
	c := st.Total()
	if got := c.ServedWithin(0); got != 0.5 {
		t.Errorf("served within 1: %v, want one of two", got)
	}
}

// TestMisuse wants bugs of a model to stop it.
func TestMisuse(t *testing.T) {
	for _, tt := range []struct {
		why string
		do  func(s *Sim)
	}{
		{"the past", func(s *Sim) { s.At(-1, 0, 0) }},
		{"no time", func(s *Sim) { s.At(math.NaN(), 0, 0) }},
		{"a kind of the simulator's", func(s *Sim) { s.At(1, kindDone, 0) }},
		{"no work", func(s *Sim) { s.Submit(0, Visit{Work: math.NaN()}) }},
		{"negative work", func(s *Sim) { s.Submit(0, Visit{Work: -1}) }},
	} {
		s, err := New([]Pool{{Servers: Team(1, Server{})}}, &script{})
		if err != nil {
			t.Fatal(err)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", tt.why)
				}
			}()
			tt.do(s)
		}()
	}
}

func TestNewErrors(t *testing.T) {
	for _, tt := range []struct {
		pool Pool
		want string
	}{
		{Pool{Name: "a", Room: -1}, `"a" has room for -1`},
		{Pool{Servers: Team(1, Server{Speed: -1})}, "speed -1"},
		{Pool{Servers: Team(1, Server{Skills: []int{1}})}, "want a class from 0 to 0"},
		{Pool{Classes: make([]Class, 65)}, "at most 64"},
		{Pool{Unlimited: true, Servers: Team(1, Server{})}, "one or the other"},
		{Pool{ShiftEnd: 2}, "HandOver or Finish"},
	} {
		if _, err := New([]Pool{tt.pool}, &script{}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("error %v, want it to say %q", err, tt.want)
		}
	}
}

// TestMemory wants the hot path to allocate nothing, and memory not to grow
// with the length of a run.
func TestMemory(t *testing.T) {
	const customers = 200_000
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	runMMc(t, 1, 8, customers, 7.2)
	runtime.ReadMemStats(&after)
	if n := after.Mallocs - before.Mallocs; float64(n) > 0.01*2*customers {
		t.Errorf("%d allocations for %d events, want at most 0.01 each", n, 2*customers)
	}
	if b := after.TotalAlloc - before.TotalAlloc; b > 1<<20 {
		t.Errorf("%d bytes allocated, want less than 1 MiB", b)
	}
}
