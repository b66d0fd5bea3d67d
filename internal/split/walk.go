package split

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	for {
		n, err := rows.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for i := range n {
			var r row
			if r.Case, err = rows.Head(i); err != nil {
				return err
			}
			if column >= 0 {
				r.label = rows.Text(i, column)
			}
			if err := each(&r); err != nil {
				return err
			}
		}
	}
}
