package opsim

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/internal/des"
)

// staff answers for the one design of a scenario with stated cases.
func staff(t testing.TB, text string) *StaffedDesign {
	t.Helper()
	res, err := Staff(context.Background(), read(t, nil, text), nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	return &res.Answers[0]
}

// sizes are the people found, by group of the first team.
func sizes(a *StaffedDesign) []int {
	var out []int
	for _, g := range a.Teams[0].Groups {
		out = append(out, g.People)
	}
	return out
}

// TestStaffSkills staffs two skills that nobody shares: each is an Erlang C
// problem of its own.
func TestStaffSkills(t *testing.T) {
	const within, share = 0.25, 0.8
	a := staff(t, `
cases: {kinds: {a: 0.75, b: 0.25}, escalated: {desk: 1}}
arrivals: {per_hour: 16}
teams:
  desk:
    people: [{name: firsts, people: 3, skills: [a]}, {name: seconds, people: 20, skills: [b]}]
    minutes: {a: {distribution: exponential, mean: 20}, b: {distribution: exponential, mean: 45}}
service_level: {wait: 15m, share: 0.8, of: {a: {wait: 15m, share: 0.8}, b: {wait: 15m, share: 0.8}}}
weeks: 6
replications: 12
seed: 3
`)
	want := []int{des.ServersFor(12, 3, within, share), des.ServersFor(4, 60./45, within, share)}
	if !slices.Equal(sizes(a), want) || a.Least != AmongAll || a.Measure != Heads {
		t.Fatalf("%v, want %v: %+v", sizes(a), want, a)
	}
	for k, c := range []des.MMc{{Servers: want[0], Arrival: 12, Service: 3}, {Servers: want[1], Arrival: 4, Service: 60. / 45}} {
		wantIn(t, a.At.KeptByKind[k].Kind, a.At.KeptByKind[k].Kept, c.Within(within))
		g := a.Teams[0].Groups[k]
		if c.Servers--; float64(c.Servers) <= c.Arrival/c.Service {
			if !g.Overloaded {
				t.Errorf("%s: one fewer is not overloaded", g.Name)
			}
		} else if !slices.Contains(g.Breaks, a.At.KeptByKind[k].Kind) {
			t.Errorf("%s: one fewer breaks %v", g.Name, g.Breaks)
		}
	}
}

// TestStaffReference staffs the reference's pools of two skills and people who
// have both: where it has two of each, both kinds wait as the reference says.
func TestStaffReference(t *testing.T) {
	text := `
cases: {kinds: {a: %v, b: %v}, escalated: {desk: 1}}
arrivals: {per_hour: 4.5}
teams: {desk: {people: [{people: 2, skills: [a]}, {people: 2, skills: [b]}, {people: 2}], priority: [a, b], minutes: {distribution: exponential, mean: 60}}}
service_level: {wait: 0s, share: %v}
weeks: 9
seed: 2
`
	// The share that is begun at once with two of each: 1 − P(wait) of both kinds.
	atOnce := 1 - (2*0.409143745+2.5*0.55572217)/4.5
	a := staff(t, fmt.Sprintf(text, 2/4.5, 2.5/4.5, atOnce-0.02))
	if cost := a.Cost; cost > 6 || a.Least != AmongAll {
		t.Errorf("%v people, and six do: %+v", cost, a)
	}
	if a = staff(t, fmt.Sprintf(text, 2/4.5, 2.5/4.5, atOnce+0.02)); slices.Equal(sizes(a), []int{2, 2, 2}) {
		t.Error("two of each begin more at once than the reference says")
	}
}

// TestStaffGeneralist takes people who can do all where they cost a little more
// than a specialist, and not where they cost much more.
func TestStaffGeneralist(t *testing.T) {
	text := `
cases: {kinds: {a: 0.5, b: 0.5}, escalated: {desk: 1}}
arrivals: {per_hour: 3}
teams:
  desk:
    wage: 20/h
    people: [{people: 2, skills: [a]}, {people: 2, skills: [b]}, {people: 0, wage: %d/h}]
    minutes: {distribution: exponential, mean: 30}
service_level: {wait: 10m, share: 0.8}
weeks: 6
replications: 8
`
	if a := staff(t, fmt.Sprintf(text, 21)); sizes(a)[2] == 0 || a.Measure != Wages {
		t.Errorf("nobody who can do all at 21 an hour: %v", sizes(a))
	}
	if a := staff(t, fmt.Sprintf(text, 200)); sizes(a)[2] != 0 {
		t.Errorf("people who can do all at 200 an hour: %v", sizes(a))
	}
}

// TestStaffShifts fills a shift that nobody works yet, leaves one empty in which
// nothing comes, and takes nobody off whom the scenario names.
func TestStaffShifts(t *testing.T) {
	a := staff(t, `
cases: {escalated: {desk: 1}}
arrivals: {per_hour: {mon-fri: {06:00-21:00: 6}}}
teams:
  desk:
    people:
      - {name: Ana, hours: {mon-fri: [06:00-14:00]}}
      - {name: early, people: 6, hours: {mon-fri: [06:00-14:00]}}
      - {name: late, people: 0, hours: {mon-fri: [14:00-22:00]}}
      - {name: night, people: 1, hours: {mon-fri: [22:00-06:00]}}
      - {name: noon, people: 0, hours: {mon-fri: [11:00-15:00]}}
    minutes: {distribution: exponential, mean: 20}
service_level: {wait: 15m, share: 0.85}
weeks: 6
replications: 8
`)
	n := sizes(a)
	if n[0] != 1 || n[1] < 1 || n[2] < 2 || n[3] != 0 || a.Least != AmongAll || a.Measure != Hours {
		t.Errorf("%v: %+v", n, a)
	}
	hours := 0.
	for _, g := range a.Teams[0].Groups {
		hours += float64(g.People) * g.Paid
		if fewer := g.OneFewer; g.People > 0 && !g.Fixed && (fewer == nil) != g.Overloaded {
			t.Errorf("%s: nothing is said of one fewer", g.Name)
		} else if fewer != nil && fewer.Lower >= 0.85 {
			t.Errorf("%s: one fewer does", g.Name)
		}
	}
	if hours != a.Cost || a.Cost >= a.Now.Cost && a.Now.Keeps {
		t.Errorf("%v hours, cost %v, now %+v", hours, a.Cost, a.Now)
	}
	if g := a.Teams[0].Groups[4]; g.Hours != "mon-fri 11:00-15:00" || g.Paid != 20 || a.Teams[0].Groups[3].Paid != 40 {
		t.Errorf("%+v", a.Teams[0].Groups)
	}
}

// smallScenario is a team with two or three groups of people, whose hours,
// skills and wages are anybody's guess.
var smallScenario = smallScenarioAt(rapid.IntRange(10, 30))

func smallScenarioAt(wages *rapid.Generator[int]) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string { return drawScenario(t, wages) })
}

