package discover

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/des"
)

// Thresholds of calendars; the first two are those of López-Pintado & Dumas
// (2022), whose confidence and support these are.
const (
	// granuleConfidence is the share of somebody's days at work, of one weekday,
	// on which they were seen in a granule, for it to be working time.
	granuleConfidence = 0.1
	// calendarSupport is the share of what was seen that has to lie in working
	// time. Below it, the calendar is taken of more people.
	calendarSupport = 0.7
	// dayShare is the share of the weeks in which somebody worked on a weekday,
	// for it to be a working day.
	dayShare = 0.1
	// fewDays is below how many days at work a granule in which nobody was seen may
	// still be working time: the rule of three, 3 / granuleConfidence.
	fewDays = 30
	// ownDays and ownSeen are the days at work, and how often somebody was seen a
	// day, from which on a person has a calendar of their own.
	ownDays = 5
	ownSeen = 3
)

// Calendar is when people work, by the clock on the wall.
type Calendar struct {
	Zone string `json:"zone"`
	// Hours are by weekday, from Monday.
	Hours [7][]Hours `json:"hours"`
	// Support is the share of what people were seen at that lies in the hours;
	// Confidence the mean, over their granules, of the share of the days at work
	// on which somebody was seen in them.
	Support    float64 `json:"support"`
	Confidence float64 `json:"confidence"`
	Seen       int     `json:"seen"` // starts and ends
	Days       int     `json:"days"` // days at work, of all people together
	Of         string  `json:"of"`   // whose stamps it is made of: person, role or all
}

// Hours is a part of a day, in minutes since midnight.
type Hours struct {
	From int `json:"from_minute"`
	To   int `json:"to_minute"`
}

func (h Hours) String() string {
	return fmt.Sprintf("%02d:%02d-%02d:%02d", h.From/60, h.From%60, h.To/60, h.To%60)
}

var weekdays = [7]string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// String writes the week as scenarios do: mon-fri: 09:00-17:00.
func (c *Calendar) String() string {
	var parts []string
	for _, r := range c.runs() {
		parts = append(parts, r.days+" "+strings.Join(r.spans, ", "))
	}
	if len(parts) == 0 {
		return "never"
	}
	return strings.Join(parts, "; ")
}

// run is days in a row with the same hours.
type dayRun struct {
	days  string
	spans []string
}

func (c *Calendar) runs() []dayRun {
	var out []dayRun
	for d := 0; d < 7; {
		e := d
		for e+1 < 7 && sameHours(c.Hours[e+1], c.Hours[d]) {
			e++
		}
		if len(c.Hours[d]) > 0 {
			r := dayRun{days: weekdays[d]}
			if e > d {
				r.days += "-" + weekdays[e]
			}
			for _, h := range c.Hours[d] {
				r.spans = append(r.spans, h.String())
			}
			out = append(out, r)
		}
		d = e + 1
	}
	return out
}

func sameHours(a, b []Hours) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// PerWeek is the hours of a week.
func (c *Calendar) PerWeek() float64 {
	sum := 0
	for _, day := range c.Hours {
		for _, h := range day {
			sum += h.To - h.From
		}
	}
	return float64(sum) / 60
}

// des is the calendar of the simulator.
func (c *Calendar) des(zone *time.Location) *des.Calendar {
	out := &des.Calendar{Zone: zone}
	for d, day := range c.Hours {
		for _, h := range day {
			w := (d + 1) % 7 // time.Weekday counts from Sunday
			out.Week[w] = append(out.Week[w], des.Hours{From: time.Duration(h.From) * time.Minute, To: time.Duration(h.To) * time.Minute})
		}
	}
	return out
}

// sightings are when people were seen at work: by person and day, the granules.
type sightings struct {
	granule int // minutes
	zone    *time.Location
	coarse  bool // most stamps lie on the edges of granules
	people  map[int32]*seen
}

// seen is one person.
type seen struct {
	days        map[int]*seenDay // by local day since 1970
	stamps      []stampAt
	first, last int // days
}

// seenDay are the granules of a day with a stamp in them, and those between the
// start and the end of an activity of that day.
type seenDay struct{ stamped, covered []bool }

// stampAt is a start or an end, by the local clock.
type stampAt struct{ day, minute int }

// wall is the local day since 1970 and the minute of it, and whether the time
// lies exactly on an edge of granules.
func (s *sightings) wall(at int64) (day, minute int, edge bool) {
	day, since := wall(time.Unix(0, at).In(s.zone))
	return day, int(since / time.Minute), since%(time.Duration(s.granule)*time.Minute) == 0
}

