package eventlog

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/normalise"
)

// timeReader reads times as programs and people write them.
type timeReader struct {
	zone  *time.Location
	dates normalise.DateOrder
	last  string // the layout that read the one before
}

// Layouts of times with a zone of their own, and of those without.
var (
	zoned = []string{
		time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z0700", "2006-01-02 15:04:05 Z0700",
		"2006/01/02 15:04:05Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02 15:04Z07:00",
	}
	local  = []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006/01/02 15:04:05", "2006/01/02 15:04", time.DateOnly}
	clocks = []string{"15:04:05", "15:04", "3:04:05 PM", "3:04 PM", "3:04:05PM", "3:04PM"}
)

// Years of times between any two of which there are fewer nanoseconds than an
// int64 holds, with room to spare.
const firstYear, lastYear = 1950, 2199

// read reads a value; false where it is absent.
func (r *timeReader) read(v any) (time.Time, bool, error) {
	switch x := v.(type) {
	case nil:
		return time.Time{}, false, nil
	case time.Time:
		return inYears(x)
	case dataset.Day:
		y, m, d := time.Time(x).Date()
		return inYears(time.Date(y, m, d, 0, 0, 0, 0, r.zone))
	}
	s := strings.TrimSpace(text(v))
	if s == "" {
		return time.Time{}, false, nil
	}
	if t, ok := r.parse(s); ok {
		return inYears(t)
	}
	return time.Time{}, false, fmt.Errorf("%q is no time, want one like 2006-01-02T15:04:05Z", brief(s))
}

func inYears(t time.Time) (time.Time, bool, error) {
	if y := t.Year(); y < firstYear || y > lastYear {
		return t, false, fmt.Errorf("%s lies outside the years %d to %d", t.Format(time.RFC3339), firstYear, lastYear)
	}
	return t, true, nil
}

func (r *timeReader) parse(s string) (time.Time, bool) {
	if r.last != "" {
		if t, err := time.ParseInLocation(r.last, s, r.zone); err == nil {
			return t, true
		}
	}
	for _, layouts := range [][]string{zoned, local} {
		for _, layout := range layouts {
			if t, err := time.ParseInLocation(layout, s, r.zone); err == nil {
				r.last = layout
				return t, true
			}
		}
	}
	// A date as people write it, and a clock behind it.
	day, clock, _ := strings.Cut(s, " ")
	date, ok := normalise.Date(day, r.dates)
	if !ok {
		return time.Time{}, false
	}
	y, m, d := date.Date()
	if clock == "" {
		return time.Date(y, m, d, 0, 0, 0, 0, r.zone), true
	}
	for _, layout := range clocks {
		if t, err := time.Parse(layout, strings.ToUpper(strings.TrimSpace(clock))); err == nil {
			return time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), r.zone), true
		}
	}
	return time.Time{}, false
}

// text is a value as a text, without spaces around it.
func text(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return strings.TrimSpace(x)
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case time.Time:
		return x.UTC().Format(time.RFC3339Nano)
	}
	return fmt.Sprint(v)
}
