package inspect

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/dataset"
)

// Run inspects the rows behind a card, which may be a bare one.
func Run(ctx context.Context, card *dataset.Card) (*Result, error) {
	rows, err := card.Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	profiles := make([]*profile, len(rows.Columns()))
	for i, name := range rows.Columns() {
		profiles[i] = newProfile(name)
	}
	r := &Result{Dataset: card.Name, Card: card.File, Sources: card.Sources}
	if err := each(ctx, rows, func(i int) {
		r.Rows++
		for c, p := range profiles {
			p.add(rows.Value(i, c), rows.Text(i, c))
		}
	}); err != nil {
		return nil, err
	}
	for _, p := range profiles {
		r.Columns = append(r.Columns, p.done())
	}
	return r, nil
}

// each visits all rows, by their places in the batch.
func each(ctx context.Context, rows *dataset.Rows, visit func(i int)) error {
	for {
		n, err := rows.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for i := range n {
			visit(i)
		}
	}
}

// top are the most frequent values, at most n; equally frequent ones by name.
func top(values map[string]int64, n int) []Count {
	var out []Count
	for v, c := range values {
		out = append(out, Count{v, c})
	}
	slices.SortFunc(out, func(a, b Count) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value)) })
	return out[:min(n, len(out))]
}
