package convert

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"

	"github.com/rehearse-dev/rehearse/internal/dataset"
)

// copyParquet copies rows as they are stored, so that every type of the source
// stays, also those that no other format has.
func (j *job) copyParquet(ctx context.Context, w io.Writer) (written int64, err error) {
	var out *parquet.GenericWriter[any]
	var schema *parquet.Schema
	var weights int // the leaf column of the weights
	// What is kept is asked of the rows as the card reads them, side by side.
	var rows *dataset.Rows
	if j.o.Keep != nil || j.o.Weights != "" {
		if rows, err = j.card.Rows(); err != nil {
			return 0, err
		}
		defer rows.Close()
	}
	at, n := 0, 0
	next := func() error {
		if at++; rows == nil || at < n {
			return ctx.Err()
		}
		at = 0
		n, err = rows.Next(ctx)
		return err
	}
	group := 0
	buf := make([]parquet.Row, batchRows)
	for _, path := range j.card.Sources {
		source, err := dataset.OpenParquetRows(path)
		if err != nil {
			return written, err
		}
		defer source.Close()
		if schema == nil {
			schema = source.Schema()
			weights = len(schema.Columns())
			out = parquetFile(w, j.schema(schema))
		} else if !parquet.EqualNodes(schema, source.Schema()) {
			return written, fmt.Errorf("%s has not the columns and types of %s", path, j.card.Sources[0])
		}
		for {
			read, err := source.Read(buf)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return written, err
			}
			kept := buf[:0:batchRows]
			for i := range read {
				if err := next(); err != nil {
					return written, err
				}
				row := buf[i]
				if j.o.Keep != nil {
					if keep, err := j.o.Keep(rows, at); err != nil {
						return written, err
					} else if !keep {
						continue
					}
				}
				if j.o.Weights != "" {
					x, err := j.o.Weight(rows, at)
					if err != nil {
						return written, err
					}
					row = append(row, parquet.DoubleValue(x).Level(0, 1, weights))
				}
				// A row that is dropped is read into again: they are swapped.
				buf[i], buf[len(kept)] = buf[len(kept)], row
				kept = buf[:len(kept)+1]
			}
			if _, err := out.WriteRows(kept); err != nil {
				return written, err
			}
			written += int64(len(kept))
			if group += len(kept); group >= groupRows {
				group = 0
				if err := out.Flush(); err != nil {
					return written, err
				}
			}
		}
	}
	return written, out.Close()
}

// schema is that of the source, with the column of weights where there is one.
func (j *job) schema(source *parquet.Schema) *parquet.Schema {
	if j.o.Weights == "" {
		return source
	}
	g := group{Group: parquet.Group{}}
	for _, f := range source.Fields() {
		g.Group[f.Name()] = f
		g.names = append(g.names, f.Name())
	}
	g.Group[j.o.Weights] = Type{Kind: Number}.node()
	g.names = append(g.names, j.o.Weights)
	return parquet.NewSchema("cases", g)
}
