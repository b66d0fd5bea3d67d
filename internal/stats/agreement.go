package stats

import "math"

// An Agreement is how far decisions agree with the truth, of one figure of those of
// [Confusion]: cases are classes by their positions, Decided -1 for no decision.
type Agreement struct {
	Classes        int
	Truth, Decided []int16
	Of             AgreementOf
}

// AgreementOf is a figure of an [Agreement].
type AgreementOf int

// The means over all classes are those of [Classification], kappa and Matthews those
// of [Confusion].
const (
	MacroPrecision AgreementOf = iota
	MacroRecall
	MacroF1
	Kappa
	Matthews
)

// margins are what all figures of a confusion are made of.
type margins struct {
	truth, decided, right []float64 // by class
	n, none               float64   // all, and those without a decision
	hits                  float64   // Σ right
	cross                 float64   // Σ truth · decided
	truth2, decided2      float64   // Σ truth², Σ decided²
	macro                 float64   // Σ of the share of each class
}

// Range tries every pair of classes for the one more case.
func (a *Agreement) Range(weights []float64, more float64) (low, high float64, ok bool) {
	m := margins{truth: make([]float64, a.Classes), decided: make([]float64, a.Classes), right: make([]float64, a.Classes)}
	for i, w := range weights {
		t, d := a.Truth[i], a.Decided[i]
		m.truth[t] += w
		m.n += w
		if d < 0 {
			m.none += w
			continue
		}
		m.decided[d] += w
		if t == d {
			m.right[t] += w
		}
	}
	share := make([]float64, a.Classes)
	for c := range share {
		share[c] = a.share(m.right[c], m.truth[c], m.decided[c])
		m.macro += share[c]
		m.hits += m.right[c]
		m.cross += m.truth[c] * m.decided[c]
		m.truth2 += m.truth[c] * m.truth[c]
		m.decided2 += m.decided[c] * m.decided[c]
	}
	if more == 0 {
		x, ok := a.figure(&m)
		return x, x, ok
	}
	low, high = math.Inf(1), math.Inf(-1)
	for t := range a.Classes {
		for d := range a.Classes {
			with := m
			with.n += more
			with.cross += more*m.decided[t] + more*m.truth[d]
			with.truth2 += more * (2*m.truth[t] + more)
			with.decided2 += more * (2*m.decided[d] + more)
			if t == d {
				with.hits += more
				with.cross += more * more
				with.macro += a.share(m.right[t]+more, m.truth[t]+more, m.decided[t]+more) - share[t]
			} else {
				with.macro += a.share(m.right[t], m.truth[t]+more, m.decided[t]) - share[t]
				with.macro += a.share(m.right[d], m.truth[d], m.decided[d]+more) - share[d]
			}
			if x, ok := a.figure(&with); ok {
				low, high = min(low, x), max(high, x)
			}
		}
	}
	return low, high, low <= high
}

// share is what a class adds to the mean over classes.
func (a *Agreement) share(right, truth, decided float64) float64 {
	switch a.Of {
	case MacroPrecision:
		return ratioOrZero(right, decided)
	case MacroRecall:
		return ratioOrZero(right, truth)
	}
	return ratioOrZero(2*right, truth+decided)
}

func (a *Agreement) figure(m *margins) (float64, bool) {
	if m.n == 0 {
		return 0, false
	}
	switch a.Of {
	case Kappa:
		// Where there is no decision, observed and expected disagreement are 1.
		if expected := m.n - m.cross/m.n; expected > 1e-12*m.n {
			return 1 - (m.n-m.hits)/expected, true
		}
		return 0, false
	case Matthews:
		truth, decided := m.n*m.n-m.truth2, m.n*m.n-m.none*m.none-m.decided2
		if truth <= 1e-12*m.n*m.n || decided <= 1e-12*m.n*m.n {
			return 0, true
		}
		return clamp((m.hits*m.n-m.cross)/math.Sqrt(truth*decided), -1, 1), true
	}
	return m.macro / float64(a.Classes), true
}
