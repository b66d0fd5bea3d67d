package learn

import (
	"math/bits"
	"slices"
)

// spread turns a key into a slot of a table of 1<<(32-shift) slots (Fibonacci
// hashing, which also spreads the keys of a small hash space).
func spread(k key, shift int) uint32 { return k * 2654435769 >> shift }

// index maps the keys kept in training to 0..len(keys)-1, by linear probing in
// a table at most half full.
type index struct {
	keys  []key // ascending
	slots []indexSlot
	shift int
}

type indexSlot struct {
	key key
	at  uint32 // position plus one; 0 is an empty slot
}

// newIndex takes ownership of keys, which are ascending and distinct.
func newIndex(keys []key) index {
	size := bits.Len(uint(2*len(keys) + 1))
	ix := index{keys: keys, slots: make([]indexSlot, 1<<size), shift: 32 - size}
	mask := uint32(len(ix.slots) - 1)
	for i, k := range keys {
		at := spread(k, ix.shift)
		for ix.slots[at].at != 0 {
			at = (at + 1) & mask
		}
		ix.slots[at] = indexSlot{k, uint32(i + 1)}
	}
	return ix
}

// find returns the key's position and whether it was kept.
func (ix *index) find(k key) (uint32, bool) {
	mask := uint32(len(ix.slots) - 1)
	for at := spread(k, ix.shift); ; at = (at + 1) & mask {
		switch s := ix.slots[at]; {
		case s.at == 0:
			return 0, false
		case s.key == k:
			return s.at - 1, true
		}
	}
}

// tally counts in how many rows each key occurs.
type tally struct {
	slots []tallySlot
	shift int
	used  int
}

type tallySlot struct {
	key   key
	last  int32 // the last row counted, so that repeats within a row count once
	count int32 // 0 is an empty slot
}

func newTally() *tally {
	const size = 12
	return &tally{slots: make([]tallySlot, 1<<size), shift: 32 - size}
}

func (t *tally) add(row int, keys []key) {
	for _, k := range keys {
		s := t.slot(k)
		switch {
		case s.count == 0:
			*s = tallySlot{k, int32(row), 1}
			if t.used++; 2*t.used > len(t.slots) {
				t.grow()
			}
		case s.last != int32(row):
			s.last = int32(row)
			s.count++
		}
	}
}

func (t *tally) slot(k key) *tallySlot {
	mask := uint32(len(t.slots) - 1)
	for at := spread(k, t.shift); ; at = (at + 1) & mask {
		if s := &t.slots[at]; s.count == 0 || s.key == k {
			return s
		}
	}
}

func (t *tally) grow() {
	old := t.slots
	t.slots, t.shift = make([]tallySlot, 2*len(old)), t.shift-1
	for _, s := range old {
		if s.count > 0 {
			*t.slot(s.key) = s
		}
	}
}

// kept returns the keys seen in at least minRows rows, ascending, and in how
// many each was seen. Tabular keys are kept however rare.
func (t *tally) kept(minRows int) (keys []key, counts []int32) {
	for _, s := range t.slots {
		if s.count > 0 && (s.key >= tabularKey || int(s.count) >= minRows) {
			keys = append(keys, s.key)
		}
	}
	slices.Sort(keys)
	counts = make([]int32, len(keys))
	for i, k := range keys {
		counts[i] = t.slot(k).count
	}
	return keys, counts
}
