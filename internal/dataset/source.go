package dataset

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/regular"
)

// Format is the format of a source.
type Format string

const (
	Parquet Format = "parquet"
	CSV     Format = "csv"
	JSONL   Format = "jsonl"
)

var formats = []Format{Parquet, CSV, JSONL}

// FormatOf tells the format by a file's name, below the ending that names its
// compression.
func FormatOf(path string) (Format, bool) {
	switch ext := strings.ToLower(filepath.Ext(uncompressed(path))); ext {
	case ".parquet", ".pq":
		return Parquet, true
	case ".csv":
		return CSV, true
	case ".jsonl", ".ndjson":
		return JSONL, true
	}
	return "", false
}

// uncompressed is a path without the ending that names its compression.
func uncompressed(path string) string {
	switch ext := filepath.Ext(path); strings.ToLower(ext) {
	case ".gz", ".zst", ".zstd":
		return strings.TrimSuffix(path, ext)
	}
	return path
}

// batchRows is how many rows a source gives at once.
const batchRows = 1024

// source gives some columns of a file, batch by batch.
type source interface {
	// next reads the next rows, at most batchRows of them, into the vectors.
	// It gives their number, and io.EOF where there are none left.
	next() (int, error)
	// vectors are those of the columns that were asked for, in that order.
	// They hold the rows of the last call of next.
	vectors() []*vector
	// place names a row of the last batch for people: "cases.csv:17".
	place(i int) string
	close() error
}

// missingError says that a source lacks a column.
type missingError struct {
	path   string
	column string
	have   []string
}

func (e *missingError) Error() string {
	hint := ""
	if s := diag.Suggest(e.column, e.have); s != "" {
		hint = " (" + s + ")"
	}
	return fmt.Sprintf("%s has no column %q%s", e.path, e.column, hint)
}

// open starts to read the columns of a file, decimals exactly where that is
// asked for.
func open(path string, format Format, columns []string, exact bool) (source, error) {
	if format == "" {
		format, _ = FormatOf(path)
	}
	switch format {
	case Parquet:
		return openParquet(path, columns, exact)
	case CSV:
		return openCSV(path, columns)
	case JSONL:
		return openJSONL(path, columns, exact)
	}
	return nil, fmt.Errorf("%s: unknown format %q", path, format)
}

// columnNames are the columns that a file has at its top.
func columnNames(path string, format Format) ([]string, error) {
	if format == "" {
		format, _ = FormatOf(path)
	}
	switch format {
	case Parquet:
		return parquetColumns(path)
	case CSV:
		s, err := openCSV(path, nil)
		if err != nil {
			return nil, err
		}
		defer s.close()
		return s.header, nil
	}
	names, _, err := jsonlKeys(path, batchRows)
	return names, err
}

// OpenText opens a text file, unpacks it and drops a byte order mark.
func OpenText(path string) (*bufio.Reader, func() error, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %s", path, problem(err))
	}
	var r io.Reader = f
	closeAll := f.Close
	switch strings.ToLower(filepath.Ext(path)) {
	case ".gz":
		z, err := gzip.NewReader(bufio.NewReaderSize(f, 1<<16))
		if err != nil {
			f.Close()
			return nil, nil, fmt.Errorf("%s: not a gzip file: %w", path, err)
		}
		r = z
	case ".zst", ".zstd":
		z, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(256<<20), zstd.WithDecoderLowmem(true))
		if err != nil {
			f.Close()
			return nil, nil, fmt.Errorf("%s: not a zstd file: %w", path, err)
		}
		r = z
		closeAll = func() error { z.Close(); return f.Close() }
	}
	b := bufio.NewReaderSize(r, 1<<16)
	start, err := b.Peek(16)
	if errors.Is(err, io.EOF) {
		err = nil // a short file
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	} else {
		err = checkText(path, start)
	}
	if err != nil {
		closeAll()
		return nil, nil, err
	}
	if bytes.HasPrefix(start, []byte("\xef\xbb\xbf")) {
		b.Discard(3)
	}
	return b, closeAll, nil
}

// vector is one column of a batch. Exactly one of the slices is used.
type vector struct {
	kind   vectorKind
	absent []bool // of every row
	text   []string
	number []float64
	whole  []int64
	truth  []bool
	at     []time.Time
	any    []any // of nested and rare types; see mixed
}

type vectorKind uint8

const (
	textVector vectorKind = iota
	numberVector
	wholeVector
	truthVector
	timeVector
	dayVector
	mixedVector
)

// mixed values are nil, string, bool, float64, int64, uint64, json.Number,
// time.Time, day, []any and map[string]any.

// day is a date in a mixed vector.
type day struct{ time.Time }

func newVector(kind vectorKind) *vector {
	v := &vector{kind: kind, absent: make([]bool, batchRows)}
	switch kind {
	case textVector:
		v.text = make([]string, batchRows)
	case numberVector:
		v.number = make([]float64, batchRows)
	case wholeVector:
		v.whole = make([]int64, batchRows)
	case truthVector:
		v.truth = make([]bool, batchRows)
	case timeVector, dayVector:
		v.at = make([]time.Time, batchRows)
	case mixedVector:
		v.any = make([]any, batchRows)
	}
	return v
}

// value is the row's value as a mixed one.
func (v *vector) value(i int) any {
	if v.absent[i] {
		return nil
	}
	switch v.kind {
	case textVector:
		return v.text[i]
	case numberVector:
		return v.number[i]
	case wholeVector:
		return v.whole[i]
	case truthVector:
		return v.truth[i]
	case timeVector:
		return v.at[i]
	case dayVector:
		return day{v.at[i]}
	}
	return v.any[i]
}

// lacking is the error for the first column that a header lacks.
func lacking(path string, columns, have []string) error {
	for _, c := range columns {
		if !slices.Contains(have, c) {
			return &missingError{path: path, column: c, have: have}
		}
	}
	return nil
}
