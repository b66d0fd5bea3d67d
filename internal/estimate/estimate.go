// Package estimate says what a run will call, spend and take, from the calls
// that its steps would make and what stored answers teach about their models.
package estimate

import (
	"math"
	"sync"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/llm"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// What is assumed of a model of which nothing is stored. English text has about
// four bytes a token.
var assumed = llm.Experience{
	PerByte: llm.Spread{P10: 0.2, Mean: 0.25, P90: 0.4},
	Out:     llm.Spread{P10: 16, Mean: 256, P90: 1024},
	Latency: llm.Spread{P10: 0.3, Mean: 2, P90: 10},
}

// Step is what the calls of one step come to.
type Step struct {
	Design  string       `json:"design"`
	Step    string       `json:"step"`
	Terms   flow.Terms   `json:"terms"`
	Learnt  int          `json:"learnt_from"` // stored answers; 0 where figures are assumed
	Untimed bool         `json:"untimed"`     // no stored answer tells how long one takes: the latency is assumed
	Stored  int          `json:"stored"`      // calls that stored answers save
	Calls   record.Range `json:"calls"`       // to be made
	In      record.Range `json:"tokens_in"`
	Out     record.Range `json:"tokens_out"`
	Money   record.Range `json:"money"`
	Seconds record.Range `json:"seconds"` // by itself

	node  int
	known llm.Experience
	once  int   // calls before any case
	first int64 // their bytes
	had   int   // such calls that stored answers save
	sent  int64 // bytes of the calls that are certain
	sure  int   // calls that are certain
	maybe int   // calls of cases that may get as far
}

// Design collects the calls that one design would make.
type Design struct {
	mu     sync.Mutex
	Steps  []*Step // in the order of the design
	byName map[string]int
	cases  map[trial]*reached
	asked  map[string]bool // questions, each counted once
}

type trial struct {
	name   string
	repeat int
}

// reached is how far a case gets before an answer is needed that is not stored.
type reached struct {
	asked map[int]bool // steps by position that were asked about
	stuck int          // position of the last step without an answer; -1 for none
}

// NewDesign begins an estimate.
func NewDesign() *Design {
	return &Design{byName: map[string]int{}, cases: map[trial]*reached{}, asked: map[string]bool{}}
}

// AddStep adds a step that makes calls. Steps are added in the design's order.
func (d *Design) AddStep(design, name string, t flow.Terms, known llm.Experience) {
	s := &Step{Design: design, Step: name, Terms: t, Learnt: known.Answers, known: known, node: len(d.Steps)}
	if known.Answers == 0 {
		s.known = assumed
	}
	if t.Embeds || t.PerCall > 0 {
		s.known.Out = llm.Spread{}
	}
	if s.known.Latency == (llm.Spread{}) { // batches teach nothing of it
		s.known.Latency, s.Untimed = assumed.Latency, true
	}
	if t.PerCall > 0 {
		s.known.PerByte = llm.Spread{}
	}
	if most := float64(t.MaxTokens); most > 0 {
		o := &s.known.Out
		if known.Answers == 0 {
			o.P90 = most
		}
		o.P10, o.Mean, o.P90 = min(o.P10, most), min(o.Mean, most), min(o.P90, most)
	}
	d.byName[name] = s.node
	d.Steps = append(d.Steps, s)
}

// Add counts a call. It may be used by many goroutines.
func (d *Design) Add(c flow.Call) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at, known := d.byName[c.Step]
	if !known {
		return
	}
	if !c.Learning && c.Case != "" {
		d.reach(trial{c.Case, c.Repeat}, at, c.Stored)
	}
	if question := c.Step + " " + c.Question; c.Question != "" {
		if d.asked[question] {
			return
		}
		d.asked[question] = true
	}
	s := d.Steps[at]
	switch before := c.Learning || c.Case == ""; {
	case before && c.Stored:
		s.had++
	case before:
		s.once, s.first = s.once+1, s.first+int64(c.Bytes)
	case c.Stored:
		s.Stored++
	default:
		s.sure++
		s.sent += int64(c.Bytes)
	}
}

// reach takes note of how far a case gets.
func (d *Design) reach(of trial, at int, stored bool) {
	r := d.cases[of]
	if r == nil {
		r = &reached{asked: map[int]bool{}, stuck: -1}
		d.cases[of] = r
	}
	r.asked[at] = true
	if !stored {
		r.stuck = max(r.stuck, at)
	}
}

