package dataset

import (
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
)

// SplitKinds are the splits that a card may declare: train fits, calibration
// maps confidence and certifies cutoffs, dev is replayed by default, test is
// held out for the gate.
var SplitKinds = []string{"train", "calibration", "dev", "test"}

// Splits divides the cases. The zero value puts every case into dev. A case
// that no part claims is in no split, and is read only where none is asked for.
type Splits struct {
	By      string // "", time, column or hash
	Column  string // for by: column
	Values  []Values
	Windows []Window
	Shares  []Share // for by: hash; keeps clusters whole
	Seed    uint64
}

// Values is a split by the values of a column.
type Values struct {
	Split  string
	Values []string
}

// Window is a split by time: From is included, To is not; zero is open.
type Window struct {
	Split    string
	From, To time.Time
	Pos      flow.Pos
}

// Share is a split by hash.
type Share struct {
	Split string
	Share float64
}

// SplitNames are the splits that the card declares, in the order of
// [SplitKinds]; none where every case is in dev.
func (c *Card) SplitNames() []string {
	declared := make(map[string]bool)
	for _, v := range c.Splits.Values {
		declared[v.Split] = true
	}
	for _, w := range c.Splits.Windows {
		declared[w.Split] = true
	}
	for _, s := range c.Splits.Shares {
		declared[s.Split] = true
	}
	var out []string
	for _, k := range SplitKinds {
		if declared[k] {
			out = append(out, k)
		}
	}
	return out
}

// of is the split of a case: by the hash of its cluster, which is its id where
// it has none, by its time, or by the value of the split column; "" for none.
func (s *Splits) of(cluster string, at time.Time, value string) string {
	switch s.By {
	case "":
		return "dev"
	case "time":
		if at.IsZero() {
			return ""
		}
		for _, w := range s.Windows {
			if (w.From.IsZero() || !at.Before(w.From)) && (w.To.IsZero() || at.Before(w.To)) {
				return w.Split
			}
		}
	case "column":
		for _, v := range s.Values {
			if slices.Contains(v.Values, value) {
				return v.Split
			}
		}
	case "hash":
		if i := ShareOf(s.Shares, KeyOf(cluster).Draw(s.Seed)); i >= 0 {
			return s.Shares[i].Split
		}
	}
	return ""
}

// Lands is the split that the card's splits put a case into, by its time, its
// cluster, or the value of the column that it splits by; "" for none.
func (c *Card) Lands(k flow.Case, value string) string {
	return c.Splits.of(k.Cluster, k.Time, value)
}

// Calibrates says whether a case of the calibration split is among the share of
// it that confidence maps are fitted on, clusters whole. The others certify
// cutoffs: a map that saw a case flatters a cutoff on it.
func Calibrates(c *flow.Case, share float64) bool {
	return KeyOf("calibrates\x00"+c.Cluster).Draw(0) < share
}

// ShareOf is the index of the share that a number from 0 up to 1 falls into,
// -1 for none.
func ShareOf(shares []Share, u float64) int {
	for i, share := range shares {
		if u -= share.Share; u < 0 {
			return i
		}
	}
	// Shares that add up to 1 may miss the last number below it by rounding.
	if u < 1e-9 {
		return len(shares) - 1
	}
	return -1
}

// Key is a text by its hash, FNV-1a.
type Key uint64

// KeyOf hashes a text.
func KeyOf(s string) Key {
	h := fnv.New64a()
	io.WriteString(h, s)
	return Key(h.Sum64())
}

// Draw is a number from 0 up to 1 that depends on nothing but the text and the
// seed, by the end of SplitMix64 (Steele, Lea, Flood 2014).
func (k Key) Draw(seed uint64) float64 {
	z := uint64(k) ^ seed*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return float64((z^z>>31)>>11) / (1 << 53)
}

// parseWindow reads "2025-06-01..2025-08-01", either end of which may be left
// out; a date means its first moment.
func parseWindow(s string) (from, to time.Time, err error) {
	a, b, ok := strings.Cut(s, "..")
	if !ok {
		return from, to, fmt.Errorf("%q is not a window of time like 2025-06-01..2025-08-01 or ..2025-06-01", s)
	}
	for _, end := range []struct {
		text string
		at   *time.Time
	}{{a, &from}, {b, &to}} {
		if end.text = strings.TrimSpace(end.text); end.text == "" {
			continue
		}
		at, ok := parseTime(end.text)
		if !ok {
			return from, to, fmt.Errorf("%q is not a date like 2025-06-01 or a time like 2025-06-01T09:00:00Z", end.text)
		}
		*end.at = at
	}
	if !from.IsZero() && !to.IsZero() && !from.Before(to) {
		return from, to, fmt.Errorf("%q ends before it starts", s)
	}
	return from, to, nil
}
