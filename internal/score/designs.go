package score

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"sort"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// maxSegments bounds the values of one tag column that get figures of their
// own; a column with more of them is an id, not a segment.
const maxSegments = 60

// maxExamples is how many case ids stand beside a count.
const maxExamples = 3

// designTally gathers everything about one design.
type designTally struct {
	u        units
	w        *design.Workflow
	tagNames []string
	repeats  int

	all      *tally
	segments []map[string]*tally // by tag column
	reasons  map[string]int
	unknown  map[string]int
	fields   []rate
	routes   map[string]*rate
	edges    map[[2]string]*edgeTally
	// confirmed is what people made of suggestions, by step and team.
	confirmed map[[2]string]*confirmTally
	searches  map[string]*retrievalTally // by step
	worst     []Example

	confusion  *stats.Confusion
	noDecision int
	detail     *Detail // where decisions go, trial by trial; nil where nobody asks for them

	latency []float64 // of calls outside as recorded, seconds a trial
	stated  stated

	// Of the case at hand, over its repeats.
	right, judged, seen int
	first               Ending
	same                bool
	tallies             []stats.Tally
	moments             []stats.Moments
	repeated, sameCases int // cases measured more than once; and with the same result each time
}

type edgeTally struct {
	rate
	kinds map[[3]string]*kindTally
}

// kindTally counts one way of failing on an edge.
type kindTally struct {
	KindCount
	failed rate // of nothing but ones
}

func newDesignTally(u units, w *design.Workflow, tagNames []string, repeats int) *designTally {
	d := &designTally{
		u: u, w: w, tagNames: tagNames, repeats: repeats,
		all: newTally(u), segments: make([]map[string]*tally, len(tagNames)),
		reasons: make(map[string]int), unknown: make(map[string]int),
		fields: make([]rate, w.Outcome.Len()), routes: make(map[string]*rate),
		edges: make(map[[2]string]*edgeTally), confirmed: make(map[[2]string]*confirmTally),
		searches: make(map[string]*retrievalTally),
	}
	for i := range d.segments {
		d.segments[i] = make(map[string]*tally)
	}
	if w.Decision >= 0 {
		d.confusion = stats.NewConfusion(w.Outcome.Fields()[w.Decision].Type.Enum)
		d.confusion.None = make([]float64, len(d.confusion.Labels))
	}
	return d
}

// add takes in one judged trial.
func (d *designTally) add(t *flow.Trial, g *Judgement, label *flow.Label, cluster int32) {
	d.all.add(t, g, cluster)
	for i, by := range d.segments {
		if i >= len(t.Tags) || by == nil {
			continue
		}
		a := by[t.Tags[i]]
		if a == nil {
			if len(by) >= maxSegments {
				d.segments[i] = nil // more values than a reader could use, and which ones come first is chance
				continue
			}
			a = newTally(d.u)
			by[t.Tags[i]] = a
		}
		a.add(t, g, cluster)
	}
	d.repeat(t, g)
	switch t.Status {
	case flow.Escalated:
		d.reasons[t.Reason]++
	case flow.NotMeasured:
		d.unknown[t.Reason]++
		return // outside every rate
	}
	for i, f := range g.Fields {
		if f != Unknown {
			d.fields[i].add(d.u, cluster, t.Weight, f == Yes)
		}
	}
	d.decisions(t, g, label)
	d.handoffs(t, g, cluster)
	d.takenRoutes(t, label, cluster)
	d.retrieval(t, label, cluster)
	d.calls(t)
	d.expensive(t, g, label)
}

func (d *designTally) decisions(t *flow.Trial, g *Judgement, label *flow.Label) {
	if d.confusion == nil || label == nil || g.Right == Unknown || t.Right != nil && g.Fields == nil {
		return
	}
	i := d.w.Decision
	if i >= len(label.Outcome.Values) {
		return
	}
	truth, _ := label.Outcome.Values[i].(string)
	row := slices.Index(d.confusion.Labels, truth)
	if row < 0 {
		return
	}
	col := -1
	if g.Final != nil {
		decided, _ := g.Final[i].(string)
		col = slices.Index(d.confusion.Labels, decided)
	}
	if d.detail != nil {
		d.detail.decided(row, col)
	}
	if col < 0 {
		d.noDecision++
		d.confusion.None[row] += t.Weight
		return
	}
	d.confusion.Counts[row][col] += t.Weight
}

