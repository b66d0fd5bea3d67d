package replay

import (
	"context"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// RoundCases is how many cases are replayed between two looks at a race. Plans
// leave between rounds, so that who replays a case does not depend on how many
// cases are worked on at once.
const RoundCases = 4 * blockCases

// Mark is what a trial counts in a race; Known is false where nothing tells.
type Mark struct {
	Value float64
	Known bool
}

// Race decides which plans go on. A plan that does not leaves a trial that was
// not measured in every case that follows.
type Race interface {
	// Judge says what a trial counts. Several goroutines may call it at once.
	Judge(t *flow.Trial, c *flow.Case) Mark
	// Add takes in a case with the marks of every plan, those of its repeats
	// side by side. Cases come in order.
	Add(c *flow.Case, marks []Mark)
	// Running says which plans go on with the next round; over that none does.
	Running() (running []bool, over bool)
}

// rounds holds the reader back at the end of each round until all its cases
// are judged.
type rounds struct {
	race    Race
	running []bool          // in this round
	blocks  int             // read
	written <-chan struct{} // closed when the last of them is judged
}

// begin says whether another block is to be read. Blocks that the record holds
// are, whatever came of the race since.
func (r *rounds) begin(ctx context.Context, held bool) (more bool, err error) {
	if r.race == nil || held || r.running != nil && r.blocks%(RoundCases/blockCases) != 0 {
		return true, nil
	}
	if r.written != nil {
		select {
		case <-r.written:
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
	var over bool
	r.running, over = r.race.Running()
	return !over, nil
}

// enter puts a block that was read into the round.
func (r *rounds) enter(b *block) {
	if r.race == nil {
		return
	}
	r.blocks++
	r.written = nil
	if !b.keep {
		return
	}
	b.running, b.written = r.running, make(chan struct{})
	r.written = b.written
	if b.marks == nil {
		b.marks = make([][]Mark, blockCases)
	}
}

// leaveOut makes the trial of a plan that is out of the race.
func (w *worker) leaveOut(c *flow.Case, plan, repeat int, input uint64) {
	w.trial = flow.Trial{
		Case: c.ID, Index: c.Index, Time: c.Time, Cluster: c.Cluster, Weight: c.Weight, Tags: c.Tags,
		Design: w.r.job.Plans[plan].Design.Name, Repeat: repeat, InputDigest: input,
		Status: flow.NotMeasured, Reason: record.RaceDropped,
	}
	if w.r.job.Progress != nil {
		w.r.job.Progress[plan].count(&w.trial)
	}
}
