package split

import (
	"context"
	"fmt"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

// row is what the card makes of a row, and its label.
type row struct {
	flow.Case
	label string
}

func walk(ctx context.Context, card *dataset.Card, label string, each func(*row) error) error {
	rows, err := card.Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	column := -1
	if label != "" {
		if column = slices.Index(rows.Columns(), label); column < 0 {
			return fmt.Errorf("%s has no column %q (%s)", card.Sources[0], label, diag.Suggest(label, rows.Columns()))
		}
	}
	return rows.Each(ctx, func(i int) (err error) {
		var r row
		if r.Case, err = rows.Head(i); err != nil {
			return err
		}
		if column >= 0 {
			r.label = rows.Text(i, column)
		}
		return each(&r)
	})
}
