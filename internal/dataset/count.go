package dataset

import (
	"context"
	"errors"
	"io"

	"github.com/rehearse-dev/rehearse/flow"
)

// Count is how many cases a request asks for. Only the columns that the
// request chooses by are read.
func (c *Card) Count(ctx context.Context, r Request) (int64, error) {
	r.WantInput, r.WantLabels, r.WantRecorded, r.Order = false, false, false, nil
	var cases int64
	err := c.Each(ctx, r, func(*flow.Case) error { cases++; return nil })
	return cases, err
}

// Repeats is how many recorded repeats the case with the most of them has: 1
// where the card names no repeat column.
func (c *Card) Repeats(ctx context.Context) (int, error) {
	if c.Repeat == "" {
		return 1, nil
	}
	most := 1
	err := c.Each(ctx, Request{WantRecorded: true, Recorded: flow.NewSchema()}, func(k *flow.Case) error { most = max(most, len(k.Recorded)); return nil })
	return most, err
}

// Each calls each with every case of a request, until it gives an error. A case is
// valid until it returns; its values are its own.
func (c *Card) Each(ctx context.Context, request Request, each func(*flow.Case) error) error {
	r, err := c.Open(request)
	if err != nil {
		return err
	}
	defer r.Close()
	return r.each(ctx, each)
}

// each reads on to the end.
func (r *Reader) each(ctx context.Context, each func(*flow.Case) error) error {
	buf := make([]flow.Case, 256)
	for {
		n, err := r.Next(ctx, buf)
		for i := range buf[:n] {
			if err := each(&buf[i]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
