// Package convert writes the rows behind a card as Parquet, CSV or JSONL.
//
// Types are kept: those that Parquet declares, and those that the values of
// JSONL have. Of CSV, and of texts in JSONL that are dates or times, they are
// found in a first walk over all rows: a column gets a type only where every
// value is written back as the same value. Lists and records stand in CSV as
// JSON. Memory does not depend on the number of rows.
//
// What cannot be kept: CSV has one empty field for an absent value and an empty
// text; a time of another zone becomes UTC.
package convert

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

// Options say which rows to write, and how. The zero value writes all.
type Options struct {
	Format  dataset.Format
	Columns []string        // only these, in this order; empty for all
	Types   map[string]Kind // of columns, where they are not to be found out
	Keep    func(rows *dataset.Rows, i int) (bool, error)
	// Weights, where given, is a further column, of that name.
	Weights string
	Weight  func(rows *dataset.Rows, i int) (float64, error)
	// Extra are further columns; of JSONL alone, whose values bring their types.
	Extra []Extra
}

// Extra is a column that the source does not have.
type Extra struct {
	Name  string
	Value func(rows *dataset.Rows, i int) (any, error) // as [dataset.Rows.Value] gives one
}

// columnError is what is wrong with a value of a row.
type columnError struct {
	column int
	err    error
}

func (e *columnError) Error() string { return e.err.Error() }

// job is one conversion.
type job struct {
	card   *dataset.Card
	o      *Options
	fields []Field
	at     []int // of the columns in the rows
	texts  bool  // the source has only texts
}

// Run writes the rows behind a card and gives their number.
func Run(ctx context.Context, card *dataset.Card, w io.Writer, o Options) (int64, error) {
	j := &job{card: card, o: &o, texts: card.Kind() == dataset.CSV}
	if err := j.plan(); err != nil {
		return 0, err
	}
	if card.Kind() == dataset.Parquet && o.Format == dataset.Parquet && len(o.Columns) == 0 {
		return j.copyParquet(ctx, w)
	}
	// CSV takes texts, and JSONL every value that has a type.
	if o.Format == dataset.Parquet || o.Format == dataset.JSONL && j.texts {
		if err := j.guess(ctx); err != nil {
			return 0, err
		}
	}
	columns := slices.Clip(j.fields)
	for _, e := range o.Extra {
		columns = append(columns, Field{Name: e.Name})
	}
	if o.Weights != "" {
		columns = append(columns, Field{o.Weights, Type{Kind: Number}})
	}
	var out writer
	var err error
	switch o.Format {
	case dataset.CSV:
		out, err = newCSV(w, columns)
	case dataset.JSONL:
		out, err = newJSONL(w, columns)
	default:
		out = newParquet(w, columns)
	}
	if err != nil {
		return 0, err
	}
	n, err := j.write(ctx, out, columns)
	if err != nil {
		return n, err
	}
	return n, out.close()
}

// plan finds the columns.
func (j *job) plan() error {
	rows, err := j.card.AllRows()
	if err != nil {
		return err
	}
	defer rows.Close()
	if len(rows.Unread) > 0 {
		return fmt.Errorf("%s: %s", j.card.Sources[0], strings.Join(rows.Unread, "; "))
	}
	j.fields, j.at, err = choose(rows.Columns(), j.o, j.card.Sources[0])
	return err
}

// guess finds out the types, in a walk over all rows.
func (j *job) guess(ctx context.Context) error {
	found := make([]*guess, len(j.fields))
	for i := range found {
		found[i] = newGuess()
	}
	err := j.each(ctx, func(rows *dataset.Rows, r int) error {
		for i, at := range j.at {
			if j.texts {
				found[i].text(rows.Text(r, at))
			} else {
				found[i].value(rows.Value(r, at))
			}
		}
		return nil
	})
	for i, g := range found {
		f := &j.fields[i]
		f.Type = g.kind()
		if want, ok := j.o.Types[f.Name]; ok && want != f.Type.Kind {
			if f.Type.Kind != Text && !(f.Type.Kind == Whole && want == Number) && want != Text {
				return fmt.Errorf("column %q holds values of the type %s, not %s", f.Name, f.Type.Kind, want)
			}
			f.Type = Type{Kind: want}
		}
	}
	return err
}

// each walks over the rows that are to be written.
func (j *job) each(ctx context.Context, visit func(rows *dataset.Rows, i int) error) error {
	rows, err := j.card.AllRows()
	if err != nil {
		return err
	}
	defer rows.Close()
	return rows.Each(ctx, func(i int) error {
		if j.o.Keep != nil {
			if keep, err := j.o.Keep(rows, i); err != nil || !keep {
				return err
			}
		}
		return visit(rows, i)
	})
}

func (j *job) write(ctx context.Context, out writer, columns []Field) (n int64, err error) {
	row := make([]any, len(j.fields), len(columns))
	err = j.each(ctx, func(rows *dataset.Rows, i int) error {
		row = row[:len(j.fields)]
		for c, at := range j.at {
			v := rows.Value(i, at)
			if s, ok := v.(string); ok && j.texts {
				if v, err = j.fields[c].Type.typed(s); err != nil {
					return fmt.Errorf("%s, column %q: %w", rows.Place(i), j.fields[c].Name, err)
				}
			}
			row[c] = v
		}
		for _, e := range j.o.Extra {
			v, err := e.Value(rows, i)
			if err != nil {
				return err
			}
			row = append(row, v)
		}
		if j.o.Weights != "" {
			x, err := j.o.Weight(rows, i)
			if err != nil {
				return err
			}
			row = append(row, x)
		}
		n++
		err := out.write(row)
		var bad *columnError
		if errors.As(err, &bad) {
			return fmt.Errorf("%s, column %q: %w", rows.Place(i), columns[bad.column].Name, bad.err)
		}
		return err
	})
	return n, err
}

// choose finds the columns to write among those there are.
func choose(have []string, o *Options, source string) (fields []Field, at []int, err error) {
	names := o.Columns
	if len(names) == 0 {
		names = have
	}
	for _, name := range names {
		i := slices.Index(have, name)
		if i < 0 {
			return nil, nil, fmt.Errorf("%s has no column %q (%s)", source, name, diag.Suggest(name, have))
		}
		fields, at = append(fields, Field{Name: name}), append(at, i)
	}
	for name := range o.Types {
		if !slices.Contains(names, name) {
			return nil, nil, fmt.Errorf("a type is given for the column %q, which is not written", name)
		}
	}
	if len(o.Extra) > 0 && o.Format != dataset.JSONL {
		return nil, nil, errors.New("further columns are for JSONL")
	}
	for _, e := range o.Extra {
		if slices.Contains(names, e.Name) {
			return nil, nil, fmt.Errorf("%s has a column %q already", source, e.Name)
		}
	}
	if slices.Contains(names, o.Weights) {
		return nil, nil, fmt.Errorf("%s has a column %q already: give that of the weights another name", source, o.Weights)
	}
	return fields, at, nil
}
