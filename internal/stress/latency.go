package stress

import (
	"maps"
	"slices"
	"time"

	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Latency is how long cases waited for calls outside, one after the other, each as
// long as it took when it was really made, or as a fault makes of that. It is in
// seconds, on the cases that were measured clean and under the fault and waited for
// a known time in one of these.
type Latency struct {
	Cases int   `json:"cases"`
	Clean Waits `json:"clean"`
	Fault Waits `json:"fault"`
	// Change is that of the mean, on the same cases.
	Change stats.Interval `json:"change_of_mean"`
	// Turnaround is that of the workflow's service level; 0 where it has none.
	Turnaround float64 `json:"turnaround,omitempty"`
}

// Waits are how long cases wait in one state. Quantiles count every case once,
// whatever its sampling weight.
type Waits struct {
	Mean   stats.Number `json:"mean"`
	Median stats.Number `json:"p50"`
	P95    stats.Number `json:"p95"`
	P99    stats.Number `json:"p99"`
	// Beyond are the cases that wait for calls alone for longer than the
	// turnaround; nil where the workflow states none.
	Beyond *score.Share `json:"beyond_turnaround,omitempty"`
}

// latency is that of a state; nil where nobody waits for longer or shorter than
// clean.
func (a *answer) latency(state int) (*Latency, error) {
	p := a.pairs
	var turnaround time.Duration
	if promise := a.job.Workflow.ServiceLevel; promise != nil {
		turnaround = promise.Turnaround
	}
	units := score.NewUnits(a.job.Card, 1)
	clean, fault := &waits{beyond: units.Counter()}, &waits{beyond: units.Counter()}
	groups, changed := map[int32]*stats.Moments{}, false
	for i, at := range p.at {
		was, is := &p.tallies.clean[at], &p.faulty[state][at]
		if !is.is(measured) || was.waited == 0 && is.waited == 0 {
			continue
		}
		changed = changed || was.waited != is.waited
		unit := p.unit(i)
		if groups[unit] == nil {
			groups[unit] = new(stats.Moments)
		}
		groups[unit].AddWeighted(float64(is.waited)-float64(was.waited), p.weight[i])
		cluster := int32(0)
		if p.cluster != nil {
			cluster = p.cluster[i]
		}
		clean.add(float64(was.waited), cluster, p.weight[i], turnaround)
		fault.add(float64(is.waited), cluster, p.weight[i], turnaround)
	}
	if !changed {
		return nil, nil
	}
	moments := make([]stats.Moments, 0, len(groups))
	for _, unit := range slices.Sorted(maps.Keys(groups)) {
		moments = append(moments, *groups[unit])
	}
	change, err := stats.ClusterMean(moments, 0.95)
	if err != nil {
		return nil, err
	}
	out := &Latency{Cases: len(clean.seconds), Change: change.Interval, Turnaround: turnaround.Seconds()}
	if out.Clean, err = clean.sum(turnaround > 0); err != nil {
		return nil, err
	}
	out.Fault, err = fault.sum(turnaround > 0)
	return out, err
}

// waits gathers how long cases wait in one state.
type waits struct {
	seconds []float64
	all     stats.Moments
	beyond  *score.Counter
}

func (w *waits) add(seconds float64, cluster int32, weight float64, turnaround time.Duration) {
	w.seconds = append(w.seconds, seconds)
	w.all.AddWeighted(seconds, weight)
	w.beyond.Add(cluster, weight, seconds > turnaround.Seconds())
}

func (w *waits) sum(promised bool) (Waits, error) {
	q, err := stats.Quantiles(w.seconds, []float64{0.5, 0.95, 0.99})
	if err != nil {
		return Waits{}, err
	}
	out := Waits{Mean: stats.Num(w.all.Mean), Median: q[0], P95: q[1], P99: q[2]}
	if promised {
		beyond := w.beyond.Share()
		out.Beyond = &beyond
	}
	return out, nil
}
