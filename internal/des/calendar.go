package des

import (
	"fmt"
	"time"
)

// A Calendar is the hours of a week at one place, with exceptions by date. It
// becomes Shifts, in hours since a start, by Calendar.Shifts.
type Calendar struct {
	Zone *time.Location
	// Week holds, for each time.Weekday, the hours that begin on that day.
	// A break is the gap between two of them.
	Week [7][]Hours
	// Dates holds the hours of single days instead of the week's; a date with
	// no hours is a closed day.
	Dates map[Date][]Hours
}

// Hours is a stretch of one day by the clock on the wall, as times since local
// midnight. To may pass 24 hours: a night shift is 22h to 30h.
//
// On days when the clocks change, the wall clock rules: a night shift is an hour
// shorter or longer. A time that the clocks skip is the moment of the change; a
// time that comes twice is its first occurrence.
type Hours struct{ From, To time.Duration }

// A Date is one day of the calendar.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the day that t falls on, in t's own zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// Shifts lists when the calendar is open in the given number of hours from a
// start, in hours since it.
func (c *Calendar) Shifts(start time.Time, hours float64) (*Shifts, error) {
	return c.ShiftsWithout(start, hours, nil)
}

// ShiftsWithout is Shifts without the hours that begin on dates for which away
// says so; nil: never.
func (c *Calendar) ShiftsWithout(start time.Time, hours float64, away func(Date) bool) (*Shifts, error) {
	if c.Zone == nil {
		return nil, fmt.Errorf("calendar has no time zone")
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	end := start.Add(time.Duration(hours * float64(time.Hour)))
	// Hours that begin up to two days before the start may still run at it.
	first, last := DateOf(start.In(c.Zone).AddDate(0, 0, -3)), DateOf(end.In(c.Zone))
	var spans []Span
	for d := first; ; d = d.next() {
		hours := c.on(d)
		if away != nil && len(hours) > 0 && away(d) {
			hours = nil
		}
		for _, h := range hours {
			from, to := c.at(d, h.From), c.at(d, h.To)
			if !from.Before(to) || !from.Before(end) || !to.After(start) {
				continue
			}
			if to.After(end) {
				to = end
			}
			spans = append(spans, Span{from.Sub(start).Hours(), to.Sub(start).Hours()})
		}
		if d == last {
			break
		}
	}
	return NewShifts(0, spans...)
}

func (c *Calendar) check() error {
	bad := func(h Hours) bool {
		return h.From < 0 || h.From >= 24*time.Hour || h.To <= h.From || h.To > 48*time.Hour
	}
	const want = "want a start from 0h to 24h and an end after it, at most 48h"
	for day, list := range c.Week {
		for _, h := range list {
			if bad(h) {
				return fmt.Errorf("hours %v to %v on %v: %s", h.From, h.To, time.Weekday(day), want)
			}
		}
	}
	for d, list := range c.Dates {
		for _, h := range list {
			if bad(h) {
				return fmt.Errorf("hours %v to %v on %v: %s", h.From, h.To, d, want)
			}
		}
	}
	return nil
}

// on is the hours of one day.
func (c *Calendar) on(d Date) []Hours {
	if h, ok := c.Dates[d]; ok {
		return h
	}
	return c.Week[d.noon().Weekday()]
}

// noon is a moment that is surely on the day, and off every change of clocks.
func (d Date) noon() time.Time { return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC) }

func (d Date) next() Date { return DateOf(d.noon().AddDate(0, 0, 1)) }

func (d Date) String() string { return d.noon().Format(time.DateOnly) }

// at is the moment when the wall clock shows the given time since midnight of d.
func (c *Calendar) at(d Date, since time.Duration) time.Time {
	wall := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Add(since)
	y, m, day := wall.Date()
	t := time.Date(y, m, day, wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), c.Zone)
	begin, end := t.ZoneBounds()
	switch shown := wallOf(t); {
	case shown.After(wall): // skipped, and time.Date chose a moment after the change
		return begin
	case shown.Before(wall): // skipped, and it chose one before
		return end
	}
	if begin.IsZero() {
		return t
	}
	// The same wall time may have come once already, before the last change.
	_, now := t.Zone()
	_, was := begin.Add(-time.Nanosecond).Zone()
	if earlier := t.Add(time.Duration(now-was) * time.Second); earlier.Before(begin) && wallOf(earlier).Equal(wall) {
		return earlier
	}
	return t
}

// wallOf is what the wall clock shows at t, as a time in UTC.
func wallOf(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}
