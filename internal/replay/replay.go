// Package replay runs labelled historical cases in bulk through designs and
// writes the run record. It judges nothing.
package replay

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// blockCases is how many cases make a block, the unit of work and of writing.
// Pages of a segment are cut between blocks, so this number is part of the
// record's format: bytes do not depend on how the work was shared out.
const blockCases = record.BlockCases

// waitingCases is how many cases are worked on at once where most of them wait
// for an answer from outside: more than a small machine has cores, and no burst
// that an endpoint would refuse.
const waitingCases = 16

// Job is one replay.
type Job struct {
	Plans []*design.Plan
	Card  *dataset.Card
	// Learn is the dataset that steps learn from; nil for Card.
	Learn *dataset.Card
	// Fitted says which plans' steps have learnt already; aligned with Plans, nil
	// for none.
	Fitted []bool
	// Oracles are variants that run beside each plan as written; aligned with
	// Plans, nil for none. What they need of step labels is in Request.Steps.
	Oracles [][]engine.Oracle
	// Beside are the plans that are variants of one before them, such as one
	// with a step of another design; aligned with Plans, nil for none.
	Beside []Beside
	// Restated are variants of every plan that run beside it on an input that
	// says the same otherwise; nil for none.
	Restated []Restated
	// Recall is an earlier run to take steps' answers from; nil for none.
	Recall  *Recall
	Request dataset.Request // which cases; what else is read of them is set by Run
	Seed    uint64
	Repeats int
	// Parallel is how many cases are worked on at once; 0 for one a core, and
	// some more where steps reach out and wait.
	Parallel int
	Writer   *record.Writer
	// Skip is the number of cases that the record holds already.
	Skip int64
	// Fits is where learnt state is kept between runs; "" for nowhere.
	Fits string
	// Dir is where steps that reach out keep what was paid for; "" for nowhere.
	Dir string
	// Private says what is personal of a case, for what steps keep beside the
	// record; nil where nothing is.
	Private func(*flow.Case) flow.Private
	// Offline forbids calls to anything outside.
	Offline bool
	// Plan is told of the calls that steps would make, and none is made; nil to
	// make them.
	Plan func(flow.Call)
	// Scratch makes a record that is of no use afterwards, and what removes it.
	// With it, steps that can ask in batches do so, in passes; nil has them ask
	// now.
	Scratch func() (w *record.Writer, remove func(), err error)
	// Batches is set by Run.
	Batches flow.Batching
	// Budget is the money for calls; nil counts nothing.
	Budget *flow.Budget
	// Progress is told how far each plan got; aligned with Plans. May be nil.
	Progress []*Progress
	// Race takes plans out while the run goes on; nil for none. It has seen the
	// cases that Skip leaves out.
	Race Race
	// After is called with the runners once all cases are replayed, before the
	// steps that reach out are closed. May be nil.
	After func(context.Context, []*engine.Runner) error
	// Stage is told what is being done before cases are replayed. May be nil.
	Stage func(string)
}

// Beside says what a plan is a variant of. The zero value is a plan as written.
type Beside struct {
	Variant string // as recorded
	Plan    int    // index of the plan as written
}

// Restated is a variant whose trials are of another input.
type Restated struct {
	Variant string // as recorded
	// Input gives the other input's values; ok is false where the case has none,
	// and then there is no trial.
	Input func(flow.Message) (values []any, ok bool)
}

// beside says what plan p is a variant of.
func (job *Job) beside(p int) Beside {
	if job.Beside == nil {
		return Beside{}
	}
	return job.Beside[p]
}

// Progress counts the trials of one plan.
type Progress struct {
	Done, Escalated, Failed, NotMeasured atomic.Int64
}

func (p *Progress) count(t *flow.Trial) {
	switch t.Status {
	case flow.Escalated:
		p.Escalated.Add(1)
	case flow.Failed:
		p.Failed.Add(1)
	case flow.NotMeasured:
		p.NotMeasured.Add(1)
	}
	p.Done.Add(1)
}

