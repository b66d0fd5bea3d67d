package scenario

import "fmt"

// Limits on people: every case that a person can have in hand takes memory.
const (
	// MaxPeople is how many people a team has at most, all of its entries
	// together.
	MaxPeople = 100_000
	// MaxInHand is how many cases the people of all teams can have in hand at
	// most.
	MaxInHand = 400_000
)

// Crowded says that so many people, by team and by entry of its list, are more
// than can be simulated.
func (sc *Scenario) Crowded(people [][]int) bool {
	inHand := 0
	for t := range sc.Teams {
		if sc.Teams[t].Unlimited {
			continue
		}
		entries := sc.Teams[t].Entries(people[t])
		if headcount(entries) > MaxPeople {
			return true
		}
		inHand += atOnce(entries)
	}
	return inHand > MaxInHand
}

// headcount is how many people there are in the entries.
func headcount(entries []Member) int {
	n := 0
	for i := range entries {
		n += entries[i].People
	}
	return n
}

// atOnce is how many cases they can have in hand.
func atOnce(entries []Member) int {
	n := 0
	for i := range entries {
		n += entries[i].People * max(1, entries[i].AtOnce)
	}
	return n
}

// crowds refuses more people than can be simulated.
func (l *loader) crowds() {
	sum := 0
	for i := range l.sc.Teams {
		t := &l.sc.Teams[i]
		if t.Unlimited {
			continue
		}
		entries := t.Entries(nil)
		if n := headcount(entries); n > MaxPeople {
			l.diags.Add(t.Pos, fmt.Sprintf("team %q has %d people, want at most %d", t.Name, n, MaxPeople), "people: unlimited, where nobody ever waits for them")
			return
		}
		if sum += atOnce(entries); sum > MaxInHand {
			l.diags.Add(t.Pos, fmt.Sprintf("with team %q, people can have %d cases in hand, want at most %d in all teams: people times at_once", t.Name, sum, MaxInHand), "people: unlimited, where nobody ever waits for them")
			return
		}
	}
}
