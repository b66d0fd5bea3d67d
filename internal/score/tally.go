package score

import (
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// units says what is independent of what.
type units struct {
	clustered bool // cases come in clusters, or trials in repeats of a case
	weighted  bool
}

// rate gathers 0/1 outcomes of trials.
type rate struct {
	x, n  int // unweighted counts, for display and exact bounds
	all   stats.Moments
	group map[int32]*stats.Moments // by cluster; nil where cases are independent
}

func (r *rate) add(u units, cluster int32, weight float64, yes bool) {
	y := 0.0
	if yes {
		r.x++
		y = 1
	}
	r.n++
	r.all.AddWeighted(y, weight)
	r.inCluster(u, cluster, y, weight)
}

// addValue gathers a value that is no rate.
func (r *rate) addValue(u units, cluster int32, weight, y float64) {
	r.n++
	r.all.AddWeighted(y, weight)
	r.inCluster(u, cluster, y, weight)
}

func (r *rate) inCluster(u units, cluster int32, y, weight float64) {
	if !u.clustered {
		return
	}
	if r.group == nil {
		r.group = make(map[int32]*stats.Moments)
	}
	m := r.group[cluster]
	if m == nil {
		m = new(stats.Moments)
		r.group[cluster] = m
	}
	m.AddWeighted(y, weight)
}

// groups are the clusters in a stable order.
func (r *rate) groups() []stats.Moments {
	keys := make([]int32, 0, len(r.group))
	for k := range r.group {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	out := make([]stats.Moments, len(keys))
	for i, k := range keys {
		out[i] = *r.group[k]
	}
	return out
}

const level = 0.95

// metric is the rate with its interval: Wilson where cases are independent,
// with Kish's effective size where they are weighted, Korn-Graubard where
// they come in clusters. Beside it stand the bounds that a gate decides on.
func (r *rate) metric(u units, name string) Metric {
	m := Metric{Name: name, Numerator: float64(r.x), Denominator: float64(r.n), Unit: "rate"}
	exact := func(side stats.Side) (stats.Interval, error) { return stats.ClopperPearson(r.x, r.n, level, side) }
	n := float64(r.n)
	switch {
	case u.clustered:
		groups := r.groups()
		c, err := stats.KornGraubard(groups, level, stats.TwoSided)
		must(err)
		m.Interval = c.Interval
		m.Warnings = warnings(c.Warnings)
		m.Exact = gaffke(stats.RatiosOf(groups), 0, 1, c.EffectiveN.Or(0))
		return m
	case u.weighted:
		iv, err := stats.WilsonWeighted(r.all, level, stats.TwoSided)
		must(err)
		m.Interval = iv
		n = r.all.EffectiveN()
		exact = func(side stats.Side) (stats.Interval, error) { return stats.ClopperPearsonWeighted(r.all, level, side) }
	default:
		iv, err := stats.Wilson(r.x, r.n, level, stats.TwoSided)
		must(err)
		m.Interval = iv
	}
	m.Exact = bounds(exact, n)
	return m
}

// bounds are the exact bounds of a rate, from whatever gives them for a side.
func bounds(exact func(stats.Side) (stats.Interval, error), n float64) *Exact {
	get := func(side stats.Side) stats.Interval {
		iv, err := exact(side)
		must(err)
		return iv
	}
	return &Exact{TwoSided: get(stats.TwoSided), Lower: get(stats.LowerBound), Upper: get(stats.UpperBound), EffectiveN: n}
}

// gaffke are the bounds of a ratio of sums over independent units, whose own
// ratios lie between low and high.
func gaffke(of []stats.Ratio, low, high, n float64) *Exact {
	x := bounds(func(side stats.Side) (stats.Interval, error) { return stats.BoundedRatio(of, low, high, level, side) }, n)
	x.Units, x.Low, x.High = of, low, high
	return x
}

// mean is the mean of values with its interval: cluster-robust with t, every
// case a cluster of its own where cases are independent.
func (r *rate) mean(u units, name, unit string) Metric {
	m := Metric{Name: name, Numerator: r.all.Sum(), Denominator: float64(r.n), Unit: unit}
	if u.clustered {
		c, err := stats.ClusterMean(r.groups(), level)
		must(err)
		m.Interval, m.Warnings = c.Interval, warnings(c.Warnings)
		return m
	}
	m.Interval = stats.MeanInterval(r.all, level)
	return m
}

// must panics on an error that only a fault of this package can cause: the
// figures it gives to stats are counts of its own.
func must(err error) {
	if err != nil {
		panic("score: " + err.Error())
	}
}

func warnings(ws []stats.Warning) []string {
	var out []string
	for _, w := range ws {
		out = append(out, string(w))
	}
	return out
}

// tally gathers the figures of one design over all cases or one segment.
type tally struct {
	u            units
	trials       int
	cases        int
	lastCase     int64
	labelled     int
	dispositions map[Disposition]int

	system, automated, forced     rate
	automation, escalation        rate
	precLabel, recLabel           rate
	precOutcome, recOutcome       rate
	silent, failed, handoff       rate
	recovered, unmeasured         rate
	cost, minutes                 rate
	unforced                      rate // nobody knows what they would have been; counted as wrong
	models, people, errors        rate // parts of the cost
	unknownErrors, unknownMinutes int
}

func newTally(u units) *tally {
	return &tally{u: u, lastCase: -1, dispositions: make(map[Disposition]int)}
}

// add takes in one judged trial.
func (a *tally) add(t *flow.Trial, g *Judgement, cluster int32) {
	w := t.Weight
	a.trials++
	if t.Index != a.lastCase {
		a.cases++
		a.lastCase = t.Index
	}
	a.dispositions[g.Disposition]++
	a.unmeasured.add(a.u, cluster, w, !g.Measured)
	if !g.Measured {
		return
	}
	if g.Right != Unknown {
		a.labelled++
		a.system.add(a.u, cluster, w, g.Right == Yes)
		a.silent.add(a.u, cluster, w, g.Disposition == AutomatedWrong)
	}
	if g.Disposition == AutomatedCorrect || g.Disposition == AutomatedWrong {
		a.automated.add(a.u, cluster, w, g.Right == Yes)
	}
	switch {
	case g.Disposition == Failed && g.Right != Unknown:
		a.forced.add(a.u, cluster, w, false)
	case g.Shadow != Unknown:
		a.forced.add(a.u, cluster, w, g.Shadow == Yes)
	case g.Right != Unknown:
		a.unforced.add(a.u, cluster, w, false)
	}
	a.automation.add(a.u, cluster, w, t.Status == flow.Automated)
	a.escalation.add(a.u, cluster, w, g.Escalated)
	a.failed.add(a.u, cluster, w, t.Status == flow.Failed)
	a.handoff.add(a.u, cluster, w, g.Handoff)
	if g.Escalated && g.Needs != Unknown {
		a.precLabel.add(a.u, cluster, w, g.Needs == Yes)
	}
	if g.Needs == Yes {
		a.recLabel.add(a.u, cluster, w, g.Escalated)
	}
	switch g.Disposition {
	case EscalatedNeeded:
		a.precOutcome.add(a.u, cluster, w, true)
		a.recOutcome.add(a.u, cluster, w, true)
	case EscalatedNeedless:
		a.precOutcome.add(a.u, cluster, w, false)
	case AutomatedWrong:
		a.recOutcome.add(a.u, cluster, w, false)
	}
	if g.Handoff && g.Right != Unknown {
		a.recovered.add(a.u, cluster, w, g.Right == Yes)
	}
	a.money(g, cluster, w)
}

func (a *tally) money(g *Judgement, cluster int32, w float64) {
	if g.Right == Unknown {
		a.unknownErrors++
	}
	if !g.MinutesOK {
		a.unknownMinutes++
		return
	}
	a.minutes.addValue(a.u, cluster, w, g.Minutes)
	a.cost.addValue(a.u, cluster, w, g.cost())
	// Of the parts only the mean is shown, so their clusters do not matter.
	a.models.addValue(units{}, 0, w, g.ModelCost)
	a.people.addValue(units{}, 0, w, g.PeopleCost)
	a.errors.addValue(units{}, 0, w, g.ErrorCost)
}

// summary is what the tally comes to.
func (a *tally) summary() Summary {
	s := Summary{Trials: a.trials, Cases: a.cases, Labelled: a.labelled, ForcedUnknown: a.unforced.n, Dispositions: a.dispositions}
	forced := a.forced.metric(a.u, ForcedAccuracy)
	if a.unforced.n > 0 {
		forced = a.forced.boundedBy(forced, a.u, &a.unforced)
	}
	s.Metrics = []Metric{
		a.system.metric(a.u, SystemAccuracy),
		a.automated.metric(a.u, AutomatedAccuracy),
		forced,
		a.automation.metric(a.u, AutomationRate),
		a.escalation.metric(a.u, EscalationRate),
		a.precLabel.metric(a.u, EscalationPrecLabel),
		a.recLabel.metric(a.u, EscalationRecLabel),
		a.precOutcome.metric(a.u, EscalationPrecOut),
		a.recOutcome.metric(a.u, EscalationRecOut),
		a.silent.metric(a.u, SilentFailureRate),
		a.failed.metric(a.u, FailureRate),
		a.handoff.metric(a.u, HandoffFailureRate),
		a.recovered.metric(a.u, RecoveredRate),
		a.unmeasured.metric(a.u, NotMeasuredRate),
		a.cost.mean(a.u, CostPerCase, "money"),
		a.minutes.mean(a.u, MinutesPerCase, "minutes"),
	}
	return s
}

// boundedBy widens a rate to what it could be if every unknown trial were
// wrong, or right: what nobody knows bounds it from both sides.
func (r *rate) boundedBy(m Metric, u units, unknown *rate) Metric {
	low, high := r.with(unknown).metric(u, m.Name), r.with(unknown.turned()).metric(u, m.Name)
	between := func(low, high stats.Interval) stats.Interval {
		low.Estimate, low.Upper, low.Method = m.Estimate, high.Upper, ByUnknown
		return low
	}
	m.Interval = between(low.Interval, high.Interval)
	m.Exact = &Exact{
		TwoSided: between(low.Exact.TwoSided, high.Exact.TwoSided),
		Lower:    between(low.Exact.Lower, high.Exact.Lower),
		Upper:    between(low.Exact.Upper, high.Exact.Upper),
		// The less certain end decides what the figure is worth.
		EffectiveN: min(low.Exact.EffectiveN, high.Exact.EffectiveN),
	}
	return m
}

// with is r and o together.
func (r *rate) with(o *rate) *rate {
	sum := &rate{x: r.x + o.x, n: r.n + o.n, all: r.all, group: make(map[int32]*stats.Moments)}
	sum.all.Merge(o.all)
	for _, part := range []*rate{r, o} {
		for k, m := range part.group {
			if sum.group[k] == nil {
				sum.group[k] = new(stats.Moments)
			}
			sum.group[k].Merge(*m)
		}
	}
	return sum
}

// turned is a rate of nothing but zeros with ones in their place.
func (r *rate) turned() *rate {
	out := &rate{x: r.n, n: r.n, all: r.all, group: make(map[int32]*stats.Moments)}
	out.all.Mean = 1
	for k, m := range r.group {
		one := *m
		one.Mean = 1
		out.group[k] = &one
	}
	return out
}

func (a *tally) costs() Cost {
	return Cost{
		Model: a.models.all.Mean, People: a.people.all.Mean, Errors: a.errors.all.Mean,
		Cases: a.cost.n, UnknownErrors: a.unknownErrors, UnknownMinutes: a.unknownMinutes,
	}
}

// share is the rate at which r's trials are among those of part, which holds
// nothing but ones and is of the same trials.
func (r *rate) share(part *rate) *rate {
	of := func(whole, part stats.Moments) stats.Moments {
		whole.Mean = 0
		if whole.Weight > 0 {
			whole.Mean = part.Weight / whole.Weight
		}
		whole.M2 = whole.Weight * whole.Mean * (1 - whole.Mean)
		return whole
	}
	out := &rate{x: part.n, n: r.n, all: of(r.all, part.all), group: make(map[int32]*stats.Moments)}
	for k, m := range r.group {
		var p stats.Moments
		if g := part.group[k]; g != nil {
			p = *g
		}
		shared := of(*m, p)
		out.group[k] = &shared
	}
	return out
}
