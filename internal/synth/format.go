package synth

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A NumberStyle is the way somebody writes an amount of money.
type NumberStyle struct{ Thousands, Decimal string }

// The number styles in use.
var (
	PointComma = NumberStyle{".", ","} // 1.234,56
	SpaceComma = NumberStyle{" ", ","} // 1 234,56
	PlainComma = NumberStyle{"", ","}  // 1234,56
	CommaPoint = NumberStyle{",", "."} // 1,234.56
	QuotePoint = NumberStyle{"'", "."} // 1'234.56
	PlainPoint = NumberStyle{"", "."}  // 1234.56
)

// Money writes an amount, given in hundredths, in the style.
func (s NumberStyle) Money(cents int64) string {
	sign := ""
	if cents < 0 {
		sign, cents = "-", -cents
	}
	whole := strconv.FormatInt(cents/100, 10)
	var b strings.Builder
	b.WriteString(sign)
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(s.Thousands)
		}
		b.WriteRune(c)
	}
	fmt.Fprintf(&b, "%s%02d", s.Decimal, cents%100)
	return b.String()
}

// LongDate is a date style with the month's name: 3. März 2025, 3 March 2025.
const LongDate = "long"

// FormatDate writes a date in a style, a layout of package time or LongDate.
func FormatDate(t time.Time, style, language string) string {
	if style != LongDate {
		return t.Format(style)
	}
	names, ok := months[language]
	if !ok {
		names = months["en"]
	}
	point := ""
	if language == "de" {
		point = "."
	}
	return fmt.Sprintf("%d%s %s %d", t.Day(), point, names[t.Month()-1], t.Year())
}

var months = map[string][12]string{
	"de": {"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"},
	"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	"fr": {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"},
	"nl": {"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"},
	"es": {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"},
}
