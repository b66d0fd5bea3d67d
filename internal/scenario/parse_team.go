package scenario

import (
	"fmt"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// teamKeys are the keys of a team.
type teamKeys struct {
	People      *yaml.Node    `yaml:"people" schema:"people"`
	Wage        *flow.Text    `yaml:"wage"`
	Zone        *flow.Text    `yaml:"zone"`
	Hours       *yaml.Node    `yaml:"hours" schema:"hours"`
	Closed      []flow.Text   `yaml:"closed,omitempty"`
	ShiftEnd    *yaml.Node    `yaml:"shift_end" schema:"shift_end"`
	SpeedSpread *flow.Text    `yaml:"speed_spread"`
	Minutes     minutesKeys   `yaml:"minutes,omitempty" schema:"minutes"`
	Absence     *flow.Text    `yaml:"absence"`
	AtOnce      *flow.Text    `yaml:"at_once"`
	ErrorRate   *flow.Text    `yaml:"error_rate"`
	Priority    []flow.Text   `yaml:"priority,omitempty"`
	Preempt     bool          `yaml:"preempt,omitempty"`
	Dispatch    *flow.Text    `yaml:"dispatch" jsonschema:"enum=first_come,enum=deadline"`
	Room        *flow.Text    `yaml:"room"`
	Patience    *patienceKeys `yaml:"patience" schema:"patience"`
	TurnedAway  *returnKeys   `yaml:"turned_away"`
	Then        *yaml.Node    `yaml:"then" schema:"shares"`
	Outages     []outageKeys  `yaml:"outages,omitempty" schema:"[outage]"`
	Away        []awayKeys    `yaml:"away,omitempty" schema:"[away]"`
	Other       *yaml.Node    `yaml:"other_work" schema:"{other_work}"`
}

// memberKeys are the keys of people in a list.
type memberKeys struct {
	Pos       flow.Pos    `yaml:",pos"`
	Name      string      `yaml:"name,omitempty"`
	People    *flow.Text  `yaml:"people"`
	Min       *flow.Text  `yaml:"min"`
	Max       *flow.Text  `yaml:"max"`
	Wage      *flow.Text  `yaml:"wage"`
	Skills    []flow.Text `yaml:"skills,omitempty"`
	Speed     *flow.Text  `yaml:"speed"`
	Zone      *flow.Text  `yaml:"zone"`
	Hours     *yaml.Node  `yaml:"hours" schema:"hours"`
	Closed    []flow.Text `yaml:"closed,omitempty"`
	Absence   *flow.Text  `yaml:"absence"`
	AtOnce    *flow.Text  `yaml:"at_once"`
	ErrorRate *flow.Text  `yaml:"error_rate"`
	Away      []awayKeys  `yaml:"away,omitempty" schema:"[away]"`
}

type shiftEndKeys struct {
	NoStart time.Duration `yaml:"no_start_within"`
	Then    *flow.Text    `yaml:"then" jsonschema:"enum=finish,enum=hand_over"`
}

type returnKeys struct {
	Back  *flow.Text `yaml:"back"`
	After lengthKeys `yaml:"after" schema:"length"`
}

type outageKeys struct {
	Pos   flow.Pos    `yaml:",pos"`
	At    *flow.Text  `yaml:"at"`
	Every *lengthKeys `yaml:"every" schema:"length"`
	Lasts lengthKeys  `yaml:"lasts" schema:"length"`
}

type otherKeys struct {
	PerHour *yaml.Node `yaml:"per_hour" schema:"rates"`
	Minutes lengthKeys `yaml:"minutes" schema:"length"`
}

const (
	maxAtOnce  = 20
	maxMembers = 1000
	// A case that finds no room again and again may not come back without end.
	soonestReturn = time.Second
)

func (l *loader) team(t *Team, name, n *yaml.Node) {
	var k teamKeys
	l.doc.Decode(n, &k, l.diags)
	t.Pos = l.doc.Pos(name)
	if k.People == nil && l.sc.Workflow == nil {
		l.diags.Add(l.doc.Pos(n), fmt.Sprintf("team %q: missing key %q", t.Name, "people"), "")
	}
	if k.Wage != nil {
		t.Wage, t.WageKnown = l.hourly(k.Wage, "wage"), true
	}
	t.SpeedSpread = l.number(k.SpeedSpread, "speed_spread", 0, 2, 0)
	t.Absence = l.number(k.Absence, "absence", 0, 0.99, 0)
	t.AtOnce = l.whole(k.AtOnce, "at_once", 1, maxAtOnce, 1)
	t.ErrorRate = l.number(k.ErrorRate, "error_rate", 0, 1, 0)
	t.Room = l.whole(k.Room, "room", 1, 1e9, 0)
	t.Preempt = k.Preempt
	l.teamMinutes(t, &k.Minutes)
	l.shiftEnd(t, k.ShiftEnd)
	if c, ok := l.calendar(t.Pos, fmt.Sprintf("team %q", t.Name), k.Zone, k.Hours, k.Closed); ok {
		t.Calendar, t.HoursSet = c, true
	}
	for _, p := range k.Priority {
		t.Priority = append(t.Priority, p.Value)
		l.mention(t, &p)
	}
	if k.Preempt && len(k.Priority) == 0 {
		l.diags.Add(t.Pos, fmt.Sprintf("team %q: the more urgent interrupt, and nothing is more urgent", t.Name), "name kinds of cases under priority, the most urgent first")
	}
	if said(k.Dispatch) {
		switch k.Dispatch.Value {
		case "first_come":
		case "deadline":
			t.ByDue = true
		default:
			l.diags.Add(k.Dispatch.Pos, fmt.Sprintf(`"dispatch" is %q, want first_come or deadline`, k.Dispatch.Value), "")
		}
	}
	l.patience(t, k.Patience)
	if k.TurnedAway != nil {
		t.Return = &Return{Share: l.number(k.TurnedAway.Back, "back", 0, 1, 1), After: k.TurnedAway.After.stated}
		if after := t.Return.After; after != nil && after.Mean*60 < soonestReturn.Seconds() {
			l.diags.Add(t.Pos, fmt.Sprintf("team %q: cases that are turned away come back within a second", t.Name), "after: 30m, for example")
		}
		if t.Room == 0 {
			l.diags.Add(t.Pos, fmt.Sprintf("team %q has room for all, and turns nobody away", t.Name), "room: 20, for example")
		}
	}
	if k.Then != nil {
		t.Then = l.shares(k.Then, "then")
	}
	for i := range k.Outages {
		if s, ok := l.spell(&k.Outages[i]); ok {
			t.Outages = append(t.Outages, s)
		}
	}
	l.other(t, k.Other)
	l.people(t, k.People)
	l.teamAway(t, k.Away)
}

// teamMinutes reads how long the team works on a case.
func (l *loader) teamMinutes(t *Team, k *minutesKeys) {
	t.Minutes, t.Fit = k.stated, k.fit
	l.wrong[t.Name] = k.wrong
	for _, m := range k.byKind {
		text := l.doc.Text(m.kind)
		l.mention(t, &text)
		if m.stated != nil {
			if t.MinutesOf == nil {
				t.MinutesOf = map[string]*Distribution{}
			}
			t.MinutesOf[m.kind.Value] = m.stated
		}
	}
}

func (l *loader) shiftEnd(t *Team, n *yaml.Node) {
	if n == nil {
		return
	}
	policy := l.doc.Text(n)
	if n.Kind == yaml.MappingNode {
		var k shiftEndKeys
		l.doc.Decode(n, &k, l.diags)
		if k.NoStart < 0 || k.NoStart > 24*time.Hour {
			l.diags.Add(l.doc.Pos(n), fmt.Sprintf("no start within %v of the end of a shift, want 0 to 24h", k.NoStart), "")
		}
		t.NoStart = k.NoStart
		if !said(k.Then) {
			return
		}
		policy = *k.Then
	}
	switch policy.Value {
	case "finish":
		t.ShiftEnd = des.Finish
	case "hand_over":
		t.ShiftEnd = des.HandOver
	default:
		l.diags.Add(policy.Pos, fmt.Sprintf(`"shift_end" is %q, want finish, hand_over or {no_start_within: 30m}`, policy.Value), "")
	}
}

// people reads how many there are, or the list of them.
func (l *loader) people(t *Team, n *yaml.Node) {
	t.Stated = n != nil
	switch {
	case n == nil:
	case n.Kind == yaml.SequenceNode:
		t.People = 0
		if len(n.Content) > maxMembers {
			l.diags.Add(l.doc.Pos(n), fmt.Sprintf("%d entries, want at most %d: people who are alike are one entry with a number", len(n.Content), maxMembers), "")
			return
		}
		for _, v := range n.Content {
			m := l.member(t, v)
			t.Members = append(t.Members, m)
			t.People += m.People
		}
	case n.Value == "unlimited":
		t.Unlimited = true
	default:
		text := l.doc.Text(n)
		t.People = l.whole(&text, "people", 0, MaxPeople, t.People)
	}
}

// member reads people who are alike; what is left out is the team's.
func (l *loader) member(t *Team, n *yaml.Node) Member {
	var k memberKeys
	l.doc.Decode(n, &k, l.diags)
	m := Member{
		Name: k.Name, People: l.whole(k.People, "people", 0, MaxPeople, 1), Group: k.People != nil,
		Wage:      t.Wage,
		WageKnown: t.WageKnown,
		Speed:     l.number(k.Speed, "speed", 0.01, 100, 1),
		Absence:   l.number(k.Absence, "absence", 0, 0.99, t.Absence),
		AtOnce:    l.whole(k.AtOnce, "at_once", 1, maxAtOnce, t.AtOnce),
		ErrorRate: l.number(k.ErrorRate, "error_rate", 0, 1, t.ErrorRate),
		Calendar:  t.Calendar,
	}
	if k.Wage != nil {
		m.Wage, m.WageKnown = l.hourly(k.Wage, "wage"), true
	}
	l.bounds(&m, &k)
	m.Away = l.away(k.Away, m.People)
	for _, s := range k.Skills {
		m.Skills = append(m.Skills, s.Value)
		l.mention(t, &s)
	}
	if c, ok := l.calendar(k.Pos, fmt.Sprintf("an entry of team %q", t.Name), k.Zone, k.Hours, k.Closed); ok {
		m.Calendar = c
	}
	return m
}

// bounds reads between which numbers of people a search stays.
func (l *loader) bounds(m *Member, k *memberKeys) {
	m.Min = l.whole(k.Min, "min", 0, MaxPeople, 0)
	m.Max = l.whole(k.Max, "max", 1, MaxPeople, 0)
	for _, bound := range []*flow.Text{k.Min, k.Max} {
		if said(bound) && !m.Group {
			l.diags.Add(bound.Pos, "an entry without people is one person, who stays", "min and max are of a group: people: 3, min: 2, max: 6")
			return
		}
	}
	if m.Max > 0 && m.Min > m.Max {
		l.diags.Add(k.Min.Pos, fmt.Sprintf("%d people at least and %d at most, want the least first", m.Min, m.Max), "")
	}
}

// calendar reads when people work; false: nothing is said of it.
func (l *loader) calendar(at flow.Pos, who string, zone *flow.Text, hours *yaml.Node, closed []flow.Text) (*des.Calendar, bool) {
	z := l.zone(zone)
	if hours == nil {
		for _, what := range []struct {
			given bool
			key   string
		}{{len(closed) > 0, "closed"}, {zone != nil, "zone"}} {
			if what.given {
				l.diags.Add(at, fmt.Sprintf("%s has %q and works around the clock", who, what.key), "say its hours too, such as hours: {mon-fri: [09:00-17:00]}")
			}
		}
		return nil, false
	}
	c := &des.Calendar{Zone: z, Week: readWeek(l.doc, hours, l.diags), Dates: map[des.Date][]des.Hours{}}
	for _, text := range closed {
		if day, ok := l.date(&text); ok {
			c.Dates[des.DateOf(day)] = nil
		}
	}
	return c, true
}

// spell reads a time that comes again, or is stated.
func (l *loader) spell(k *outageKeys) (Spell, bool) {
	s := Spell{Lasts: k.Lasts.stated}
	if k.Every != nil {
		s.Every = k.Every.stated
	}
	switch {
	case (k.Every == nil) == (k.At == nil):
		l.diags.Add(k.Pos, `want either "every" or "at"`, "every: {distribution: exponential, mean: 200h}, or at: 2006-01-02T15:04:05Z")
		return s, false
	case said(k.At):
		at, err := time.Parse(time.RFC3339, k.At.Value)
		if err != nil {
			l.diags.Add(k.At.Pos, fmt.Sprintf("%q is no time, want one like 2006-01-02T15:04:05Z", k.At.Value), "")
			return s, false
		}
		s.At = at
	}
	return s, s.Lasts != nil && (s.Every != nil || !s.At.IsZero())
}

// other reads the work that a team has besides.
func (l *loader) other(t *Team, n *yaml.Node) {
	if n == nil {
		return
	}
	if n.Kind != yaml.MappingNode {
		l.diags.Add(l.doc.Pos(n), `"other_work" wants names and what it is, such as phone: {per_hour: 3, minutes: 5}`, "")
		return
	}
	for name, v := range yamldoc.Pairs(n) {
		var k otherKeys
		l.doc.Decode(v, &k, l.diags)
		if k.PerHour == nil {
			l.diags.Add(l.doc.Pos(v), `missing key "per_hour"`, "")
			continue
		}
		t.Other = append(t.Other, Other{Name: name.Value, Week: l.rates(k.PerHour), Minutes: k.Minutes.stated})
	}
}

// shares reads shares by team, which add up to 1 at most.
func (l *loader) shares(n *yaml.Node, key string) []Share {
	var out []Share
	sum := 0.0
	for _, t := range l.doc.Texts(n, fmt.Sprintf("%q", key), l.diags) {
		s := Share{Team: t.Name, Pos: t.Pos, Share: l.number(&t.Text, t.Name, 0, 1, 0)}
		sum += s.Share
		out = append(out, s)
		l.refs = append(l.refs, ref{name: t.Name, pos: t.Pos})
	}
	if sum > 1+1e-9 {
		l.diags.Add(l.doc.Pos(n), fmt.Sprintf("the shares add up to %.6g, want at most 1", sum), "")
	}
	return out
}