func drawScenario(t *rapid.T, wages *rapid.Generator[int]) string {
	var groups []string
	for range rapid.IntRange(2, 3).Draw(t, "groups") {
		groups = append(groups, fmt.Sprintf("{people: %d, wage: %d, skills: %s, hours: {daily: %s}%s}",
			rapid.IntRange(0, 3).Draw(t, "now"), wages.Draw(t, "wage"),
			rapid.SampledFrom([]string{"[a]", "[b]", "[a, b]"}).Draw(t, "skills"),
			rapid.SampledFrom([]string{"[00:00-12:00]", "[12:00-24:00]", "[00:00-24:00]", "[08:00-20:00]"}).Draw(t, "hours"),
			rapid.SampledFrom([]string{"", "", ", min: 1", ", max: 2", ", min: 2, max: 4"}).Draw(t, "bounds")))
	}
	return fmt.Sprintf(`
cases: {kinds: {a: 0.6, b: 0.4}, escalated: {desk: 1}}
arrivals: {per_hour: {daily: {00:00-09:00: %d, 09:00-24:00: 3}}}
teams: {desk: {people: [%s], minutes: {distribution: exponential, mean: %d}, shift_end: hand_over}}
service_level: {turnaround: %dh, share: 0.%d}
weeks: 3
replications: 4
seed: %d
`, rapid.IntRange(1, 3).Draw(t, "nights"), strings.Join(groups, ", "), rapid.IntRange(10, 40).Draw(t, "minutes"),
		rapid.SampledFrom([]int{2, 6, 14}).Draw(t, "within"), rapid.IntRange(60, 95).Draw(t, "share"), rapid.IntRange(1, 1000).Draw(t, "seed"))
}

