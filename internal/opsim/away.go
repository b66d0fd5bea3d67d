package opsim

import (
	"fmt"
	"time"

	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// everybody stands for the whole team in place of an entry of its list.
const everybody = -1

// awayOf is when a team's people are away: everybody, or those of an entry.
func awayOf(sc *scenario.Scenario, t, entry int) []scenario.Away {
	team := &sc.Teams[t]
	switch {
	case entry == everybody:
		return team.Away
	case entry < len(team.Members):
		return team.Members[entry].Away
	}
	return nil
}

// away is when the k-th person of an entry is away, but for what is left out.
func (pl *plan) away(t, entry, k int) []scenario.Away {
	var out []scenario.Away
	for _, of := range []int{everybody, entry} {
		for i, a := range awayOf(pl.sc, t, of) {
			if (a.People == 0 || k < a.People) && !pl.omits(happening{away: true, pool: t, entry: of, index: i}) {
				out = append(out, a)
			}
		}
	}
	return out
}

// zoneOf is whose midnight a day of absence begins at.
func zoneOf(sc *scenario.Scenario, t, entry int) *time.Location {
	calendar := sc.Teams[t].Calendar
	if entry != everybody {
		calendar = sc.Teams[t].Members[entry].Calendar
	}
	if calendar == nil {
		return sc.Arrivals.Zone
	}
	return calendar.Zone
}

// whoIsAway names the people of an absence.
func whoIsAway(sc *scenario.Scenario, h happening) string {
	who := sc.Teams[h.pool].Name
	if h.entry != everybody {
		name := sc.Teams[h.pool].Members[h.entry].Name
		if name == "" {
			name = fmt.Sprintf("entry %d", h.entry+1)
		}
		who = name + " of " + who
	}
	if n := awayOf(sc, h.pool, h.entry)[h.index].People; n > 0 {
		who = fmt.Sprintf("%d of %s", n, who)
	}
	return who
}
