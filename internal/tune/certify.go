package tune

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// ErrNoCases is that nothing could be measured.
var ErrNoCases = errors.New("no calibration case is left to certify cutoffs on, or none could be measured")

// Promise is what is asked of the cutoffs: with this confidence over the draw
// of the calibration cases, at most this share of what is automated is wrong.
type Promise struct {
	Error      float64 `json:"error"`
	Confidence float64 `json:"confidence"`
	// OnePerCluster certifies on one case of each cluster, drawn at random:
	// the promise is then exact, about a case of a cluster drawn at random.
	OnePerCluster bool `json:"one_per_cluster,omitempty"`
}

// Point is one setting on the calibration cases.
type Point struct {
	Values    []float64    `json:"values"`    // of each cutoff
	Automated int          `json:"automated"` // of the cases, labelled or not
	Judged    int          `json:"judged"`    // automated with a label
	Wrong     int          `json:"wrong"`
	Rate      stats.Number `json:"rate"` // wrong of judged
	// Upper is the upper bound of the error, at the confidence that the
	// promise leaves to each sequence of tests.
	Upper float64      `json:"upper"`
	Cost  stats.Number `json:"cost_per_case"`
	// Tested says that the test came to this setting, Certified that it passed.
	Tested    bool `json:"tested"`
	Certified bool `json:"certified"`

	clusters  int     // among the judged
	effective float64 // independent cases that would tell as much as the judged
	lost      int     // cases without a known end under this setting, taken for wrong
}

// Needed is what would earn the promise where nothing does.
type Needed struct {
	Values []float64 `json:"values"` // of the cutoffs that need fewest
	Rate   float64   `json:"rate"`   // of errors seen there, if it stays
	Cases  int       `json:"cases"`  // labelled, to certify on
}

// Result is what came of tuning a design.
type Result struct {
	Promise
	Cutoffs     []Cutoff `json:"cutoffs"`
	Cases       int      `json:"cases"` // that certify
	NotMeasured int      `json:"not_measured,omitempty"`
	Unlabelled  int      `json:"unlabelled,omitempty"`
	Clusters    int      `json:"clusters,omitempty"` // 0 where cases are independent
	ClusterBy   string   `json:"cluster_by,omitempty"`
	Sequences   int      `json:"sequences"` // of tests, which share the error
	Method      string   `json:"method"`
	// Approximate says why the promise is approximate; "" where it is exact.
	Approximate string   `json:"approximate,omitempty"`
	Points      []Point  `json:"points"`
	Chosen      int      `json:"chosen"` // index of Points; -1 for none
	Needed      *Needed  `json:"needed,omitempty"`
	Warnings    []string `json:"warnings,omitempty"`
}

// Best is the chosen setting; nil for none.
func (r *Result) Best() *Point {
	if r.Chosen < 0 {
		return nil
	}
	return &r.Points[r.Chosen]
}

// Certify tests the settings. Independent cases take exact binomial p-values;
// cases in clusters, or with weights, the one-sided bound of Korn and Graubard,
// which is approximate. Sequences of tests share the error by Bonferroni. Among
// the settings that pass, the cheapest by the workflow's costs is chosen; of
// equals, that which automates most.
func (x *Explored) Certify(p Promise) (*Result, error) {
	cases := x.cases
	if p.OnePerCluster {
		cases = onePerCluster(cases)
	}
	if len(cases) == 0 {
		return nil, ErrNoCases
	}
	r := &Result{Promise: p, Cutoffs: x.grid.Cutoffs, Cases: len(cases), NotMeasured: x.lost, Chosen: -1, Method: "exact binomial"}
	t := tester{error: p.Error, delta: (1 - p.Confidence) / float64(len(x.grid.chains()))}
	weighted := slices.ContainsFunc(cases, func(e explored) bool { return e.weight != 1 })
	clusters := map[string]int{}
	for _, e := range cases {
		clusters[e.cluster]++
	}
	clustered := x.card.Cluster != "" && len(clusters) < len(cases)
	if t.clustered = clustered || weighted; t.clustered {
		r.Method = "Korn-Graubard bound"
		r.Approximate = "cases come in clusters by " + x.card.Cluster
		if !clustered {
			r.Approximate = "cases have sampling weights"
		}
	}
	if clustered {
		r.Clusters, r.ClusterBy = len(clusters), x.card.Cluster
	}
	for i := range x.grid.Len() {
		point, err := t.point(cases, i)
		if err != nil {
			return nil, err
		}
		point.Values = x.grid.Setting(i)
		r.Points = append(r.Points, point)
	}
	for _, e := range cases {
		if slices.ContainsFunc(e.outcomes, func(o outcome) bool { return o.status == flow.Automated && o.right == score.Unknown }) {
			r.Unlabelled++
		}
	}
	r.Sequences = len(x.grid.chains())
	for _, chain := range x.grid.chains() {
		t.test(r.Points, chain)
	}
	r.choose()
	if r.Chosen < 0 {
		r.Needed = t.needed(r)
	}
	r.warn()
	return r, nil
}

// onePerCluster is one case of each cluster, drawn at random.
func onePerCluster(cases []explored) []explored {
	seen := map[string]bool{}
	var out []explored
	for _, i := range shuffled(len(cases)) {
		if e := cases[i]; !seen[e.cluster] {
			seen[e.cluster] = true
			out = append(out, e)
		}
	}
	return out
}

