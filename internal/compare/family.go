package compare

import (
	"math"

	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// family is the differences that are judged together: their p-values are
// adjusted for their number.
type family struct {
	r       *score.Result
	by      stats.Adjustment
	rate    float64 // that adjusted p-values are held to
	margins Margins
	members []member
}

// member is a difference with what the power of its test hangs on.
type member struct {
	Difference
	candidate, baseline int
	metric              metric
	at                  uint64
	keep                func(int) bool
	discordance         stats.Discordance // of right and wrong
	binary              bool
}

func newFamily(r *score.Result, by stats.Adjustment, rate float64, margins Margins) *family {
	return &family{r: r, by: by, rate: rate, margins: margins}
}

// add compares two designs in a metric on the cases that keep takes.
func (f *family) add(candidate, baseline int, m metric, at uint64, keep func(int) bool) error {
	d, p, err := between(f.r, candidate, baseline, m, at, keep)
	if err != nil {
		return err
	}
	f.members = append(f.members, member{
		Difference: d, candidate: candidate, baseline: baseline, metric: m, at: at, keep: keep,
		discordance: p.pairs.Discordance(), binary: p.binary && p.clusters == nil,
	})
	return nil
}

// tests counts those of the family that a test could be made of.
func (f *family) tests() int {
	n := 0
	for i := range f.members {
		if f.members[i].P.Valid {
			n++
		}
	}
	return n
}

// decide adjusts the p-values and finds the words.
func (f *family) decide() error {
	ps := make([]stats.Number, len(f.members))
	for i := range f.members {
		ps[i] = f.members[i].P
	}
	adjusted, err := stats.AdjustP(ps, f.by)
	if err != nil {
		return err
	}
	level := f.rate / math.Max(1, float64(f.tests()))
	for i := range f.members {
		d := &f.members[i]
		d.Adjusted = adjusted[i]
		d.word(f.rate, f.margins)
		if d.Verdict == CannotTell {
			d.undecided(level)
		}
	}
	return nil
}

// word finds the verdict of a difference.
func (d *Difference) word(rate float64, margins Margins) {
	sign := 1.0
	lower, upper := d.Lower, d.Upper
	if !d.Higher {
		sign, lower, upper = -1, -d.Upper, -d.Lower
	}
	d.Verdict = CannotTell
	margin, stated := margins[d.Metric]
	// An interval without any width says that no case differed, and not how far
	// others might.
	stated = stated && lower < upper
	significant := d.Adjusted.Valid && d.Adjusted.Value <= rate
	switch {
	case !d.Estimate.Valid:
		return
	case significant && sign*d.Estimate.Value > 0 && lower > 0:
		d.Verdict = Better
	case significant && sign*d.Estimate.Value < 0 && upper < 0:
		d.Verdict = Worse
	case stated && lower > -margin:
		d.Verdict = NotWorse
	}
	if stated {
		d.Margin, d.Equivalent = margin, lower > -margin && upper < margin
	}
}

// undecided says what the cases could have shown, and how many more would
// decide, at that level.
func (d *member) undecided(level float64) {
	if !d.Estimate.Valid || math.IsInf(d.Lower, 0) || math.IsInf(d.Upper, 0) {
		return
	}
	if d.binary {
		if smallest, err := stats.DetectablePairs(d.Cases, d.discordance, level, power); err == nil {
			d.Detectable = smallest
		}
		if need, err := stats.PairsConnor(d.discordance, level, power); err == nil {
			d.FurtherCases = max(0, need.N-d.Cases)
		} // else as many for the one as for the other: no number would decide
		return
	}
	smallest, err := stats.DetectableMean(d.Interval, level, power)
	if err != nil {
		return
	}
	d.Detectable = smallest
	if at := math.Abs(d.Estimate.Value); at > 0 && smallest.Valid {
		more := float64(d.Cases) * (math.Pow(smallest.Value/at, 2) - 1)
		d.FurtherCases = int(math.Ceil(math.Min(math.Max(0, more), 1<<50)))
	}
}

// simultaneous gives every difference the interval that holds for all of them
// at once, by Bonferroni.
func (f *family) simultaneous() error {
	at := 1 - f.rate/math.Max(1, float64(f.tests()))
	for i := range f.members {
		d := &f.members[i]
		if !d.Estimate.Valid {
			continue
		}
		p := newPairing(f.r.Vectors, &f.r.Vectors.Designs[d.candidate], &f.r.Vectors.Designs[d.baseline], d.metric, d.keep)
		iv, _, err := p.interval(d.metric, at, source(f.r, d.at))
		if err != nil {
			return err
		}
		d.Simultaneous = &iv
	}
	return nil
}

func (f *family) differences() []Difference {
	out := make([]Difference, len(f.members))
	for i := range f.members {
		out[i] = f.members[i].Difference
	}
	return out
}