func (d *designTally) handoffs(t *flow.Trial, g *Judgement, cluster int32) {
	for i := range t.Handoffs {
		h := &t.Handoffs[i]
		if h.Shadow {
			continue
		}
		key := [2]string{h.From, h.To}
		e := d.edges[key]
		if e == nil {
			e = &edgeTally{kinds: make(map[[3]string]*kindTally)}
			d.edges[key] = e
		}
		e.add(d.u, cluster, t.Weight, h.Kind != "")
		if h.Kind == "" {
			continue
		}
		kind := [3]string{string(h.Kind), h.Clause, h.Detail}
		k := e.kinds[kind]
		if k == nil {
			k = &kindTally{KindCount: KindCount{Kind: h.Kind, Clause: h.Clause, Detail: h.Detail}}
			e.kinds[kind] = k
		}
		k.Count++
		k.failed.add(d.u, cluster, t.Weight, true)
		if g.Right != Unknown {
			k.Judged++
			if g.Right == Yes {
				k.Recovered++
			}
		}
		if len(k.Examples) < maxExamples && !slices.Contains(k.Examples, t.Case) {
			k.Examples = append(k.Examples, t.Case)
		}
	}
}

func (d *designTally) takenRoutes(t *flow.Trial, label *flow.Label, cluster int32) {
	for step, right := range routesRight(t, label) {
		a := d.routes[step]
		if a == nil {
			a = new(rate)
			d.routes[step] = a
		}
		a.add(d.u, cluster, t.Weight, right)
	}
}

// routesRight are the routes that a trial took outside of shadow and that its
// label names, and whether they were taken as it does.
func routesRight(t *flow.Trial, label *flow.Label) iter.Seq2[string, bool] {
	return func(yield func(string, bool) bool) {
		for i := range t.Routes {
			r := &t.Routes[i]
			if label == nil || r.Shadow || label.Routes[r.Step] == "" {
				continue
			}
			if !yield(r.Step, r.To == label.Routes[r.Step]) {
				return
			}
		}
	}
}

// calls adds up how long the trial's calls outside took when they were made.
// Answers of batches have no time of their own, and make none of 0.
func (d *designTally) calls(t *flow.Trial) {
	total, any := 0.0, false
	for i := range t.Spans {
		for _, a := range t.Spans[i].Attempts {
			if !t.Spans[i].Shadow && a.Latency > 0 {
				total += a.Latency.Seconds()
				any = true
			}
		}
	}
	if any {
		d.latency = append(d.latency, total)
	}
}

// expensive keeps the cases whose silent failures cost most.
func (d *designTally) expensive(t *flow.Trial, g *Judgement, label *flow.Label) {
	const keep = 10
	if g.Disposition != AutomatedWrong || slices.ContainsFunc(d.worst, func(e Example) bool { return e.Case == t.Case }) {
		return // an earlier repeat of a case stands for all
	}
	e := Example{Case: t.Case, Cost: g.ErrorCost}
	if i := d.w.Decision; i >= 0 && g.Final != nil {
		e.Decided = fmt.Sprint(g.Final[i])
		if label != nil && i < len(label.Outcome.Values) {
			e.Right = fmt.Sprint(label.Outcome.Values[i])
		}
	}
	at := sort.Search(len(d.worst), func(i int) bool { return d.worst[i].Cost < e.Cost })
	if at >= keep {
		return
	}
	d.worst = slices.Insert(d.worst, at, e)
	d.worst = d.worst[:min(len(d.worst), keep)]
}

// repeat follows the repeats of one case.
func (d *designTally) repeat(t *flow.Trial, g *Judgement) {
	if d.repeats < 2 || !g.Measured {
		return
	}
	ending := NewEnding(t, g)
	if d.seen == 0 {
		d.first, d.same = ending, true
	}
	d.same = d.same && d.first.Same(ending, d.w)
	d.seen++
	if g.Right != Unknown {
		d.judged++
		if g.Right == Yes {
			d.right++
		}
	}
}

func (d *designTally) endCase() {
	if d.seen > 1 {
		d.repeated++
		if d.same {
			d.sameCases++
		}
	}
	if d.judged > 0 {
		d.tallies = append(d.tallies, stats.Tally{Trials: d.judged, Successes: d.right})
		m, err := stats.RateMoments(d.right, d.judged)
		must(err)
		d.moments = append(d.moments, m)
	}
	d.right, d.judged, d.seen = 0, 0, 0
}

