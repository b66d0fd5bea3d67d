package dataset

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// csvSource reads CSV after RFC 4180 whose first line names the columns and
// tells the separator. An empty field is an empty text, whether quoted or not.
type csvSource struct {
	path   string
	r      *csv.Reader
	limit  *shortRows
	closer func() error
	header []string
	index  []int // of the columns in a record
	out    []*vector
	lines  []int // first line of each row
}

func openCSV(path string, columns []string) (*csvSource, error) {
	in, closer, err := OpenText(path)
	if err != nil {
		return nil, err
	}
	return readCSV(path, in, closer, columns, maxRow)
}

// readCSV reads a text that is open, with rows of at most so many bytes.
func readCSV(path string, in *bufio.Reader, closer func() error, columns []string, most int) (*csvSource, error) {
	limit := &shortRows{r: in, most: most}
	s := &csvSource{path: path, r: csv.NewReader(limit.buffered()), limit: limit, closer: closer, lines: make([]int, batchRows)}
	s.r.Comma = separator(in)
	s.r.ReuseRecord = true
	header, err := s.row()
	if err != nil {
		closer()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s: the file is empty, want a line with the names of the columns", path)
		}
		return nil, err
	}
	s.header = slices.Clone(header)
	for i, name := range s.header {
		if strings.Contains(name, "\r") {
			closer()
			return nil, fmt.Errorf("%s:1: the lines end with carriage returns alone: save the file with the line ends of today", path)
		}
		if strings.Contains(name, "\x00") {
			closer()
			return nil, fmt.Errorf("%s:1: the name of column %d, %q, holds a zero byte: the file is damaged, or no text", path, i+1, brief(name))
		}
		if !utf8.ValidString(name) {
			closer()
			return nil, fmt.Errorf("%s:1: the name of column %d, %q, is not UTF-8: save the file in UTF-8", path, i+1, brief(name))
		}
		if slices.Contains(s.header[:i], name) && slices.Contains(columns, name) {
			closer()
			return nil, fmt.Errorf("%s:1: two columns are named %q", path, name)
		}
	}
	if err := lacking(path, columns, s.header); err != nil {
		closer()
		return nil, err
	}
	for _, c := range columns {
		s.index = append(s.index, slices.Index(s.header, c))
		s.out = append(s.out, newVector(textVector))
	}
	return s, nil
}

// separator is the one of comma, semicolon, tab and bar that the first line has
// most of outside quotes; the comma where they are level.
func separator(in *bufio.Reader) rune {
	line, _ := in.Peek(in.Size()) // what is wrong with the file is said by who reads it
	line = bytes.TrimLeft(line, "\r\n")
	counts, quoted := map[byte]int{}, false
	for _, b := range line {
		if b == '"' {
			quoted = !quoted
		}
		if b == '\n' && !quoted {
			break
		}
		if !quoted {
			counts[b]++
		}
	}
	best := byte(',')
	for _, b := range []byte(";\t|") {
		if counts[b] > counts[best] {
			best = b
		}
	}
	return rune(best)
}

// row is the next row; io.EOF where there is none left.
func (s *csvSource) row() ([]string, error) {
	s.limit.row = 0
	row, err := s.r.Read()
	switch {
	case s.limit.long:
		place := s.path
		var pe *csv.ParseError
		if errors.As(err, &pe) {
			place = fmt.Sprintf("%s:%d", s.path, pe.StartLine)
		} else if len(row) > 0 {
			line, _ := s.r.FieldPos(0)
			place = fmt.Sprintf("%s:%d", s.path, line)
		}
		return nil, fmt.Errorf("%s: a row of more than %d bytes: is a quote missing that ends a field?", place, s.limit.most)
	case err != nil && !errors.Is(err, io.EOF):
		return nil, s.problem(err, len(row))
	}
	return row, err
}

// problem gives an error of the reader its place; fields is how many it read.
func (s *csvSource) problem(err error, fields int) error {
	var pe *csv.ParseError
	if !errors.As(err, &pe) {
		return fmt.Errorf("%s: %w", s.path, err)
	}
	if errors.Is(pe.Err, csv.ErrFieldCount) {
		return fmt.Errorf("%s:%d: fields in the row: %d, in the header: %d", s.path, pe.StartLine, fields, len(s.header))
	}
	what := pe.Err.Error()
	switch {
	case errors.Is(pe.Err, csv.ErrBareQuote):
		what = "a quote inside a field that is not quoted: put the field in quotes, and double those inside"
	case errors.Is(pe.Err, csv.ErrQuote) && pe.Line != pe.StartLine:
		what = fmt.Sprintf("a quoted field that does not end, or a quote inside it that is not doubled; its row starts in line %d", pe.StartLine)
	case errors.Is(pe.Err, csv.ErrQuote):
		what = "a quoted field that does not end, or a quote inside it that is not doubled"
	}
	return fmt.Errorf("%s:%d:%d: %s", s.path, pe.Line, pe.Column, what)
}

func (s *csvSource) next() (int, error) {
	n := 0
	for start := s.r.InputOffset(); n < batchRows && s.r.InputOffset()-start < int64(s.limit.most); {
		record, err := s.row()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
		s.lines[n], _ = s.r.FieldPos(0)
		for j, at := range s.index {
			if !utf8.ValidString(record[at]) {
				line, column := s.r.FieldPos(at)
				return 0, fmt.Errorf("%s:%d:%d: %q is not UTF-8: save the file in UTF-8", s.path, line, column, brief(record[at]))
			}
			s.out[j].text[n] = record[at]
		}
		n++
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// brief is the start of a text, to show it.
func brief(text string) string {
	const most = 40
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}

func (s *csvSource) vectors() []*vector { return s.out }
func (s *csvSource) place(i int) string { return fmt.Sprintf("%s:%d", s.path, s.lines[i]) }
func (s *csvSource) close() error       { return s.closer() }
