package stats

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func newRand(seed uint64) *rand.Rand { return rand.New(seeded(seed)) }

func TestEValuesAverageToOne(t *testing.T) {
	// Under the null, E over n discordant cases has mean 1: it is a martingale.
	for _, n := range []int{1, 5, 40, 200} {
		mixture, oneSided := 0.0, 0.0
		for b := range n + 1 {
			p := binomialPMF(b, n, 0.5)
			mixture += p * must[EValue](t)(DiscordantEValue(b, n-b, 1)).E()
			oneSided += p * must[EValue](t)(OneSidedEValue(b, n-b)).E()
		}
		if math.Abs(mixture-1) > 1e-9 || math.Abs(oneSided-1) > 1e-9 {
			t.Errorf("n=%d: means %v and %v, want 1", n, mixture, oneSided)
		}
	}
}

func TestEValuesOfManyCases(t *testing.T) {
	for _, row := range []struct {
		why          string
		wins, losses int
		decides      bool
	}{
		{"overwhelming evidence, beyond any float", 5000, 100, true},
		{"the same against", 100, 5000, false},
		{"none", 3000, 3000, false},
	} {
		e := must[EValue](t)(OneSidedEValue(row.wins, row.losses))
		if math.IsNaN(e.Log) || (e.AnytimeP < 0.05) != row.decides || e.AnytimeP < 0 || e.AnytimeP > 1 {
			t.Errorf("%s: got %+v", row.why, e)
		}
	}
}

func TestSequentialPairsKeepsItsBestEvidence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s SequentialPairs
		last := 1.0
		for range rapid.IntRange(0, 100).Draw(t, "cases") {
			s.Add(rapid.Bool().Draw(t, "a"), rapid.Bool().Draw(t, "b"))
			if p := s.AnytimeP(); p > last || p <= 0 {
				t.Fatalf("the anytime p-value went from %v to %v", last, p)
			}
			last = s.AnytimeP()
		}
		e := must[EValue](t)(DiscordantEValue(s.OnlyA, s.OnlyB, 1))
		if e.AnytimeP < last-1e-12 {
			t.Fatalf("anytime p %v above the present %v", last, e.AnytimeP)
		}
	})
}

func TestBettingIntervalAgreesWithTheTest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		differences := rapid.SliceOfN(rapid.Float64Range(-1, 1), 1, 80).Draw(t, "differences")
		iv := must[Interval](t)(BettingInterval(differences, 0.9, 0.5))
		b := must[*Betting](t)(NewBetting(0.1, 0.5))
		for _, d := range differences {
			if err := b.Add(d); err != nil {
				t.Fatal(err)
			}
		}
		if rejected := b.StopAt().Valid; rejected && iv.Lower < -1e-6 && iv.Upper > 1e-6 || !rejected && !(iv.Lower <= 1e-6 && iv.Upper >= -1e-6) {
			t.Fatalf("rejected 0: %v, interval %v..%v", rejected, iv.Lower, iv.Upper)
		}
		shorter := must[Interval](t)(BettingInterval(differences[:len(differences)/2], 0.9, 0.5))
		if iv.Lower < shorter.Lower-1e-6 || iv.Upper > shorter.Upper+1e-6 {
			t.Fatalf("more cases widen %+v to %+v", shorter, iv)
		}
	})
}

func TestRaceDropsTheWorst(t *testing.T) {
	race := must[*Race](t)(NewRace(3, 0.05))
	rng := newRand(1)
	rates := []float64{0.9, 0.5, 0.89}
	for range 600 {
		correct := make([]bool, len(rates))
		for i, p := range rates {
			correct[i] = rng.Float64() < p
		}
		dropped := must[[]Loss](t)(race.Add(outcomes(correct)))
		for _, d := range dropped {
			if d.Design != 1 || d.Wins <= d.Losses || d.Log < math.Log(race.Limit()) {
				t.Errorf("dropped %+v, not the worst design by evidence", d)
			}
		}
	}
	if live := race.Live(); len(live) != 2 {
		t.Errorf("live designs %v, want 0 and 2", live)
	}
	half := func(int, int) Number { return Num(0.5) }
	if _, err := race.Add(half); CodeOf(err) != OutOfRange {
		t.Errorf("half a point in a race of right and wrong: got %v", err)
	}
}

// outcomes are the differences of right and wrong results.
func outcomes(correct []bool) func(a, b int) Number {
	return func(a, b int) Number { return Num(indicator(correct[a]) - indicator(correct[b])) }
}
