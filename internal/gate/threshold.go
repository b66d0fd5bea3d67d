package gate

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// rareLimit is the limit up to which a rate counts as one of rare events.
const rareLimit = 0.05

// Counted is the method of what was counted in the run and estimates nothing.
const Counted = "counted"

// ByDigest is the method of a difference from what is the same.
const ByDigest = "by digest"

// judge judges one candidate.
type judge struct {
	scored       *score.Result
	compared     *compare.Result
	design       *score.Design
	at, baseline int // of the design and the baseline in the result; -1 for none
}

func newJudge(scored *score.Result, compared *compare.Result, d *score.Design) *judge {
	place := func(name string) int {
		return slices.IndexFunc(scored.Designs, func(o score.Design) bool { return o.Name == name })
	}
	return &judge{scored: scored, compared: compared, design: d, at: place(d.Name), baseline: place(scored.Baseline)}
}

// part is the cases that a line is over: all, or those of a segment.
type part struct {
	*score.Summary
	value string         // of the segment's tag, as it may be shown
	keep  func(int) bool // by their places in the run; nil for all
}

// lines judges a threshold over all cases, or in every segment of its column.
func (j *judge) lines(t design.Threshold) []Line {
	if t.Segment == "" {
		return []Line{j.line(t, part{Summary: &j.design.Summary})}
	}
	var out []Line
	trials := 0
	for i := range j.design.Segments {
		if s := &j.design.Segments[i]; s.Column == t.Segment {
			out = append(out, j.line(t, part{&s.Summary, s.Value, j.tagged(s)}))
			trials += s.Trials
		}
	}
	switch rest := j.design.Trials - trials; {
	case len(out) == 0:
		l := newLine(t, "any value")
		l.undecided(fmt.Sprintf("the run has no tag %q", t.Segment))
		out = append(out, l)
	case rest > 0:
		l := newLine(t, "further values")
		l.undecided(fmt.Sprintf("%q has more values than are counted one by one: %d trials are in none", t.Segment, rest))
		out = append(out, l)
	}
	return out
}

// tagged takes the cases of a segment.
func (j *judge) tagged(s *score.Segment) func(int) bool {
	v := j.scored.Vectors
	if v == nil || v.Details == nil {
		return func(int) bool { return false }
	}
	column := slices.Index(v.TagNames, s.Column)
	return func(i int) bool { return column >= 0 && v.Details[i].Tags[column] == s.Tag() }
}

// figure is the candidate's figure in the threshold's metric, and the number of
// cases that it is over.
func (j *judge) figure(name string, p part) (m score.Metric, cases int, ok bool) {
	m, ok = p.Metric(name)
	if ok && (m.Exact != nil || j.scored.Vectors == nil) {
		// With repeats a denominator counts trials, of which cases have several.
		return m, min(p.Cases, int(m.Denominator)), true
	}
	if j.scored.Vectors == nil || j.at < 0 {
		return m, 0, false
	}
	return compare.Figure(j.scored, j.at, name, p.keep)
}

// unknown bounds nothing.
var unknown = stats.Interval{Lower: math.Inf(-1), Upper: math.Inf(1)}

func newLine(t design.Threshold, value string) Line {
	l := Line{Tier: Advisory, Metric: t.Metric, Segment: t.Segment, Value: value, Unit: "rate", Bounds: unknown}
	if t.Critical {
		l.Tier = Critical
	}
	switch {
	case t.AtLeast != nil:
		l.Rule, l.Limit = AtLeast, *t.AtLeast
	case t.AtMost != nil:
		l.Rule, l.Limit = AtMost, *t.AtMost
	default:
		l.Rule, l.Limit = NotWorse, t.Margin
	}
	return l
}

// line judges a threshold over a part of the cases.
func (j *judge) line(t design.Threshold, s part) Line {
	l := newLine(t, s.value)
	m, cases, ok := j.figure(t.Metric, s)
	if !ok {
		l.undecided("the run has no figure of this name")
		return l
	}
	l.Unit, l.Numerator, l.Denominator = m.Unit, m.Numerator, m.Denominator
	l.Cases = cases
	l.Bounds = bounds(m, l.Limit)
	switch {
	case s.Trials == 0 || s.Dispositions[score.NotMeasured] == s.Trials:
		l.undecided("nothing measured")
	case !m.Estimate.Valid:
		l.undecided(missing(s.Summary, m))
	case l.Cases < t.MinCases:
		l.undecided(fmt.Sprintf("too small: %s, and the threshold asks for %d", plural(l.Cases, "case"), t.MinCases))
		l.CasesNeeded = scaled(float64(t.MinCases), s.Cases, float64(l.Cases))
	case l.Rule == NotWorse:
		j.relative(&l, s)
	case t.Metric == score.NotMeasuredRate:
		l.counted(m)
	case m.Unit != "rate" && j.units(l.Cases, s.keep) < meanUnits:
		l.few(j.units(l.Cases, s.keep), s.Cases)
	default:
		l.absolute(m, s.Cases)
	}
	return l
}

