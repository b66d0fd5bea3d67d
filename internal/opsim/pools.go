package opsim

import (
	"math"
	"slices"
	"time"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// crew is a team's people as they are in one replication.
type crew struct {
	pool    des.Pool
	member  []int32 // by server
	errors  []float64
	members []scenario.Member
}

// crew lays out a team with so many people, by entry of its list. A person with
// several cases in hand is several servers. What chance deals a person hangs on
// the entry alone, so that others meet the same luck where one entry grows.
func (pl *plan) crew(t int, people []int, seed uint64) (*crew, error) {
	team := &pl.sc.Teams[t]
	classes := &pl.classes[t]
	c := &crew{
		pool: des.Pool{
			Name: team.Name, Classes: classes.set, ShiftEnd: team.ShiftEnd, NoStart: team.NoStart.Hours(),
			Unlimited: team.Unlimited, Room: team.Room, Preempt: team.Preempt, ByDue: team.ByDue,
		},
		members: pl.sc.Teams[t].Entries(people),
	}
	if team.Unlimited {
		return c, nil
	}
	speeds, absences := des.NewDraws(seed, forSpeeds+uint64(t)), des.NewDraws(seed, forAbsence+uint64(t))
	person := 0
	for i := range c.members {
		m := &c.members[i]
		skills := classes.skills(m)
		for k := range m.People {
			dealt := i*scenario.MaxPeople + k
			sv := des.Server{Skills: skills, Speed: m.Speed, Shifts: pl.shifts[t][i]}
			if s := team.SpeedSpread; s > 0 {
				d := speeds.For(int64(dealt), 0)
				sv.Speed *= math.Exp(s*d.Normal() - s*s/2)
			}
			if away := pl.away(t, i, k); m.Absence > 0 || len(away) > 0 {
				var err error
				if sv.Shifts, err = pl.present(m, away, absences, dealt); err != nil {
					return nil, err
				}
			}
			person++
			if m.AtOnce > 1 {
				sv.Person = person
			}
			for range max(1, m.AtOnce) {
				c.pool.Servers = append(c.pool.Servers, sv)
				c.member = append(c.member, int32(i))
			}
		}
		c.errors = append(c.errors, m.ErrorRate)
	}
	return c, nil
}

// present are a person's shifts without the days on which the person is away,
// and without those of absence.
func (pl *plan) present(m *scenario.Member, away []scenario.Away, draws des.Draws, person int) (*des.Shifts, error) {
	calendar := m.Calendar
	if calendar == nil {
		day := []des.Hours{{From: 0, To: 24 * time.Hour}}
		calendar = &des.Calendar{Zone: pl.sc.Arrivals.Zone, Week: [7][]des.Hours{day, day, day, day, day, day, day}}
	}
	return calendar.ShiftsWithout(pl.start, pl.end, func(d des.Date) bool {
		if slices.ContainsFunc(away, func(a scenario.Away) bool { return a.Covers(d) }) {
			return true
		}
		draw := draws.For(int64(d.Year)*372+int64(d.Month)*31+int64(d.Day), person)
		return draw.Uniform() < m.Absence
	})
}