// TestStaffAllMixes looks at every mix within the bounds of small scenarios: none that is cheaper
// than the answer keeps the service level, unless one with more people does not;
// and that is rare. With one person fewer in a group it is never kept.
func TestStaffAllMixes(t *testing.T) { checkAllMixes(t, smallScenario, 12) }

// TestStaffAllUnpaid is TestStaffAllMixes where some, or all, work for nothing.
func TestStaffAllUnpaid(t *testing.T) {
	checkAllMixes(t, smallScenarioAt(rapid.SampledFrom([]int{0, 0, 20})), 12)
}

func checkAllMixes(t *testing.T, from *rapid.Generator[string], scenarios int) {
	const most = 6 // in a group
	reached, helped := 0, 0
	for seed := range scenarios {
		text := from.Example(seed)
		pl, err := newPlan(read(t, nil, text), nil)
		if err != nil {
			t.Fatal(err)
		}
		a, err := pl.staffed(context.Background(), &pl.designs[0], 2, mostTried)
		if err != nil {
			t.Fatal(err)
		}
		s, err := newSearch(context.Background(), pl, &pl.designs[0], 2, math.MaxInt)
		if err != nil {
			t.Fatal(err)
		}
		best := mix(sizes(a))
		everyMix(len(s.groups), most, func(m mix) {
			if !s.may(m) || a.Unreachable == "" && !s.cheaper(m, best) {
				return
			}
			v, err := s.whole(m)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case !v.keeps:
			case a.Unreachable != "":
				t.Errorf("%v keeps the service level, which is out of reach: %s%s", m, a.Unreachable, text)
			case !slices.ContainsFunc(s.failed, func(f mix) bool { return m.within(f) }):
				t.Errorf("%v keeps the service level and is cheaper than %v%s", m, best, text)
			default:
				helped++
			}
		})
		if a.Unreachable != "" {
			continue
		}
		reached++
		if !s.may(best) {
			t.Errorf("%v is not within the bounds%s", best, text)
		}
		if a.Least != AmongAll {
			t.Errorf("only %q were ruled out%s", a.Least, text)
		}
		for i := range best {
			if best[i] == s.groups[i].least {
				continue
			}
			if v, err := s.whole(best.with(i, -1)); err != nil || v.keeps {
				t.Errorf("%v keeps the service level with one fewer in group %d (%v)%s", best, i, err, text)
			}
		}
	}
	if t.Logf("%d scenarios within reach, %d cheaper mixes that keep it though more people do not", reached, helped); reached < scenarios/2 || helped > scenarios/50 {
		t.Errorf("%d scenarios within reach, %d cheaper mixes", reached, helped)
	}
}

// everyMix goes over all mixes with up to so many people in a group, the larger
// first.
func everyMix(groups, most int, each func(mix)) {
	m := make(mix, groups)
	var lay func(int)
	lay = func(i int) {
		if i == groups {
			each(slices.Clone(m))
			return
		}
		for m[i] = most; m[i] >= 0; m[i]-- {
			lay(i + 1)
		}
	}
	lay(0)
}

// TestStaffOutOfReach says why no mix is enough.
func TestStaffOutOfReach(t *testing.T) {
	const desk = "cases: {kinds: {a: 0.5, b: 0.5}, escalated: {desk: 1}}\narrivals: {per_hour: 6}\nservice_level: {wait: 15m, share: %s}\nweeks: 3\nreplications: 4\nteams: {desk: {minutes: {distribution: exponential, mean: 30}, people: [%s]}}\n"
	for _, c := range []struct{ share, people, want, why string }{
		{"0.8", "{people: 1, skills: [a]}, {skills: [b]}", `team "desk" gets more work of b than it can do, and has no group of people who take it`, "one person takes b, and nobody can be added"},
		{"0.8", "{name: Ana}, {name: Bo}, {name: Cy}", `team "desk" gets more work than it can do, and has no group`, "all are named, and too few"},
		{"0.99", "{name: Ana}, {name: Bo}, {name: Cy}, {name: Di}", `the people of "desk" are listed one by one, and do not keep it`, "all are named, and do their work, but late"},
		{"0.8", "{people: 1, hours: {mon-fri: [09:00-17:00]}}", `more people in "desk" do not help`, "nobody works at night"},
	} {
		a := staff(t, fmt.Sprintf(desk, c.share, c.people))
		if !strings.HasPrefix(a.Unreachable, c.want) || a.At == nil || a.Least != "" {
			t.Errorf("%s: %q", c.why, a.Unreachable)
		}
	}
	if a := staff(t, strings.Replace(fmt.Sprintf(desk, "0.8", "{people: 1}"), "per_hour: 6", "per_hour: 0.00001", 1)); !strings.HasPrefix(a.Unreachable, "no case came") {
		t.Errorf("no case comes: %q", a.Unreachable)
	}
	if a := staff(t, strings.Replace(fmt.Sprintf(desk, "0.8", "{people: 1}"), "minutes:", "room: 1, minutes:", 1)); !strings.Contains(a.Unreachable, "or find no room (room: 1)") {
		t.Errorf("there is no room: %q", a.Unreachable)
	}
	if a := staff(t, fmt.Sprintf(desk, "0.5", "{name: Ana}, {name: Bo}, {name: Cy}, {name: Di}, {name: Ed}")); a.Unreachable != "" || a.People != 5 {
		t.Errorf("five named people are enough: %+v", a)
	}
}

