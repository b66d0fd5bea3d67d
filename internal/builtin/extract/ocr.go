package extract

import "strings"

// confusable are the letters and signs that optical character recognition
// takes for digits, and the digits that they were.
var confusable = map[rune]byte{
	'O': '0', 'o': '0', 'Q': '0', 'D': '0',
	'l': '1', 'I': '1', 'i': '1', '|': '1', '!': '1',
	'Z': '2', 'z': '2',
	'A': '4',
	'S': '5', 's': '5',
	'G': '6', 'b': '6',
	'B': '8',
	'g': '9', 'q': '9',
}

// fixDigits restores digits in words that are made of digits and of what is
// confused with them, and hold at least one digit: "1O3.S0" gives "103.50",
// "PO-l042" gives "PO-1042". Other words stay as they are.
func fixDigits(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { _, ok := confusable[r]; return ok }) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for s != "" {
		end := strings.IndexFunc(s, func(r rune) bool { return !inWord(r) })
		if end < 0 {
			end = len(s)
		}
		if word := s[:end]; numeric(word) {
			for _, r := range word {
				if d, ok := confusable[r]; ok {
					r = rune(d)
				}
				b.WriteRune(r)
			}
		} else {
			b.WriteString(word)
		}
		s = s[end:]
		next := strings.IndexFunc(s, inWord)
		if next < 0 {
			next = len(s)
		}
		b.WriteString(s[:next])
		s = s[next:]
	}
	return b.String()
}

// inWord says whether a rune belongs to a word: points and commas do, so that
// an amount whose whole digits were all misread is still mended.
func inWord(r rune) bool {
	switch {
	case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '.', r == ',', r == '|', r == '!':
		return true
	}
	return false
}

func numeric(word string) bool {
	digits := false
	for _, r := range word {
		_, confused := confusable[r]
		switch {
		case r >= '0' && r <= '9':
			digits = true
		case !confused && r != '.' && r != ',':
			return false
		}
	}
	return digits
}
