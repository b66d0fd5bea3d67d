package replay

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// reachedAtOnce is how many cases are read before what a step would receive from
// them is worked out, side by side.
const reachedAtOnce = 512

// examples are what a step would receive from the given cases, with the gold
// value that it learns; of more than the given number, some drawn by their ids.
// They are in the order of the cases and held in memory.
func (f *fitting) examples(ctx context.Context, n *design.Node, fitter flow.Fitter, most, fold int, splits []string, in func(*flow.Case) bool) ([]flow.Example, error) {
	gold, request, err := f.target(n, fitter.Target())
	if err != nil {
		return nil, err
	}
	request.Splits = splits
	wanted := func(c *flow.Case) bool { return in(c) && gold(c.Label) != nil }
	if most != flow.AllCases {
		if wanted, err = f.draw(ctx, n, request, most, wanted); err != nil {
			return nil, err
		}
	}
	var out []flow.Example
	var cases []flow.Case
	workers := sync.Pool{New: func() any { return f.runner.NewWorker() }}
	reach := func() error {
		reached, err := f.reached(ctx, &workers, cases, n.Index, fold)
		for i, message := range reached {
			if message != nil {
				c := &cases[i]
				out = append(out, flow.Example{Case: c.ID, Cluster: c.Cluster, In: *message, Gold: gold(c.Label)})
			}
		}
		cases = cases[:0]
		return err
	}
	err = f.card.Each(ctx, request, func(c *flow.Case) error {
		if wanted(c) {
			cases = append(cases, *c)
		}
		if len(cases) < reachedAtOnce {
			return nil
		}
		return reach()
	})
	if err == nil {
		err = reach()
	}
	return out, err
}

// reached is what a node would receive from each case; nil where the case does
// not come to it.
func (f *fitting) reached(ctx context.Context, workers *sync.Pool, cases []flow.Case, node, fold int) ([]*flow.Message, error) {
	out := make([]*flow.Message, len(cases))
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(f.parallel())
	for i := range cases {
		if gctx.Err() != nil {
			break
		}
		group.Go(func() error {
			w := workers.Get().(*engine.Worker)
			defer workers.Put(w)
			c := &cases[i]
			message, ok, err := w.Reach(f.job.private(gctx, c), c, node, fold)
			if err == nil && ok {
				out[i] = &message
			}
			return err
		})
	}
	return out, group.Wait()
}

// parallel is how many cases are worked on at once.
func (f *fitting) parallel() int {
	if f.job.Parallel > 0 {
		return f.job.Parallel
	}
	return Parallel(f.job.Plans)
}

// draw is so many of the wanted cases, by numbers drawn by their ids.
func (f *fitting) draw(ctx context.Context, n *design.Node, request dataset.Request, most int, wanted func(*flow.Case) bool) (func(*flow.Case) bool, error) {
	type drawn struct {
		number uint64
		index  int64
	}
	var all []drawn
	request.WantInput, request.WantRecorded = false, false
	err := f.card.Each(ctx, request, func(c *flow.Case) error {
		if wanted(c) {
			key := flow.Key{Seed: f.job.Seed, Case: c.ID, Step: n.Name}
			all = append(all, drawn{key.Rand("learn").Uint64(), c.Index})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b drawn) int { return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.index, b.index)) })
	chosen := make(map[int64]bool, most)
	for _, d := range all[:min(most, len(all))] {
		chosen[d.index] = true
	}
	return func(c *flow.Case) bool { return chosen[c.Index] }, nil
}
