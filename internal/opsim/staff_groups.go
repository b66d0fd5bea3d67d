package opsim

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// group is people who are alike, whose number is to be found.
type group struct {
	team, entry int
	cost        float64 // a week, of one of them
	least, most int
}

// mix is how many people there are of every group.
type mix []int

// with is the mix with some more, or fewer, people in one group.
func (m mix) with(at, more int) mix {
	out := slices.Clone(m)
	out[at] += more
	return out
}

// within says whether no group of m is larger than in n.
func (m mix) within(n mix) bool {
	for i := range m {
		if m[i] > n[i] {
			return false
		}
	}
	return true
}

// gather finds the groups whose number can be found, what they cost, and who
// is there whatever is found.
func (s *search) gather() error {
	sc := s.plan.sc
	s.fixed = rosterOf(sc)
	wages, paid, hours := true, false, true
	for t := range sc.Teams {
		if !s.needed(t) {
			clear(s.fixed[t])
			continue
		}
		if sc.Teams[t].Unlimited {
			continue
		}
		for i, m := range sc.Teams[t].Entries(nil) {
			if !m.Group {
				continue
			}
			s.fixed[t][i] = m.Min
			if s.plan.onDuty(t, i) > 0 {
				g := group{team: t, entry: i, least: m.Min, most: math.MaxInt}
				if m.Max > 0 {
					g.most = m.Max
				}
				s.groups = append(s.groups, g)
				wages, paid, hours = wages && m.WageKnown, paid || m.Wage > 0, hours && m.Calendar != nil
			}
		}
	}
	switch {
	case len(s.groups) > maxGroups:
		return fmt.Errorf("%d groups of people whose number is to be found, want at most %d: leave out what nobody would choose", len(s.groups), maxGroups)
	case wages && paid:
		s.measure = Wages
	case len(s.groups) > 0 && hours:
		s.measure = Hours
	default:
		s.measure = Heads
	}
	for i, g := range s.groups {
		s.groups[i].cost = s.price(&sc.Teams[g.team].Entries(nil)[g.entry])
	}
	return nil
}

// crowded says that a mix is more people than can be simulated.
func (s *search) crowded(m mix) bool { return s.plan.sc.Crowded(s.roster(m)) }

// maxGroups bounds how many numbers are found together.
const maxGroups = 24

// needed says whether a design gives a team anything to do.
func (s *search) needed(t int) bool {
	return s.design.share[t] > 0 || len(s.plan.sc.Teams[t].Other) > 0
}

// price is what a person costs a week.
func (s *search) price(m *scenario.Member) float64 {
	switch s.measure {
	case Wages:
		return m.Wage * paidHours(m.Calendar)
	case Hours:
		return paidHours(m.Calendar)
	}
	return 1
}

// costOf is what all people cost a week.
func (s *search) costOf(r roster) float64 {
	sum := 0.0
	for t := range r {
		if s.plan.sc.Teams[t].Unlimited {
			continue
		}
		for _, m := range s.plan.sc.Teams[t].Entries(r[t]) {
			sum += float64(m.People) * s.price(&m)
		}
	}
	return sum
}

// cost is what the people cost whose number is found.
func (s *search) cost(m mix) float64 {
	sum := 0.0
	for i, n := range m {
		sum += float64(n) * s.groups[i].cost
	}
	return sum
}

// clamped is the mix with every group between its bounds.
func (s *search) clamped(m mix) mix {
	out := slices.Clone(m)
	for i, g := range s.groups {
		out[i] = min(max(out[i], g.least), g.most)
	}
	return out
}

// may says whether every group of a mix is between its bounds.
func (s *search) may(m mix) bool { return slices.Equal(m, s.clamped(m)) }

// full says that no group of a team, or of any where t is -1, can grow.
func (s *search) full(t int, m mix) bool {
	for i, g := range s.groups {
		if (t < 0 || g.team == t) && m[i] < g.most {
			return false
		}
	}
	return true
}

// roster is everybody, with so many people in the groups.
func (s *search) roster(m mix) roster {
	r := s.fixed.clone()
	for i, g := range s.groups {
		r[g.team][g.entry] = m[i]
	}
	return r
}

// paidHours are the hours of an ordinary week by a calendar, closed days and
// absence among them: they are paid. nil: around the clock.
func paidHours(c *des.Calendar) float64 {
	if c == nil {
		return scenario.WeekHours
	}
	var taken [scenario.WeekMinutes]bool // hours that overlap are paid once
	sum := 0
	for day, spans := range c.Week {
		for _, span := range spans {
			for at := span.From; at < span.To; at += time.Minute {
				m := (day*24*60 + int(at/time.Minute)) % scenario.WeekMinutes
				if !taken[m] {
					taken[m] = true
					sum++
				}
			}
		}
	}
	return float64(sum) / 60
}

// inWords says when people work in an ordinary week, such as mon-fri
// 06:00-14:00.
func inWords(c *des.Calendar) string {
	if c == nil {
		return "around the clock"
	}
	var days [7]string
	for d := range days {
		var spans []string
		for _, h := range c.Week[(d+1)%7] { // time.Weekday counts from Sunday
			spans = append(spans, clock(h.From)+"-"+clock(h.To))
		}
		days[d] = strings.Join(spans, " ")
	}
	var parts []string
	for from := 0; from < len(days); {
		to := from
		for to+1 < len(days) && days[to+1] == days[from] {
			to++
		}
		if days[from] != "" {
			name := scenario.DayNames[from]
			if to > from {
				name += "-" + scenario.DayNames[to]
			}
			parts = append(parts, name+" "+days[from])
		}
		from = to + 1
	}
	if parts == nil {
		return "never"
	}
	return strings.Join(parts, ", ")
}

func clock(d time.Duration) string {
	m := int(d/time.Minute) % (24 * 60)
	return fmt.Sprintf("%02d:%02d", m/60, m%60)
}
