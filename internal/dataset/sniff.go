package dataset

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// kinds of file that people take for text, by how they begin.
var notText = []struct{ begins, what string }{
	{"\x1f\x8b", "a file packed by gzip: name it *.gz"},
	{"\x28\xb5\x2f\xfd", "a file packed by zstd: name it *.zst"},
	{"PK\x03\x04", "a workbook or zip file: save its sheet as CSV in UTF-8"},
	{"\xd0\xcf\x11\xe0", "an old workbook: save its sheet as CSV in UTF-8"},
	{"PAR1", "a Parquet file: name it *.parquet"},
	{"SQLite format 3\x00", "an SQLite database: export a table as CSV"},
	{"%PDF-", "a PDF, want CSV, JSONL or Parquet"},
	{"<!doctype html", "a web page: it may say why there was no data to download"},
	{"<html", "a web page: it may say why there was no data to download"},
	{"\xff\xfe", "the text is UTF-16: save the file in UTF-8"},
	{"\xfe\xff", "the text is UTF-16: save the file in UTF-8"},
}

// checkText refuses by its first bytes what is no text in UTF-8.
func checkText(path string, start []byte) error {
	lower := bytes.ToLower(start[:min(len(start), 16)])
	for _, k := range notText {
		if bytes.HasPrefix(start, []byte(k.begins)) || k.begins[0] == '<' && bytes.HasPrefix(lower, []byte(k.begins)) {
			return fmt.Errorf("%s: %s", path, k.what)
		}
	}
	if len(start) >= 4 && (start[0] == 0 && start[2] == 0 || start[1] == 0 && start[3] == 0) {
		return fmt.Errorf("%s: the text is UTF-16 without its mark: save the file in UTF-8", path)
	}
	return nil
}

// invalidAt is where a text stops being UTF-8, -1 where it never does.
//
// Bytes that are no UTF-8 are refused in every format, with their place, and
// never replaced: two ids that differ in such a byte would become one, and what
// a step reads would not be what is in the file.
func invalidAt(text []byte) int {
	if utf8.Valid(text) {
		return -1
	}
	for i := 0; ; {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
}

// loneSurrogate is where a line of JSON escapes half of a character, such as
// \ud83d without its other half, -1 where it does nowhere. A decoder would put
// a replacement there.
func loneSurrogate(line []byte) int {
	for i := 0; i+5 < len(line); i++ {
		if line[i] != '\\' {
			continue
		}
		if line[i+1] != 'u' {
			i++ // the escaped character is no start of another escape
			continue
		}
		switch half(line[i:]) {
		case high:
			if half(line[i+6:]) != low {
				return i
			}
			i += 6
		case low:
			return i
		}
		i += 5
	}
	return -1
}

const (
	neither = iota
	high
	low
)

// half says which half of a character an escape at the start is.
func half(b []byte) int {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' || b[2] != 'd' && b[2] != 'D' {
		return neither
	}
	switch b[3] {
	case '8', '9', 'a', 'b', 'A', 'B':
		return high
	case 'c', 'd', 'e', 'f', 'C', 'D', 'E', 'F':
		return low
	}
	return neither
}
