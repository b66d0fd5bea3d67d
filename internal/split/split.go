// Package split divides the cases of a dataset into train, calibration, dev
// and test, and shows what a division comes to: sizes, labels, times, and
// clusters that stand on both sides.
package split

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/dataset"
)

// Parts are the wanted shares of the cases, in the order of
// [dataset.SplitKinds]; 0 for a split that is not wanted.
type Parts [4]float64

// Check refuses shares that are no shares.
func (p Parts) Check() error {
	sum := 0.0
	for i, x := range p {
		if !(x >= 0 && x <= 1) {
			return fmt.Errorf("the share of %s is %v, want 0 to 1", dataset.SplitKinds[i], x)
		}
		sum += x
	}
	switch {
	case sum == 0:
		return errors.New("no split has a share: name some, such as --train 0.6 --dev 0.2 --test 0.2")
	case sum > 1+1e-9:
		return fmt.Errorf("the shares add up to %.6g, want at most 1", sum)
	}
	return nil
}

func (p Parts) shares() []dataset.Share {
	var out []dataset.Share
	for i, x := range p {
		if x > 0 {
			out = append(out, dataset.Share{Split: dataset.SplitKinds[i], Share: x})
		}
	}
	return out
}

// dayShare is how far the share of a split may be off, of all cases, for its
// window to end at midnight rather than at the second.
const dayShare = 0.01

// ByTime is the value of a card's splits that gives the earliest cases to
// train, the next to calibration, then dev, then test. Cases of one time stay
// together. The times are sorted.
func (p Parts) ByTime(times []time.Time) (string, error) {
	if len(times) == 0 {
		return "", errors.New("no case has a time to split by")
	}
	slices.SortFunc(times, time.Time.Compare)
	shares := p.shares()
	out, from, done := "{by: time", "", 0.0
	for i, s := range shares {
		done += s.Share
		to := ""
		if done < 1-1e-9 {
			to = cut(times, done)
		}
		if i > 0 && from == to {
			return "", fmt.Errorf("%s would be empty: too many cases have one time", s.Split)
		}
		out += fmt.Sprintf(", %s: %s..%s", s.Split, from, to)
		from = to
	}
	return out + "}", nil
}

// cut is the time below which that share of the cases lies, as a card writes
// it: at midnight where that is near enough.
func cut(times []time.Time, share float64) string {
	n := len(times)
	at := times[min(int(math.Round(share*float64(n))), n-1)].UTC()
	day := at.Truncate(24 * time.Hour)
	best, off := time.Time{}, dayShare
	for _, midnight := range []time.Time{day, day.Add(24 * time.Hour)} {
		below, _ := slices.BinarySearchFunc(times, midnight, time.Time.Compare)
		if d := math.Abs(float64(below)/float64(n) - share); d <= off && below > 0 && below < n {
			best, off = midnight, d
		}
	}
	if !best.IsZero() {
		return best.Format(time.DateOnly)
	}
	return at.Format(time.RFC3339Nano)
}

// Member is a case as far as a split by hash sees it: the key of its cluster
// and the number of its label.
type Member struct {
	Key   dataset.Key
	Label int32
}

// seedsTried is how many seeds a stratified split chooses from.
const seedsTried = 64

// ByHash is the value of a card's splits that draws clusters whole. Where it is
// stratified, of 64 seeds from the given one on that one is taken whose splits
// have the labels most nearly in the shares of the whole, by the chi-squared
// distance: rerandomisation (Morgan and Rubin 2012), which keeps clusters whole
// and needs no column that says the split.
func (p Parts) ByHash(members []Member, labels int, seed uint64, stratified bool) string {
	shares := p.shares()
	if stratified {
		best := math.Inf(1)
		chosen := seed
		for s := seed; s < seed+seedsTried; s++ {
			if d := distance(shares, members, labels, s); d < best {
				best, chosen = d, s
			}
		}
		seed = chosen
	}
	parts := []string{"by: hash", "seed: " + strconv.FormatUint(seed, 10)}
	for _, s := range shares {
		parts = append(parts, s.Split+": "+strconv.FormatFloat(s.Share, 'g', -1, 64))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// distance is the chi-squared distance between the counts of labels in the
// splits and those that the shares would give.
func distance(shares []dataset.Share, members []Member, labels int, seed uint64) float64 {
	counts := make([]float64, (len(shares)+1)*labels) // the last are in no split
	total := make([]float64, labels)
	for _, m := range members {
		i := dataset.ShareOf(shares, m.Key.Draw(seed))
		if i < 0 {
			i = len(shares)
		}
		counts[i*labels+int(m.Label)]++
		total[m.Label]++
	}
	sum := 0.0
	for i, s := range shares {
		for l, n := range total {
			if want := s.Share * n; want > 0 {
				d := counts[i*labels+l] - want
				sum += d * d / want
			}
		}
	}
	return sum
}
