package dataset

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
)

// Order gives cases in an order drawn at random by a seed: clusters one after
// the other, each with its cases as they come in the sources. It depends on
// nothing but the seed and the names of the clusters, which are the ids of the
// cases where there are none; Limit keeps the first of this order. Case.Index
// stays the place in the sources.
type Order struct{ Seed uint64 }

// orderedAtOnce is how many cases are held in memory at once: the sources are
// read again for every so many, and once before to draw the order.
const orderedAtOnce = 1 << 15

// ordered reads cases in a drawn order.
type ordered struct {
	atOnce int
	todo   []drawnCase // in order, those not held yet
	held   []flow.Case // in order
}

// drawnCase is a case by its place in the drawn order.
type drawnCase struct {
	draw  float64 // of its cluster
	key   Key     // of its cluster, to tell those of one draw apart
	index int64
}

// orderSalt keeps the order apart from a split by hash of the same seed.
const orderSalt = 0x5ca1ab1e

// drawOrder reads which cases a request asks for and puts them in order.
func (c *Card) drawOrder(ctx context.Context, r Request) ([]drawnCase, error) {
	seed, limit := r.Order.Seed^orderSalt, r.Limit
	r.WantInput, r.WantLabels, r.WantRecorded, r.Order, r.Limit = false, false, false, nil, 0
	var all []drawnCase
	err := c.Each(ctx, r, func(k *flow.Case) error {
		key := KeyOf(k.Cluster)
		all = append(all, drawnCase{key.Draw(seed), key, k.Index})
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b drawnCase) int {
		return cmp.Or(cmp.Compare(a.draw, b.draw), cmp.Compare(a.key, b.key), cmp.Compare(a.index, b.index))
	})
	if limit > 0 && int64(len(all)) > limit {
		all = all[:limit]
	}
	return all, nil
}

// next gives the next cases of the order.
func (o *ordered) next(ctx context.Context, r *Reader, cases []flow.Case) (int, error) {
	if o.todo == nil {
		if err := r.Close(); err != nil {
			return 0, err
		}
		var err error
		if o.todo, err = r.card.drawOrder(ctx, r.req); err != nil {
			return 0, err
		}
	}
	n := 0
	for n < len(cases) {
		if len(o.held) == 0 {
			if len(o.todo) == 0 {
				return n, io.EOF
			}
			if err := o.hold(ctx, r); err != nil {
				return n, err
			}
		}
		got := copy(cases[n:], o.held)
		clear(o.held[:got])
		o.held = o.held[got:]
		n += got
	}
	return n, nil
}

// hold reads the next cases into memory.
func (o *ordered) hold(ctx context.Context, r *Reader) error {
	now := o.todo[:min(len(o.todo), o.atOnce)]
	o.todo = o.todo[len(now):]
	request := r.req
	request.Order, request.Limit, request.Every, request.SkipTo = nil, 0, 0, 0
	reader, err := r.card.open(request)
	if err != nil {
		return err
	}
	defer reader.Close()
	place := make(map[int64]int, len(now))
	reader.only = make(map[int64]bool, len(now))
	for i, c := range now {
		place[c.index], reader.only[c.index] = i, true
	}
	o.held = make([]flow.Case, len(now))
	got := 0
	err = reader.each(ctx, func(k *flow.Case) error {
		o.held[place[k.Index]] = *k
		got++
		return nil
	})
	if err == nil && got < len(now) {
		err = fmt.Errorf("%s: its sources changed while they were read", r.card.File)
	}
	return err
}
