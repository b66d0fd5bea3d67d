package opsim

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/scenario"
	"github.com/rehearse-dev/rehearse/internal/traced"
)

// Profile is what cases ask of machines and people, under each design. A
// simulated case is one of them, whole: what made it slow, dear or hard for
// people stays together, and it is the same case under every design.
type Profile struct {
	Run     string // "" where the cases are stated
	Cases   int    // traced, repeats of one counted once; 0 where they are stated
	Designs []DesignProfile
	// Left is how many replayed cases, each repeat of one counted, are left out
	// because the harness could not try them under one of the designs.
	Left int

	times  []time.Time // when the traced cases came
	counts []float64   // how many cases each stands for, aligned with times
	sum    []float64   // running sum of the entries' weights
	of     []int32     // case of each entry
	came   []time.Time // when each case came, where its tags are known
	tags   [][]string  // of each case, aligned with named
	named  []string
	waited map[scenario.WaitColumns]*traced.Waits
}

// DesignProfile is the cases under one design.
type DesignProfile struct {
	Name string
	// Guessed are escalated cases for which nobody says how long people
	// worked: each has the minutes of another case of its team.
	Guessed int

	entries []entry
}

// entry is one case under one design.
type entry struct {
	team    string // "" for none
	failed  bool   // nobody received it
	hours   float64
	unknown bool // hours are not known
	kind    string
	latency float64
	calls   []call
	stated  *scenario.Distribution // latency, where it is stated
	wrong   float64                // probability that it is decided wrongly, where nobody sees it
	cost    float64                // of models and of wrong decisions; people's time is not in it
}

// call is what a case asked of a machine: a traced step, or a stated service.
type call struct {
	name    string
	latency float64 // of the last attempt; the time of those before it is in all
	all     float64
	tokens  float64
}

// Work is what a trial's label says of the people's part in it.
type Work struct {
	Minutes float64
	Known   bool    // false where people worked and nobody says how long
	Cost    float64 // of models and of wrong decisions, in the workflow's currency
}

// ProfileBuilder makes a profile of the trials of a run.
type ProfileBuilder struct {
	p      Profile
	index  map[string]int // design → index
	weight []float64      // of the entries so far

	// The case in hand.
	current int64 // its index; -1: none
	time    time.Time
	mass    float64
	tags    []string
	kept    map[string]string // values of tags, each once
	tries   []try             // by repeat
}

// try is one case once through all designs.
type try struct {
	row     []entry // by design
	have    []bool
	skipped bool // under one of them it was not measured
}

// NewProfileBuilder starts a profile of the named designs of a run.
func NewProfileBuilder(run string, designs []string) *ProfileBuilder {
	b := &ProfileBuilder{p: Profile{Run: run}, index: map[string]int{}, current: -1}
	for i, d := range designs {
		b.index[d] = i
		b.p.Designs = append(b.p.Designs, DesignProfile{Name: d})
	}
	return b
}

// Tags names the tags of the trials, in their order, and has them kept.
func (b *ProfileBuilder) Tags(names []string) { b.p.named = names }

// named are the tags of the case in hand; those without a value are "".
func (b *ProfileBuilder) named() []string {
	out := make([]string, len(b.p.named))
	for i := range out {
		if i < len(b.tags) {
			if b.kept == nil {
				b.kept = map[string]string{}
			}
			value, known := b.kept[b.tags[i]]
			if !known {
				value = strings.Clone(b.tags[i])
				b.kept[value] = value
			}
			out[i] = value
		}
	}
	return out
}

// tagsNamed are the places of tags among those of the run.
func (p *Profile) tagsNamed(tags []flow.Text) ([]int, error) {
	var out []int
	for _, t := range tags {
		i := slices.Index(p.named, t.Value)
		if i < 0 {
			problem := fmt.Sprintf("%s: the run's dataset has no tag %q", t.Pos, t.Value)
			if near := diag.Suggest(t.Value, p.named); near != "" {
				problem += " (" + near + ")"
			}
			return nil, errors.New(problem)
		}
		out = append(out, i)
	}
	return out, nil
}

// Add takes a trial in. All trials of a case come together, as in the record.
// Trials of other designs and of variants are passed over.
func (b *ProfileBuilder) Add(t *flow.Trial, w Work) {
	i, ok := b.index[t.Design]
	if !ok || t.Variant != "" {
		return
	}
	if t.Index != b.current {
		b.flush()
		b.current, b.time, b.mass = t.Index, t.Time, t.Weight
		b.tags = append(b.tags[:0], t.Tags...)
	}
	for len(b.tries) <= t.Repeat {
		b.tries = append(b.tries, try{row: make([]entry, len(b.index)), have: make([]bool, len(b.index))})
	}
	r := &b.tries[t.Repeat]
	r.have[i] = true
	r.row[i] = entryOf(t, w)
	r.skipped = r.skipped || t.Status == flow.NotMeasured
}

