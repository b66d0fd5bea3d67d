package opsim

import (
	"math"
	"slices"
)

// doubled is the mix with twice as many people in every group, one at least.
func (m mix) doubled() mix {
	out := slices.Clone(m)
	for i, n := range m {
		out[i] = n + max(1, n)
	}
	return out
}

// boundUnpaid bounds the groups that cost nothing, whom no cost bounds: by as many
// as change nothing any more when there are twice as many, with the others as few
// as may be. Where these are too few for the work alone, the others are as in a mix
// that keeps what is promised.
func (s *search) boundUnpaid(kept mix) error {
	bare := slices.Clone(kept)
	unpaid := false
	for i, g := range s.groups {
		if g.cost > 0 {
			bare[i] = g.least
		}
		unpaid = unpaid || g.cost == 0
	}
	if !unpaid {
		return nil
	}
	most, err := s.saturated(bare)
	if err != nil {
		return err
	}
	if most == nil {
		if most, err = s.saturated(kept); err != nil {
			return err
		}
	}
	for i, g := range s.groups {
		if g.cost == 0 {
			s.groups[i].most = max(kept[i], most[i])
		}
	}
	return nil
}

// saturated doubles the groups that cost nothing until two doublings change no
// share; nil: a team is overloaded however many they are.
func (s *search) saturated(m mix) (mix, error) {
	was, same := math.NaN(), 0
	for {
		v, err := s.whole(m)
		if err != nil {
			return nil, err
		}
		if v.overloaded {
			if why, err := s.relieved(m); err != nil || why != "" {
				return nil, err
			}
		}
		if v.margin == was && !v.overloaded {
			same++
		} else {
			was, same = v.margin, 0
		}
		more := s.clamped(m.doubled())
		for i, g := range s.groups {
			if g.cost > 0 {
				more[i] = m[i]
			}
		}
		if same == 2 || slices.Equal(more, m) || s.crowded(more) {
			if v.overloaded {
				return nil, nil
			}
			return m, nil
		}
		m = more
	}
}
