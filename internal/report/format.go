package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

const none = "–"

// percent is a share with one decimal.
func percent(x float64) string { return strconv.FormatFloat(x*100, 'f', 1, 64) + "%" }

// plainPercent is a share that somebody chose, with no more decimals than it has.
func plainPercent(x float64) string {
	return strconv.FormatFloat(math.Round(x*1e8)/1e6, 'f', -1, 64) + "%"
}

// whole is a count.
func whole(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// rateCell is a rate on three lines: estimate, interval, counts.
func rateCell(m score.Metric) string {
	if !m.Estimate.Valid {
		return none + "\nno cases\n" + fmt.Sprintf("0/%s", whole(m.Denominator))
	}
	return percent(m.Estimate.Value) + "\n" + interval(m.Interval) + "\n" + whole(m.Numerator) + "/" + whole(m.Denominator)
}

// meanCell is a mean on three lines.
func meanCell(m score.Metric, unit string) string {
	if !m.Estimate.Valid {
		return none + "\nnot known\n" + "n=0"
	}
	return amount(m.Estimate.Value) + unit + "\n" + span(m.Interval, amount) + "\nn=" + whole(m.Denominator)
}

// unitAfter is a unit as it stands after a figure.
func unitAfter(unit string) string {
	if unit == "" {
		return ""
	}
	return " " + unit
}

// interval is a 95 % interval of a rate, in percent.
func interval(iv stats.Interval) string {
	return span(iv, func(x float64) string { return strconv.FormatFloat(x*100, 'f', 1, 64) })
}

func span(iv stats.Interval, format func(float64) string) string {
	if math.IsInf(iv.Lower, 0) || math.IsInf(iv.Upper, 0) {
		return "unbounded"
	}
	return format(iv.Lower) + " to " + format(iv.Upper)
}

// amount is money or minutes.
func amount(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) }

// difference is a signed difference in a metric's unit.
func difference(x float64, unit string) string {
	switch unit {
	case "rate":
		return fmt.Sprintf("%+.1f points", x*100)
	case "score":
		return fmt.Sprintf("%+.4f", x)
	}
	return signedAmount(x)
}

// signedAmount is a difference in money, minutes or cases: its hundredths are of
// no use in thousands.
func signedAmount(x float64) string {
	if math.Abs(x) >= 1000 {
		return strings.Replace("+"+grouped(x), "+-", "-", 1)
	}
	return fmt.Sprintf("%+.2f", x)
}

// pValue follows the usual custom.
func pValue(n stats.Number) string {
	switch {
	case !n.Valid:
		return none
	case n.Value < 0.0001:
		return "<0.0001"
	}
	return strconv.FormatFloat(n.Value, 'f', 4, 64)
}

func number(n stats.Number, digits int) string {
	if !n.Valid {
		return none
	}
	return strconv.FormatFloat(n.Value, 'f', digits, 64)
}

// seconds is a duration in the unit that reads well.
func seconds(s float64) string {
	switch d := time.Duration(s * float64(time.Second)); {
	case d < time.Millisecond:
		return fmt.Sprintf("%.0f µs", s*1e6)
	case d < time.Second:
		return fmt.Sprintf("%.1f ms", s*1e3)
	default:
		return fmt.Sprintf("%.2f s", s)
	}
}

// words turns a name with underscores into words.
func words(name string) string { return strings.ReplaceAll(name, "_", " ") }

// clean makes untrusted text fit for a terminal: control characters, which
// could move the cursor or change colours, and invisible ones, which could make
// text read otherwise than it is, are shown as what they are.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		const nonJoiner, joiner = '\u200c', '\u200d' // letters of some scripts need them
		switch {
		case r == '\n', r == nonJoiner, r == joiner:
			return r
		case r == '\t':
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co):
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// oneLine is clean text on one line of at most n runes.
func oneLine(s string, n int) string {
	s = flat(s)
	runes := []rune(s)
	if len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return s
}

// nameWidth is how much of a name that comes from data a table shows.
const nameWidth = 40

// name is a name that comes from data or from a file: one line, not too long.
func name(s string) string { return oneLine(s, nameWidth) }

// flat is clean text without line breaks.
func flat(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }

// paragraphWidth is how much running text shows of what data can make long.
const paragraphWidth = 800

// cell is the clean text of a cell, whose own lines stay.
func (t table) cell(row, column int) string {
	if _, ok := t.prose[column]; ok {
		return clippedTo(t.rows[row][column], paragraphWidth)
	}
	return clipped(t.rows[row][column])
}

// clipped is clean text of a few words, whose own lines stay.
func clipped(s string) string { return clippedTo(s, 120) }

func clippedTo(s string, width int) string {
	lines := strings.Split(clean(s), "\n")
	for i, l := range lines {
		if runes := []rune(l); len(runes) > width {
			lines[i] = string(runes[:width-1]) + "…"
		}
	}
	return strings.Join(lines, "\n")
}
