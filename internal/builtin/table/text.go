package table

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"

	"github.com/rehearse-dev/rehearse/flow"
)

// csvSource reads comma, semicolon and tab separated values with a header.
type csvSource struct{}

func (csvSource) open(path string) (r *csv.Reader, header []string, close func() error, err error) {
	file, err := open(path)
	if err != nil {
		return nil, nil, nil, err
	}
	buffered := bufio.NewReaderSize(file, 1<<16)
	if mark, _ := buffered.Peek(3); string(mark) == "\xef\xbb\xbf" {
		_, _ = buffered.Discard(3)
	}
	r = csv.NewReader(buffered)
	r.Comma = separator(buffered)
	r.ReuseRecord = true
	r.LazyQuotes = true
	header, err = r.Read()
	if err != nil {
		file.Close()
		if errors.Is(err, io.EOF) {
			err = errors.New("the file is empty, want a header")
		}
		return nil, nil, nil, err
	}
	return r, slices.Clone(header), file.Close, nil
}

// separator is the commonest of the usual ones in the first line.
func separator(r *bufio.Reader) rune {
	head, _ := r.Peek(4096)
	line, _, _ := strings.Cut(string(head), "\n")
	best := ','
	for _, c := range ";\t" {
		if strings.Count(line, string(c)) > strings.Count(line, string(best)) {
			best = c
		}
	}
	return best
}

func (f csvSource) columns(path string) ([]flow.Field, error) {
	_, header, done, err := f.open(path)
	if err != nil {
		return nil, err
	}
	defer done()
	fields := make([]flow.Field, len(header))
	for i, name := range header {
		fields[i] = flow.Field{Name: name}
	}
	return fields, nil
}

func (f csvSource) rows(path string, want []string, each func([]any) error) error {
	r, header, done, err := f.open(path)
	if err != nil {
		return err
	}
	defer done()
	at := make([]int, len(want))
	for i, name := range want {
		at[i] = slices.Index(header, name)
	}
	values := make([]any, len(want))
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for i, j := range at {
			values[i] = nil
			if j >= 0 {
				values[i] = record[j]
			}
		}
		if err := each(values); err != nil {
			return err
		}
	}
}

// jsonSource reads one JSON object a line.
type jsonSource struct{}

func (jsonSource) each(path string, each func(map[string]any) error) error {
	file, err := open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	// The decoder would replace what is not UTF-8.
	dec := json.NewDecoder(transform.NewReader(file, encoding.UTF8Validator))
	for row := 1; ; row++ {
		var m map[string]any
		if err := dec.Decode(&m); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			if errors.Is(err, encoding.ErrInvalidUTF8) {
				err = errors.New("it is not UTF-8: save the file in UTF-8")
			}
			return fmt.Errorf("row %d: %w", row, err)
		}
		if err := each(m); err != nil {
			return err
		}
	}
}

// columns reads the whole file, since any row may be the first with a key.
// A column has a type where all its values agree. The field b of records in a
// column a is a column too: "a.b".
func (f jsonSource) columns(path string) ([]flow.Field, error) {
	kinds := map[string]flow.Kind{}
	var note func(within string, m map[string]any)
	note = func(within string, m map[string]any) {
		for name, v := range m {
			if v == nil {
				continue
			}
			name = within + name
			kind := kindOf(v)
			if before, seen := kinds[name]; seen && before != kind {
				kind = flow.Any
			}
			kinds[name] = kind
			if record, ok := v.(map[string]any); ok {
				note(name+".", record)
			}
		}
	}
	err := f.each(path, func(m map[string]any) error { note("", m); return nil })
	var fields []flow.Field
	for name, kind := range kinds {
		fields = append(fields, flow.Field{Name: name, Type: flow.Type{Kind: kind}})
	}
	slices.SortFunc(fields, func(a, b flow.Field) int { return strings.Compare(a.Name, b.Name) })
	return fields, err
}

func kindOf(v any) flow.Kind {
	switch v.(type) {
	case string:
		return flow.String
	case float64:
		return flow.Number
	case bool:
		return flow.Boolean
	case []any:
		return flow.List
	case map[string]any:
		return flow.Record
	}
	return flow.Any
}

func (f jsonSource) rows(path string, want []string, each func([]any) error) error {
	values := make([]any, len(want))
	return f.each(path, func(m map[string]any) error {
		for i, name := range want {
			values[i] = at(m, name)
		}
		return each(values)
	})
}

// at is the value of a key, or of a field of records by a dotted name.
func at(m map[string]any, name string) any {
	if v, ok := m[name]; ok {
		return v
	}
	group, field, dotted := strings.Cut(name, ".")
	if record, ok := m[group].(map[string]any); ok && dotted {
		return at(record, field)
	}
	return nil
}
