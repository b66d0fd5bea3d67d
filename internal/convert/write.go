package convert

import (
	"bufio"
	"encoding/csv"
	"io"
	"strings"
)

// writer writes rows, one value a column.
type writer interface {
	write(row []any) error
	close() error
}

// csvWriter writes CSV after RFC 4180.
type csvWriter struct {
	out    *csv.Writer
	raw    io.Writer
	fields []string
}

func newCSV(w io.Writer, columns []Field) (*csvWriter, error) {
	c := &csvWriter{out: csv.NewWriter(w), raw: w, fields: make([]string, len(columns))}
	header := ""
	for i, f := range columns {
		if i > 0 {
			header += ","
		}
		header += headerName(f.Name)
	}
	_, err := io.WriteString(w, header+"\n")
	return c, err
}

// headerName quotes whatever could be taken for another separator: the first
// line tells a reader which it is.
func headerName(name string) string {
	if name == strings.TrimSpace(name) && !strings.ContainsAny(name, ",;\t|\"\r\n") {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

func (c *csvWriter) write(row []any) error {
	for i, v := range row {
		var err error
		if c.fields[i], err = plain(v); err != nil {
			return &columnError{i, err}
		}
	}
	if len(row) == 1 && c.fields[0] == "" {
		// An empty line is no row.
		c.out.Flush()
		_, err := io.WriteString(c.raw, "\"\"\n")
		return err
	}
	return c.out.Write(c.fields)
}

func (c *csvWriter) close() error {
	c.out.Flush()
	return c.out.Error()
}

// jsonlWriter writes one object a line, with every column in it.
type jsonlWriter struct {
	out   *bufio.Writer
	names [][]byte // as they stand in a line: {"a": or ,"b":
	line  []byte
}

func newJSONL(w io.Writer, columns []Field) (*jsonlWriter, error) {
	j := &jsonlWriter{out: bufio.NewWriterSize(w, 1<<16)}
	for i, f := range columns {
		name, err := appendString([]byte{"{,"[min(i, 1)]}, f.Name)
		if err != nil {
			return nil, err
		}
		j.names = append(j.names, append(name, ':'))
	}
	return j, nil
}

func (j *jsonlWriter) write(row []any) error {
	j.line = j.line[:0]
	for i, v := range row {
		j.line = append(j.line, j.names[i]...)
		var err error
		if j.line, err = appendJSON(j.line, v); err != nil {
			return &columnError{i, err}
		}
	}
	_, err := j.out.Write(append(j.line, "}\n"...))
	return err
}

func (j *jsonlWriter) close() error { return j.out.Flush() }
