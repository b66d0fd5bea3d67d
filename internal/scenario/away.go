package scenario

import (
	"fmt"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/des"
)

// Away is days on which people are not there, such as a holiday or an illness.
type Away struct {
	From, To des.Date // the first and the last of them
	People   int      // how many of those that it is stated of; 0: all
}

// Covers says whether it is one of the days.
func (a *Away) Covers(d des.Date) bool {
	of := func(d des.Date) int { return (d.Year*100+int(d.Month))*100 + d.Day }
	return of(a.From) <= of(d) && of(d) <= of(a.To)
}

// Spell is from midnight to midnight in a zone.
func (a *Away) Spell(zone *time.Location) Spell {
	midnight := func(d des.Date, later int) time.Time {
		return time.Date(d.Year, d.Month, d.Day+later, 0, 0, 0, 0, zone)
	}
	at := midnight(a.From, 0)
	return Spell{At: at, Lasts: &Distribution{Name: "fixed", Mean: midnight(a.To, 1).Sub(at).Minutes()}}
}

// String says which days, for a report.
func (a *Away) String() string {
	if a.From == a.To {
		return a.From.String()
	}
	return fmt.Sprintf("%s to %s", a.From, a.To)
}

type awayKeys struct {
	Pos    flow.Pos   `yaml:",pos"`
	From   flow.Text  `yaml:"from"`
	To     *flow.Text `yaml:"to"`
	People *flow.Text `yaml:"people"`
}

// How often people may be away, and how long at a time.
const (
	maxAway     = 100
	maxDaysAway = 3660
)

// away reads when people are away, so many at most.
func (l *loader) away(list []awayKeys, people int) []Away {
	if len(list) > maxAway {
		l.diags.Add(list[maxAway].Pos, fmt.Sprintf("away %d times, want at most %d", len(list), maxAway), "")
		return nil
	}
	var out []Away
	for i := range list {
		k := &list[i]
		from, ok := l.date(&k.From)
		to, until := from, ok
		if k.To != nil {
			to, until = l.date(k.To)
		}
		a := Away{From: des.DateOf(from), To: des.DateOf(to)}
		if k.People != nil {
			a.People = l.whole(k.People, "people", 1, max(1, people), 1)
		}
		switch {
		case !ok || !until:
		case to.Before(from):
			l.diags.Add(k.To.Pos, fmt.Sprintf("away from %s to %s, want the last day after the first", a.From, a.To), "")
		case to.Sub(from) > maxDaysAway*Day:
			l.diags.Add(k.To.Pos, fmt.Sprintf("away from %s to %s, want %d days at most", a.From, a.To, maxDaysAway), "")
		default:
			out = append(out, a)
		}
	}
	return out
}

// teamAway reads when people of a team are away. Of a team whose people are
// listed that is everybody, as nobody could say who else.
func (l *loader) teamAway(t *Team, list []awayKeys) {
	t.Away = l.away(list, t.People)
	for i := range list {
		switch k := &list[i]; {
		case t.Unlimited:
			l.diags.Add(k.Pos, fmt.Sprintf("people of team %q are away, and there is no end of them", t.Name), "")
			return
		case len(t.Members) > 0 && said(k.People):
			l.diags.Add(k.People.Pos, fmt.Sprintf("%s people of team %q are away, and its people are listed", k.People.Value, t.Name), "say away in the entries of those who are")
		}
	}
}

// date reads a day.
func (l *loader) date(t *flow.Text) (time.Time, bool) {
	if !said(t) {
		return time.Time{}, false
	}
	day, err := time.Parse(time.DateOnly, t.Value)
	if err != nil {
		l.diags.Add(t.Pos, fmt.Sprintf("%q is no date, want one like 2006-01-02", t.Value), "")
	}
	return day, err == nil
}
