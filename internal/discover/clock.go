package discover

import (
	"math"
	"sort"

	"github.com/rehearse-dev/rehearse/internal/des"
)

// clock counts time on duty. Times are hours since the process's origin. The nil
// clock is always on duty.
type clock struct {
	spans  []des.Span // in order, without overlap
	before []float64  // time on duty before each
}

func newClock(spans []des.Span) *clock {
	c := &clock{spans: spans, before: make([]float64, len(spans))}
	sum := 0.0
	for i, s := range spans {
		c.before[i] = sum
		sum += s.To - s.From
	}
	return c
}

// until is the time on duty before t.
func (c *clock) until(t float64) float64 {
	i := sort.Search(len(c.spans), func(i int) bool { return c.spans[i].From > t }) - 1
	if i < 0 {
		return 0
	}
	return c.before[i] + min(t, c.spans[i].To) - c.spans[i].From
}

// open says whether a time is on duty, or the beginning or end of it.
func (c *clock) open(t float64) bool {
	i := sort.Search(len(c.spans), func(i int) bool { return c.spans[i].To >= t })
	return i < len(c.spans) && c.spans[i].From <= t
}

// between is the time on duty from one time to another.
func (c *clock) between(from, to float64) float64 {
	if c == nil {
		return to - from
	}
	return max(0, c.until(to)-c.until(from))
}

// after is when so much time on duty has passed since t; +Inf where the clock
// ends before.
func (c *clock) after(t, amount float64) float64 {
	if c == nil || amount <= 0 {
		return t + max(0, amount)
	}
	target := c.until(t) + amount
	i := sort.Search(len(c.spans), func(i int) bool { s := c.spans[i]; return c.before[i]+s.To-s.From >= target })
	if i == len(c.spans) {
		return math.Inf(1)
	}
	return c.spans[i].From + target - c.before[i]
}

// without is the clock less some spans, which are in order.
func (c *clock) without(busy []des.Span) *clock {
	var out []des.Span
	k := 0
	for _, s := range c.spans {
		from := s.From
		for k > 0 && busy[k-1].To > from {
			k--
		}
		for ; k < len(busy) && busy[k].From < s.To; k++ {
			if b := busy[k]; b.To > from {
				if b.From > from {
					out = append(out, des.Span{From: from, To: b.From})
				}
				from = b.To
			}
		}
		if from < s.To {
			out = append(out, des.Span{From: from, To: s.To})
		}
	}
	return newClock(out)
}

// union joins spans that touch or overlap; they are ordered by start.
func union(spans []des.Span) []des.Span {
	var out []des.Span
	for _, s := range spans {
		if n := len(out); n > 0 && s.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, s.To)
			continue
		}
		out = append(out, s)
	}
	return out
}
