// Package table reads reference tables: CSV, JSON lines and Parquet, the first
// two also compressed by gzip or zstd. Tables are read row by row; whoever
// asks keeps what it needs.
package table

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/regular"
)

// File is a table whose columns are known.
type File struct {
	Path string
	// Columns are those of the file, all optional. Their type is Any where
	// the file does not say: in CSV always.
	Columns *flow.Schema
	source  source
}

// source reads one kind of file.
type source interface {
	columns(path string) ([]flow.Field, error)
	// rows calls each with the values of the wanted columns, as the file has
	// them; each must not keep the slice.
	rows(path string, want []string, each func(values []any) error) error
}

// Known says whether a file is a table, by the ending of its name.
func Known(name string) bool { return sourceOf(name) != nil }

func sourceOf(path string) source {
	name := strings.ToLower(filepath.Base(path))
	for _, ext := range []string{".gz", ".zst", ".zstd"} {
		name = strings.TrimSuffix(name, ext)
	}
	switch filepath.Ext(name) {
	case ".csv", ".tsv":
		return csvSource{}
	case ".jsonl", ".ndjson":
		return jsonSource{}
	case ".parquet":
		return parquetSource{}
	}
	return nil
}

// Open finds out which columns a table has.
func Open(path string) (*File, error) {
	f := &File{Path: path, source: sourceOf(path)}
	if f.source == nil {
		return nil, fmt.Errorf("%s: unknown kind of table, want .csv, .tsv, .jsonl, .ndjson or .parquet, the first four also with .gz or .zst", filepath.Base(path))
	}
	fields, err := f.source.columns(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	seen := make(map[string]bool, len(fields))
	for i := range fields {
		if seen[fields[i].Name] {
			return nil, fmt.Errorf("%s: column %q twice", filepath.Base(path), fields[i].Name)
		}
		seen[fields[i].Name] = true
		fields[i].Type.Optional = true
	}
	f.Columns = flow.NewSchema(fields...)
	return f, nil
}

// Rows calls each with the values of the wanted columns as values of their
// types, nil where absent: an empty cell, a null, a key that is not there.
// Each may keep the slice.
func (f *File) Rows(want *flow.Schema, each func(values []any) error) error {
	row := 0
	in := interner{}
	err := f.source.rows(f.Path, want.Names(), func(raw []any) error {
		row++
		values, err := in.row(want, raw)
		if err != nil {
			return fmt.Errorf("row %d, %w", row, err)
		}
		return each(values)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(f.Path), err)
	}
	return nil
}

// Row makes the cells of one row values of the wanted types, as Rows does.
func Row(want *flow.Schema, raw []any) ([]any, error) { return interner{}.row(want, raw) }

// interner keeps one copy of texts that repeat.
type interner map[string]any

func (in interner) row(want *flow.Schema, raw []any) ([]any, error) {
	values := make([]any, len(raw))
	for i, field := range want.Fields() {
		v, err := in.value(raw[i], field.Type.Kind)
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", field.Name, err)
		}
		values[i] = v
	}
	return values, nil
}

const maxInterned = 1 << 16

func (in interner) text(s string) any {
	if v, ok := in[s]; ok {
		return v
	}
	var v any = strings.Clone(s)
	if len(in) < maxInterned && len(s) < 100 {
		in[v.(string)] = v
	}
	return v
}

// value makes a cell a value of the wanted kind.
func (in interner) value(v any, kind flow.Kind) (any, error) {
	switch x := v.(type) {
	case nil:
		return nil, nil
	case string:
		if !utf8.ValidString(x) {
			return nil, fmt.Errorf("%q is not UTF-8: save the file in UTF-8", x[:min(len(x), 40)])
		}
		if x == "" {
			return nil, nil
		}
		return in.parse(x, kind)
	case float64:
		switch kind {
		case flow.Number, flow.Probability, flow.Any:
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return nil, nil
			}
			return x, nil
		case flow.Integer:
			if x == math.Trunc(x) && math.Abs(x) < 1<<53 {
				return int64(x), nil
			}
		case flow.String, flow.Enum:
			return strconv.FormatFloat(x, 'f', -1, 64), nil
		}
	case int64:
		switch kind {
		case flow.Number, flow.Probability:
			return float64(x), nil
		case flow.Integer, flow.Any:
			return x, nil
		case flow.Boolean: // databases without a type of their own for it
			if x == 0 || x == 1 {
				return x == 1, nil
			}
		case flow.String, flow.Enum:
			return strconv.FormatInt(x, 10), nil
		}
	case bool:
		if kind == flow.Boolean || kind == flow.Any {
			return x, nil
		}
	case time.Time:
		switch kind {
		case flow.Time, flow.Any:
			return x.UTC(), nil
		case flow.Date:
			return x.UTC().Truncate(24 * time.Hour), nil
		}
	default:
		if kind == flow.Any || kind == flow.List || kind == flow.Record {
			return flow.Type{Kind: kind}.FromJSON(v)
		}
	}
	return nil, fmt.Errorf("%v is no %s", v, kind)
}

func (in interner) parse(s string, kind flow.Kind) (any, error) {
	var v any
	var err error
	switch kind {
	case flow.Number, flow.Probability:
		var x float64
		x, err = strconv.ParseFloat(strings.TrimSpace(s), 64)
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, nil
		}
		v = x
	case flow.Integer:
		v, err = strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	case flow.Boolean:
		v, err = strconv.ParseBool(strings.ToLower(strings.TrimSpace(s)))
	case flow.Date, flow.Time:
		var at time.Time
		if at, err = parseTime(strings.TrimSpace(s)); kind == flow.Date {
			at = at.Truncate(24 * time.Hour)
		}
		v = at
	case flow.List, flow.Record:
		return nil, fmt.Errorf("%q is no %s", s, kind)
	default:
		return in.text(s), nil
	}
	if err != nil {
		return nil, fmt.Errorf("%q is no %s", s, kind)
	}
	return v, nil
}

var layouts = []string{time.RFC3339Nano, time.DateOnly, time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07"}

// parseTime reads the ways in which tables write times; those without a zone
// are UTC.
func parseTime(s string) (time.Time, error) {
	for _, layout := range layouts {
		if at, err := time.Parse(layout, s); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time", s)
}

// open opens a text file that may be compressed.
func open(path string) (io.ReadCloser, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	buffered := bufio.NewReaderSize(f, 1<<16)
	var r io.Reader = buffered
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".gz":
		r, err = gzip.NewReader(buffered)
	case ".zst", ".zstd":
		var d *zstd.Decoder
		if d, err = zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<28)); err == nil {
			return closers{Reader: d, close: func() error { d.Close(); return f.Close() }}, nil
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return closers{Reader: r, close: f.Close}, nil
}

type closers struct {
	io.Reader
	close func() error
}

func (c closers) Close() error { return c.close() }
