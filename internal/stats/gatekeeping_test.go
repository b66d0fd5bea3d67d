package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func gateOf(p float64, behind ...float64) Gate {
	g := Gate{P: Num(p)}
	for _, b := range behind {
		g.Behind = append(g.Behind, Num(b))
	}
	return g
}

func TestAdjustGated(t *testing.T) {
	for _, row := range []struct {
		why        string
		share      float64
		give, want []Gate
	}{
		{"one gate is its own p, and leaves half to what is behind it", 0.5, []Gate{gateOf(0.01, 0.001, 0.2)}, []Gate{gateOf(0.01, 0.01, 0.4)}},
		{"the first of two at half of alpha, the second at 3/4: (2 - 1/2)/(2 (2 - 1))", 0.5, []Gate{gateOf(0.03), gateOf(0.01)}, []Gate{gateOf(0.04), gateOf(0.02)}},
		{"all of it left behind: Bonferroni for the gates", 1, []Gate{gateOf(0.03, 0.004), gateOf(0.01, 0.01)}, []Gate{gateOf(0.06, 0.06), gateOf(0.02, 0.02)}},
		{"what is behind a gate is no surer than the gate", 0.5, []Gate{gateOf(0.2, 0), gateOf(0.5, 0)}, []Gate{gateOf(0.4, 0.4), gateOf(2./3, 2./3)}},
		{"an absent gate counts for nothing", 0.5, []Gate{{Behind: []Number{Num(0.1)}}, gateOf(0.01, 0.02)}, []Gate{{Behind: make([]Number, 1)}, gateOf(0.01, 0.04)}},
		{"what is absent behind one stays so", 0.5, []Gate{{P: Num(0.01), Behind: []Number{{}, Num(0.02)}}}, []Gate{{P: Num(0.01), Behind: []Number{{}, Num(0.04)}}}},
	} {
		got, err := AdjustGated(row.give, row.share)
		if err != nil {
			t.Fatalf("%s: %v", row.why, err)
		}
		if diff := cmp.Diff(row.want, got, cmpopts.EquateApprox(0, 1e-12), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.why, diff)
		}
	}
	for _, share := range []float64{0, -1, 1.1, math.NaN()} {
		if _, err := AdjustGated(nil, share); err == nil {
			t.Errorf("a share of %v is taken", share)
		}
	}
	if _, err := AdjustGated([]Gate{gateOf(0.1, 1.2)}, 0.5); err == nil {
		t.Error("a p-value of 1.2 is taken")
	}
}

// What is at most alpha when adjusted is what the procedure finds, step by step, by
// the limits that its doc names; and gates are found nearly as by Holm where next to
// nothing is left behind them.
func TestAdjustGatedStepByStep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.Map(rapid.Float64Range(0, 1), func(x float64) float64 { return x * x * x })
		alpha, share := rapid.Float64Range(0.001, 0.5).Draw(t, "alpha"), rapid.Float64Range(0.01, 1).Draw(t, "share")
		gates := make([]Gate, rapid.IntRange(1, 8).Draw(t, "gates"))
		for i := range gates {
			gates[i] = gateOf(p.Draw(t, "p"), rapid.SliceOfN(p, 0, 3).Draw(t, "behind")...)
		}
		got, err := AdjustGated(gates, share)
		if err != nil {
			t.Fatal(err)
		}
		m, found := float64(len(gates)), map[int]bool{}
		for more := true; more; {
			more = false
			r := float64(len(found))
			for i, g := range gates {
				if !found[i] && g.P.Value <= alpha*(m-share*r)/(m*(m-r)) {
					found[i], more = true, true
					break
				}
			}
		}
		for i, g := range got {
			if (g.P.Value <= alpha) != found[i] {
				t.Errorf("gate %d: adjusted %v, found %v", i, g.P.Value, found[i])
			}
			for k, b := range g.Behind {
				if want := found[i] && gates[i].Behind[k].Value <= alpha*share/m; (b.Value <= alpha) != want {
					t.Errorf("behind gate %d: adjusted %v, found %v", i, b.Value, want)
				}
			}
		}
		nearly, err := AdjustGated(gates, 1e-12)
		if err != nil {
			t.Fatal(err)
		}
		ps := make([]Number, len(gates))
		for i := range gates {
			ps[i] = gates[i].P
		}
		holm, _ := AdjustP(ps, Holm)
		for i := range holm {
			if math.Abs(holm[i].Value-nearly[i].P.Value) > 1e-9 {
				t.Errorf("gate %d: %v, by Holm %v", i, nearly[i].P.Value, holm[i].Value)
			}
		}
	})
}

// bySigns is the step-down of the greatest statistic, by going through all signs.
func bySigns(units [][]float64, questions int) []float64 {
	statistics := func(pattern int) []float64 {
		out, scale := make([]float64, questions), make([]float64, questions)
		for i, u := range units {
			sign := float64(1 - 2*(pattern>>i&1))
			for q, d := range u {
				out[q] += sign * d
				scale[q] += d * d
			}
		}
		for q := range out {
			if scale[q] > 0 {
				out[q] /= math.Sqrt(scale[q])
			}
		}
		return out
	}
	observed := statistics(0)
	p := make([]float64, questions)
	for q := range p {
		// Held against those that are no clearer; then no surer than those that are.
		hits := 0
		for pattern := range 1 << len(units) {
			drawn := statistics(pattern)
			for other := range drawn {
				if observed[other] <= observed[q] && drawn[other] >= observed[q]-1e-9 {
					hits++
					break
				}
			}
		}
		p[q] = float64(hits) / float64(int(1)<<len(units))
	}
	out := slices.Clone(p)
	for q := range p {
		for other := range p {
			if observed[other] >= observed[q] {
				out[q] = math.Max(out[q], p[other])
			}
		}
	}
	return out
}

func TestSignFlipFamily(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		questions := rapid.IntRange(1, 4).Draw(t, "questions")
		units := make([][]float64, rapid.IntRange(0, 8).Draw(t, "units"))
		for i := range units {
			for range questions {
				units[i] = append(units[i], float64(rapid.IntRange(-2, 2).Draw(t, "d")))
			}
		}
		got, err := SignFlipFamily(units, questions, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(bySigns(units, questions), got, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
			t.Errorf("of %v (-want +got):\n%s", units, diff)
		}
	})
	// One question of ones is the sign test: half of McNemar's exact p-value.
	for _, n := range []struct{ worse, better int }{{7, 0}, {9, 2}, {40, 18}, {5, 5}} {
		var units [][]float64
		for i := range n.worse + n.better {
			units = append(units, []float64{map[bool]float64{true: 1, false: -1}[i < n.worse]})
		}
		got, err := SignFlipFamily(units, 1, 200_000, rand.NewPCG(7, 1))
		if err != nil {
			t.Fatal(err)
		}
		want := binomialAtMost(n.better, n.worse+n.better, 0.5)
		if se := math.Sqrt(want * (1 - want) / 200_000); math.Abs(got[0]-want) > 4*se+1e-5 {
			t.Errorf("%d worse, %d better: p %v, want %v", n.worse, n.better, got[0], want)
		}
	}
	if _, err := SignFlipFamily([][]float64{{1}}, 2, 1, nil); err == nil {
		t.Error("a unit of one difference is taken for two questions")
	}
	if _, err := SignFlipFamily([][]float64{{math.NaN()}}, 1, 1, nil); err == nil {
		t.Error("a difference that is no number is taken")
	}
}
