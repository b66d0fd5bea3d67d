// Package normalise reads dates and amounts as people and machines write them,
// in many countries and formats.
package normalise

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// DateOrder says how numbers alone are read: 03/04/2025.
type DateOrder string

const (
	DayFirst   DateOrder = "dmy"
	MonthFirst DateOrder = "mdy"
)

// Date reads a date in digits (2025-03-01, 01.03.2025, 3/1/25, 20250301,
// also in brackets)
// or with the name of the month in English, German, French, Spanish, Italian
// or Dutch, in any order. A year of four digits in front is followed by month
// and day; other digits are read in the given order, or in the other one where
// they can only be that. Years of two digits are those from 1969 to 2068.
func Date(s string, order DateOrder) (time.Time, bool) {
	var (
		numbers [3]int
		widths  [3]int
		n       int
		month   int // by name
		at      int // how many numbers stand before the name
	)
	rest := strings.Trim(s, "()[] ")
	for rest != "" {
		r := rune(rest[0])
		switch {
		case r >= '0' && r <= '9':
			end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
			if end < 0 {
				end = len(rest)
			}
			if end == 8 && n == 0 && month == 0 && strings.TrimSpace(rest[end:]) == "" {
				if t, ok := calendar(atoi(rest[:4]), atoi(rest[4:6]), atoi(rest[6:8])); ok {
					return t, true
				}
				return inOrder(atoi(rest[:2]), atoi(rest[2:4]), atoi(rest[4:8]), order)
			}
			if n == 3 || end > 4 {
				return time.Time{}, false
			}
			numbers[n], widths[n] = atoi(rest[:end]), end
			n++
			rest = rest[end:]
		default:
			end := strings.IndexFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) })
			if end == 0 {
				mark, size := utf8.DecodeRuneInString(rest)
				if !strings.ContainsRune(" .,-/'\u00a0\t", mark) {
					return time.Time{}, false
				}
				rest = rest[size:]
				continue
			}
			if end < 0 {
				end = len(rest)
			}
			word := strings.ToLower(rest[:end])
			rest = rest[end:]
			if m := monthNamed(word); m > 0 && month == 0 {
				month, at = m, n
			} else if !fillers[word] {
				return time.Time{}, false
			}
		}
	}
	switch {
	case month > 0 && n == 2:
		day, year := 0, 1
		if widths[0] == 4 || at == 2 && widths[0] > 2 {
			day, year = 1, 0
		}
		return calendar(century(numbers[year], widths[year]), month, numbers[day])
	case month > 0 || n != 3:
		return time.Time{}, false
	case widths[0] == 4:
		return calendar(numbers[0], numbers[1], numbers[2])
	}
	return inOrder(numbers[0], numbers[1], century(numbers[2], widths[2]), order)
}

// inOrder reads day and month in the given order, or in the other one where
// they can only be that.
func inOrder(d, m, year int, order DateOrder) (time.Time, bool) {
	if order == MonthFirst {
		d, m = m, d
	}
	if t, ok := calendar(year, m, d); ok {
		return t, true
	}
	return calendar(year, d, m)
}

// century completes a year of two digits as POSIX does.
func century(year, width int) int {
	switch {
	case width != 2:
		return year
	case year < 69:
		return 2000 + year
	}
	return 1900 + year
}

// calendar is a day that exists, of the years from 1900 to 2199.
func calendar(year, month, day int) (time.Time, bool) {
	if year < 1900 || year > 2199 || month < 1 || month > 12 || day < 1 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return t, t.Day() == day
}

func atoi(s string) int {
	n := 0
	for _, c := range []byte(s) {
		n = n*10 + int(c-'0')
	}
	return n
}

// fillers may stand between the parts of a date.
var fillers = map[string]bool{"st": true, "nd": true, "rd": true, "th": true, "of": true, "de": true, "del": true, "er": true, "den": true, "le": true, "the": true,
	"mon": true, "tue": true, "wed": true, "thu": true, "fri": true, "sat": true, "sun": true,
	"monday": true, "tuesday": true, "wednesday": true, "thursday": true, "friday": true, "saturday": true, "sunday": true}

// monthNamed is the month of a name or of its beginning, from three letters,
// 0 for none.
func monthNamed(word string) int {
	if len(word) < 3 {
		return 0
	}
	if m, ok := shortMonths[word]; ok {
		return m
	}
	for _, names := range monthNames {
		for i, name := range names {
			if len(word) > 3 && strings.HasPrefix(name, word) {
				return i + 1
			}
		}
	}
	return 0
}

var monthNames = [][12]string{
	{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"},
	{"januar", "februar", "märz", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "dezember"},
	{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"},
	{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"},
	{"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"},
	{"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"},
}

// shortMonths are the names of three letters: the first language that has one
// decides ("mar" is March in all of them, "jui" is none's).
var shortMonths = func() map[string]int {
	m := map[string]int{"sept": 9}
	for _, names := range monthNames {
		for i, name := range names {
			r := []rune(name)
			short := string(r[:min(3, len(r))])
			if _, taken := m[short]; !taken && short != "jui" {
				m[short] = i + 1
			}
		}
	}
	return m
}()
