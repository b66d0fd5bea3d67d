package attribute

import (
	"cmp"
	"math"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Shares is how a metric's whole gap, between the design and its fully
// corrected self, divides among the parts.
type Shares struct {
	Metric    string         `json:"metric"`
	Unit      string         `json:"unit"`
	Written   stats.Number   `json:"as_written"`
	Corrected stats.Number   `json:"all_corrected"`
	Gap       stats.Interval `json:"gap"`
	Parts     []Share        `json:"parts"`
	// Front are the changes when the first part is corrected, the first two,
	// and so on to all.
	Front []stats.Interval `json:"from_the_front"`
	Pairs []Pair           `json:"pairs,omitempty"`
	// NotMeasured counts trials whose end cannot be known under some set of
	// corrections. With any of them there are no shares: they are just the
	// trials that corrections change.
	NotMeasured int `json:"not_measured,omitempty"`
}

// Share is one part's Shapley value: its contribution averaged over all orders
// in which the parts could be corrected. Those of all parts add up to the gap.
type Share struct {
	Name  string         `json:"name"`
	Kind  Kind           `json:"kind"`
	Share stats.Interval `json:"share"`
	Alone stats.Interval `json:"alone"` // when nothing else is corrected
	// Own is what the part's own errors cost: the change when it is corrected
	// after all before it, so that it receives what is right. Share and Alone
	// also credit a part with what its gold mends of errors before it. Those of
	// all parts add up to the gap.
	Own stats.Interval `json:"own"`
	// SamplingError is the standard error from drawing orders instead of
	// trying all; 0 where all were tried. The interval is of the cases.
	SamplingError float64 `json:"sampling_error,omitempty"`
}

// Pair is what two parts do together beyond what each does alone.
type Pair struct {
	A           string         `json:"a"`
	B           string         `json:"b"`
	Together    stats.Interval `json:"together"`
	Interaction stats.Interval `json:"interaction"` // together minus the sum of each alone
}

// measure is a metric as a ratio of sums over trials.
type measure struct {
	name, unit string
	of         func(*outcome) (num, den float64)
}

func of(t score.Tri) (num, den float64) {
	switch t {
	case score.Yes:
		return 1, 1
	case score.No:
		return 0, 1
	}
	return 0, 0
}

// measures are those whose gap is shared out.
var measures = []measure{
	{score.SystemAccuracy, "rate", func(o *outcome) (float64, float64) { return of(o.right) }},
	{score.AutomatedAccuracy, "rate", func(o *outcome) (float64, float64) {
		if !o.automated {
			return 0, 0
		}
		return of(o.right)
	}},
	{score.ForcedAccuracy, "rate", func(o *outcome) (float64, float64) { return of(o.unaided()) }},
	{score.CostPerCase, "money", func(o *outcome) (float64, float64) {
		if !o.minutesOK {
			return 0, 0
		}
		return o.cost, 1
	}},
	{score.MinutesPerCase, "minutes", func(o *outcome) (float64, float64) {
		if !o.minutesOK {
			return 0, 0
		}
		return o.minutes, 1
	}},
}

// unaided says whether the trial ends right without people.
func (o *outcome) unaided() score.Tri {
	if o.status == flow.Failed && o.right != score.Unknown {
		return score.No
	}
	return o.shadow
}

// values are a metric under every set of corrections.
type values struct {
	measure
	x         *Explored
	num, den  []float64 // by set
	clusterOf []int     // by case
	clusters  int
}

func (x *Explored) values(m measure, clusterOf []int, clusters int) *values {
	v := &values{measure: m, x: x, num: make([]float64, len(x.sets.sets)), den: make([]float64, len(x.sets.sets)), clusterOf: clusterOf, clusters: clusters}
	for i := range x.cases {
		c := &x.cases[i]
		for s := range v.num {
			num, den := m.of(c.at(s))
			v.num[s] += c.weight * num
			v.den[s] += c.weight * den
		}
	}
	return v
}

func (v *values) at(set int) (float64, bool) {
	return v.num[set] / v.den[set], v.den[set] > 0
}

// change is the linear combination of the metric under several sets, with its
// interval by linearisation: a ratio of sums moves by
// (num - ratio·den)/Σden when a case is added, whatever the sets have in
// common, so that the same cases are paired with themselves.
func (v *values) change(weights map[int]float64) stats.Interval {
	iv := stats.Interval{Lower: math.Inf(-1), Upper: math.Inf(1), Level: 0.95, Method: "linearised, CR1, t"}
	if v.unit == "rate" {
		iv.Lower, iv.Upper = -1, 1
	}
	sets := make([]int, 0, len(weights))
	for s := range weights {
		sets = append(sets, s)
	}
	slices.Sort(sets)
	total, plain, ratios := 0.0, 0.0, 0.0
	for _, s := range sets {
		a := weights[s]
		value, ok := v.at(s)
		if !ok {
			return iv
		}
		total += a * value
		plain += a / v.den[s]
		ratios += a * value / v.den[s]
	}
	total = snap(total)
	iv.Estimate = stats.Num(total)
	groups := make([]stats.Moments, v.clusters)
	changed := false
	for i := range v.x.cases {
		c := &v.x.cases[i]
		moved := 0.0
		if c.of == nil {
			num, den := v.of(&c.outcomes[0])
			moved = num*plain - den*ratios
		} else {
			by := 0.0
			for _, s := range sets {
				num, den := v.of(c.at(s))
				moved += weights[s] * (num - v.num[s]/v.den[s]*den) / v.den[s]
				by += weights[s] * (num + math.Pi*den)
			}
			changed = changed || snap(by) != 0
		}
		groups[v.clusterOf[i]].Add(c.weight * moved)
	}
	if !changed {
		return v.unchanged(iv)
	}
	est, err := stats.ClusterMean(groups, 0.95)
	if err != nil || math.IsInf(est.Lower, 0) {
		return iv
	}
	n := float64(len(v.x.cases))
	iv.Lower, iv.Upper = snap(total+est.Lower*n), snap(total+est.Upper*n)
	if v.unit == "rate" {
		iv.Lower, iv.Upper = max(iv.Lower, -1), min(iv.Upper, 1)
	}
	return iv
}

// NoCaseChanged is the method of an interval around a change that no case
// showed.
const NoCaseChanged = "no case changed"

// unchanged is the interval where no case changed. Of a rate its ends are the
// largest share of cases that could change and show none in 2.5 % of samples;
// of money and minutes, of which a single case may hold any amount, there are
// none.
func (v *values) unchanged(iv stats.Interval) stats.Interval {
	iv.Method = NoCaseChanged
	if v.unit == "rate" {
		iv.Upper = 1 - math.Pow(0.025, 1/float64(v.clusters))
		iv.Lower = -iv.Upper
	}
	return iv
}

// snap takes the rounding of sums that cancel out of a figure.
func snap(x float64) float64 {
	if math.Abs(x) < 1e-12 {
		return 0
	}
	return x
}

// Shares divides the gap of every metric among the parts.
func (x *Explored) Shares() []Shares {
	lost := x.lost()
	clusterOf, clusters := x.clusters()
	var out []Shares
	for _, m := range measures {
		s := Shares{Metric: m.name, Unit: m.unit, NotMeasured: lost}
		if lost == 0 {
			x.share(&s, x.values(m, clusterOf, clusters))
		}
		out = append(out, s)
	}
	return out
}

func (x *Explored) share(s *Shares, v *values) {
	c := x.sets
	number := func(set int) stats.Number {
		if value, ok := v.at(set); ok {
			return stats.Num(value)
		}
		return stats.Number{}
	}
	s.Written, s.Corrected = number(0), number(c.full())
	step := func(from, to int) map[int]float64 { return map[int]float64{to: 1, from: -1} }
	from := func(set uint64) map[int]float64 { return step(0, c.at[set]) }
	s.Gap = v.change(map[int]float64{c.full(): 1, 0: -1})
	for i := range x.parts {
		p := &x.parts[i]
		weights := map[int]float64{}
		for _, t := range c.terms {
			if t.player == i {
				weights[t.to] += t.weight
				weights[t.from] -= t.weight
			}
		}
		s.Parts = append(s.Parts, Share{Name: p.Name, Kind: p.Kind, Share: v.change(weights), Alone: v.change(from(1 << i)), Own: v.change(step(c.at[1<<i-1], c.at[1<<(i+1)-1])), SamplingError: x.samplingError(v, i)})
		s.Front = append(s.Front, v.change(from(1<<(i+1)-1)))
		for j := range i {
			a, b := uint64(1)<<j, uint64(1)<<i
			s.Pairs = append(s.Pairs, Pair{
				A: x.parts[j].Name, B: p.Name, Together: v.change(from(a | b)),
				Interaction: v.change(map[int]float64{c.at[a|b]: 1, c.at[a]: -1, c.at[b]: -1, 0: 1}),
			})
		}
	}
	slices.SortStableFunc(s.Pairs, func(a, b Pair) int {
		return cmp.Compare(math.Abs(b.Interaction.Estimate.Or(0)), math.Abs(a.Interaction.Estimate.Or(0)))
	})
}

// samplingError is the standard error of a share over the pairs of an order and
// the same backwards.
func (x *Explored) samplingError(v *values, player int) float64 {
	n := x.sets.sampled / 2
	if n < 2 {
		return 0
	}
	sums := make([]float64, n)
	for _, t := range x.sets.terms {
		if t.player != player {
			continue
		}
		a, _ := v.at(t.from)
		b, _ := v.at(t.to)
		sums[t.order/2] += (b - a) / 2
	}
	var m stats.Moments
	for _, s := range sums {
		m.Add(s)
	}
	return math.Sqrt(m.Variance().Or(0) / float64(n))
}

// lost counts trials that were measured as written and have no known end under
// some set of corrections.
func (x *Explored) lost() int {
	n := 0
	for i := range x.cases {
		c := &x.cases[i]
		if slices.ContainsFunc(c.outcomes, func(o outcome) bool { return o.status == flow.NotMeasured }) {
			n++
		}
	}
	return n
}

// clusters numbers the cases' clusters; repeats of a case are of one.
func (x *Explored) clusters() (of []int, n int) {
	number := map[string]int{}
	of = make([]int, len(x.cases))
	for i := range x.cases {
		key := x.cases[i].cluster
		if key == "" {
			key = x.cases[i].id
		}
		k, ok := number[key]
		if !ok {
			k = len(number)
			number[key] = k
		}
		of[i] = k
	}
	return of, len(number)
}
