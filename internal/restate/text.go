package restate

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// blanks ends lines as another system does, with a blank before that nobody
// sees, and puts an empty line around the whole.
func blanks(s string) string {
	const end = " \r\n"
	s = strings.ReplaceAll(s, "\r\n", "\n")
	if isJSON(s) {
		return end + s + end // within, a line's end may stand in no text
	}
	return end + strings.ReplaceAll(s, "\n", end) + end
}

// capitals writes words in capitals, save those that may be keys: with digits,
// addresses, and names of machines.
func capitals(s string) string {
	if isJSON(s) {
		return s
	}
	var b strings.Builder
	for s != "" {
		at := strings.IndexFunc(s, unicode.IsSpace)
		if at < 0 {
			at = len(s)
		}
		word := s[:at]
		if !isKey(word) {
			word = strings.ToUpper(word)
		}
		b.WriteString(word)
		_, space := utf8.DecodeRuneInString(s[at:])
		b.WriteString(s[at : at+space])
		s = s[at+space:]
	}
	return b.String()
}

// isKey says whether a word may mean what it does letter by letter.
func isKey(word string) bool {
	if strings.ContainsFunc(word, func(r rune) bool { return unicode.IsDigit(r) || strings.ContainsRune("@_=/\\<>{}[]#", r) }) {
		return true
	}
	dot := strings.IndexByte(word, '.')
	return dot >= 0 && strings.ContainsFunc(word[dot:], unicode.IsLetter) // a domain, or an abbreviation
}
