package dataset

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/parquet-go/parquet-go"

	"github.com/rehearse-dev/rehearse/internal/pqguard"
)

// ParquetRows reads the rows of a Parquet file as they are stored, to write
// them into another one.
type ParquetRows struct {
	path  string
	f     *os.File
	file  *parquet.File
	group int
	rows  parquet.Rows
}

// OpenParquetRows opens a file. Errors are of type [*SourceError], save io.EOF.
func OpenParquetRows(path string) (*ParquetRows, error) {
	f, file, err := openFile(path)
	if err != nil {
		return nil, faulty(err)
	}
	return &ParquetRows{path: path, f: f, file: file}, nil
}

// Schema is the file's.
func (r *ParquetRows) Schema() *parquet.Schema { return r.file.Schema() }

// Read fills rows from the start and gives their number; io.EOF behind the
// last. The values are good until the next call.
func (r *ParquetRows) Read(rows []parquet.Row) (n int, err error) {
	defer func() {
		if p := recover(); p != nil {
			n, err = 0, faulty(damaged(r.path, fmt.Errorf("row group %d: %v", r.group, p)))
		}
	}()
	for {
		if r.rows == nil {
			groups := r.file.RowGroups()
			if r.group == len(groups) {
				return 0, io.EOF
			}
			for column := range groups[r.group].ColumnChunks() {
				if err := pqguard.Pages(r.f, r.file, r.group, column); err != nil {
					return 0, faulty(damaged(r.path, fmt.Errorf("row group %d, column %d: %w", r.group, column, err)))
				}
			}
			r.rows = groups[r.group].Rows()
		}
		n, err := r.rows.ReadRows(rows)
		if n > 0 {
			return n, nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, faulty(damaged(r.path, err))
		}
		r.rows.Close()
		r.rows = nil
		r.group++
	}
}

// Close ends the reading.
func (r *ParquetRows) Close() error {
	if r.rows != nil {
		r.rows.Close()
	}
	return r.f.Close()
}
