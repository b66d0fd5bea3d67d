package inspect

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"unicode"
)

// MaxCompared is up to how many rows are compared with each other.
const MaxCompared = 1_000_000

// alike is the estimated similarity from which on texts are near-duplicates:
// the share of sequences of shingle bytes that they have in common (Jaccard).
const (
	alike   = 0.8
	shingle = 6
)

// A signature stands for a text: one byte for each of 64 hash values, which are
// equal for two texts with a chance that grows with their similarity. It is
// one permutation hashing (Li, Owen, Zhang 2012) with the densification of
// Shrivastava (2017), cut to 8 bits (Li, König 2010).
type signature [64]byte

// sign gives the signature of a text, which letters and digits make, without
// regard to case; ok is false where it has none.
func sign(text string, buf []byte) (sig signature, scratch []byte, ok bool) {
	buf = buf[:0]
	space := true
	for _, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			buf = append(buf, string(unicode.ToLower(r))...)
			space = false
		} else if !space {
			buf = append(buf, ' ')
			space = true
		}
	}
	if len(buf) == 0 {
		return sig, buf, false
	}
	var least [64]uint64
	var filled uint64
	var window uint64
	for i, b := range buf {
		window = window<<8 | uint64(b)
		if i+1 < shingle && i+1 < len(buf) {
			continue
		}
		h := mix(window & (1<<(8*shingle) - 1))
		bin, value := h&63, h>>6
		if filled&(1<<bin) == 0 || value < least[bin] {
			least[bin] = value
			filled |= 1 << bin
		}
	}
	for bin := range sig {
		from := uint64(bin)
		for attempt := uint64(1); filled&(1<<from) == 0; attempt++ {
			from = mix(uint64(bin)<<32|attempt) & 63
		}
		sig[bin] = byte(mix(least[from] + uint64(from)))
	}
	return sig, buf, true
}

// similarity estimates the similarity of the texts behind two signatures: the
// share of equal bytes, less those that are equal by chance.
func similarity(a, b *signature) float64 {
	equal := 0
	for i := range a {
		if a[i] == b[i] {
			equal++
		}
	}
	const chance = 1.0 / 256
	return max(0, (float64(equal)/64-chance)/(1-chance))
}

// groups joins rows: a forest of sets.
type groups []uint32

func newGroups(n int) groups {
	g := make(groups, n)
	for i := range g {
		g[i] = uint32(i)
	}
	return g
}

func (g groups) root(i uint32) uint32 {
	for g[i] != i {
		g[i] = g[g[i]]
		i = g[i]
	}
	return i
}

func (g groups) join(a, b uint32) {
	if a, b = g.root(a), g.root(b); a < b {
		g[b] = a
	} else {
		g[a] = b
	}
}

// near joins rows whose signatures are alike. Candidates share four bytes in a
// row, of sixteen such bands: texts of similarity 0.8 are found with a chance
// of 0.9998. Within a band, rows are compared with the first and the previous
// one of those that share it, which keeps the work linear.
func near(signatures []signature, signed []bool) groups {
	g := newGroups(len(signatures))
	keys := make([]uint64, 0, len(signatures))
	for band := 0; band < 64; band += 4 {
		keys = keys[:0]
		for i := range signatures {
			if signed[i] {
				s := signatures[i][band : band+4]
				keys = append(keys, uint64(s[0])<<56|uint64(s[1])<<48|uint64(s[2])<<40|uint64(s[3])<<32|uint64(i))
			}
		}
		slices.Sort(keys)
		first := 0
		for k := 1; k < len(keys); k++ {
			if bits.LeadingZeros64(keys[k]^keys[first]) < 32 {
				first = k
				continue
			}
			row := uint32(keys[k])
			for _, other := range []uint32{uint32(keys[first]), uint32(keys[k-1])} {
				if g.root(row) != g.root(other) && similarity(&signatures[row], &signatures[other]) >= alike {
					g.join(row, other)
				}
			}
		}
	}
	return g
}

// same joins rows of equal hashes, save those of hash 0.
func same(hashes []uint64) groups {
	g := newGroups(len(hashes))
	order := make([]uint32, len(hashes))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return cmp.Or(cmp.Compare(hashes[a], hashes[b]), cmp.Compare(a, b)) })
	for k := 1; k < len(order); k++ {
		if h := hashes[order[k]]; h != 0 && h == hashes[order[k-1]] {
			g.join(order[k], order[k-1])
		}
	}
	return g
}

// Duplicates are groups of rows that are alike.
type Duplicates struct {
	Columns []string `json:"columns"` // what was compared
	Groups  int64    `json:"groups"`
	Rows    int64    `json:"rows"` // in groups
	Largest int64    `json:"largest"`
	// Straddling groups have rows in more than one split; Disputed ones have
	// more than one label.
	Straddling int64   `json:"straddling_splits"`
	Disputed   int64   `json:"disputed_labels"`
	Examples   []Group `json:"examples,omitempty"`
}

// Group are some of the rows of a group, by their numbers from 1.
type Group struct {
	Size   int64    `json:"size"`
	Rows   []int64  `json:"rows"`
	Splits []string `json:"splits,omitempty"`
	Labels []string `json:"labels,omitempty"`
}

const (
	shownGroups = 5
	shownRows   = 4
)

// gather counts groups of more than one row. What is worst comes first: groups
// over several splits, then those of several labels, then the largest.
func gather(g groups, splits, labels []int32, splitNames, labelNames []string) Duplicates {
	members := map[uint32][]uint32{}
	for i := range g {
		if root := g.root(uint32(i)); root != uint32(i) {
			if len(members[root]) == 0 {
				members[root] = append(members[root], root)
			}
			members[root] = append(members[root], uint32(i))
		}
	}
	var d Duplicates
	var all []Group
	for _, rows := range members {
		e := Group{Size: int64(len(rows)), Splits: names(rows, splits, splitNames), Labels: names(rows, labels, labelNames)}
		d.Groups++
		d.Rows += e.Size
		d.Largest = max(d.Largest, e.Size)
		if len(e.Splits) > 1 {
			d.Straddling++
		}
		if len(e.Labels) > 1 {
			d.Disputed++
		}
		for _, r := range rows[:min(shownRows, len(rows))] {
			e.Rows = append(e.Rows, int64(r)+1)
		}
		all = append(all, e)
		if len(all) > 4*shownGroups {
			all = worst(all)
		}
	}
	d.Examples = worst(all)
	return d
}

func worst(all []Group) []Group {
	slices.SortFunc(all, func(a, b Group) int {
		return cmp.Or(cmp.Compare(min(2, len(b.Splits)), min(2, len(a.Splits))), cmp.Compare(min(2, len(b.Labels)), min(2, len(a.Labels))),
			cmp.Compare(b.Size, a.Size), cmp.Compare(a.Rows[0], b.Rows[0]))
	})
	return all[:min(shownGroups, len(all))]
}

// names are the different names of the rows, sorted; -1 has none.
func names(rows []uint32, of []int32, names []string) []string {
	var out []string
	for _, r := range rows {
		if n := of[r]; n >= 0 && !slices.Contains(out, names[n]) {
			out = append(out, names[n])
		}
	}
	slices.SortFunc(out, strings.Compare)
	return out
}