// Waited takes in how long a case of the dataset waited, in minutes, and whether
// it was given up then. A case is taken in once, however often it was tried.
func (b *ProfileBuilder) Waited(from scenario.WaitColumns, minutes float64, left bool, weight float64) {
	w := b.p.waited[from]
	if w == nil {
		w = &traced.Waits{}
		if b.p.waited == nil {
			b.p.waited = map[scenario.WaitColumns]*traced.Waits{}
		}
		b.p.waited[from] = w
	}
	w.Minutes, w.Left, w.Weights = append(w.Minutes, minutes), append(w.Left, left), append(w.Weights, weight)
}

func entryOf(t *flow.Trial, w Work) entry {
	e := entry{cost: w.Cost, failed: t.Status == flow.Failed}
	if t.Status == flow.Escalated {
		e.team, e.hours, e.unknown, e.kind = t.Team, w.Minutes/60, !w.Known, t.Reason
	}
	for i := range t.Spans {
		if t.Spans[i].Shadow {
			continue
		}
		c := call{name: t.Spans[i].Step}
		for _, a := range t.Spans[i].Attempts {
			c.latency = a.Latency.Hours()
			c.all += c.latency
			c.tokens = float64(a.TokensIn + a.TokensOut)
		}
		if len(t.Spans[i].Attempts) > 0 {
			e.latency += c.all
			e.calls = append(e.calls, c)
		}
	}
	return e
}

// flush ends the case in hand.
func (b *ProfileBuilder) flush() {
	if b.current < 0 {
		return
	}
	before := len(b.weight)
	for _, r := range b.tries {
		if r.skipped || slices.Contains(r.have, false) {
			b.p.Left++
			continue
		}
		for i, e := range r.row {
			b.p.Designs[i].entries = append(b.p.Designs[i].entries, e)
		}
		b.weight = append(b.weight, b.mass)
		b.p.of = append(b.p.of, int32(b.p.Cases))
	}
	if len(b.weight) > before {
		b.p.Cases++
		if len(b.p.named) > 0 {
			b.p.came, b.p.tags = append(b.p.came, b.time), append(b.p.tags, b.named())
		}
	}
	// A case arrives once, whatever came of it and however often it was tried.
	if !b.time.IsZero() {
		b.p.times = append(b.p.times, b.time)
		b.p.counts = append(b.p.counts, b.mass)
	}
	b.current, b.tries = -1, b.tries[:0]
}

// Profile ends the building.
func (b *ProfileBuilder) Profile() (*Profile, error) {
	b.flush()
	p := &b.p
	if p.Cases == 0 {
		return nil, fmt.Errorf("run %s has no case that was tried under every design", p.Run)
	}
	p.weigh(b.weight)
	mean := 0.0
	for _, c := range p.counts {
		mean += c / float64(len(p.counts))
	}
	for i := range p.counts {
		p.counts[i] /= mean // sampling weights keep the volume that the times show
	}
	for i := range p.Designs {
		p.Designs[i].guess()
	}
	return p, nil
}

// weigh sets how likely each entry is to be drawn.
func (p *Profile) weigh(weights []float64) {
	p.sum = make([]float64, len(weights))
	sum := 0.0
	for i, w := range weights {
		sum += w
		p.sum[i] = sum
	}
}

// weight is the share of the cases that entry i stands for.
func (p *Profile) weight(i int) float64 {
	before := 0.0
	if i > 0 {
		before = p.sum[i-1]
	}
	return (p.sum[i] - before) / p.sum[len(p.sum)-1]
}

// pick draws an entry.
func (p *Profile) pick(d des.Draw) int {
	x := d.Uniform() * p.sum[len(p.sum)-1]
	return sort.Search(len(p.sum)-1, func(i int) bool { return p.sum[i] > x })
}

// guess gives cases whose minutes nobody knows those of other cases of their
// team. Where none of the team's is known they stay unknown.
func (d *DesignProfile) guess() {
	known := map[string][]float64{}
	for _, e := range d.entries {
		if e.team != "" && !e.unknown {
			known[e.team] = append(known[e.team], e.hours)
		}
	}
	draws := des.NewDraws(0, 0)
	for i := range d.entries {
		e := &d.entries[i]
		from := known[e.team]
		if !e.unknown || len(from) == 0 {
			continue
		}
		draw := draws.For(int64(i), 0)
		e.hours, e.unknown = from[draw.Index(len(from))], false
		d.Guessed++
	}
}

// last is when the last traced case came.
func (p *Profile) last() time.Time {
	if len(p.times) == 0 {
		return time.Time{}
	}
	return slices.MaxFunc(p.times, time.Time.Compare)
}