// TestStaffBounds keeps every group between its bounds, says where they leave no
// way, and what one fewer does only where there may be one fewer.
func TestStaffBounds(t *testing.T) {
	const desk = "cases: {kinds: {a: 0.5, b: 0.5}, escalated: {desk: 1}}\narrivals: {per_hour: 6}\nservice_level: {wait: 15m, share: 0.8}\nweeks: 3\nreplications: 4\nteams: {desk: {minutes: {distribution: exponential, mean: 30}, people: [%s]}}\n"
	for _, c := range []struct {
		people string
		want   []int // nil: out of reach
		says   string
		why    string
	}{
		{"{people: 9, max: 4, wage: 10}, {people: 0, wage: 20}", []int{4, 1}, "", "the dearer fill up what the cheaper may not be"},
		{"{people: 0, min: 6, wage: 10}, {people: 0, wage: 20}", []int{6, 0}, "", "more than enough, as the scenario wants it"},
		{"{people: 0, wage: 10}, {people: 0, wage: 20, min: 2}", []int{3, 2}, "", "the dearer are there, and the cheaper fill up"},
		{"{people: 0, wage: 0}, {people: 3, wage: 20}", []int{5, 0}, "", "those who work for nothing do it all"},
		{"{people: 0, wage: 0, max: 3}, {people: 3, wage: 20}", []int{3, 2}, "", "who works for nothing is too few"},
		{"{people: 1, max: 2}", nil, `team "desk" gets more work than as many people as max allows can do`, "two people are too few for the work alone"},
		{"{people: 1, max: 4}", nil, `as many people in "desk" as max allows do not keep it`, "four do the work, but late"},
		{"{people: 1, max: 1, skills: [a]}, {people: 1, skills: [b]}, {people: 2, max: 3, skills: [b]}", nil, `team "desk" gets more work of a than as many people as max allows can do`, "only those who take b can be more"},
	} {
		a := staff(t, fmt.Sprintf(desk, c.people))
		if c.want == nil {
			if a.Unreachable != c.says {
				t.Errorf("%s: %q, want %q", c.why, a.Unreachable, c.says)
			}
			continue
		}
		if a.Unreachable != "" || !slices.Equal(sizes(a), c.want) || a.Least != AmongAll {
			t.Errorf("%s: %v, want %v: %+v", c.why, sizes(a), c.want, a)
		}
		for _, g := range a.Teams[0].Groups {
			if shown := g.OneFewer != nil || g.Overloaded; shown != (g.People > g.Min) {
				t.Errorf("%s: one fewer is shown: %v: %+v", c.why, shown, g)
			}
		}
	}
}

// TestStaffNothingToDo finds nobody where no case goes to people, and prices
// nothing.
func TestStaffNothingToDo(t *testing.T) {
	a := staff(t, "cases: {escalated: {desk: 0}}\narrivals: {per_hour: 6}\nservice_level: {wait: 15m, share: 0.8}\nweeks: 2\nteams: {desk: {minutes: 5, wage: 30/h, people: [{people: 2}]}}\n")
	if a.People != 0 || a.Measure != Heads || a.Least != AmongAll || a.Now.People != 2 {
		t.Errorf("%+v", a)
	}
}

