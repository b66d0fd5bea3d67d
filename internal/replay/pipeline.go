package replay

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// pipeline reads blocks in order, works on several at once, and writes them
// in order.
func (r *run) pipeline(ctx context.Context) error {
	job := r.job
	blocksAtOnce := job.Parallel
	if r.fanOut {
		blocksAtOnce = job.Parallel/blockCases + 2
	}
	// Blocks that wait for a straggler before them are bounded by this window.
	window := 4*blocksAtOnce + 4
	group, gctx := errgroup.WithContext(ctx)
	todo := make(chan *block)
	ordered := make(chan *block, window)
	free := make(chan *block, window+blocksAtOnce+2)
	slots := semaphore.NewWeighted(int64(job.Parallel))

	group.Go(func() error {
		defer close(ordered)
		defer close(todo)
		return r.read(gctx, todo, ordered, free)
	})
	for range blocksAtOnce {
		group.Go(func() error {
			for b := range todo {
				if err := r.work(gctx, b, slots); err != nil {
					return err
				}
				close(b.done)
			}
			return nil
		})
	}
	group.Go(func() error {
		for b := range ordered {
			select {
			case <-b.done:
			case <-gctx.Done():
				// Blocks that are done already are still kept, in order.
				select {
				case <-b.done:
				default:
					return gctx.Err()
				}
			}
			r.cases += int64(len(b.cases))
			for _, sum := range b.sums[:len(b.cases)] {
				r.inputs.Write(binary.LittleEndian.AppendUint64(nil, sum))
			}
			if b.keep {
				if err := job.Writer.Write(b.chunk, len(b.cases)); err != nil {
					return err
				}
				if job.Race != nil {
					for i := range b.cases {
						job.Race.Add(&b.cases[i], b.marks[i])
					}
					close(b.written)
				}
			}
			select {
			case free <- b:
			default:
			}
		}
		return nil
	})
	err := group.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// read fills blocks with cases.
func (r *run) read(ctx context.Context, todo, ordered chan<- *block, free <-chan *block) error {
	request := r.job.Request
	request.WantInput = true
	request.Input = r.job.Plans[0].Workflow.Input
	request.Outcome = r.job.Plans[0].Workflow.Outcome
	for _, p := range r.job.Plans {
		request.WantRecorded = request.WantRecorded || readsRecorded(p)
		request.WantLabels = request.WantLabels || asksPeople(p)
	}
	request.WantLabels = request.WantLabels || len(r.job.Oracles) > 0
	if request.WantRecorded {
		request.Recorded = design.RecordedFields(r.job.Plans...)
	}
	reader, err := r.job.Card.Open(request)
	if err != nil {
		return err
	}
	defer reader.Close()
	var earlier *recallReader
	if r.job.Recall != nil {
		earlier = newRecallReader(r.job.Recall, request.Outcome)
		defer earlier.stop()
	}
	skip := r.job.Skip
	race := rounds{race: r.job.Race}
	for {
		if more, err := race.begin(ctx, skip > 0); err != nil || !more {
			return err
		}
		var b *block
		select {
		case b = <-free:
			b.chunk.Reset()
		default:
			b = r.newBlock(request.Outcome)
		}
		b.cases = b.cases[:blockCases]
		n, err := fill(ctx, reader, b.cases)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if n == 0 {
			return nil
		}
		b.cases, b.done = b.cases[:n], make(chan struct{})
		b.keep = skip < int64(n)
		skip -= int64(n)
		if b.keep && skip+int64(n) > 0 {
			return fmt.Errorf("the record ends inside a block: %d cases", r.job.Skip)
		}
		race.enter(b)
		if earlier != nil {
			b.recalled = b.recalled[:0]
			for i := range b.cases {
				trials, err := earlier.of(&b.cases[i])
				if err != nil {
					return err
				}
				b.recalled = append(b.recalled, trials)
			}
		}
		for _, ch := range []chan<- *block{ordered, todo} {
			select {
			case ch <- b:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err != nil {
			return nil
		}
	}
}

func (r *run) newBlock(outcome *flow.Schema) *block {
	return &block{
		cases:  make([]flow.Case, blockCases),
		sums:   make([]uint64, blockCases),
		arenas: make([][]byte, blockCases),
		chunk:  record.NewChunk(outcome, r.job.Writer.Header().Data.Tags),
	}
}

// fill reads until cases is full or the end.
func fill(ctx context.Context, reader *dataset.Reader, cases []flow.Case) (int, error) {
	n := 0
	for n < len(cases) {
		got, err := reader.Next(ctx, cases[n:])
		n += got
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// work replays the cases of a block, one after the other, or side by side
// where they wait for something outside, and puts their trials into the chunk
// in order.
func (r *run) work(ctx context.Context, b *block, slots *semaphore.Weighted) error {
	if !b.keep {
		w := r.borrow()
		defer r.give(w)
		for i := range b.cases {
			b.sums[i] = w.inputDigest(&b.cases[i])
		}
		return nil
	}
	if !r.fanOut {
		w := r.borrow()
		defer r.give(w)
		for i := range b.cases {
			if err := w.replay(ctx, b, i, b.add); err != nil {
				return err
			}
		}
		return nil
	}
	type timed struct {
		trial *flow.Trial
		wall  time.Duration
		steps []flow.Timing
	}
	trials := make([][]timed, len(b.cases))
	group, gctx := errgroup.WithContext(ctx)
	for i := range b.cases {
		if slots.Acquire(gctx, 1) != nil {
			break
		}
		group.Go(func() error {
			defer slots.Release(1)
			w := r.borrow()
			defer r.give(w)
			return w.replay(gctx, b, i, func(t *flow.Trial, wall time.Duration, steps []flow.Timing) {
				kept := *t
				*t = flow.Trial{} // its slices stay with the kept one
				trials[i] = append(trials[i], timed{&kept, wall, slices.Clone(steps)})
			})
		})
	}
	err := group.Wait()
	if err == nil {
		err = ctx.Err()
	}
	for _, done := range trials {
		for _, t := range done {
			b.add(t.trial, t.wall, t.steps)
		}
	}
	return err
}

func (b *block) add(t *flow.Trial, wall time.Duration, steps []flow.Timing) {
	b.chunk.Add(t)
	// One stored answer is enough to make the trial's time no measurement of
	// what it takes.
	whole := flow.Timing{Case: t.Case, Design: t.Design, Variant: t.Variant, Repeat: t.Repeat, Wall: wall}
	for _, s := range steps {
		whole.Cached = whole.Cached || s.Cached
		whole.Spent += s.Spent
	}
	b.chunk.AddTiming(whole)
	for _, s := range steps {
		b.chunk.AddTiming(s)
	}
}