// shuffled are the numbers below n in an order that hangs on nothing but n.
func shuffled(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	draw := func(i int) float64 { return dataset.KeyOf(fmt.Sprint(i)).Draw(1) }
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(draw(a), draw(b)) })
	return order
}

// tester tests settings at one level.
type tester struct {
	error, delta float64
	clustered    bool
}

// point counts what a setting comes to.
func (t tester) point(cases []explored, setting int) (Point, error) {
	var p Point
	cost, costed := 0.0, 0.0
	byCluster := map[string]*stats.Moments{}
	var order []*stats.Moments
	for i := range cases {
		e := &cases[i]
		o := e.at(setting)
		if o.costOK && o.status != flow.NotMeasured {
			cost += e.weight * o.cost
			costed += e.weight
		}
		wrong := o.right == score.No
		switch {
		case o.status == flow.NotMeasured: // it may be wrong
			p.lost++
			wrong = true
		case o.status != flow.Automated:
			continue
		case o.right == score.Unknown:
			p.Automated++
			continue
		}
		p.Automated++
		p.Judged++
		m := byCluster[e.cluster]
		if m == nil {
			m = new(stats.Moments)
			byCluster[e.cluster] = m
			order = append(order, m)
		}
		y := 0.0
		if wrong {
			p.Wrong++
			y = 1
		}
		m.AddWeighted(y, e.weight)
	}
	if costed > 0 {
		p.Cost = stats.Num(cost / costed)
	}
	p.clusters, p.effective, p.Upper = len(order), float64(p.Judged), 1
	if p.Judged == 0 {
		return p, nil
	}
	if !t.clustered {
		bound, err := stats.ClopperPearson(p.Wrong, p.Judged, 1-t.delta, stats.UpperBound)
		p.Rate, p.Upper = bound.Estimate, bound.Upper
		return p, err
	}
	moments := make([]stats.Moments, len(order))
	for i, m := range order {
		moments[i] = *m
	}
	bound, err := stats.KornGraubard(moments, 1-t.delta, stats.UpperBound)
	p.Rate, p.Upper = bound.Estimate, bound.Upper
	if n := bound.EffectiveN; n.Valid && n.Value > 0 {
		p.effective = n.Value
	}
	return p, err
}

// test walks a sequence of settings from the strictest, which automates least,
// down to the first that does not pass.
func (t tester) test(points []Point, chain []int) {
	chain = slices.Clone(chain)
	if points[chain[0]].Automated > points[chain[len(chain)-1]].Automated {
		slices.Reverse(chain)
	}
	able, passes := make([]bool, len(chain)), make([]bool, len(chain))
	for i, at := range chain {
		p := &points[at]
		units := p.Judged
		if t.clustered {
			units = p.clusters
		}
		able[i], passes[i] = units >= stats.MinAccepted(t.error, t.delta), p.Upper <= t.error
	}
	rejected := stats.TestInSequence(able, passes)
	from := slices.Index(able, true)
	for i, at := range chain {
		points[at].Certified = rejected[i]
		points[at].Tested = rejected[i] || from >= 0 && i >= from && (i == from || rejected[i-1])
	}
}

// choose takes the cheapest of the certified settings.
func (r *Result) choose() {
	for i := range r.Points {
		p := &r.Points[i]
		if !p.Certified {
			continue
		}
		if r.Chosen < 0 || r.Points[r.Chosen].dearer(p) {
			r.Chosen = i
		}
	}
}

// dearer says whether the other setting is to be preferred: it costs less, or
// costs the same and automates more, or is the stricter of two that do the same
// to every case.
func (p *Point) dearer(other *Point) bool {
	a, b := p.Cost.Or(0), other.Cost.Or(0)
	if math.Abs(a-b) > 1e-9*math.Max(math.Abs(a), 1) {
		return b < a
	}
	return cmp.Or(cmp.Compare(other.Automated, p.Automated), slices.Compare(other.Values, p.Values)) > 0
}

// needed is how many cases would earn the promise at the setting that needs
// fewest, if what was seen there stays; nil where none would.
func (t tester) needed(r *Result) *Needed {
	var best *Needed
	for i := range r.Points {
		p := &r.Points[i]
		if p.Judged == 0 || p.Rate.Value >= t.error {
			continue
		}
		n, err := stats.AcceptedNeeded(p.Rate.Value, t.error, t.delta)
		if err != nil {
			continue // as near to the limit as makes no difference
		}
		// Cases of a cluster tell less than as many independent ones, and
		// not every case is automated.
		total := float64(n) * float64(r.Cases) / p.effective
		if t.clustered {
			// So many clusters have to be there before a setting is tested at all.
			total = max(total, float64(stats.MinAccepted(t.error, t.delta))*float64(r.Cases)/float64(p.clusters))
		}
		if cases := int(math.Ceil(total)); best == nil || cases < best.Cases {
			best = &Needed{Values: p.Values, Rate: p.Rate.Value, Cases: cases}
		}
	}
	return best
}

// warn says what a reader has to know.
func (r *Result) warn() {
	if r.NotMeasured > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d calibration cases were not measured, since an answer is not stored; they certify nothing", r.NotMeasured))
	}
	if r.Unlabelled > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d calibration cases have no label that tells whether the result is right; the promise is about cases such as those that have one", r.Unlabelled))
	}
	most := 0
	for _, p := range r.Points {
		most = max(most, p.lost)
	}
	if most > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("under some cutoffs up to %d cases have no known end, since a step would be asked what it was not asked; they are taken for wrong there", most))
	}
}
