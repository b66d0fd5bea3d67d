package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
)

// Kind is what a source declares of a column before any value is read.
type Kind string

// Texts declare nothing: CSV has only them. Mixed stands for lists, records
// and all of JSONL, whose values are each of a type of their own.
const (
	Texts   Kind = "text"
	Numbers Kind = "number"
	Wholes  Kind = "integer"
	Truths  Kind = "boolean"
	Times   Kind = "time"
	Days    Kind = "date"
	Mixed   Kind = "mixed"
)

var kinds = map[vectorKind]Kind{
	textVector: Texts, numberVector: Numbers, wholeVector: Wholes, truthVector: Truths,
	timeVector: Times, dayVector: Days, mixedVector: Mixed,
}

// Day is a date without a time, at its first moment in UTC.
type Day time.Time

// Rows reads the rows behind a card with all their columns, as they are
// stored, and what the card makes of each row. It is not safe for concurrent
// use.
type Rows struct {
	// Unread are columns that cannot be told apart or named: those of one
	// name, and those without any.
	Unread []string

	reader  *Reader
	columns []string
	at      []int // of the columns among those that the reader reads
	n       int
	first   int64 // row of the batch's first, from 0
}

// Bare is a card for a file alone: it names the source and nothing else. The
// error says that the file's name tells no format.
func Bare(path string) (*Card, error) {
	format, ok := FormatOf(path)
	if !ok {
		return nil, &SourceError{fmt.Errorf("%s: the name does not say the format: name it *.parquet, *.csv or *.jsonl", path)}
	}
	return &Card{File: path, Sources: []string{path}, Format: format, at: map[string]flow.Pos{}}, nil
}

// Rows opens the card's sources. The columns are those of the first source;
// of JSONL, the keys of its first lines.
func (c *Card) Rows() (*Rows, error) { return c.rows(false) }

// AllRows opens the card's sources to write them elsewhere: decimals are
// numbers of type json.Number, as many digits as they have, the columns of
// JSONL are the keys of all its lines, and every source has the columns of the
// first.
func (c *Card) AllRows() (*Rows, error) {
	rows, err := c.rows(true)
	if err != nil {
		return nil, err
	}
	for _, path := range c.Sources[1:] {
		if c.Kind() == JSONL {
			break
		}
		have, err := columnNames(path, c.Format)
		if err != nil {
			rows.Close()
			return nil, faulty(err)
		}
		for _, name := range have {
			if !slices.Contains(rows.reader.plan.have, name) {
				rows.Close()
				return nil, faulty(fmt.Errorf("%s has a column %q, and %s has not", path, name, c.Sources[0]))
			}
		}
	}
	return rows, nil
}

// Kind is the format of the sources: the card's, else that of the first.
func (c *Card) Kind() Format {
	if c.Format != "" {
		return c.Format
	}
	format, _ := FormatOf(c.Sources[0])
	return format
}

func (c *Card) rows(exact bool) (*Rows, error) {
	reader, err := c.prepare(Request{})
	if err != nil {
		return nil, faulty(err)
	}
	reader.exact = exact
	if exact && c.Kind() == JSONL {
		if reader.plan.have, err = allKeys(c.Sources); err != nil {
			return nil, faulty(err)
		}
	}
	rows := &Rows{reader: reader}
	have := reader.plan.have
	for i, name := range have {
		twice := slices.Contains(have[:i], name) || slices.Contains(have[i+1:], name)
		switch {
		case strings.TrimSpace(name) == "":
			rows.Unread = append(rows.Unread, fmt.Sprintf("column %d has no name", i+1))
			continue
		case twice:
			if !slices.Contains(have[:i], name) {
				rows.Unread = append(rows.Unread, fmt.Sprintf("two columns are named %q", name))
			}
			continue
		}
		at := slices.Index(reader.plan.columns, name)
		if at < 0 {
			at = len(reader.plan.columns)
			reader.plan.columns = append(reader.plan.columns, name)
		}
		rows.columns, rows.at = append(rows.columns, name), append(rows.at, at)
	}
	if err := reader.nextSource(); err != nil {
		return nil, faulty(err)
	}
	return rows, nil
}

// Columns are the names of the columns, in the order of the first source.
func (r *Rows) Columns() []string { return r.columns }

// Next reads the next rows and gives their number; io.EOF where there are none
// left.
func (r *Rows) Next(ctx context.Context) (int, error) {
	if err := r.reader.nextBatch(ctx); err != nil {
		r.n = 0
		return 0, faulty(err)
	}
	r.first += int64(r.n)
	r.n = r.reader.n
	return r.n, nil
}

// Each visits the rows that are left, by their places in the batch, which the
// other methods take.
func (r *Rows) Each(ctx context.Context, visit func(i int) error) error {
	for {
		n, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for i := range n {
			if err := visit(i); err != nil {
				return err
			}
		}
	}
}

// Number is the number of a row of the batch in all sources, from 0.
func (r *Rows) Number(i int) int64 { return r.first + int64(i) }

// Place names a row of the batch for people: "cases.csv:17".
func (r *Rows) Place(i int) string { return r.reader.src.place(i) }

// Kind is what the source declares of a column.
func (r *Rows) Kind(column int) Kind { return kinds[r.vector(column).kind] }

// Text is a value as a text, lists and records as JSON, "" where it is absent.
// It may share memory with the source until the next batch.
func (r *Rows) Text(i, column int) string { return textOf(r.vector(column), i) }

// Value is a value: nil, string, bool, float64, int64, uint64, json.Number,
// time.Time, [Day], []any or map[string]any.
func (r *Rows) Value(i, column int) any {
	v := r.vector(column).value(i)
	if d, ok := v.(day); ok {
		return Day(d.Time)
	}
	return v
}

// Head is what the card makes of a row, without input and label: its id, time,
// cluster, split, weight and tags.
func (r *Rows) Head(i int) (flow.Case, error) {
	number := r.Number(i)
	id, err := r.reader.id(i, number)
	if err != nil {
		return flow.Case{Index: number}, faulty(err)
	}
	c := flow.Case{Index: number, ID: id}
	_, err = r.reader.head(&c, i)
	return c, faulty(err)
}

// Close ends the reading.
func (r *Rows) Close() error { return r.reader.Close() }

func (r *Rows) vector(column int) *vector { return r.reader.src.vectors()[r.at[column]] }

// Reading is how the values of a column become those of a field's type, as in
// the input of a case: nil for an absent value, an error for one that is not
// of the type.
func (c Column) Reading(t flow.Type) func(value any) (any, error) {
	to := newConverter(t, true)
	c.read(to)
	return func(v any) (any, error) {
		if d, ok := v.(Day); ok {
			v = day{time.Time(d)}
		}
		return to.from(v)
	}
}
