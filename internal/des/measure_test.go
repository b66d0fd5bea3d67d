package des

import (
	"context"
	"math"
	"sort"
	"testing"

	"pgregory.net/rapid"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %.10g, want %.10g ± %.2g", what, got, want, tolerance)
	}
}

func TestSketch(t *testing.T) {
	d := NewDraws(1, 0).For(0, 0)
	var whole, a, b Sketch
	var all []float64
	for i := range 100_000 {
		x := d.LogNormal(3, 4)
		if i%10 == 0 {
			x = 0
		}
		all = append(all, x)
		whole.Add(x)
		if i%3 == 0 {
			a.Add(x)
		} else {
			b.Add(x)
		}
	}
	a.Merge(&b)
	sort.Float64s(all)
	for _, p := range []float64{0.05, 0.2, 0.5, 0.9, 0.95, 0.99, 0.999, 1} {
		want := all[min(len(all)-1, int(p*float64(len(all))))]
		near(t, "quantile", whole.Quantile(p), want, want/64)
		if a.Quantile(p) != whole.Quantile(p) {
			t.Errorf("merged quantile %v is %v, whole %v", p, a.Quantile(p), whole.Quantile(p))
		}
	}
	if n := len(whole.counts); n > 40*64 {
		t.Errorf("%d buckets", n)
	}
	var none Sketch
	if !math.IsNaN(none.Quantile(0.5)) {
		t.Error("nothing measured must not look like a number")
	}
	var half Sketch
	for _, x := range []float64{0, 0, -1, 3, 4} {
		half.Add(x)
	}
	near(t, "the last of three zeros", half.Quantile(3./5), 0, 0)
}

// minNormal is the smallest number that a float64 holds in full precision.
const minNormal = 0x1p-1022

// TestSketchError wants every quantile within 1.6 % of the number at that rank.
func TestSketchError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(0, 1e-3), rapid.Float64Range(0, 10), rapid.Float64Range(1, 1e9)), 1, 200).Draw(t, "numbers")
		p := rapid.Float64Range(1e-9, 1).Draw(t, "share")
		var s Sketch
		for i := range all {
			if all[i] < minNormal {
				all[i] = 0
			}
			s.Add(all[i])
		}
		sort.Float64s(all)
		want := all[max(1, int(math.Ceil(p*float64(len(all)))))-1]
		if got := s.Quantile(p); math.Abs(got-want) > want/64 {
			t.Fatalf("quantile %v of %v is %v, want %v within 1/64", p, all, got, want)
		}
	})
}

func TestTally(t *testing.T) {
	var a, b, whole Tally
	for i, x := range []float64{1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16} {
		whole.Add(x)
		if i < 1 {
			a.Add(x)
		} else {
			b.Add(x)
		}
	}
	a.Merge(b)
	for _, x := range []*Tally{&whole, &a} {
		near(t, "mean", x.Mean(), 1e9+10, 0)
		near(t, "sd", x.SD(), math.Sqrt(30), 1e-9)
		if x.Min != 1e9+4 || x.Max != 1e9+16 || x.N != 4 {
			t.Errorf("%+v", *x)
		}
	}
	var none Tally
	if !math.IsNaN(none.Mean()) || !math.IsNaN(none.SD()) {
		t.Error("nothing measured must not look like a number")
	}
}

// TestTInterval uses the t quantile with 9 degrees of freedom, 2.262157 (any
// table), on the numbers 1 to 10.
func TestTInterval(t *testing.T) {
	x := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	iv := TInterval(x, 0.95)
	se := math.Sqrt(55.0 / 6 / 10)
	near(t, "mean", iv.Mean, 5.5, 1e-12)
	near(t, "low", iv.Low, 5.5-2.262157163*se, 1e-8)
	near(t, "high", iv.High, 5.5+2.262157163*se, 1e-8)
	if one := TInterval(x[:1], 0.95); !math.IsInf(one.High, 1) || !math.IsInf(one.Low, -1) {
		t.Errorf("one replication gives %+v, want no bounds", one)
	}
	if none := TInterval(nil, 0.95); !math.IsNaN(none.Mean) {
		t.Errorf("no replication gives %+v", none)
	}
}

