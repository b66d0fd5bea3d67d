package redact

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// reading is one way to read a text: as it stands, or with its escapes undone.
type reading struct {
	text string
	// from and to say for each byte of text which bytes of what was read it comes
	// from. They are nil where text is what was read.
	from, to []int
}

// origin is the place in what was read of the bytes begin to end-1 of the text.
func (r *reading) origin(begin, end int) (int, int) {
	if r.from == nil {
		return begin, end
	}
	return r.from[begin], r.to[end-1]
}

// deepest is how many times one after the other escapes are undone: what
// stands in a URL, in JSON, in JSON again.
const deepest = 3

// readings are the text as it stands, and with the escapes of URLs, JSON and
// HTML undone, as often as there are any.
func readings(s string) []reading {
	out := []reading{{text: s}}
	for len(out) <= deepest {
		next, changed := unescape(&out[len(out)-1])
		if !changed {
			break
		}
		out = append(out, next)
	}
	return out
}

func unescape(r *reading) (reading, bool) {
	if !strings.ContainsAny(r.text, `%\&`) {
		return reading{}, false
	}
	var text strings.Builder
	next := reading{from: make([]int, 0, len(r.text)), to: make([]int, 0, len(r.text))}
	changed := false
	for i := 0; i < len(r.text); {
		plain, length := escape(r.text[i:])
		if length == 0 {
			plain, length = r.text[i:i+1], 1
		} else {
			changed = true
		}
		from, to := r.origin(i, i+length)
		text.WriteString(plain)
		for range len(plain) {
			next.from, next.to = append(next.from, from), append(next.to, to)
		}
		i += length
	}
	next.text = text.String()
	return next, changed
}

// escape is what the escape that a text begins with stands for, and its length;
// 0 where it begins with none.
func escape(s string) (plain string, length int) {
	switch s[0] {
	case '%':
		if n, ok := hexadecimal(s, 1, 2); ok {
			return string([]byte{byte(n)}), 3
		}
	case '\\':
		return backslash(s)
	case '&':
		// The longest name of HTML has 31 letters.
		end := strings.IndexByte(s[:min(len(s), 34)], ';') + 1
		if plain = html.UnescapeString(s[:end]); plain != s[:end] {
			return plain, end
		}
	}
	return "", 0
}

// backslash reads an escape of JSON.
func backslash(s string) (string, int) {
	if len(s) < 2 {
		return "", 0
	}
	switch s[1] {
	case '"', '\\', '/':
		return s[1:2], 2
	case 'b', 'f', 'n', 'r', 't':
		return " ", 2 // all of them part words
	case 'u':
		n, ok := hexadecimal(s, 2, 4)
		if !ok {
			return "", 0
		}
		if strings.HasPrefix(s[6:], `\u`) {
			if low, ok := hexadecimal(s, 8, 4); ok {
				if r := utf16.DecodeRune(rune(n), rune(low)); r != utf8.RuneError {
					return string(r), 12
				}
			}
		}
		return string(rune(n)), 6
	}
	return "", 0
}

// hexadecimal is the number in the digits of a text from a place on.
func hexadecimal(s string, from, digits int) (uint64, bool) {
	if len(s) < from+digits {
		return 0, false
	}
	n, err := strconv.ParseUint(s[from:from+digits], 16, 32)
	return n, err == nil
}
