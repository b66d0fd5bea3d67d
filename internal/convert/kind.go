package convert

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kind is what all values of a column, of a list or of a record's field are.
type Kind uint8

const (
	Text    Kind = iota // also what is of several kinds: lists and records as their JSON
	Truth               // true, false
	Whole               // of 64 bits
	Decimal             // of as many decimals in every value
	Number              // float64
	Date
	Time
	List
	Record
	kinds
)

var kindNames = [kinds]string{"text", "boolean", "integer", "decimal", "number", "date", "time", "list", "record"}

func (k Kind) String() string { return kindNames[k] }

// KindByName is a kind by the name that it has for people.
func KindByName(name string) (Kind, bool) {
	i := slices.Index(kindNames[:], name)
	return Kind(max(i, 0)), i >= 0
}

// set is a set of kinds.
type set uint16

func of(list ...Kind) set {
	var s set
	for _, k := range list {
		s |= 1 << k
	}
	return s
}

func (s set) has(k Kind) bool { return s&(1<<k) != 0 }

// maxDigits is how many digits a decimal of 64 bits holds.
const maxDigits = 18

// number says what the text of a number may be. Only what is written back as
// the same number counts: 007, +1 and numbers of more digits than a float64
// tells apart stay texts.
func (g *guess) number(s string) set {
	digits := strings.TrimPrefix(s, "-")
	whole, fraction, pointed := strings.Cut(digits, ".")
	fraction, exponent, raised := cutExponent(fraction)
	if !pointed {
		whole, exponent, raised = cutExponent(whole)
	}
	if !allDigits(whole) || len(whole) > 1 && whole[0] == '0' || pointed && !allDigits(fraction) || raised && !allDigits(strings.TrimLeft(exponent, "+-")) {
		return 0
	}
	var out set
	if !pointed && !raised {
		if _, err := strconv.ParseInt(s, 10, 64); err == nil && s != "-0" {
			out |= of(Whole)
		}
	}
	if pointed && !raised && len(whole)+len(fraction) <= maxDigits {
		out |= of(Decimal)
		if g.scale != 0 && g.scale != len(fraction) {
			g.scales = true
		}
		g.scale = len(fraction)
		g.padded = g.padded || fraction[len(fraction)-1] == '0'
	}
	x, err := strconv.ParseFloat(s, 64)
	if err == nil && (len(whole)+len(fraction) <= 15 || strconv.FormatFloat(x, 'g', -1, 64) == s || strconv.FormatFloat(x, 'f', -1, 64) == s) {
		out |= of(Number)
	}
	return out
}

func cutExponent(s string) (before, exponent string, ok bool) {
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// timeLayouts are those of [dataset], without the forms that are seldom.
var timeLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00"}

func readTime(s string) (time.Time, bool) {
	for _, layout := range timeLayouts {
		if at, err := time.Parse(layout, s); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

// moment says what the text of a date or time may be.
func (g *guess) moment(s string) set {
	if len(s) < len(time.DateOnly) || s[4] != '-' || s[7] != '-' {
		return 0
	}
	if len(s) == len(time.DateOnly) {
		if _, err := time.Parse(time.DateOnly, s); err == nil {
			return of(Date)
		}
		return 0
	}
	at, ok := readTime(s)
	if !ok {
		return 0
	}
	return g.time(at)
}

func (g *guess) time(at time.Time) set {
	if at.Nanosecond()%1000 != 0 {
		g.nanos = true
	}
	// What nanoseconds of 64 bits can count.
	g.far = g.far || at.Year() < 1678 || at.Year() > 2261
	return of(Time)
}
