package handoffs

import (
	"maps"
	"slices"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// A trend is shown by month where there are so many of them, else by parts of
// equal length.
const (
	fewestMonths = 3
	mostMonths   = 36
	mostParts    = 12
)

// timeTally follows the share of trials with a failure over the cases' time.
type timeTally struct {
	u      *score.Units
	first  time.Time // of the first case that came; the origin of scores
	months map[int]*score.Counter
	parts  map[int64]*score.Counter // by number of part since 1970
	width  int64                    // of a part, in hours
	sums   map[int32]*stats.TrendSums
	failed int
}

func newTimeTally(u *score.Units) *timeTally {
	return &timeTally{u: u, months: make(map[int]*score.Counter), parts: make(map[int64]*score.Counter), width: 1, sums: make(map[int32]*stats.TrendSums)}
}

func (a *timeTally) add(t *flow.Trial, cluster int32, failed bool) {
	if t.Time.IsZero() {
		return
	}
	if a.first.IsZero() {
		a.first = t.Time
	}
	sums := a.sums[cluster]
	if sums == nil {
		sums = new(stats.TrendSums)
		a.sums[cluster] = sums
	}
	if failed {
		a.failed++
	}
	sums.Add(t.Time.Sub(a.first).Hours()/24, failed)
	if a.months != nil {
		month := t.Time.Year()*12 + int(t.Time.Month()) - 1
		counterAt(a.u, a.months, month).Add(cluster, t.Weight, failed)
		if len(a.months) > mostMonths {
			a.months = nil
		}
	}
	hour := floorDiv(t.Time.Unix(), 3600)
	counterAt(a.u, a.parts, floorDiv(hour, a.width)).Add(cluster, t.Weight, failed)
	for a.span() > mostParts {
		a.widen()
	}
}

func counterAt[K comparable](u *score.Units, m map[K]*score.Counter, k K) *score.Counter {
	if m[k] == nil {
		m[k] = u.Counter()
	}
	return m[k]
}

func floorDiv(a, b int64) int64 {
	if a < 0 {
		return (a+1)/b - 1
	}
	return a / b
}

// span is how many parts there are from the first to the last.
func (a *timeTally) span() int64 {
	keys := slices.Collect(maps.Keys(a.parts))
	return slices.Max(keys) - slices.Min(keys) + 1
}

// widen makes one part of every two.
func (a *timeTally) widen() {
	wider := make(map[int64]*score.Counter, len(a.parts))
	for k, c := range a.parts {
		counterAt(a.u, wider, floorDiv(k, 2)).Merge(c)
	}
	a.parts, a.width = wider, 2*a.width
}

// trend is nil where no case has a time. Its p-value is not adjusted yet.
func (a *timeTally) trend() *Trend {
	if a.first.IsZero() {
		return nil
	}
	out := &Trend{By: "month"}
	if len(a.months) >= fewestMonths {
		for _, m := range slices.Sorted(maps.Keys(a.months)) {
			out.Parts = append(out.Parts, Part{From: time.Date(m/12, time.Month(m%12+1), 1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), Failed: a.months[m].Share()})
		}
	} else {
		out.By = "part"
		for _, k := range slices.Sorted(maps.Keys(a.parts)) {
			from := time.Unix(k*a.width*3600, 0).UTC()
			layout := time.DateOnly
			if a.width < 24 {
				layout = "2006-01-02T15:04Z"
			}
			out.Parts = append(out.Parts, Part{From: from.Format(layout), Failed: a.parts[k].Share()})
		}
	}
	if a.failed < fewestFailures {
		return out
	}
	var test stats.TrendTest
	var err error
	if a.u.Clustered() {
		clusters := make([]stats.TrendSums, 0, len(a.sums))
		for _, id := range slices.Sorted(maps.Keys(a.sums)) {
			clusters = append(clusters, *a.sums[id])
		}
		test, err = stats.ClusterTrend(clusters)
	} else {
		test, err = stats.CochranArmitage(*a.sums[0])
	}
	if err == nil && test.PValue.Valid {
		out.Slope, out.PValue = stats.Num(30*test.Slope.Value), test.PValue
	}
	return out
}

// adjustTrends adjusts the p-values of all trends of a run by Holm.
func adjustTrends(designs []Design) {
	var all []*Trend
	var p []stats.Number
	for i := range designs {
		for _, t := range []*Trend{designs[i].Seen.Trend, designs[i].Judged.Trend} {
			if t != nil {
				all, p = append(all, t), append(p, t.PValue)
			}
		}
	}
	adjusted, err := stats.AdjustP(p, stats.Holm)
	if err != nil {
		return // a p-value of ours is one
	}
	for i, t := range all {
		t.Adjusted = adjusted[i]
	}
}