// TestStaffTooManyGroups refuses to find more numbers than it can.
func TestStaffTooManyGroups(t *testing.T) {
	sc := read(t, nil, "cases: {escalated: {desk: 1}}\narrivals: {per_hour: 1}\nservice_level: {wait: 15m, share: 0.8}\nteams: {desk: {minutes: 5, people: ["+strings.Repeat("{people: 1}, ", maxGroups)+"{people: 1}]}}\n")
	if _, err := Staff(context.Background(), sc, nil, 1); err == nil || !strings.Contains(err.Error(), "25 groups of people whose number is to be found, want at most 24") {
		t.Errorf("got %v", err)
	}
}

// TestStaffFewTries finds a mix of which one fewer does not do, whatever it may
// try, and says how much it has ruled out.
func TestStaffFewTries(t *testing.T) {
	sc := read(t, nil, `
cases: {kinds: {a: 0.4, b: 0.3, c: 0.3}, escalated: {desk: 1}}
arrivals: {per_hour: 12}
teams:
  desk:
    people: [{people: 3, skills: [a, b], wage: 20}, {people: 3, skills: [b, c], wage: 21}, {people: 3, skills: [a, c], wage: 22}, {people: 1, wage: 30}]
    minutes: {distribution: exponential, mean: 30}
service_level: {wait: 15m, share: 0.8}
weeks: 3
replications: 4
`)
	pl, err := newPlan(sc, nil)
	if err != nil {
		t.Fatal(err)
	}
	var costs []float64
	for _, most := range []int{1, 60, 2000} {
		a, err := pl.staffed(context.Background(), &pl.designs[0], 2, most)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range a.Teams[0].Groups {
			if g.People > 0 && !g.Overloaded && g.OneFewer.Lower >= 0.8 {
				t.Errorf("%d tries: one fewer of %v does", most, g.Skills)
			}
		}
		t.Logf("%d tries: %v at %v, %s, %d tried", most, sizes(a), a.Cost, a.Least, a.Tried)
		if costs = append(costs, a.Cost); most == 1 && a.Least != AmongFewer || most == 2000 && a.Least != AmongAll {
			t.Errorf("%d tries: %q", most, a.Least)
		}
	}
	if !slices.IsSortedFunc(costs, func(a, b float64) int { return int(b - a) }) {
		t.Errorf("with more tries it costs more: %v", costs)
	}
}

// TestPeopleKeepTheirLuck wants the speed and the days off of people not to hang
// on how many others there are.
func TestPeopleKeepTheirLuck(t *testing.T) {
	text := "cases: {escalated: {desk: 1}}\narrivals: {per_hour: 1}\nweeks: 3\nteams: {desk: {minutes: 5, speed_spread: 0.3, absence: 0.2, people: [{people: %d}, {people: 2}]}}\n"
	crewOf := func(first int) *crew {
		pl, err := newPlan(read(t, nil, fmt.Sprintf(text, first)), nil)
		if err != nil {
			t.Fatal(err)
		}
		c, err := pl.crew(0, rosterOf(pl.sc)[0], 7)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	few, many := crewOf(1).pool.Servers, crewOf(4).pool.Servers
	for i, of := range map[int]int{0: 0, 1: 4, 2: 5} {
		if a, b := few[i], many[of]; a.Speed != b.Speed || a.Shifts.OnDuty(0, 500) != b.Shifts.OnDuty(0, 500) {
			t.Errorf("person %d: %+v, and %+v where there are more", i, a, b)
		}
	}
}

// TestSized grows the last group of a list, and shrinks named people last.
func TestSized(t *testing.T) {
	sc := read(t, nil, "cases: {escalated: {desk: 1}}\narrivals: {per_hour: 1}\nteams: {desk: {minutes: 5, people: [{people: 2}, {people: 3}, {name: Ana}, {name: Bo}]}}\n")
	for _, c := range []struct {
		people int
		want   []int
		why    string
	}{
		{9, []int{2, 5, 1, 1}, "the last group grows"},
		{7, []int{2, 3, 1, 1}, "as it is"},
		{3, []int{1, 0, 1, 1}, "groups shrink from the end"},
		{1, []int{0, 0, 1, 0}, "then people, from the end"},
		{0, []int{0, 0, 0, 0}, "nobody"},
	} {
		if got := sized(sc, 0, c.people)[0]; !slices.Equal(got, c.want) {
			t.Errorf("%d people: %v, want %v: %s", c.people, got, c.want, c.why)
		}
	}
}