// TestCoverage wants intervals for the mean wait in an M/M/3 queue to hold the
// truth as often as they say: 95 % of 400, give or take three standard errors.
func TestCoverage(t *testing.T) {
	const experiments, replications = 400, 10
	truth := MMc{Servers: 3, Arrival: 1.5, Service: 1}.Wait()
	held, err := Replicate(context.Background(), experiments, 2, 99, func(_ int, seed uint64) (bool, error) {
		var waits []float64
		for i := range replications {
			st := runMMc(t, SubSeed(seed, i), 3, 1600, 1.5).Stats(0)
			waits = append(waits, st.Classes[0].Wait.Mean())
		}
		iv := TInterval(waits, 0.95)
		return iv.Low <= truth && truth <= iv.High, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, h := range held {
		if h {
			n++
		}
	}
	if share := float64(n) / experiments; share < 0.917 || share > 0.983 {
		t.Errorf("intervals hold the truth in %.3f of experiments, want 0.95", share)
	}
}

// TestErlang uses published figures: 14 agents for 100 calls in 30 minutes of 3
// minutes each (pyworkforce), 40 agents for 33.33 Erlang (call-center-tools).
func TestErlang(t *testing.T) {
	q := MMc{Servers: 14, Arrival: 100.0 / 30, Service: 1.0 / 3}
	near(t, "P(wait)", q.PWait(), 0.1741319335950498, 1e-12)
	near(t, "service level at 20 s", q.Within(20.0/60), 0.8883500191794669, 1e-12)
	near(t, "agents", float64(ServersFor(100.0/30, 1.0/3, 20.0/60, 0.8)), 14, 0)
	near(t, "P(wait)", ErlangC(40, 100.0/3), 0.1907, 5e-5)
	near(t, "P(block)", ErlangB(12, 10), 0.119739188, 5e-10)
	near(t, "overload", MMc{2, 3, 1}.Within(9), 0, 0)
	near(t, "nobody to wait for", ErlangC(3, 0), 0, 0)
	near(t, "one that is seldom asked", float64(ServersFor(0.1, 1, 0, 0.5)), 1, 0)
}

func TestOfferedLoad(t *testing.T) {
	day := shifts(t, 24, Span{9, 17})
	skilled := []Server{{Skills: []int{0}}, {Skills: []int{1}}, {}}
	for _, tt := range []struct {
		why   string
		pool  Pool
		work  []float64
		ratio float64
		tight int // classes in the tightest set
	}{
		{"three people for eight hours are one", Pool{Servers: Team(3, Server{Shifts: day})}, []float64{0.9}, 0.9, 1},
		{"speed counts", Pool{Servers: Team(2, Server{Speed: 2})}, []float64{3}, 0.75, 1},
		{"nobody", Pool{}, []float64{1}, math.Inf(1), 1},
		{"nobody, and nothing to do", Pool{}, []float64{0}, 0, 1},
		{"enough in total, too few for one class", Pool{Classes: make([]Class, 2), Servers: skilled}, []float64{2.2, 0.1}, 1.1, 1},
		{"each class alone could be served, not both", Pool{Classes: make([]Class, 2), Servers: skilled}, []float64{1.7, 1.6}, 1.1, 2},
		{"no limit", Pool{Unlimited: true}, []float64{7}, 0, 1},
	} {
		l, err := OfferedLoad(tt.pool, tt.work, 0, 168)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(l.Ratio()-tt.ratio) > 1e-12 || len(l.Classes) != tt.tight {
			t.Errorf("%s: %+v, ratio %v, want %v", tt.why, l, l.Ratio(), tt.ratio)
		}
	}
	l, _ := OfferedLoad(Pool{Servers: Team(2, Server{})}, []float64{2.5}, 0, 1)
	near(t, "growth", l.Growth(), 0.5, 1e-12)
	if _, err := OfferedLoad(Pool{}, nil, 0, 1); err == nil {
		t.Error("no error for missing work")
	}
}

// TestBucket checks a bucket of three tokens that gains two per unit of time.
func TestBucket(t *testing.T) {
	b := Bucket{Rate: 2, Burst: 3}
	for _, tt := range []struct{ now, tokens, want float64 }{
		{0, 2, 0}, {0, 1, 0}, {0, 1, 0.5}, {0.5, 1, 1}, {10, 3, 10}, {10, 5, 12.5}, {12.5, 1, 13},
	} {
		if got := b.Take(tt.now, tt.tokens); got != tt.want {
			t.Errorf("at %v, %v tokens: %v, want %v", tt.now, tt.tokens, got, tt.want)
		}
	}
	for _, tt := range []struct {
		now, tokens float64
		want        bool
	}{{14, 2, true}, {14, 3, false}, {15, 3, true}, {15, 4, true}} {
		if got := b.Has(tt.now, tt.tokens); got != tt.want {
			t.Errorf("at %v it has %v tokens: %v", tt.now, tt.tokens, got)
		}
	}
	b.Take(15, 2)
	if b.Has(15, 2) || !b.Has(15, 1) || b.Has(15, 4) {
		t.Error("one of three tokens is left: one is had, two are not, and more than the burst only when it is full")
	}
}

// TestRates checks the inverse of the expected number of arrivals.
func TestRates(t *testing.T) {
	r, err := NewRates(10, []float64{0, 2, 6}, []float64{1, 0, 3})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean", r.Mean(), 1.4, 1e-15)
	for _, tt := range []struct{ from, amount, want float64 }{
		{0, 1, 1}, {0, 2, 2}, {0, 3.5, 6.5}, {3, 3, 7}, {9, 3, 10}, {9, 4, 11}, {9, 3 + 28, 30}, {25, 3, 27}, {2, 14, 12},
	} {
		near(t, "next", r.Next(tt.from, tt.amount), tt.want, 1e-12)
	}
	never, err := NewRates(1, []float64{0}, []float64{0})
	if err != nil {
		t.Fatal(err)
	}
	if got := never.Next(3, 1); !math.IsInf(got, 1) {
		t.Errorf("next of no arrivals at %v", got)
	}
	for _, bad := range [][2][]float64{{{0, 2}, {1}}, {{1}, {1}}, {{0, 0}, {1, 1}}, {{0}, {-1}}, {{0, 12}, {1, 1}}, {nil, nil}} {
		if _, err := NewRates(10, bad[0], bad[1]); err == nil {
			t.Errorf("starts %v and rates %v: no error", bad[0], bad[1])
		}
	}
}
