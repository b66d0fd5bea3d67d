package stats

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func drawPairs(t *rapid.T) Pairs {
	cell := rapid.IntRange(0, 60)
	return Pairs{Both: cell.Draw(t, "both"), OnlyA: cell.Draw(t, "only a"), OnlyB: cell.Draw(t, "only b"), Neither: cell.Draw(t, "neither")}
}

func TestPairedDifferenceProperties(t *testing.T) {
	for name, interval := range map[string]func(Pairs, float64) (Interval, error){"Newcombe": NewcombePaired, "Tango": Tango} {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			p := drawPairs(t)
			iv := must[Interval](t)(interval(p, 0.95))
			if !(-1 <= iv.Lower && iv.Lower <= iv.Upper && iv.Upper <= 1) {
				t.Fatalf("ends out of order: %+v", iv)
			}
			if p.N() == 0 {
				if iv.Estimate.Valid {
					t.Fatalf("an estimate from nothing: %+v", iv)
				}
				return
			}
			if iv.Estimate.Value < iv.Lower-1e-9 || iv.Estimate.Value > iv.Upper+1e-9 {
				t.Fatalf("the estimate lies outside %+v", iv)
			}
			swapped := must[Interval](t)(interval(Pairs{Both: p.Both, OnlyA: p.OnlyB, OnlyB: p.OnlyA, Neither: p.Neither}, 0.95))
			if math.Abs(swapped.Lower+iv.Upper) > 1e-7 || math.Abs(swapped.Upper+iv.Lower) > 1e-7 {
				t.Fatalf("swapping the designs turns %+v into %+v", iv, swapped)
			}
		}))
	}
}

func TestMcNemarProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.IntRange(0, 300).Draw(t, "b")
		c := rapid.IntRange(0, 300).Draw(t, "c")
		midp := must[float64](t)(McNemarMidP(b, c))
		exact := must[float64](t)(McNemarExact(b, c))
		if !(0 < midp && midp <= exact+1e-12 && exact <= 1) {
			t.Fatalf("mid-p %v, exact %v; want 0 < mid-p <= exact <= 1", midp, exact)
		}
		if other := must[float64](t)(McNemarMidP(c, b)); other != midp {
			t.Fatalf("swapping the designs turns p = %v into %v", midp, other)
		}
	})
}

// eachPairs visits all tables of n cases with their multinomial probability.
func eachPairs(n int, both, onlyA, onlyB float64, visit func(p Pairs, probability float64)) {
	for d := range n + 1 {
		atDiscordant := binomialPMF(d, n, onlyA+onlyB)
		for b := range d + 1 {
			atB := atDiscordant * binomialPMF(b, d, onlyA/(onlyA+onlyB))
			for a := range n - d + 1 {
				visit(Pairs{Both: a, OnlyA: b, OnlyB: d - b, Neither: n - d - a}, atB*binomialPMF(a, n-d, both/(1-onlyA-onlyB)))
			}
		}
	}
}

func TestCoverageOfNewcombePaired(t *testing.T) {
	for _, row := range []struct {
		why                string
		both, onlyA, onlyB float64
		known              float64 // summed exactly
	}{
		{"few discordant cases, the usual regression run", 0.90, 0.02, 0.02, 0.9996},
		{"almost none, where Wald's interval covers .45", 0.93, 0.01, 0.01, 1.0000},
		{"one design better", 0.75, 0.12, 0.05, 0.9729},
		{"independent designs of rate 1/2", 0.25, 0.25, 0.25, 0.9524},
	} {
		covered, total := 0.0, 0.0
		eachPairs(30, row.both, row.onlyA, row.onlyB, func(p Pairs, probability float64) {
			total += probability
			if must[Interval](t)(NewcombePaired(p, 0.95)).Contains(row.onlyA - row.onlyB) {
				covered += probability
			}
		})
		if math.Abs(total-1) > 1e-9 || math.Abs(covered-row.known) > 0.00005 || covered < 0.95 {
			t.Errorf("%s: covers %.4f of %.4f, known %.4f, and nominal .95", row.why, covered, total, row.known)
		}
	}
}

func TestSizeOfMcNemar(t *testing.T) {
	// The exact size, over all tables of 40 cases, of tests at .05.
	for _, half := range []float64{0.02, 0.05, 0.1, 0.2, 0.4} {
		midp, exact := 0.0, 0.0
		for d := range 41 {
			for b := range d + 1 {
				probability := binomialPMF(d, 40, 2*half) * binomialPMF(b, d, 0.5)
				if must[float64](t)(McNemarMidP(b, d-b)) <= 0.05 {
					midp += probability
				}
				if must[float64](t)(McNemarExact(b, d-b)) <= 0.05 {
					exact += probability
				}
			}
		}
		if exact > 0.05 || midp > 0.055 || midp < exact {
			t.Errorf("discordant rate 2 x %v: mid-p size %.4f, exact size %.4f; want exact <= mid-p <= about .05", half, midp, exact)
		}
	}
}

func TestCoverageOfNewcombeUnpaired(t *testing.T) {
	for _, row := range []struct{ p1, p2 float64 }{{0.9, 0.95}, {0.5, 0.5}, {0.02, 0.01}, {0.99, 0.8}} {
		covered := 0.0
		const n1, n2 = 50, 200
		for x1 := range n1 + 1 {
			for x2 := range n2 + 1 {
				if must[Interval](t)(NewcombeUnpaired(x1, n1, x2, n2, 0.95)).Contains(row.p1 - row.p2) {
					covered += binomialPMF(x1, n1, row.p1) * binomialPMF(x2, n2, row.p2)
				}
			}
		}
		if covered < 0.93 {
			t.Errorf("covers %.4f at %v against %v, want at least .93", covered, row.p1, row.p2)
		}
	}
}