// missing says why a metric has no denominator.
func missing(s *score.Summary, m score.Metric) string {
	if len(m.Warnings) > 0 {
		return m.Warnings[0]
	}
	if s.Labelled == 0 {
		return "no labels, or none that this metric needs"
	}
	return "no case that this metric is over"
}

// bounds are what a threshold is judged on.
func bounds(m score.Metric, limit float64) stats.Interval {
	switch {
	case m.Exact == nil:
		return m.Interval
	case limit > rareLimit || m.Unit != "rate":
		return m.Exact.TwoSided
	}
	iv := m.Exact.TwoSided
	iv.Lower, iv.Upper = m.Exact.Lower.Lower, m.Exact.Upper.Upper
	iv.Method += ", one-sided"
	return iv
}

// absolute holds the bounds against the limit.
func (l *Line) absolute(m score.Metric, cases int) {
	lower, upper, limit := l.Bounds.Lower, l.Bounds.Upper, l.Limit
	switch {
	case l.Rule == AtLeast && lower >= limit:
		l.decided(Pass, fmt.Sprintf("the lower bound %s is at or above %s", l.figure(lower), l.figure(limit)))
	case l.Rule == AtLeast && upper < limit:
		l.decided(Fail, fmt.Sprintf("the upper bound %s is below %s", l.figure(upper), l.figure(limit)))
	case l.Rule == AtMost && upper <= limit:
		l.decided(Pass, fmt.Sprintf("the upper bound %s is at or below %s", l.figure(upper), l.figure(limit)))
	case l.Rule == AtMost && lower > limit:
		l.decided(Fail, fmt.Sprintf("the lower bound %s is above %s", l.figure(lower), l.figure(limit)))
	default:
		l.open(needed(m, l.Rule, limit, cases), fmt.Sprintf("%s lies between the bounds %s", l.figure(limit), l.span()))
	}
	l.explain()
}

// counted judges what was not measured in this run. The share is known and
// estimates nothing; above its limit the run tells too little, which says
// nothing against the design.
func (l *Line) counted(m score.Metric) {
	share := m.Estimate.Value
	met := l.Rule == AtMost && share <= l.Limit || l.Rule == AtLeast && share >= l.Limit
	said := fmt.Sprintf("%.0f of %.0f trials, counted", m.Numerator, m.Denominator)
	l.Bounds = stats.Interval{Estimate: m.Estimate, Lower: share, Upper: share, Level: 1, Method: Counted}
	if met {
		l.decided(Pass, said)
	} else {
		l.undecided(said + ": too many could not be tried, run again")
	}
	l.Explain = fmt.Sprintf("%s; %s %s %s? %s -> %s", said, l.figure(share), sign[l.Rule], l.figure(l.Limit), yes(met), l.Verdict)
}

// relative holds the paired difference from the baseline against the margin.
func (j *judge) relative(l *Line, s part) {
	l.Bounds = unknown
	if j.compared == nil {
		l.undecided("the run does not hold the baseline")
		return
	}
	if slices.Contains(j.compared.Same, j.design.Name) {
		l.Bounds = stats.Interval{Estimate: stats.Num(0), Level: 1, Method: ByDigest}
		l.decided(Pass, "the same as the baseline by every digest: nothing can differ")
		l.Explain = l.Reason + " -> " + string(Pass)
		return
	}
	d, why := j.paired(l.Metric, s.keep)
	if why != "" {
		l.undecided(why)
		return
	}
	bounds := d.Interval
	if j.scored.Vectors != nil && j.at >= 0 && j.baseline >= 0 && d.Estimate.Valid {
		switch iv, ok, err := compare.Bounds(j.scored, j.at, j.baseline, l.Metric, s.keep); {
		case err != nil:
			l.undecided(err.Error())
			return
		case ok:
			bounds = iv
		}
	}
	l.difference(d, bounds)
}

