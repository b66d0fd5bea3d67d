package replay

import (
	"cmp"
	"context"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// examples are what a step would receive from the given cases, with the gold
// value that it learns; of more than the given number, some drawn by their ids.
// They are held in memory.
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
	err = f.card.Each(ctx, request, func(c *flow.Case) error {
		if !wanted(c) {
			return nil
		}
		message, ok, err := f.worker.Reach(f.job.private(ctx, c), c, n.Index, fold)
		if err == nil && ok {
			out = append(out, flow.Example{Case: c.ID, Cluster: c.Cluster, In: message, Gold: gold(c.Label)})
		}
		return err
	})
	return out, err
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
