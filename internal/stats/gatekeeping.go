package stats

import (
	"cmp"
	"math"
	"slices"
)

// A Gate is a question with others behind it, which count only where it is
// answered. Those behind have p-values that are adjusted among themselves
// already, as by [SignFlipFamily] or [AdjustP].
type Gate struct {
	P      Number
	Behind []Number
}

// AdjustGated returns adjusted p-values, each to be compared with alpha, such that
// the chance of any false finding, at gates and behind them, is at most alpha,
// however the tests hang together. share, above 0 and up to 1, is how much of its
// part of alpha a gate that is found leaves to what is behind it; the rest goes to
// the gates that are not found yet.
//
// With m gates of which R are found, each of the others is held to
// alpha (m - share R) / (m (m - R)), which grows with R, and what is behind a
// found one to alpha share / m. Where m1 gates are rightly found, the others are
// so held to alpha (m - share m1) / m in sum till one is falsely found, and what is
// behind the m1 to alpha share m1 / m: alpha in all (after Goeman and Solari 2010,
// and Dmitrienko, Tamhane and Wiens 2008). With a share near 0 the gates are held
// to Holm's limits.
//
// An absent p-value, of a test that could not be made, stays absent; a gate without
// one is not counted, nor is what is behind it.
func AdjustGated(gates []Gate, share float64) ([]Gate, error) {
	if !(share > 0 && share <= 1) {
		return nil, refuse(OutOfRange, "a share of %v; it must be above 0 and up to 1", share)
	}
	var order []int
	out := make([]Gate, len(gates))
	for i, g := range gates {
		out[i].Behind = make([]Number, len(g.Behind))
		for _, p := range append(slices.Clone(g.Behind), g.P) {
			if !p.Valid {
				continue
			}
			if err := checkProbability("p-value", p.Value); err != nil {
				return nil, err
			}
		}
		if g.P.Valid {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(gates[i].P.Value, gates[j].P.Value) })
	m, least := float64(len(order)), 0.0
	for found, i := range order {
		r := float64(found)
		least = math.Max(least, math.Min(1, gates[i].P.Value*m*(m-r)/(m-share*r)))
		out[i].P = Num(least)
		for k, p := range gates[i].Behind {
			if p.Valid {
				out[i].Behind[k] = Num(math.Max(least, math.Min(1, p.Value*m/share)))
			}
		}
	}
	return out, nil
}
