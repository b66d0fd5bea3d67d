package stress

import (
	"slices"
	"strings"
	"sync"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// tally is what is kept of one case in one state: what paired figures need, and
// no more, since all of them are held until the last case is tried.
type tally struct {
	disposition   uint8 // place in dispositions
	right, shadow score.Tri
	marks         marks
	// As precise as the figures that are paired.
	minutes, cost float32
	waited        float32 // for calls outside, in seconds
}

type marks uint8

const (
	measured marks = 1 << iota
	escalated
	handoff
	minutesKnown
	touched
)

func (t *tally) is(m marks) bool { return t.marks&m != 0 }

var dispositions = []score.Disposition{
	score.NotMeasured, score.AutomatedCorrect, score.AutomatedWrong, score.AutomatedUnknown,
	score.EscalatedNeeded, score.EscalatedNeedless, score.EscalatedUnknown, score.Failed,
}

func tallyOf(t *trial) tally {
	g := &t.judged
	out := tally{
		disposition: uint8(slices.Index(dispositions, g.Disposition)), right: g.Right, shadow: g.Shadow,
		minutes: float32(g.Minutes), cost: float32(g.ModelCost + g.PeopleCost + g.ErrorCost),
		waited: float32(t.waited.Seconds()),
	}
	out.mark(measured, g.Measured)
	out.mark(escalated, g.Escalated)
	out.mark(handoff, g.Handoff)
	out.mark(minutesKnown, g.MinutesOK)
	out.mark(touched, t.touched)
	return out
}

func (t *tally) mark(m marks, holds bool) {
	if holds {
		t.marks |= m
	}
}

func (t *tally) outcome() score.Disposition { return dispositions[t.disposition] }

// judgement is the judgement of the trial, as far as it is kept: what it cost has
// no parts.
func (t *tally) judgement() score.Judgement {
	return score.Judgement{
		Disposition: t.outcome(), Right: t.right, Shadow: t.shadow, Measured: t.is(measured), Escalated: t.is(escalated),
		Handoff: t.is(handoff), MinutesOK: t.is(minutesKnown), Minutes: float64(t.minutes), ErrorCost: float64(t.cost),
	}
}

// who is a case to which tallies belong.
type who struct {
	id, cluster string
	weight      float64
}

// counts are the numbers of one state that need no pairs.
type counts struct {
	failedTries, givenUp int
	kinds                map[flow.HandoffKind]*KindCount
	why                  map[string]int // trials were not measured
}

// tallies are those of all cases, in the order of the dataset, in the clean state
// and in those of faults.
type tallies struct {
	mu       sync.Mutex
	clusters map[string]string // each once
	cases    []who             // without an id where a case was not tried to its end
	clean    []tally
	faulty   [][]tally // by state, then by case
	counts   []counts  // by state
}

func newTallies(cases, states int) *tallies {
	a := &tallies{clusters: map[string]string{}, cases: make([]who, cases), clean: make([]tally, cases)}
	for range states {
		a.faulty = append(a.faulty, make([]tally, cases))
		a.counts = append(a.counts, counts{kinds: map[flow.HandoffKind]*KindCount{}, why: map[string]int{}})
	}
	return a
}

// add takes in a case that was tried to its end, by several goroutines.
func (a *tallies) add(at int, c *flow.Case, clean *trial, faulty []*trial) {
	a.clean[at] = tallyOf(clean)
	for i, t := range faulty {
		a.faulty[i][at] = tallyOf(t)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	cluster, ok := a.clusters[c.Cluster]
	if !ok {
		cluster = strings.Clone(c.Cluster)
		a.clusters[cluster] = cluster
	}
	a.cases[at] = who{strings.Clone(c.ID), cluster, c.Weight} // not the row that they came in
	if !clean.judged.Measured {
		return
	}
	for i, t := range faulty {
		a.counts[i].add(clean, t)
	}
}

func (c *counts) add(clean, t *trial) {
	if !t.judged.Measured {
		c.why[t.why]++
		return
	}
	c.failedTries += int(t.failedTries)
	c.givenUp += int(t.givenUp)
	for _, k := range clean.kinds {
		c.kind(k).Clean++
	}
	for _, k := range t.kinds {
		c.kind(k).Fault++
	}
}

func (c *counts) kind(k flow.HandoffKind) *KindCount {
	if c.kinds[k] == nil {
		c.kinds[k] = &KindCount{Kind: k}
	}
	return c.kinds[k]
}

// paired are the cases that tell of faults: those that could be tried clean.
type paired struct {
	*tallies
	at      []int   // places of the cases
	cluster []int32 // of each; nil where cases are independent
	weight  []float64
	ids     []string
	clean   score.DesignVectors
}

// unit is what the i-th case is in: its cluster, or itself where cases are
// independent.
func (p *paired) unit(i int) int32 {
	if p.cluster == nil {
		return int32(i)
	}
	return p.cluster[i]
}

// paired gives the cases that were tried, and of them those that were measured.
func (a *tallies) paired(clustered bool) (tried int, p *paired) {
	p = &paired{tallies: a}
	numbers := map[string]int32{}
	for i := range a.cases {
		c := &a.cases[i]
		if c.id == "" {
			continue
		}
		tried++
		if !a.clean[i].is(measured) {
			continue
		}
		p.at, p.ids, p.weight = append(p.at, i), append(p.ids, c.id), append(p.weight, c.weight)
		if clustered {
			if _, ok := numbers[c.cluster]; !ok {
				numbers[c.cluster] = int32(len(numbers))
			}
			p.cluster = append(p.cluster, numbers[c.cluster])
		}
	}
	p.clean = p.vectors(a.clean)
	return tried, p
}

func (p *paired) vectors(of []tally) score.DesignVectors {
	var v score.DesignVectors
	for _, at := range p.at {
		g := of[at].judgement()
		v.Case(&g)
	}
	return v
}

// alone are the clean figures, as design 0 of a result.
func (p *paired) alone(seed uint64) *score.Result {
	return &score.Result{
		Cases: len(p.at), Repeats: 1, Seed: seed, Complete: true,
		Designs: []score.Design{{Name: "clean", Baseline: true}},
		Vectors: &score.Vectors{Cases: p.ids, Cluster: p.cluster, Weight: p.weight, Designs: []score.DesignVectors{p.clean}},
	}
}

// beside are a state's figures beside the clean ones: designs 1 and 0 of a result.
func (p *paired) beside(state int, seed uint64) *score.Result {
	r := p.alone(seed)
	r.Designs = append(r.Designs, score.Design{Name: "fault"})
	r.Vectors.Designs = append(r.Vectors.Designs, p.vectors(p.faulty[state]))
	return r
}