func (d *designTally) result(name string) Design {
	out := Design{Name: name, Summary: d.all.summary(), Cost: d.all.costs(), Worst: d.worst}
	out.Reasons, out.Unknown = counts(d.reasons), counts(d.unknown)
	for i, f := range d.w.Outcome.Fields() {
		m := d.fields[i].metric(d.u, f.Name)
		out.Fields = append(out.Fields, Field{Name: f.Name, Compare: string(d.w.Compare[i].Kind), Right: d.fields[i].x, Judged: d.fields[i].n, Interval: m.Interval})
	}
	for step, a := range d.routes {
		out.Routes = append(out.Routes, Field{Name: step, Right: a.x, Judged: a.n, Interval: a.metric(d.u, step).Interval})
	}
	slices.SortFunc(out.Routes, func(a, b Field) int { return cmp.Compare(a.Name, b.Name) })
	if d.confusion != nil && d.all.labelled > 0 {
		out.Decision = &Decision{
			Field:     d.w.Outcome.Fields()[d.w.Decision].Name,
			Confusion: d.confusion, Classification: d.confusion.Classify(),
			Matthews: d.confusion.Matthews(), Kappa: d.confusion.Kappa(stats.Nominal), NoDecision: d.noDecision,
		}
	}
	out.Edges = d.edgeList()
	out.Confirmations = d.confirmList()
	out.Retrieval = d.retrievalList()
	if len(d.latency) > 0 {
		recorded := times(d.latency)
		out.Recorded = &recorded
	}
	out.Consistency = d.consistency()
	out.Confidence = d.stated.confidence(d.w)
	for i, by := range d.segments {
		for value, a := range by {
			out.Segments = append(out.Segments, NewSegment(d.tagNames[i], value, a.summary()))
		}
	}
	slices.SortFunc(out.Segments, func(a, b Segment) int {
		return cmp.Or(cmp.Compare(slices.Index(d.tagNames, a.Column), slices.Index(d.tagNames, b.Column)), cmp.Compare(a.Value, b.Value))
	})
	return out
}

func (d *designTally) edgeList() []Edge {
	var out []Edge
	for key, e := range d.edges {
		edge := Edge{From: key[0], To: key[1], Handoffs: e.n, Failed: e.x, Interval: e.metric(d.u, "").Interval}
		for _, k := range e.kinds {
			k.Interval = e.share(&k.failed).metric(d.u, "").Interval
			edge.Kinds = append(edge.Kinds, k.KindCount)
		}
		slices.SortFunc(edge.Kinds, func(a, b KindCount) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Clause, b.Clause), cmp.Compare(a.Detail, b.Detail))
		})
		out = append(out, edge)
	}
	slices.SortFunc(out, func(a, b Edge) int {
		return cmp.Or(cmp.Compare(b.Failed, a.Failed), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return out
}

func (d *designTally) consistency() *Repeats {
	if d.repeats < 2 || d.repeated == 0 {
		return nil
	}
	r := &Repeats{Repeats: d.repeats, Cases: d.repeated, SameResult: num(float64(d.sameCases) / float64(d.repeated))}
	for k := 1; k <= d.repeats; k++ {
		hat, err := stats.PassHatKMean(d.tallies, k)
		if err != nil {
			break // some cases have fewer judged repeats than k
		}
		at, err := stats.PassAtKMean(d.tallies, k)
		must(err)
		r.PassHatK, r.PassAtK = append(r.PassHatK, hat), append(r.PassAtK, at)
	}
	if est, err := stats.ClusterMean(d.moments, level); err == nil {
		r.Mean, r.SE, r.Naive, r.Warnings = est.Interval, est.SECR1, est.SECLT, est.Warnings
	}
	return r
}

func counts(m map[string]int) []Count {
	var out []Count
	for name, n := range m {
		out = append(out, Count{name, n})
	}
	slices.SortFunc(out, func(a, b Count) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name)) })
	return out
}

func num(v float64) stats.Number { return stats.Num(v) }

// timings are the wall times of whole trials by design.
func timings(run *record.Run, byName map[string]int) ([]Times, error) {
	walls := make([][]float64, len(byName))
	for t, err := range run.Timings() {
		if err != nil {
			return nil, err
		}
		if i, ok := byName[t.Design+"\x00"+t.Variant]; ok && t.Step == "" && !t.Cached {
			walls[i] = append(walls[i], t.Wall.Seconds())
		}
	}
	out := make([]Times, len(walls))
	for i, w := range walls {
		out[i] = times(w)
	}
	return out, nil
}

func times(seconds []float64) Times {
	t := Times{N: len(seconds)}
	if q, err := stats.Quantiles(seconds, []float64{.5, .9, .95, .99}); err == nil && len(seconds) > 0 {
		t.P50, t.P90, t.P95, t.P99 = q[0].Value, q[1].Value, q[2].Value, q[3].Value
	}
	return t
}
