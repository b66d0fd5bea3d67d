package gate

import (
	"fmt"
	"math"
	"strconv"
)

var sign = map[Rule]string{AtLeast: ">=", AtMost: "<="}

// explain writes the arithmetic of a decided or open line.
func (l *Line) explain() {
	lower, upper := l.plain(l.Bounds.Lower), l.plain(l.Bounds.Upper)
	text := ""
	switch {
	case l.Rule == NotWorse:
		text = fmt.Sprintf("candidate minus baseline on %s = %s", plural(l.Cases, "case"), l.plain(l.Bounds.Estimate.Value))
	case l.Unit == "rate":
		text = fmt.Sprintf("%s of %s = %s", l.count(l.Numerator), l.count(l.Denominator), l.plain(l.Bounds.Estimate.Value))
	case l.Unit == "score":
		text = fmt.Sprintf("of %s = %s", plural(l.Cases, "case"), l.plain(l.Bounds.Estimate.Value))
	default:
		text = fmt.Sprintf("mean of %s = %s", l.count(l.Denominator), l.plain(l.Bounds.Estimate.Value))
	}
	text += fmt.Sprintf("; %s 95%%: [%s, %s]; ", l.Bounds.Method, lower, upper)
	limit := l.plain(l.Limit)
	switch l.Rule {
	case AtLeast:
		text += fmt.Sprintf("%s >= %s? %s; %s < %s? %s", lower, limit, yes(l.Bounds.Lower >= l.Limit), upper, limit, yes(l.Bounds.Upper < l.Limit))
	case AtMost:
		text += fmt.Sprintf("%s <= %s? %s; %s > %s? %s", upper, limit, yes(l.Bounds.Upper <= l.Limit), lower, limit, yes(l.Bounds.Lower > l.Limit))
	default:
		_, low, high := l.oriented()
		better := "higher is better"
		if !l.higher {
			better = "lower is better, signs turned"
		}
		text += fmt.Sprintf("%s: %s > -%s? %s; %s < -%s? %s", better, l.plain(low), limit, yes(low > -l.Limit), l.plain(high), limit, yes(high < -l.Limit))
	}
	l.Explain = text + " -> " + string(l.Verdict)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// figure is a value in the line's unit, for people.
func (l *Line) figure(x float64) string {
	switch {
	case math.IsInf(x, 0):
		return "unbounded"
	case l.Unit == "rate":
		return strconv.FormatFloat(x*100, 'f', 2, 64) + "%"
	}
	return strconv.FormatFloat(x, 'f', l.digits(), 64)
}

// points is a difference in the line's unit, for people.
func (l *Line) points(x float64) string {
	if l.Unit == "rate" {
		return strconv.FormatFloat(x*100, 'f', 2, 64) + " points"
	}
	return strconv.FormatFloat(x, 'f', l.digits(), 64)
}

// digits are those behind the point.
func (l *Line) digits() int {
	if l.Unit == "score" {
		return 4
	}
	return 2
}

func (l *Line) span() string {
	return fmt.Sprintf("%s and %s", l.figure(l.Bounds.Lower), l.figure(l.Bounds.Upper))
}

// plain is a value as it was compared, to six digits.
func (l *Line) plain(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }

func (l *Line) count(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
