// Package race watches a run while it goes on: it judges the trials of cases
// that come in random order, and takes out designs that another has beaten by
// evidence that may be looked at after every case ([stats.Race]).
package race

import (
	"context"
	"errors"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/replay"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Decided is the value of [record.Race.StopWhen] that ends a run when one
// design is left.
const Decided = "decided"

// Units and methods of a race, as its record names them.
const (
	caseUnit, clusterUnit = "case", "cluster"

	discordantCases = "one-sided e-values of the cases that one of two designs got right"
	bettingOnMeans  = "betting on the mean differences of units"
)

// Race is one run being raced. It implements [replay.Race].
type Race struct {
	record  *record.Race
	designs []string
	repeats int
	judge   score.Judge
	stats   *stats.Race

	running []bool // in this round
	over    bool
	cases   int64
	units   int
	unit    unit
	result  record.RaceResult
}

// unit is the case or cluster being added up.
type unit struct {
	name  string
	begun bool
	sums  []float64 // by pair, a*designs+b: differences over the cases known under both
	cases []int
}

// New starts a race of the header's designs, of which at least two are needed,
// and writes into the header what it goes by. Of is how many cases there are to
// replay.
func New(h *record.Header, w *design.Workflow, card *dataset.Card, chance float64, stopWhen string, of int64) (*Race, error) {
	h.Data.Order = record.RandomOrder
	h.Race = &record.Race{
		Metric: score.SystemAccuracy, Error: chance, Unit: caseUnit, Method: discordantCases, StopWhen: stopWhen, Of: of,
	}
	if card.Cluster != "" {
		h.Race.Unit = clusterUnit
	}
	if card.Cluster != "" || h.Repeats > 1 {
		h.Race.Method = bettingOnMeans
	}
	return start(h, w, card)
}

// start begins the race that the header describes.
func start(h *record.Header, w *design.Workflow, card *dataset.Card) (*Race, error) {
	if card.Weight != "" {
		return nil, dataset.Fault("%s: cases with weights (column %q) cannot be raced: evidence counts units alike", card.File, card.Weight)
	}
	n := len(h.Designs)
	r := &Race{
		record: h.Race, repeats: h.Repeats, judge: score.NewJudge(w, card, h.Seed), running: make([]bool, n),
		unit: unit{sums: make([]float64, n*n), cases: make([]int, n*n)},
	}
	for i, d := range h.Designs {
		r.designs, r.running[i] = append(r.designs, d.Name), true
	}
	begin := stats.NewRace
	if h.Race.Method == bettingOnMeans {
		begin = stats.NewGradedRace
	}
	var err error
	if r.stats, err = begin(n, h.Race.Error); err != nil {
		return nil, err
	}
	h.Race.Limit = r.stats.Limit()
	return r, nil
}

// Resume is the race of a run that goes on under the header h, brought to where
// it was by the first so many cases of its record, or all of them.
func Resume(ctx context.Context, h *record.Header, run *record.Run, w *design.Workflow, card *dataset.Card, cases int64) (*Race, error) {
	r, err := start(h, w, card)
	if err != nil {
		return nil, err
	}
	var current *flow.Case
	var marks []replay.Mark
	enough := errors.New("enough")
	err = score.Walk(ctx, run, w, card, dataset.Request{}, func(t *flow.Trial, c *flow.Case, first bool) error {
		if r.cases == cases {
			return enough
		}
		if first {
			current, marks = c, marks[:0]
		}
		if marks = append(marks, r.Judge(t, current)); len(marks) == len(r.designs)*r.repeats {
			r.Add(current, marks)
		}
		return nil
	})
	if err != nil && !errors.Is(err, enough) {
		return nil, err
	}
	return r, nil
}

// Cases is how many cases the race has seen.
func (r *Race) Cases() int64 { return r.cases }

// Judge says whether the trial's final result is right, people's part included.
func (r *Race) Judge(t *flow.Trial, c *flow.Case) replay.Mark {
	switch g := r.judge.Judge(t, c.Label); g.Right {
	case score.Yes:
		return replay.Mark{Value: 1, Known: true}
	case score.No:
		return replay.Mark{Known: true}
	}
	return replay.Mark{}
}

// Running says which designs go on with the next round.
func (r *Race) Running() (running []bool, over bool) { return slices.Clone(r.running), r.over }

// Add takes in the next case.
func (r *Race) Add(c *flow.Case, marks []replay.Mark) {
	name := c.ID
	if r.record.Unit == clusterUnit {
		name = c.Cluster
	}
	if r.unit.begun && r.unit.name != name {
		r.endUnit()
	}
	r.unit.name, r.unit.begun = name, true
	r.cases++
	for a := range r.designs {
		for b := range r.designs[:a] {
			x, knownA := mean(marks[a*r.repeats : (a+1)*r.repeats])
			y, knownB := mean(marks[b*r.repeats : (b+1)*r.repeats])
			if knownA && knownB {
				r.unit.sums[b*len(r.designs)+a] += y - x
				r.unit.cases[b*len(r.designs)+a]++
			}
		}
	}
	if r.record.Unit == caseUnit {
		r.endUnit()
	}
	if r.cases%replay.RoundCases == 0 {
		r.endRound()
	}
}

// mean is the mean over the repeats that tell.
func mean(marks []replay.Mark) (float64, bool) {
	sum, n := 0.0, 0
	for _, m := range marks {
		if m.Known {
			sum += m.Value
			n++
		}
	}
	if n == 0 {
		return 0, false
	}
	return sum / float64(n), true
}

// endUnit gives a whole unit to the evidence.
func (r *Race) endUnit() {
	told := false
	dropped, err := r.stats.Add(func(a, b int) stats.Number {
		at := a*len(r.designs) + b
		if r.unit.cases[at] == 0 {
			return stats.Number{}
		}
		told = true
		return stats.Num(r.unit.sums[at] / float64(r.unit.cases[at]))
	})
	if err != nil {
		panic(err) // means of right and wrong lie between 0 and 1
	}
	if told {
		r.units++
	}
	for _, d := range dropped {
		r.result.Dropped = append(r.result.Dropped, r.beaten(d))
	}
	clear(r.unit.sums)
	clear(r.unit.cases)
	r.unit.begun = false
}

// endRound makes what the round showed take effect.
func (r *Race) endRound() {
	for i := range r.result.Dropped {
		if d := &r.result.Dropped[i]; d.Cases == 0 {
			d.Cases = r.cases
			r.running[slices.Index(r.designs, d.Design)] = false
		}
	}
	r.over = r.record.StopWhen == Decided && len(r.stats.Live()) == 1
}

// Finish writes what came of the race into the record, once all cases are
// replayed or it is over.
func (r *Race) Finish() {
	if r.unit.begun && !r.over {
		r.endUnit() // the last cluster is whole
	}
	r.endRound()
	out := r.result
	out.Dropped = append([]record.Beaten{}, out.Dropped...)
	out.Units, out.Stopped = r.units, r.cases < r.record.Of
	for _, i := range r.stats.Live() {
		out.Live = append(out.Live, r.designs[i])
		if loss, ok := r.stats.Worst(i); ok && loss.Mean.Value > 0 {
			b := r.beaten(loss)
			b.Cases = r.cases
			out.Undecided = append(out.Undecided, b)
		}
	}
	r.record.Result = &out
}

func (r *Race) beaten(l stats.Loss) record.Beaten {
	return record.Beaten{
		Design: r.designs[l.Design], By: r.designs[l.By], Units: l.Units, Wins: l.Wins, Losses: l.Losses,
		Difference: l.Mean.Value, LogE: l.Log,
	}
}