// paired is the difference from the baseline on a part of the cases: one that was
// compared already, or one of its own; or why there is none.
func (j *judge) paired(metric string, keep func(int) bool) (*compare.Difference, string) {
	if keep == nil {
		for i := range j.compared.Differences {
			if d := &j.compared.Differences[i]; d.Candidate == j.design.Name && d.Metric == metric {
				return d, ""
			}
		}
	}
	if j.scored.Vectors == nil || j.at < 0 || j.baseline < 0 {
		return nil, "no paired difference is measured here: limit it by at_least or at_most"
	}
	d, ok, err := compare.OnCases(j.scored, j.at, j.baseline, metric, keep)
	switch {
	case err != nil:
		return nil, err.Error()
	case !ok:
		return nil, "no paired difference is measured here: limit it by at_least or at_most"
	}
	return &d, ""
}

// units are the independent ones among so many cases of a part.
func (j *judge) units(cases int, keep func(int) bool) int {
	switch {
	case j.scored.Clusters == 0:
		return cases
	case keep == nil:
		return min(cases, j.scored.Clusters)
	}
	var clusters []int32
	for i, c := range j.scored.Vectors.Cluster {
		if keep(i) {
			clusters = append(clusters, c)
		}
	}
	return min(cases, compare.Distinct(clusters))
}

// difference holds a paired difference, with its bounds, against the margin.
func (l *Line) difference(d *compare.Difference, bounds stats.Interval) {
	l.Cases, l.Bounds, l.higher = d.Cases, bounds, d.Higher
	units := cmp.Or(d.Clusters, d.Cases)
	switch {
	case !d.Estimate.Valid:
		l.undecided(d.Why)
		return
	case d.Unit != "rate" && units < meanUnits:
		l.few(units, d.Cases)
		return
	case l.Bounds.Lower == l.Bounds.Upper && d.Unit == "rate":
		l.Bounds = unseen(d.Interval, units)
	}
	estimate, lower, upper := l.oriented()
	margin := fmt.Sprintf("the margin of %s", l.points(l.Limit))
	switch {
	case lower > -l.Limit:
		l.decided(Pass, fmt.Sprintf("worse than the baseline by less than %s: by %s at most", margin, l.points(max(0, -lower))))
	case upper < -l.Limit:
		l.decided(Fail, fmt.Sprintf("worse than the baseline by more than %s: by %s at least", margin, l.points(-upper)))
	default:
		need := neededWidth(estimate, lower, upper, -l.Limit, d.Cases)
		if d.OnlyCandidate+d.OnlyBaseline > 0 && d.Clusters == 0 {
			need = neededPairs(d, l.Limit)
		}
		l.open(need, margin+" lies between the bounds of the difference")
	}
	l.explain()
}

// oriented is a difference turned so that up is better.
func (l *Line) oriented() (estimate, lower, upper float64) {
	if l.higher {
		return l.Bounds.Estimate.Value, l.Bounds.Lower, l.Bounds.Upper
	}
	return -l.Bounds.Estimate.Value, -l.Bounds.Upper, -l.Bounds.Lower
}

// unseen bounds a difference of rates where no unit was seen to differ: by the
// largest share of differing units that would show none in 2.5 % of samples.
func unseen(iv stats.Interval, units int) stats.Interval {
	most := -math.Expm1(math.Log(tail) / float64(units))
	iv.Lower, iv.Upper = max(iv.Lower-most, -1), min(iv.Upper+most, 1)
	iv.Method = "no unit differs"
	return iv
}

func (l *Line) decided(v Verdict, reason string) { l.Verdict, l.Reason = v, reason }

// undecided says why nothing can be said.
func (l *Line) undecided(reason string) {
	l.decided(Inconclusive, reason)
	l.Explain = reason + " -> " + string(Inconclusive)
}

// few says that there are too few units for what is no rate.
func (l *Line) few(units, cases int) {
	l.undecided(fmt.Sprintf("too few to bound it: %d, and it takes %d", units, meanUnits))
	l.CasesNeeded = scaled(meanUnits, cases, float64(units))
}

// open says that the limit lies between the bounds, and what would decide.
func (l *Line) open(cases int, reason string) {
	l.CasesNeeded = cases
	switch {
	case cases > stats.ManyCases:
		reason += "; it would take more than a million cases in all to decide if it stays so"
	case cases > 0:
		reason += fmt.Sprintf("; about %s in all would decide if it stays so", plural(cases, "case"))
	default:
		reason += "; no number of cases decides while it stays so"
	}
	l.decided(Inconclusive, reason)
}
