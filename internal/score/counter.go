package score

import (
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Units are what of a run is independent of what: its cases, or clusters of
// them, which are numbered as they come.
type Units struct {
	units
	card *dataset.Card
	ids  map[string]int32
}

// NewUnits makes the units of a run over the card's cases. With repeats the
// trials of a case are a cluster where the card names none.
func NewUnits(card *dataset.Card, repeats int) *Units {
	return &Units{
		units: units{clustered: card.Cluster != "" || repeats > 1, weighted: card.Weight != ""},
		card:  card, ids: make(map[string]int32),
	}
}

// Clustered says whether cases come in clusters, or trials in repeats.
func (u *Units) Clustered() bool { return u.clustered }

// Cluster is the number of a trial's cluster, 0 where cases are independent.
func (u *Units) Cluster(t *flow.Trial) int32 {
	if !u.clustered {
		return 0
	}
	name := t.Cluster
	if u.card.Cluster == "" {
		name = t.Case
	}
	id, ok := u.ids[name]
	if !ok {
		id = int32(len(u.ids))
		u.ids[name] = id
	}
	return id
}

// Counter counts what is so of a number of things, for a [Share] whose interval
// is made as those of all rates of a run.
type Counter struct {
	u units
	r rate
}

// Counter makes an empty counter.
func (u *Units) Counter() *Counter { return &Counter{u: u.units} }

// Add takes in one thing of a trial of that cluster and weight.
func (c *Counter) Add(cluster int32, weight float64, yes bool) { c.r.add(c.u, cluster, weight, yes) }

// Counts are how many are so, and of how many.
func (c *Counter) Counts() (x, n int) { return c.r.x, c.r.n }

// Clusters are the counter's sums by cluster; nil where cases are independent.
// They are not to be changed.
func (c *Counter) Clusters() map[int32]*stats.Moments { return c.r.group }

// Share is what was counted, with its interval.
func (c *Counter) Share() Share {
	return Share{X: c.r.x, N: c.r.n, Interval: c.r.metric(c.u, "").Interval}
}

// ShareOf is the share that the things of c, all of them so, are of whole, which
// counts the same trials' things.
func (c *Counter) ShareOf(whole *Counter) Share {
	r := whole.r.share(&c.r)
	return Share{X: r.x, N: r.n, Interval: r.metric(c.u, "").Interval}
}

// Merge takes in what another counter of the same units has counted.
func (c *Counter) Merge(o *Counter) {
	c.r = *c.r.with(&o.r)
}

// ShareCounter counts what is so of a number of things in named clusters, as a
// [Counter] does of a run's.
type ShareCounter struct {
	c        Counter
	clusters map[string]int32
}

// NewShareCounter makes an empty counter.
func NewShareCounter(clustered, weighted bool) *ShareCounter {
	return &ShareCounter{c: Counter{u: units{clustered: clustered, weighted: weighted}}, clusters: make(map[string]int32)}
}

// Add takes in one thing of a cluster.
func (s *ShareCounter) Add(cluster string, weight float64, yes bool) {
	at, ok := s.clusters[cluster]
	if !ok {
		at = int32(len(s.clusters))
		s.clusters[cluster] = at
	}
	s.c.Add(at, weight, yes)
}

// Share is what was counted, with its interval.
func (s *ShareCounter) Share() Share { return s.c.Share() }
