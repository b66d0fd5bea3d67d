package discover

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// mostListed is how many people of a role a scenario lists by name; a larger role
// is counted.
const mostListed = 100

// network is a scenario of all roles: cases come, and go from role to role with
// the shares of the log. "" where nobody is named, or nothing is known of how long
// a role works.
func (w *proposer) network() string {
	if len(w.Roles) < 2 {
		return "" // it would be that of the role
	}
	first, next, ends := w.routes()
	var teams strings.Builder
	for i := range w.Roles {
		r := &w.Roles[i]
		work := w.minutes(i)
		if work == "" {
			return ""
		}
		fmt.Fprintf(&teams, "  %s:\n", w.roles[i])
		if len(r.People) > mostListed {
			fmt.Fprintf(&teams, "    people: %d\n", len(r.People))
		} else {
			teams.WriteString("    people:\n")
			for k := range r.People {
				fmt.Fprintf(&teams, "      - {%s}\n", w.member(i, &r.People[k]))
			}
		}
		fmt.Fprintf(&teams, "    minutes: %s\n    zone: %s\n    hours: %s\n    shift_end: %s\n", work, w.Zone, hoursText(r.Calendar), w.shiftEnd())
		if then := w.shares(next[i], ends[i]); then != "" {
			fmt.Fprintf(&teams, "    then: {%s}\n", then)
		}
	}
	start, weeks := w.monday()
	return fmt.Sprintf(`# All roles of the process: a case goes from one to the next, or to the same again,
# with the shares of the log. Activities that are done side by side stand one after
# the other here, so cases take longer than they did; queues and loads are as they
# were. The replay check of eval discover simulates them side by side.
scenario: network
cases:
  escalated: {%s}
arrivals:
  zone: %s
%s  per_hour:
%steams:
%sstart: %s
weeks: %d
warm_up: 0
`, w.shares(first, 0), w.Zone, w.gaps(), perHour(w.Arrivals.PerHour), teams.String(), start.Format(time.DateOnly), weeks)
}

// routes counts where cases begin, where they go from each role, and where they end.
func (w *proposer) routes() (first []int, next [][]int, ends []int) {
	n := len(w.Roles)
	first, next, ends = make([]int, n), make([][]int, n), make([]int, n)
	for i := range next {
		next[i] = make([]int, n)
	}
	for _, c := range w.p.cases {
		at := -1
		for _, i := range inOrder(c.items) {
			if c.items[i].person < 0 {
				continue
			}
			to := w.p.people[c.items[i].person].role
			if at < 0 {
				first[to]++
			} else {
				next[at][to]++
			}
			at = to
		}
		if at >= 0 {
			ends[at]++
		}
	}
	return first, next, ends
}

// shares writes counts as shares of their sum and of the rest, which go nowhere:
// rounded down, so that they do not add up to more than 1.
func (w *proposer) shares(counts []int, rest int) string {
	total := rest
	for _, n := range counts {
		total += n
	}
	var out []string
	for i, n := range counts {
		if n == 0 {
			continue
		}
		x := math.Floor(1e4*float64(n)/float64(total)) / 1e4
		if n == total {
			x = 1
		}
		if x > 0 {
			out = append(out, fmt.Sprintf("%s: %g", w.roles[i], x))
		}
	}
	return strings.Join(out, ", ")
}

// member is one person of a role.
func (w *proposer) member(role int, p *PersonResult) string {
	out := "name: " + strconv.Quote(p.Name)
	if p.Parallel > 1 {
		out += fmt.Sprintf(", at_once: %d", min(p.Parallel, 20))
	}
	if s := w.speed(p.Name); s != 1 {
		out += fmt.Sprintf(", speed: %.3g", s)
	}
	if p.Calendar.String() != w.Roles[role].Calendar.String() {
		out += fmt.Sprintf(", zone: %s, hours: %s", w.Zone, hoursText(p.Calendar))
	}
	return out
}

