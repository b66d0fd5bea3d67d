package stats

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// An EValue is evidence that may be looked at after every case. Stop when E
// reaches 1/alpha: under the null hypothesis that ever happens with probability
// at most alpha (Ville's inequality).
type EValue struct {
	Log      float64 // ln E, which does not overflow
	AnytimeP float64 // min(1, 1/E)
}

// E returns the e-value itself, +Inf when it is too large.
func (e EValue) E() float64 { return math.Exp(e.Log) }

func newEValue(log float64) EValue { return EValue{log, math.Min(1, math.Exp(-log))} }

// DiscordantEValue returns the two-sided e-value of equal designs from the
// discordant cases, 2^(b+c) B(b+a0, c+a0)/B(a0, a0), a Beta(a0, a0) mixture;
// a0 = 1 is usual.
func DiscordantEValue(onlyA, onlyB int, a0 float64) (EValue, error) {
	if err := checkDiscordant(onlyA, onlyB); err != nil {
		return EValue{}, err
	}
	if !(a0 > 0) {
		return EValue{}, refuse(OutOfRange, "a0 is %v; it must be above 0, as 1", a0)
	}
	b, c := float64(onlyA), float64(onlyB)
	return newEValue((b+c)*math.Ln2 + mathext.Lbeta(b+a0, c+a0) - mathext.Lbeta(a0, a0)), nil
}

// OneSidedEValue returns the e-value against 'wins are no more likely than
// losses', 2^(b+c+1) ∫_{1/2}^1 t^b (1-t)^c dt.
func OneSidedEValue(wins, losses int) (EValue, error) {
	if err := checkDiscordant(wins, losses); err != nil {
		return EValue{}, err
	}
	b, c := float64(wins), float64(losses)
	upper := mathext.RegIncBeta(c+1, b+1, 0.5)
	if upper == 0 {
		// Below the smallest number: far more losses than wins, and no evidence.
		return newEValue(math.Inf(-1)), nil
	}
	return newEValue((b+c+1)*math.Ln2 + mathext.Lbeta(b+1, c+1) + math.Log(upper)), nil
}

// A SequentialPairs watches two designs on right/wrong cases in random order and
// may be asked after each whether to stop. The zero value is ready.
type SequentialPairs struct {
	Pairs
	maxLog float64
}

// Add takes in one case.
func (s *SequentialPairs) Add(a, b bool) {
	s.Pairs.Add(a, b)
	e, err := DiscordantEValue(s.OnlyA, s.OnlyB, 1)
	if err != nil {
		panic(err) // counts only grow
	}
	s.maxLog = math.Max(s.maxLog, e.Log)
}

// AnytimeP returns min(1, 1/max E), valid whenever it is read.
func (s *SequentialPairs) AnytimeP() float64 { return math.Exp(-s.maxLog) }

// Decided reports whether the designs have been told apart at alpha.
func (s *SequentialPairs) Decided(alpha float64) bool { return s.AnytimeP() <= alpha }
