package stats

import "math"

// A Race runs several designs on the same cases and drops those that another
// has beaten, whatever the stopping: with K designs, i is dropped when the
// one-sided e-value of some live j over i reaches (K-1)/alpha, so that the best
// is dropped with probability at most alpha.
type Race struct {
	alpha float64
	wins  [][]int // wins[j][i]: cases that j got right and i wrong
	out   []bool
}

// NewRace starts a race of at least two designs.
func NewRace(designs int, alpha float64) (*Race, error) {
	if designs < 2 {
		return nil, refuse(OutOfRange, "a race of %d designs; it takes at least 2", designs)
	}
	if err := checkLevel("alpha", alpha); err != nil {
		return nil, err
	}
	r := &Race{alpha: alpha, wins: make([][]int, designs), out: make([]bool, designs)}
	for i := range r.wins {
		r.wins[i] = make([]int, designs)
	}
	return r, nil
}

// Add takes in one case's outcome under every design, those dropped included or
// not: their entries are not read. It returns the designs dropped by it.
func (r *Race) Add(correct []bool) (dropped []int, err error) {
	if err := checkLengths("outcomes", len(correct), "designs", len(r.wins)); err != nil {
		return nil, err
	}
	for j := range r.wins {
		for i := range r.wins {
			if !r.out[i] && !r.out[j] && correct[j] && !correct[i] {
				r.wins[j][i]++
			}
		}
	}
	limit := math.Log(float64(len(r.wins)-1) / r.alpha)
	for i := range r.wins {
		if r.out[i] || correct[i] {
			continue // only a loss on this case can have raised the evidence
		}
		for j := range r.wins {
			if r.out[j] || !correct[j] {
				continue
			}
			e, err := OneSidedEValue(r.wins[j][i], r.wins[i][j])
			if err != nil {
				panic(err) // counts only grow
			}
			if e.Log >= limit {
				dropped = append(dropped, i)
				break
			}
		}
	}
	for _, i := range dropped {
		r.out[i] = true
	}
	return dropped, nil
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
