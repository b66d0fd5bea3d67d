package inspect

import "slices"

// hash64 is FNV-1a, finished as in SplitMix64: the same on every machine, so
// that the same data give the same result.
func hash64(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return mix(h)
}

// mix spreads a number over all its bits, one to one.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// distinct counts different values: exactly up to exactDistinct of them, then
// by the smallest hashes seen (k minimum values, Bar-Yossef et al. 2002), with
// a standard error of 1/√k.
type distinct struct {
	exact map[uint64]struct{} // nil where there were too many
	kept  []uint64            // the least hashes, unsorted, up to twice keptHashes
	limit uint64              // hashes above are not among the least
}

const (
	exactDistinct = 1 << 15
	keptHashes    = 1 << 12
)

func newDistinct() *distinct { return &distinct{exact: map[uint64]struct{}{}} }

func (d *distinct) add(h uint64) {
	if d.exact != nil {
		d.exact[h] = struct{}{}
		if len(d.exact) <= exactDistinct {
			return
		}
		d.limit = ^uint64(0)
		for h := range d.exact {
			d.kept = append(d.kept, h)
		}
		d.exact = nil
		d.shrink()
		return
	}
	if h > d.limit {
		return
	}
	if d.kept = append(d.kept, h); len(d.kept) >= 2*keptHashes {
		d.shrink()
	}
}

// shrink keeps the least hashes, each once.
func (d *distinct) shrink() {
	slices.Sort(d.kept)
	d.kept = slices.Compact(d.kept)
	if len(d.kept) > keptHashes {
		d.kept = d.kept[:keptHashes]
		d.limit = d.kept[keptHashes-1]
	}
}

// count is the number of different values, and whether it is an estimate.
func (d *distinct) count() (n int64, estimated bool) {
	if d.exact != nil {
		return int64(len(d.exact)), false
	}
	d.shrink()
	if len(d.kept) < keptHashes {
		return int64(len(d.kept)), false
	}
	share := float64(d.kept[keptHashes-1]) / (1 << 64)
	return int64(float64(keptHashes-1)/share + 0.5), true
}

// unique finds out whether all values differ. It holds 8 bytes for each of at
// most uniqueRows values, and lets go at the first that came before, where that
// is among the first exactDistinct.
type unique struct {
	hashes []uint64
	lost   bool // two were equal, or there were too many
}

const uniqueRows = 5_000_000

func (u *unique) add(h uint64, d *distinct) {
	if u.lost {
		return
	}
	u.hashes = append(u.hashes, h)
	if len(u.hashes) > uniqueRows || d.exact != nil && len(d.exact) < len(u.hashes) {
		u.hashes, u.lost = nil, true
	}
}

// all says whether no two were equal.
func (u *unique) all() bool {
	if u.lost || len(u.hashes) == 0 {
		return false
	}
	slices.Sort(u.hashes)
	return len(slices.Compact(u.hashes)) == len(u.hashes)
}

// reservoir chooses which rows to keep of a stream, each with the same chance
// (Vitter's algorithm R), by draws that depend on the row's number alone.
type reservoir struct {
	size int
	seen int64
}

// place is where the next row goes; -1 where it is not kept.
func (r *reservoir) place() int {
	n := r.seen
	r.seen++
	if n < int64(r.size) {
		return int(n)
	}
	if at := mix(uint64(n)+0x9e3779b97f4a7c15) % uint64(n+1); at < uint64(r.size) {
		return int(at)
	}
	return -1
}
