package stats

import "math"

// A Race runs several designs on the same units, cases or clusters in random
// order, and drops those that another has beaten: with K designs, i is dropped
// when the one-sided e-value of some live j over i reaches (K-1)/alpha. The best
// design has K-1 others that could drop it wrongly, so that it is dropped with
// probability at most alpha, whatever the stopping. Of equal designs every one
// is a best one.
type Race struct {
	alpha   float64
	designs int
	pairs   []racePair // of designs a < b, row by row
	out     []bool
}

// racePair is what the units showed of design a against design b.
type racePair struct {
	moments      Moments // of the differences, a minus b
	wins, losses int     // of a
	bet          *Betting
}

// NewRace starts a race of at least two designs whose results are right or
// wrong: the e-value of a pair is [OneSidedEValue] of the units that only one
// of them got right.
func NewRace(designs int, alpha float64) (*Race, error) { return newRace(designs, alpha, false) }

// NewGradedRace starts a race of at least two designs whose results are scores
// from 0 to 1, such as the shares right of clusters: the e-value of a pair is
// the wealth of [Betting] that its mean difference is above 0.
func NewGradedRace(designs int, alpha float64) (*Race, error) { return newRace(designs, alpha, true) }

func newRace(designs int, alpha float64, graded bool) (*Race, error) {
	if designs < 2 {
		return nil, refuse(OutOfRange, "a race of %d designs; it takes at least 2", designs)
	}
	if err := checkLevel("alpha", alpha); err != nil {
		return nil, err
	}
	r := &Race{alpha: alpha, designs: designs, pairs: make([]racePair, designs*(designs-1)/2), out: make([]bool, designs)}
	for i := range r.pairs {
		if graded {
			r.pairs[i].bet = newBetting(alpha/float64(designs-1), raceTruncation, 0.5)
		}
	}
	return r, nil
}

// raceTruncation keeps bets on clusters below ruin. Mean differences of clusters
// are small, and with the usual 1/2 bets on them are too: at 0.9 a race ends
// after fewer of them.
const raceTruncation = 0.9

// Limit returns (K-1)/alpha, the e-value that drops a design.
func (r *Race) Limit() float64 { return float64(r.designs-1) / r.alpha }

// A Lead is what one design has shown over another.
type Lead struct {
	Units        int // that told of both
	Wins, Losses int // units in which it did better, and worse
	Mean         Number
	EValue       // against 'it is no better'
}

// A Loss is a design and the lead of another one over it.
type Loss struct {
	Design, By int
	Lead       // of By over Design
}

// Add takes in one unit: difference gives what design a scored more than design
// b on it, absent where it does not tell of both. Pairs of which one was dropped
// are not asked for. In a race of right and wrong a difference is -1, 0 or 1. It
// returns the losses that dropped a design.
func (r *Race) Add(difference func(a, b int) Number) (dropped []Loss, err error) {
	limit := math.Log(r.Limit())
	var beaten map[int]Loss // by design: what speaks most against it
	for a := range r.designs {
		for b := a + 1; b < r.designs; b++ {
			if r.out[a] || r.out[b] {
				continue
			}
			d := difference(a, b)
			if !d.Valid {
				continue
			}
			if err := r.pair(a, b).add(d.Value); err != nil {
				return nil, err
			}
			// Only who did better on this unit can have reached the limit by it.
			better, worse := a, b
			if d.Value < 0 {
				better, worse = b, a
			}
			if d.Value == 0 {
				continue
			}
			if l := r.Lead(better, worse); l.Log >= limit && l.Log > beaten[worse].Log {
				if beaten == nil {
					beaten = make(map[int]Loss)
				}
				beaten[worse] = Loss{worse, better, l}
			}
		}
	}
	for i := range r.designs {
		if loss, ok := beaten[i]; ok && !r.out[loss.By] {
			dropped = append(dropped, loss)
			r.out[i] = true
		}
	}
	return dropped, nil
}

func (r *Race) pair(a, b int) *racePair { return &r.pairs[a*(2*r.designs-a-1)/2+b-a-1] }

func (p *racePair) add(d float64) error {
	switch err := checkUnitDifference(d); {
	case err != nil:
		return err
	case p.bet != nil:
		p.bet.add((d + 1) / 2)
	case d != -1 && d != 0 && d != 1:
		return refuse(OutOfRange, "a difference of %v between right and wrong; it is -1, 0 or 1", d)
	}
	p.moments.Add(d)
	switch {
	case d > 0:
		p.wins++
	case d < 0:
		p.losses++
	}
	return nil
}

// Lead returns what design a has shown over design b.
func (r *Race) Lead(a, b int) Lead {
	sign, p := 1.0, (*racePair)(nil)
	if a < b {
		p = r.pair(a, b)
	} else {
		sign, p = -1, r.pair(b, a)
	}
	l := Lead{Units: p.moments.N, Wins: p.wins, Losses: p.losses}
	if sign < 0 {
		l.Wins, l.Losses = p.losses, p.wins
	}
	if l.Units > 0 {
		l.Mean = Num(sign * p.moments.Mean)
	}
	switch {
	case p.bet == nil:
		e, err := OneSidedEValue(l.Wins, l.Losses)
		if err != nil {
			panic(err) // counts only grow
		}
		l.EValue = e
	case sign > 0:
		l.EValue = newEValue(p.bet.logPos)
	default:
		l.EValue = newEValue(p.bet.logNeg)
	}
	return l
}

// Worst returns the lead over design i that speaks most against it, among those
// of live designs; ok is false where no other is live, or i is not.
func (r *Race) Worst(i int) (worst Loss, ok bool) {
	if r.out[i] {
		return worst, false
	}
	for j := range r.designs {
		if j == i || r.out[j] {
			continue
		}
		if l := r.Lead(j, i); !ok || l.Log > worst.Log {
			worst, ok = Loss{i, j, l}, true
		}
	}
	return worst, ok
}

// Live returns the designs still in the race.
func (r *Race) Live() []int {
	var live []int
	for i, out := range r.out {
		if !out {
			live = append(live, i)
		}
	}
	return live
}
