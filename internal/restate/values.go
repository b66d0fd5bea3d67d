package restate

import (
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rehearse-dev/rehearse/internal/normalise"
)

// aDate is a date that can be read in one way only, if [otherDate] finds it so:
// 2025-03-01, 01.03.2025, 31/01/2025, 1 March 2025, 1. März 2025, March 1, 2025.
var aDate = regexp.MustCompile(`\d{4}-\d{2}-\d{2}|\d{1,2}\.\d{1,2}\.\d{4}|\d{1,2}/\d{1,2}/\d{4}|\d{1,2}(?:st|nd|rd|th|\.)? \p{L}{3,12} \d{4}|\p{L}{3,12} \d{1,2}, \d{4}`)

func dates(s string) string { return replaced(s, aDate, otherDate) }

// otherDate writes a date in another form: with the month's name where it is all
// digits from the year on, else in those digits.
func otherDate(s string) string {
	day, ok := normalise.Date(s, normalise.DayFirst)
	if !ok {
		return s
	}
	if month, ok := normalise.Date(s, normalise.MonthFirst); strings.ContainsRune(s, '/') && (!ok || !month.Equal(day)) {
		return s // which of the two numbers is the day depends on the country
	}
	if iso := day.Format(time.DateOnly); iso != s {
		return iso
	}
	return day.Format("2 January 2006")
}

// anAmount is an amount whose mark of the fraction is plain: 1,200.00,
// 1.200,00, 1'200.00, 1200.00, 1200,00.
var anAmount = regexp.MustCompile(`\d{1,3}(?:,\d{3})+\.\d{2}|\d{1,3}(?:\.\d{3})+,\d{2}|\d{1,3}(?:['’]\d{3})+[.,]\d{2}|\d{4,9}[.,]\d{2}`)

func amounts(s string) string { return replaced(s, anAmount, otherAmount) }

// otherAmount leaves the marks of thousands out, or puts them in.
func otherAmount(s string) string {
	const fraction = 3 // digits and mark
	whole, rest := s[:len(s)-fraction], s[len(s)-fraction:]
	if bare := strings.Map(onlyDigits, whole); bare != whole {
		return bare + rest
	}
	mark := ","
	if rest[0] == ',' {
		mark = "."
	}
	for at := len(whole) - 3; at > 0; at -= 3 {
		whole = whole[:at] + mark + whole[at:]
	}
	return whole + rest
}

func onlyDigits(r rune) rune {
	if unicode.IsDigit(r) {
		return r
	}
	return -1
}

// replaced replaces what stands by itself in a text: not within a word, a
// number or a key. JSON is left as it is, since its values keep to a form.
func replaced(s string, what *regexp.Regexp, by func(string) string) string {
	if isJSON(s) {
		return s
	}
	var b strings.Builder
	done := 0
	for _, at := range what.FindAllStringIndex(s, -1) {
		if !joined(s[:at[0]], s[at[1]:]) {
			b.WriteString(s[done:at[0]] + by(s[at[0]:at[1]]))
			done = at[1]
		}
	}
	return b.String() + s[done:]
}

// joined says whether a value goes on in the text before or after it.
func joined(before, after string) bool {
	last, size := utf8.DecodeLastRuneInString(before)
	if inWord(last) || strings.ContainsRune("./,-'’", last) && endsInDigit(before[:len(before)-size]) {
		return true
	}
	first, size := utf8.DecodeRuneInString(after)
	next, _ := utf8.DecodeRuneInString(after[size:])
	return inWord(first) || strings.ContainsRune("./,-'’:", first) && inWord(next)
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }

func endsInDigit(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return unicode.IsDigit(r)
}
