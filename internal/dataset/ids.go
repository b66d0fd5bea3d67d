package dataset

import "hash/maphash"

// idSet remembers ids by 64-bit hashes, in 11 to 22 bytes each. The zero value
// is empty.
type idSet struct {
	seed  maphash.Seed
	slots []uint64 // 0 is free; a power of two, at most three quarters taken
	taken int
}

// add says whether the id, or another one of its hash, was there already.
func (s *idSet) add(id string) bool {
	if s.slots == nil {
		s.seed, s.slots = maphash.MakeSeed(), make([]uint64, 1<<10)
	}
	if 4*s.taken >= 3*len(s.slots) {
		old := s.slots
		s.slots, s.taken = make([]uint64, 2*len(old)), 0
		for _, h := range old {
			if h != 0 {
				s.insert(h)
			}
		}
	}
	return s.insert(max(maphash.String(s.seed, id), 1))
}

func (s *idSet) insert(h uint64) (there bool) {
	mask := uint64(len(s.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		switch s.slots[i] {
		case h:
			return true
		case 0:
			s.slots[i] = h
			s.taken++
			return false
		}
	}
}