// slower is how many standard errors somebody's time at work has to be from what
// the same activities take on average, for a speed of their own.
const slower = 3

// speed is what a person's activities take on average over what they took; 1 where
// chance may explain the difference.
func (w *proposer) speed(name string) float64 {
	id := int32(slices.Index(w.p.log.Resources, name))
	took, expected, variance := 0.0, 0.0, 0.0
	for a, known := range w.p.byAct {
		own := w.p.durations[[2]int32{int32(a), id}]
		m := mean(known)
		for _, h := range own {
			took += h
			expected += m
		}
		for _, h := range known {
			variance += (h - m) * (h - m) / float64(len(known)) * float64(len(own))
		}
	}
	if took <= 0 || expected <= 0 || math.Abs(took-expected) <= slower*math.Sqrt(variance) {
		return 1
	}
	return min(100, max(0.01, expected/took))
}

// minutes are how long a role works on an activity, as a scenario writes it: the
// recorded mean and spread. "" where nothing is known.
func (w *proposer) minutes(role int) string {
	var hours, squares []float64
	for _, c := range w.p.cases {
		for _, it := range c.items {
			if it.timed && it.person >= 0 && w.p.people[it.person].role == role {
				hours = append(hours, it.work)
			}
		}
	}
	m := mean(hours)
	if len(hours) < 2 || !(m > 0) {
		return ""
	}
	for _, h := range hours {
		squares = append(squares, (h-m)*(h-m))
	}
	return lasting(60*m, mean(squares)/(m*m))
}

// lasting is a length of time by its mean and squared coefficient of variation.
func lasting(mean, scv float64) string {
	if scv < 1e-4 {
		return fmt.Sprintf("%.4g", mean)
	}
	return fmt.Sprintf("{distribution: lognormal, mean: %.4g, scv: %.4g}", mean, scv)
}

// gaps says how regular cases come, where that is not at random: the squared
// coefficient of variation of gaps, in time that runs with the rate of the hour.
func (w *proposer) gaps() string {
	var came []float64
	for _, c := range w.p.cases {
		came = append(came, w.clocked(c.arrive))
	}
	slices.Sort(came)
	var gaps, squares []float64
	for i := 1; i < len(came); i++ {
		gaps = append(gaps, came[i]-came[i-1])
	}
	m := mean(gaps)
	if len(gaps) < fewTrained || !(m > 0) {
		return ""
	}
	for _, g := range gaps {
		squares = append(squares, (g-m)*(g-m))
	}
	// The spread of a sample of exponential gaps is this far from 1 by chance.
	scv, chance := mean(squares)/(m*m), 2*math.Sqrt(8/float64(len(gaps)))
	if math.Abs(scv-1) <= chance {
		return ""
	}
	return fmt.Sprintf("  gaps: {distribution: gamma, scv: %.3g}    # %d gaps; 1 is at random\n", max(scv, 0.001), len(gaps))
}

// clocked is how many cases were expected before a time, at the rate of the hour.
func (w *proposer) clocked(t float64) float64 {
	day, h := w.p.wall(t)
	sum := 0.0
	for d := w.p.day(0); d < day; d++ {
		for _, x := range w.Arrivals.PerHour[weekdayOf(d)] {
			sum += x
		}
	}
	for k, x := range w.Arrivals.PerHour[weekdayOf(day)] {
		sum += x * min(1, max(0, h-float64(k)))
	}
	return sum
}

// perHour writes rates by weekday and hour.
func perHour(rates [7][24]float64) string {
	var b strings.Builder
	for d := range rates {
		var day []string
		for h, x := range rates[d] {
			if x > 0 {
				day = append(day, fmt.Sprintf("%02d:00-%02d:00: %.4g", h, h+1, x))
			}
		}
		if len(day) > 0 {
			fmt.Fprintf(&b, "    %s: {%s}\n", weekdays[d], strings.Join(day, ", "))
		}
	}
	return b.String()
}
