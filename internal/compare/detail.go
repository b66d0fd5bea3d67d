package compare

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

const (
	// discoveries is the share of false findings that a screening list may hold.
	discoveries = 0.10
	// fewestCases is how many cases a segment, or a class's label, needs to be
	// compared: fixed before anything is seen of them.
	fewestCases = 30
	// maxValues is how many values a tag may have to make segments.
	maxValues = 60
	// maxFlips is how many cases that flipped each way are named.
	maxFlips = 10
)

// Detailed is a comparison of designs in every metric, by segments and by case.
type Detailed struct {
	Contestants []Contestant `json:"designs"`
	Cases       int          `json:"cases"` // that all their runs have
	Clusters    int          `json:"clusters,omitempty"`
	// Metric is the one that segments are screened by.
	Metric string `json:"metric"`
	Result
	// Margins are those of the gate.
	Margins Margins `json:"margins,omitempty"`
	// Others are all other metrics, screened with false-discovery control.
	Others []Difference `json:"other_metrics"`
	// Rankings order the designs, and say which cannot be told apart.
	Rankings []Ranking `json:"rankings"`
	Flips    []Flips   `json:"flips"`
	Segments []Segment `json:"segments"`
	// SmallSegments had too few cases to be compared.
	SmallSegments int       `json:"small_segments"`
	Residues      []Residue `json:"residues"`
	Warnings      []string  `json:"warnings,omitempty"`
}

// Contestant is one design of a comparison.
type Contestant struct {
	Name     string `json:"name"` // the design's, with its run's where another has it too
	Design   string `json:"design"`
	Run      string `json:"run"`
	Baseline bool   `json:"baseline,omitempty"`
}

// Options say how to compare.
type Options struct {
	Baseline int // among the designs
	Margins  Margins
	Metric   string // of segments; "" for system accuracy
}

// InDetail compares the designs of a joined result, scored in detail, with the
// baseline among them. It is an error to name a metric that is not compared.
func InDetail(r *score.Result, o Options) (*Detailed, error) {
	if o.Metric == "" {
		o.Metric = score.SystemAccuracy
	}
	by, at, err := find(r.Vectors, o.Metric)
	if err != nil {
		return nil, err
	}
	out := &Detailed{Cases: len(r.Vectors.Cases), Metric: o.Metric, Margins: o.Margins}
	seen := map[int32]bool{}
	for _, c := range r.Vectors.Cluster {
		seen[c] = true
	}
	if len(seen) < out.Cases {
		out.Clusters = len(seen)
	}
	if err := out.headline(r, o); err != nil {
		return nil, err
	}
	if err := out.others(r, o); err != nil {
		return nil, err
	}
	if err := out.rankings(r, by, at); err != nil {
		return nil, err
	}
	for c := range r.Designs {
		if c != o.Baseline {
			out.Flips = append(out.Flips, flips(r, c, o.Baseline))
		}
	}
	return out, out.segments(r, o.Baseline, by, at)
}

// headline is the family that is decided: every candidate and headline metric.
func (out *Detailed) headline(r *score.Result, o Options) error {
	f := newFamily(r, stats.Holm, alpha, o.Margins)
	for c := range r.Designs {
		for i := range headline {
			if c == o.Baseline {
				continue
			}
			if err := f.add(c, o.Baseline, headline[i], uint64(i), nil); err != nil {
				return err
			}
		}
	}
	if err := f.decide(); err != nil {
		return err
	}
	if err := f.simultaneous(); err != nil {
		return err
	}
	out.Result = Result{Baseline: r.Designs[o.Baseline].Name, Family: fmt.Sprintf("every candidate and headline metric, %d tests, by Holm", f.tests()), Differences: f.differences()}
	return nil
}

// others screens all other metrics.
func (out *Detailed) others(r *score.Result, o Options) error {
	f := newFamily(r, stats.BenjaminiHochberg, discoveries, o.Margins)
	for c := range r.Designs {
		for i, m := range others(r.Vectors, fewestCases) {
			if c == o.Baseline {
				continue
			}
			if err := f.add(c, o.Baseline, m, uint64(len(headline)+i), nil); err != nil {
				return err
			}
		}
	}
	if err := f.decide(); err != nil {
		return err
	}
	for _, d := range f.differences() {
		if d.Estimate.Valid {
			out.Others = append(out.Others, d)
		}
	}
	return nil
}

// Segment is a candidate against the baseline in one segment.
type Segment struct {
	Column     string     `json:"column"`
	Value      string     `json:"value"`
	Difference Difference `json:"difference"`
}

// segments screens the segments of every tag in one metric: each against its own
// baseline, on its own cases.
func (out *Detailed) segments(r *score.Result, baseline int, by metric, at uint64) error {
	v := r.Vectors
	f := newFamily(r, stats.BenjaminiHochberg, discoveries, nil)
	var names [][2]string
	for column, tag := range v.TagNames {
		count := map[string]int{}
		for _, c := range v.Details {
			count[c.Tags[column]]++
		}
		if len(count) > maxValues {
			out.Warnings = append(out.Warnings, fmt.Sprintf("tag %q has more than %d values: it makes no segments", tag, maxValues))
			continue
		}
		for _, value := range sortedKeys(count) {
			if count[value] < fewestCases {
				out.SmallSegments++
				continue
			}
			for c := range r.Designs {
				if c == baseline {
					continue
				}
				if err := f.add(c, baseline, by, at, func(i int) bool { return v.Details[i].Tags[column] == value }); err != nil {
					return err
				}
				names = append(names, [2]string{tag, value})
			}
		}
	}
	if err := f.decide(); err != nil {
		return err
	}
	for i, d := range f.differences() {
		if d.Estimate.Valid {
			out.Segments = append(out.Segments, Segment{names[i][0], names[i][1], d})
		}
	}
	slices.SortStableFunc(out.Segments, func(a, b Segment) int {
		return cmp.Compare(a.Difference.Adjusted.Or(2), b.Difference.Adjusted.Or(2))
	})
	return nil
}
