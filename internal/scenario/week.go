package scenario

import (
	"sort"
	"time"
)

// Lengths of the week, and of a day that no change of the clocks is on.
const (
	WeekMinutes = 7 * 24 * 60
	WeekHours   = 7 * 24
	Day         = 24 * time.Hour
)

// Week is the rates of an ordinary week, in order and apart; none holds between
// them.
type Week []Piece

// Piece is a rate that holds for part of the week.
type Piece struct {
	From, To int     // minutes since Monday 00:00
	PerHour  float64 // cases
}

// Volume is how many cases come in the week.
func (w Week) Volume() float64 {
	sum := 0.0
	for _, p := range w {
		sum += p.PerHour * float64(p.To-p.From) / 60
	}
	return sum
}

// RateAt is the rate at a minute of the week, and until when it holds.
func (w Week) RateAt(minute int) (perHour float64, until int) {
	i := sort.Search(len(w), func(i int) bool { return minute < w[i].To })
	switch {
	case i == len(w):
		return 0, WeekMinutes
	case minute < w[i].From:
		return 0, w[i].From
	}
	return w[i].PerHour, w[i].To
}

// Wall is what a clock on a wall shows: seconds since Monday 00:00, that of
// 1970-01-05.
type Wall int64

// WallOf is what the clocks of a zone show at a time.
func WallOf(t time.Time, zone *time.Location) Wall {
	_, offset := t.In(zone).Zone()
	return Wall(t.Unix()+int64(offset)) - Wall(4*Day/time.Second)
}

// Whole is how many hours, days or other units have passed, rounded down.
func (w Wall) Whole(unit time.Duration) int64 {
	return floorDiv(int64(w), int64(unit/time.Second))
}

// OfWeek is which hour, day or other unit of its week it is, from 0.
func (w Wall) OfWeek(unit time.Duration) int {
	return int((w - Wall(w.Whole(7*Day))*Wall(7*Day/time.Second)) / Wall(unit/time.Second))
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
