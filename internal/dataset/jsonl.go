package dataset

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxRow is how many bytes a line of JSON or a row of CSV may have, and about
// how many are read at once.
const maxRow = 64 << 20

// jsonlSource reads one JSON object a line. Only the values that were asked
// for are decoded; numbers are kept as they are written.
type jsonlSource struct {
	path   string
	in     *bufio.Reader
	closer func() error
	wanted map[string][]member // by key at the top of an object
	out    []*vector
	given  []int // by column, the last line that gave it
	line   int
	lines  []int
	long   []byte // a line that is longer than the buffer
}

// member is a column: the value of a key, or of a key of a key.
type member struct {
	column int
	path   []string // below the key
}

func openJSONL(path string, columns []string, exact bool) (*jsonlSource, error) {
	// A key that no line has is a slip in the card. Keys may come late, so
	// this is certain only for files that end within the lines looked at.
	keys, whole, err := jsonlKeys(path, batchRows)
	if exact { // the columns are the keys of all lines: a name with a dot is none of a record
		keys, whole = columns, false
	}
	if err != nil {
		return nil, err
	}
	in, closer, err := OpenText(path)
	if err != nil {
		return nil, err
	}
	s := &jsonlSource{path: path, in: in, closer: closer, wanted: make(map[string][]member), lines: make([]int, batchRows)}
	for i, c := range columns {
		top, rest, nested := strings.Cut(c, ".")
		nested = nested && !slices.Contains(keys, c)
		if whole && !slices.Contains(keys, c) && !(nested && slices.Contains(keys, top)) {
			closer()
			return nil, &missingError{path: path, column: c, have: keys}
		}
		if nested {
			s.wanted[top] = append(s.wanted[top], member{i, strings.Split(rest, ".")})
		} else {
			s.wanted[c] = append(s.wanted[c], member{column: i})
		}
		s.out, s.given = append(s.out, newVector(mixedVector)), append(s.given, 0)
	}
	return s, nil
}

// allKeys are the keys of all lines of the files, in the order of their coming.
func allKeys(paths []string) (keys []string, err error) {
	for _, path := range paths {
		more, _, err := jsonlKeys(path, math.MaxInt)
		if err != nil {
			return nil, err
		}
		for _, k := range more {
			if !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
	}
	return keys, nil
}

// jsonlKeys are the keys of the first lines of a file, in the order of their
// coming, and whether these are all lines.
func jsonlKeys(path string, lines int) (keys []string, whole bool, err error) {
	in, closer, err := OpenText(path)
	if err != nil {
		return nil, false, err
	}
	defer closer()
	s := &jsonlSource{path: path, in: in}
	seen := make(map[string]bool)
	for range lines {
		line, err := s.read()
		if errors.Is(err, io.EOF) {
			if s.line == 0 {
				return nil, false, fmt.Errorf("%s: the file is empty, want one JSON object a line", path)
			}
			return keys, true, nil
		}
		if err != nil {
			return nil, false, err
		}
		members(line, func(key, _ []byte) {
			if !seen[string(key)] {
				seen[string(key)] = true
				keys = append(keys, string(key))
			}
		})
	}
	return keys, false, nil
}

// read is the next line that holds an object, valid JSON.
func (s *jsonlSource) read() ([]byte, error) {
	for {
		line, err := s.in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			s.long = append(s.long[:0], line...)
			for errors.Is(err, bufio.ErrBufferFull) {
				line, err = s.in.ReadSlice('\n')
				if s.long = append(s.long, line...); len(s.long) > maxRow {
					return nil, fmt.Errorf("%s:%d: a line of more than %d bytes", s.path, s.line+1, maxRow)
				}
			}
			line = s.long
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s:%d: %w", s.path, s.line+1, err)
		}
		if len(line) == 0 {
			return nil, io.EOF
		}
		s.line++
		indent := len(line) - len(bytes.TrimLeft(line, " \t\r\n"))
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		if !json.Valid(line) {
			return nil, s.invalid(line, indent)
		}
		if line[0] == '[' {
			return nil, fmt.Errorf("%s:%d: a JSON list, want one object a line", s.path, s.line)
		}
		if line[0] != '{' {
			return nil, fmt.Errorf("%s:%d: %s, want one JSON object a line", s.path, s.line, quote(string(line)))
		}
		if at := invalidAt(line); at >= 0 {
			return nil, fmt.Errorf("%s:%d:%d: %q is not UTF-8: save the file in UTF-8", s.path, s.line, indent+at+1, brief(string(line[at:])))
		}
		if at := loneSurrogate(line); at >= 0 {
			return nil, fmt.Errorf("%s:%d:%d: %s is half of a character: write both halves, or leave it out", s.path, s.line, indent+at+1, line[at:at+6])
		}
		return line, nil
	}
}

