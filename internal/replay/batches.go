package replay

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// mostPasses bounds the passes of a replay that asks in batches. A question
// hangs on the answers before it: each step, round and repair is a pass more.
const mostPasses = 100

// errGathering ends a pass in which a step cannot learn yet: what it would
// learn from is not answered.
var errGathering = errors.New("questions are to be asked first")

// askInBatches replays the job's cases as far as stored answers go, asks for
// what is missing in batches, and begins again, until nothing is missing. What
// it replays goes into records of no use: the job's own is then written from
// stored answers alone, and is the same as if each had been asked for by
// itself.
func askInBatches(ctx context.Context, job *Job) error {
	told := job.Stage
	if told == nil {
		told = func(string) {}
	}
	for pass := 1; ; pass++ {
		if pass > mostPasses {
			return flow.Stopf("after %d passes there are still new questions: those of a case differ each time that it is replayed", mostPasses)
		}
		asked, err := gather(ctx, job, func(text string) { told(fmt.Sprintf("pass %d: %s", pass, text)) })
		if err != nil || asked == 0 {
			return err
		}
	}
}

// gather is one pass. It gives how many questions were asked.
func gather(ctx context.Context, job *Job, told func(string)) (asked int, err error) {
	w, remove, err := job.Scratch()
	if err != nil {
		return 0, err
	}
	defer remove()
	once := *job
	once.Writer, once.Batches, once.Scratch, once.Progress = w, flow.Gather, nil, nil
	once.After = func(ctx context.Context, _ []*engine.Runner) (err error) {
		asked, err = once.collect(ctx, told)
		return err
	}
	err = Run(ctx, &once)
	return asked, err
}

// collect has all steps ask what they gathered, at the same time.
func (job *Job) collect(ctx context.Context, told func(string)) (int, error) {
	var steps []flow.Batcher
	for _, p := range job.Plans {
		steps = append(steps, batchers(p)...)
	}
	questions := make([]int, len(steps))
	group, within := errgroup.WithContext(ctx)
	for i, s := range steps {
		group.Go(func() (err error) {
			questions[i], err = s.Collect(within, told)
			return err
		})
	}
	err := group.Wait()
	sum := 0
	for _, n := range questions {
		sum += n
	}
	return sum, err
}

// batchers are the steps of a plan that ask in batches.
func batchers(p *design.Plan) []flow.Batcher {
	var out []flow.Batcher
	for n := range p.Working() {
		if b, ok := n.Step.(flow.Batcher); ok && b.Batches() {
			out = append(out, b)
		}
	}
	return out
}

// Batched says whether a step of the plans asks in batches.
func Batched(plans []*design.Plan) bool {
	return slices.ContainsFunc(plans, func(p *design.Plan) bool { return len(batchers(p)) > 0 })
}

// incomplete says that steps of the plan have gathered questions.
func (f *fitting) incomplete() bool {
	return f.job.Batches == flow.Gather && slices.ContainsFunc(batchers(f.plan), func(b flow.Batcher) bool { return b.Waiting() > 0 })
}