// Finish works out every step. So many cases are worked on at once, and each
// case that calls were added of stands for so many.
func (d *Design) Finish(parallel int, each float64) {
	for _, r := range d.cases {
		for at, s := range d.Steps {
			if r.stuck >= 0 && at > r.stuck && !r.asked[at] {
				s.maybe++
			}
		}
	}
	sent, sure := int64(0), 0
	for _, s := range d.Steps {
		sent, sure = sent+s.sent, sure+s.sure
	}
	for _, s := range d.Steps {
		mean := 0.0
		switch {
		case s.sure > 0:
			mean = float64(s.sent) / float64(s.sure)
		case sure > 0:
			mean = float64(sent) / float64(sure) // the step's own prompts are not known yet
		}
		s.finish(mean, parallel, each)
	}
}

// finish works a step out, whose possible calls send so many bytes each.
func (s *Step) finish(mean float64, parallel int, each float64) {
	s.Stored = int(math.Round(float64(s.Stored)*each)) + s.had
	certain, possible := math.Round(float64(s.sure)*each), math.Round(float64(s.maybe)*each)
	certain += float64(s.once)
	// A model that may call tools is asked again after each round, with all that
	// went before: it hardly calls none, and may use every round.
	t := &s.Terms
	again, most := float64(min(1, t.Rounds)), float64(t.Rounds)
	s.Calls = record.Range{Low: certain, Expected: (certain + possible) * (1 + again), High: (certain + possible) * (1 + most)}
	bytes := float64(s.sent)*each + float64(s.first)
	all := bytes + possible*mean
	k := &s.known
	s.In = record.Range{Low: bytes * k.PerByte.P10, Expected: all * (1 + again) * k.PerByte.Mean, High: all * (1 + most) * k.PerByte.P90}
	s.Out = times(s.Calls, k.Out)
	input, cached, output := t.Input, t.Cached, t.Output
	if t.Batches {
		input, cached, output = t.BatchInput, t.BatchCached, t.BatchOutput
	}
	in := input*(1-k.CachedShare) + cached*k.CachedShare
	s.Money = record.Range{
		Low:      s.In.Low*min(in, cached, input) + s.Out.Low*output + s.Calls.Low*t.PerCall,
		Expected: s.In.Expected*in + s.Out.Expected*output + s.Calls.Expected*t.PerCall,
		High:     s.In.High*max(input, cached) + s.Out.High*output + s.Calls.High*t.PerCall,
	}
	if t.Batches {
		return // when they are answered is up to the endpoint
	}
	if t.Concurrency > 0 {
		parallel = min(parallel, t.Concurrency)
	}
	waiting := times(s.Calls, k.Latency)
	s.Seconds = record.Range{Low: s.atLeast(waiting.Low, parallel, s.Calls.Low, s.In.Low+s.Out.Low),
		Expected: s.atLeast(waiting.Expected, parallel, s.Calls.Expected, s.In.Expected+s.Out.Expected),
		High:     s.atLeast(waiting.High, parallel, s.Calls.High, s.In.High+s.Out.High)}
}

// atLeast is how long calls take that wait so many seconds in all, within what
// the endpoint allows a minute.
func (s *Step) atLeast(waiting float64, parallel int, calls, tokens float64) float64 {
	out := waiting / math.Max(1, float64(parallel))
	if n := s.Terms.RequestsPerMinute; n > 0 {
		out = max(out, 60*calls/float64(n))
	}
	if n := s.Terms.TokensPerMinute; n > 0 {
		out = max(out, 60*tokens/float64(n))
	}
	return out
}

func times(n record.Range, s llm.Spread) record.Range {
	return record.Range{Low: n.Low * s.P10, Expected: n.Expected * s.Mean, High: n.High * s.P90}
}

// Total adds up steps, which wait for one another.
func Total(steps []*Step) record.Estimate {
	var e record.Estimate
	for _, s := range steps {
		e.Calls = e.Calls.Plus(s.Calls)
		e.TokensIn = e.TokensIn.Plus(s.In)
		e.TokensOut = e.TokensOut.Plus(s.Out)
		e.Money = e.Money.Plus(s.Money)
		e.Seconds = e.Seconds.Plus(s.Seconds)
		e.Stored += s.Stored
	}
	return e
}