// invalid says what is wrong with a line.
func (s *jsonlSource) invalid(line []byte, indent int) error {
	var v any
	err := json.Unmarshal(line, &v)
	at := 0
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		at = int(max(syntax.Offset, 1)) - 1
	}
	if err == nil {
		err = errors.New("invalid JSON")
	}
	what := strings.TrimPrefix(err.Error(), "json: ")
	rest := line[min(at, len(line)):]
	switch {
	case strings.Contains(what, "unexpected end"):
		what = "the JSON does not end: want one whole object a line"
	case bytes.HasPrefix(rest, []byte("NaN")), bytes.HasPrefix(rest, []byte("Infinity")), bytes.HasPrefix(rest, []byte("nfinity")):
		what = "JSON has no NaN and no Infinity: write null"
	}
	return fmt.Errorf("%s:%d:%d: %s", s.path, s.line, indent+at+1, what)
}

func (s *jsonlSource) next() (int, error) {
	n := 0
	for held := 0; n < batchRows && held < maxRow; {
		line, err := s.read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
		for _, v := range s.out {
			v.any[n], v.absent[n] = nil, true
		}
		s.lines[n] = s.line
		held += len(line)
		var twice []byte
		members(line, func(key, value []byte) {
			for i, m := range s.wanted[string(key)] {
				if i == 0 && s.given[m.column] == s.line {
					twice = key
				}
				s.given[m.column] = s.line
				v := decodeJSON(value)
				for _, k := range m.path {
					object, _ := v.(map[string]any)
					v = object[k]
				}
				s.out[m.column].any[n], s.out[m.column].absent[n] = v, v == nil
			}
		})
		if twice != nil {
			return 0, fmt.Errorf("%s:%d: key %q twice", s.path, s.line, twice)
		}
		n++
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// members walks the keys and values of an object that is valid JSON.
func members(object []byte, visit func(key, value []byte)) {
	rest := object[1:]
	for {
		rest = bytes.TrimLeft(rest, " \t\r\n,")
		if rest[0] == '}' {
			return
		}
		end := stringEnd(rest)
		key := rest[1 : end-1]
		if bytes.IndexByte(key, '\\') >= 0 {
			k, _ := decodeJSON(rest[:end]).(string)
			key = []byte(k)
		}
		rest = bytes.TrimLeft(rest[end:], " \t\r\n:")
		end = valueEnd(rest)
		visit(key, rest[:end])
		rest = rest[end:]
	}
}

// stringEnd is where a string ends, behind its quote.
func stringEnd(b []byte) int {
	for i := 1; ; i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}

// valueEnd is where a value ends.
func valueEnd(b []byte) int {
	depth := 0
	for i := 0; ; i++ {
		switch b[i] {
		case '"':
			i += stringEnd(b[i:]) - 1
		case '{', '[':
			depth++
			continue
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			return i + 1
		}
	}
}

// decodeJSON decodes a value that is valid JSON, numbers as json.Number.
func decodeJSON(b []byte) any {
	switch b[0] {
	case 'n':
		return nil
	case 't', 'f':
		return b[0] == 't'
	case '"':
		if bytes.IndexByte(b, '\\') < 0 && utf8.Valid(b) {
			return string(b[1 : len(b)-1])
		}
	case '{', '[':
	default:
		return json.Number(b)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

func (s *jsonlSource) vectors() []*vector { return s.out }
func (s *jsonlSource) place(i int) string { return fmt.Sprintf("%s:%d", s.path, s.lines[i]) }
func (s *jsonlSource) close() error       { return s.closer() }