// wall is the local day since 1970 and what the clock on the wall shows.
func wall(t time.Time) (day int, since time.Duration) {
	_, offset := t.Zone()
	local := t.Unix() + int64(offset)
	day = int(floorDiv(local, 24*3600))
	return day, time.Duration(local-int64(day)*24*3600)*time.Second + time.Duration(t.Nanosecond())
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// see takes in that a person worked from start to end. A stamp that lies exactly on
// an edge does not tell which side was worked on.
func (s *sightings) see(person int32, start, end int64, starts bool) {
	p := s.people[person]
	if p == nil {
		p = &seen{days: map[int]*seenDay{}, first: 1 << 30, last: -1 << 30}
		s.people[person] = p
	}
	d1, m1, edge1 := s.wall(start)
	d2, m2, edge2 := s.wall(end)
	if starts && (!edge1 || s.coarse) {
		p.mark(s, d1, m1)
	}
	if !edge2 || s.coarse {
		p.mark(s, d2, m2)
	}
	if d := p.days[d1]; d != nil && d1 == d2 {
		if edge2 && m2 > m1 {
			m2-- // it ends with the granule before
		}
		for k := m1 / s.granule; k <= m2/s.granule; k++ {
			d.covered[k] = true
		}
	}
}

// mark takes in that somebody was seen at a minute of a day.
func (p *seen) mark(s *sightings, day, minute int) {
	p.first, p.last = min(p.first, day), max(p.last, day)
	p.stamps = append(p.stamps, stampAt{day, minute})
	d := p.days[day]
	if d == nil {
		n := 24 * 60 / s.granule
		d = &seenDay{make([]bool, n), make([]bool, n)}
		p.days[day] = d
	}
	d.stamped[minute/s.granule], d.covered[minute/s.granule] = true, true
}

// granules are those of a day in which somebody was at work. Who is seen often was
// there when they were seen; who is not, also between the start and the end of what
// they did that day. Breaks show in the first alone.
func (p *seen) granules(d *seenDay) []bool {
	if len(p.stamps) >= ownSeen*len(p.days) {
		return d.stamped
	}
	return d.covered
}

// weekdayOf is a day since 1970, from Monday.
func weekdayOf(day int) int { return int(((int64(day)+3)%7 + 7) % 7) }

// open are the granules of a week that are working time.
type open [7][]bool

// calendar is that of some people together; inside, where given, is that of a
// larger group. Of a weekday with few days at work the hours are those of all
// weekdays together, as far as the larger group works; of few days in all, an hour
// in which nobody was seen is no break.
func (s *sightings) calendar(people []int32, inside *open) (*Calendar, *open) {
	n := 24 * 60 / s.granule
	var count [7][]int
	var worked [7]int
	var weeks [7]float64
	for d := range count {
		count[d] = make([]int, n)
	}
	c := &Calendar{Zone: s.zone.String()}
	for _, id := range people {
		p := s.people[id]
		if p == nil {
			continue
		}
		c.Seen += len(p.stamps)
		c.Days += len(p.days)
		for day, d := range p.days {
			w := weekdayOf(day)
			worked[w]++
			for k, on := range p.granules(d) {
				if on {
					count[w][k]++
				}
			}
		}
		for day := p.first; day <= p.last; day++ {
			weeks[weekdayOf(day)]++
		}
	}
	var pooled []int
	days := 0
	for d := range count {
		if float64(worked[d]) >= dayShare*weeks[d] {
			days += worked[d]
			pooled = add(pooled, count[d])
		}
	}
	var o open
	granules := 0
	for d := range o {
		o[d] = make([]bool, n)
		if worked[d] == 0 || float64(worked[d]) < dayShare*weeks[d] {
			continue
		}
		seen, of, within := count[d], worked[d], []bool(nil)
		if of < fewDays { // too little to tell this weekday from the others
			seen, of = pooled, days
			if inside != nil {
				within = inside[d]
			}
		}
		for k := range o[d] {
			if seen[k] > 0 && float64(seen[k]) >= granuleConfidence*float64(of) && (within == nil || within[k]) {
				o[d][k] = true
				c.Confidence += float64(seen[k]) / float64(of)
				granules++
			}
		}
		if of < fewDays {
			fill(o[d], within)
		}
		c.Hours[d] = hoursOf(o[d], s.granule)
	}
	if granules > 0 {
		c.Confidence /= float64(granules)
	}
	c.Support = s.support(people, &o)
	return c, &o
}

// around is a calendar around the clock, for people whose hours do not show.
func around(c *Calendar, granule int) (*Calendar, *open) {
	var o open
	for d := range o {
		o[d] = slices.Repeat([]bool{true}, 24*60/granule)
		c.Hours[d] = hoursOf(o[d], granule)
	}
	return c, &o
}

// fill opens what lies between the first and the last open granule, within the
// hours of the larger group where there is one.
func fill(day, within []bool) {
	first, last := slices.Index(day, true), len(day)-1
	for last > first && !day[last] {
		last--
	}
	for k := first + 1; first >= 0 && k < last; k++ {
		day[k] = day[k] || within == nil || within[k]
	}
}

// add sums counts up.
func add(sum, counts []int) []int {
	if sum == nil {
		return slices.Clone(counts)
	}
	for k, n := range counts {
		sum[k] += n
	}
	return sum
}

// support is the share of stamps that lie in open granules.
func (s *sightings) support(people []int32, o *open) float64 {
	in, all := 0, 0
	for _, id := range people {
		if p := s.people[id]; p != nil {
			for _, x := range p.stamps {
				all++
				if o[weekdayOf(x.day)][x.minute/s.granule] {
					in++
				}
			}
		}
	}
	if all == 0 {
		return 0
	}
	return float64(in) / float64(all)
}

// hoursOf joins granules.
func hoursOf(day []bool, granule int) []Hours {
	var out []Hours
	for k, on := range day {
		if !on {
			continue
		}
		if n := len(out); n > 0 && out[n-1].To == k*granule {
			out[n-1].To += granule
			continue
		}
		out = append(out, Hours{k * granule, (k + 1) * granule})
	}
	return out
}