// block is a run of consecutive cases on its way from the reader to the
// writer.
type block struct {
	cases    []flow.Case
	chunk    *record.Chunk
	sums     []uint64       // input digests
	arenas   [][]byte       // JSON that the chunk points into, one a case
	recalled []recalledCase // what an earlier run holds of the cases
	keep     bool           // false for cases that the record holds already
	running  []bool         // by plan, in a race
	marks    [][]Mark       // by case, in a race: those of a plan's repeats side by side
	done     chan struct{}  // closed when chunk is filled
	written  chan struct{}  // closed when it is in the record, in a race
}

// Run replays the job's cases and completes the record's header. When ctx
// ends, the cases done so far stay in the record, the run is left interrupted,
// and the error is that of ctx.
func Run(ctx context.Context, job *Job) (err error) {
	if job.Parallel <= 0 {
		job.Parallel = Parallel(job.Plans)
	}
	if job.Repeats <= 0 {
		job.Repeats = 1
	}
	if job.Scratch != nil && Batched(job.Plans) {
		if err := askInBatches(ctx, job); err != nil {
			// What was asked is under way or stored: the run can go on.
			return errors.Join(err, job.Writer.Close(record.Interrupted))
		}
		job.Batches = flow.Gathered
	}
	runners, closeAll, err := Runners(ctx, job)
	if errors.Is(err, errGathering) {
		return errors.Join(job.After(ctx, nil), closeAll(), job.Writer.Close(record.Complete))
	}
	if stop := (*flow.StopError)(nil); errors.As(err, &stop) {
		// No case was replayed, but learning has cost something: that stays on
		// record, and the run can go on once the cause is mended.
		return errors.Join(err, job.Writer.Close(record.Interrupted))
	}
	if err != nil {
		job.Writer.Abort()
		return err
	}
	defer func() {
		if cerr := closeAll(); cerr != nil {
			err = errors.Join(err, cerr)
		}
	}()
	r := &run{job: job, runners: runners, fanOut: job.Parallel > 2*runtime.GOMAXPROCS(0), inputs: sha256.New()}
	err = r.pipeline(ctx)
	if err == nil && job.After != nil {
		err = job.After(ctx, runners)
	}
	h := job.Writer.Header()
	switch {
	case err == nil:
		h.Data.Cases = r.cases
		h.Data.Inputs = hex.EncodeToString(r.inputs.Sum(nil))
		h.Finished = time.Now().UTC().Truncate(time.Second)
		return job.Writer.Close(record.Complete)
	case ctx.Err() != nil:
		if cerr := job.Writer.Close(record.Interrupted); cerr != nil {
			return cerr
		}
		return ctx.Err()
	}
	// What is whole in the record stays; the run can be resumed once the
	// cause is mended.
	if cerr := job.Writer.Close(record.Interrupted); cerr != nil {
		return errors.Join(err, cerr)
	}
	return err
}

// Runners are the runners of a job's plans with their steps open and fitted,
// for who runs cases without recording them. closeAll closes the steps.
func Runners(ctx context.Context, job *Job) (runners []*engine.Runner, closeAll func() error, err error) {
	var learnt atomic.Bool
	if closeAll, err = open(ctx, job, &learnt); err != nil {
		return nil, nil, err
	}
	runners, err = prepare(ctx, job)
	learnt.Store(true)
	switch {
	case errors.Is(err, errGathering):
		return nil, closeAll, err // the steps have yet to ask
	case err != nil:
		return nil, nil, errors.Join(err, closeAll())
	}
	return runners, closeAll, nil
}

// Parallel is how many cases are worked on at once where nobody says.
func Parallel(plans []*design.Plan) int {
	n := runtime.GOMAXPROCS(0)
	if slices.ContainsFunc(plans, ReachesOut) {
		n = max(n, waitingCases)
	}
	return n
}

// run is the state of one pipeline.
type run struct {
	job     *Job
	runners []*engine.Runner
	fanOut  bool // cases of a block run side by side, because they wait for others
	workers sync.Pool
	cases   int64
	inputs  hash.Hash // over the input digests of all cases
}
