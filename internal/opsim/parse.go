package opsim

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // scenarios name time zones, and not every machine knows them

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// scenarioKeys are the keys of a scenario file.
type scenarioKeys struct {
	Scenario     flow.Text    `yaml:"scenario"`
	Title        string       `yaml:"title,omitempty"`
	Run          *flow.Text   `yaml:"run"`
	Designs      []flow.Text  `yaml:"designs,omitempty"`
	Cases        *caseKeys    `yaml:"cases"`
	Arrivals     arrivalKeys  `yaml:"arrivals,omitempty"`
	Teams        *yaml.Node   `yaml:"teams"`
	Service      *serviceKeys `yaml:"service_level"`
	Start        *flow.Text   `yaml:"start"`
	Weeks        *flow.Text   `yaml:"weeks"`
	WarmUp       *flow.Text   `yaml:"warm_up"`
	Replications *flow.Text   `yaml:"replications"`
	Seed         uint64       `yaml:"seed,omitempty"`
}

type caseKeys struct {
	Escalated *yaml.Node    `yaml:"escalated"`
	Latency   time.Duration `yaml:"latency,omitempty"`
	Cost      *flow.Text    `yaml:"cost"`
}

type arrivalKeys struct {
	Zone      *flow.Text `yaml:"zone"`
	PerHour   *yaml.Node `yaml:"per_hour"`
	PerWeek   *flow.Text `yaml:"per_week"`
	Volume    *flow.Text `yaml:"volume"`
	Growth    *flow.Text `yaml:"growth"`
	DaySpread *flow.Text `yaml:"day_spread"`
}

type teamKeys struct {
	People      *flow.Text  `yaml:"people"`
	Wage        *flow.Text  `yaml:"wage"`
	Zone        *flow.Text  `yaml:"zone"`
	Hours       *yaml.Node  `yaml:"hours"`
	Closed      []flow.Text `yaml:"closed,omitempty"`
	ShiftEnd    *flow.Text  `yaml:"shift_end"`
	SpeedSpread *flow.Text  `yaml:"speed_spread"`
	Minutes     minutesKeys `yaml:"minutes,omitempty"`
}

type serviceKeys struct {
	Pos        flow.Pos       `yaml:",pos"`
	Turnaround *time.Duration `yaml:"turnaround"`
	Wait       *time.Duration `yaml:"wait"`
	Share      float64        `yaml:"share"`
}

// Defaults of a scenario.
const (
	defaultWeeks        = 8
	defaultReplications = 20
	maxWeeks            = 100_000
	maxReplications     = 10_000
	maxPeople           = 100_000
)

// Load reads a scenario file of a workflow; the workflow is nil for one that
// stands alone. The scenario is nil where there are errors.
func Load(path string, w *design.Workflow) (*Scenario, diag.List) {
	data, err := regular.Read(path)
	if err != nil {
		problem := err.Error()
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			problem = e.Err.Error()
		}
		return nil, diag.List{{Pos: flow.Pos{File: path}, Message: problem}}
	}
	return Parse(path, data, w)
}

// Parse reads a scenario from the content of its file.
func Parse(path string, data []byte, w *design.Workflow) (*Scenario, diag.List) {
	doc, diags := yamldoc.Parse(path, data)
	if doc.Root == nil {
		return nil, diags.Sort()
	}
	var k scenarioKeys
	doc.Decode(doc.Root, &k, &diags)
	sc := &Scenario{File: path, Name: k.Scenario.Value, Title: k.Title, Workflow: w, Seed: k.Seed}
	l := &loader{doc: doc, diags: &diags, sc: sc, wrong: map[string]bool{}}
	if stem := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)); k.Scenario.Pos.Line > 0 && sc.Name != stem {
		diags.Add(k.Scenario.Pos, fmt.Sprintf("scenario %q in a file named %q", sc.Name, filepath.Base(path)), fmt.Sprintf("the scenario is named like its file: %s", stem))
	}
	l.teams(k.Teams)
	l.cases(&k)
	l.arrivals(&k.Arrivals)
	l.service(k.Service)
	l.horizon(&k)
	diags = diags.Sort()
	if diags.Err() != nil {
		return nil, diags
	}
	return sc, diags
}

type loader struct {
	doc   *yamldoc.Doc
	diags *diag.List
	sc    *Scenario
	wrong map[string]bool // teams whose minutes are wrong
}

// said says whether a value was given; what is no value has no position, and
// was reported when it was decoded.
func said(t *flow.Text) bool { return t != nil && t.Pos.Line > 0 }

// number reads a number from low to high; without one it is the default.
func (l *loader) number(t *flow.Text, name string, low, high, otherwise float64) float64 {
	if !said(t) {
		return otherwise
	}
	x, err := strconv.ParseFloat(t.Value, 64)
	if err != nil || !(x >= low && x <= high) {
		l.diags.Add(t.Pos, fmt.Sprintf("%q is %q, want a number from %v to %v", name, t.Value, low, high), "")
		return otherwise
	}
	return x
}

// whole reads a whole number.
func (l *loader) whole(t *flow.Text, name string, low, high, otherwise int) int {
	if !said(t) {
		return otherwise
	}
	x, err := strconv.Atoi(t.Value)
	if err != nil || x < low || x > high {
		l.diags.Add(t.Pos, fmt.Sprintf("%q is %q, want a whole number from %d to %d", name, t.Value, low, high), "")
		return otherwise
	}
	return x
}

func (l *loader) zone(t *flow.Text) *time.Location {
	if !said(t) {
		return time.UTC
	}
	zone, err := time.LoadLocation(t.Value)
	if err != nil || t.Value == "" || t.Value == "Local" {
		l.diags.Add(t.Pos, fmt.Sprintf("unknown time zone %q", t.Value), "a name such as Europe/Berlin or UTC")
		return time.UTC
	}
	return zone
}

// teams takes the workflow's teams and what the scenario says of them.
func (l *loader) teams(n *yaml.Node) {
	sc := l.sc
	var known []string
	if sc.Workflow != nil {
		for _, t := range sc.Workflow.Teams {
			team := Team{Name: t.Name, Pos: t.Pos, People: t.People, Wage: t.Wage, ShiftEnd: des.Finish}
			if !t.MinutesFromLabel {
				team.Usual = t.Minutes
			}
			sc.Teams = append(sc.Teams, team)
			known = append(known, t.Name)
		}
	}
	if n == nil {
		return
	}
	if n.Kind != yaml.MappingNode {
		l.diags.Add(l.doc.Pos(n), `"teams" wants names and what they are, such as ap_clerks: {people: 6}`, "")
		return
	}
	for k, v := range yamldoc.Pairs(n) {
		i := sc.team(k.Value)
		if i < 0 && sc.Workflow != nil {
			l.diags.Add(l.doc.Pos(k), fmt.Sprintf("workflow %q has no team %q", sc.Workflow.Name, k.Value), diag.Suggest(k.Value, known))
			continue
		}
		if i < 0 {
			i = len(sc.Teams)
			sc.Teams = append(sc.Teams, Team{Name: k.Value, ShiftEnd: des.Finish})
		}
		l.team(&sc.Teams[i], k, v)
	}
}

func (l *loader) team(t *Team, name, n *yaml.Node) {
	var k teamKeys
	l.doc.Decode(n, &k, l.diags)
	t.Pos = l.doc.Pos(name)
	if k.People == nil && l.sc.Workflow == nil {
		l.diags.Add(l.doc.Pos(n), fmt.Sprintf("team %q: missing key %q", t.Name, "people"), "")
	}
	t.Stated = k.People != nil
	t.People = l.whole(k.People, "people", 0, maxPeople, t.People)
	if said(k.Wage) {
		hourly := *k.Wage
		hourly.Value = strings.TrimSuffix(hourly.Value, "/h")
		t.Wage = l.number(&hourly, "wage", 0, 1e9, 0)
	}
	t.SpeedSpread = l.number(k.SpeedSpread, "speed_spread", 0, 2, 0)
	t.Minutes = k.Minutes.stated
	l.wrong[t.Name] = k.Minutes.wrong
	if said(k.ShiftEnd) {
		switch k.ShiftEnd.Value {
		case "finish":
			t.ShiftEnd = des.Finish
		case "hand_over":
			t.ShiftEnd = des.HandOver
		default:
			l.diags.Add(k.ShiftEnd.Pos, fmt.Sprintf(`"shift_end" is %q, want finish or hand_over`, k.ShiftEnd.Value), "")
		}
	}
	l.calendar(t, &k)
}

// calendar reads when a team works.
func (l *loader) calendar(t *Team, k *teamKeys) {
	zone := l.zone(k.Zone)
	if k.Hours == nil {
		for _, what := range []struct {
			given bool
			key   string
		}{{len(k.Closed) > 0, "closed"}, {k.Zone != nil, "zone"}} {
			if what.given {
				l.diags.Add(t.Pos, fmt.Sprintf("team %q has %q and works around the clock", t.Name, what.key), "say its hours too, such as hours: {mon-fri: [09:00-17:00]}")
			}
		}
		return
	}
	t.HoursSet = true
	c := &des.Calendar{Zone: zone, Week: readWeek(l.doc, k.Hours, l.diags), Dates: map[des.Date][]des.Hours{}}
	for _, text := range k.Closed {
		if !said(&text) {
			continue
		}
		day, err := time.Parse(time.DateOnly, text.Value)
		if err != nil {
			l.diags.Add(text.Pos, fmt.Sprintf("%q is no date, want one like 2006-01-02", text.Value), "")
			continue
		}
		c.Dates[des.DateOf(day)] = nil
	}
	t.Calendar = c
}

// cases reads where the cases come from: a run, or what is stated.
func (l *loader) cases(k *scenarioKeys) {
	sc := l.sc
	switch top := l.doc.Pos(l.doc.Root); {
	case said(k.Run) && k.Cases != nil:
		l.diags.Add(k.Run.Pos, `both "run" and "cases", want one: the cases are replayed ones or stated`, "")
	case k.Run == nil && k.Cases == nil:
		l.diags.Add(top, `missing key "run"`, "run: latest resamples replayed cases; cases: {escalated: {team: 0.3}} states what a case is")
	}
	if said(k.Run) {
		sc.Run = k.Run.Value
		if sc.Run == "" {
			l.diags.Add(k.Run.Pos, `"run" is empty`, "a run's id or folder, or latest")
		}
		if sc.Workflow == nil {
			l.diags.Add(k.Run.Pos, `"run" in a scenario without a workflow`, "put the file into workflows/<workflow>/scenarios/, or state cases")
		}
	}
	for _, d := range k.Designs {
		sc.Designs = append(sc.Designs, d.Value)
		if k.Run == nil && said(&d) {
			l.diags.Add(d.Pos, `"designs" are those of a run, and the cases are stated`, "")
			break
		}
	}
	if k.Cases == nil {
		return
	}
	sc.Cases = &StatedCases{Latency: k.Cases.Latency, Cost: l.number(k.Cases.Cost, "cost", 0, 1e12, 0)}
	if k.Cases.Latency < 0 {
		l.diags.Add(l.doc.Pos(l.doc.Root), fmt.Sprintf(`"latency" is %v, want 0 or more`, k.Cases.Latency), "")
	}
	l.escalated(k.Cases.Escalated)
}

func (l *loader) escalated(n *yaml.Node) {
	if n == nil {
		return
	}
	sum := 0.0
	for _, t := range l.doc.Texts(n, `"escalated"`, l.diags) {
		share := Share{Team: t.Name, Pos: t.Pos, Share: l.number(&t.Text, t.Name, 0, 1, 0)}
		i := l.sc.team(t.Name)
		if i < 0 {
			var known []string
			for _, team := range l.sc.Teams {
				known = append(known, team.Name)
			}
			l.diags.Add(t.Pos, fmt.Sprintf("there is no team %q", t.Name), diag.Suggest(t.Name, known))
			continue
		}
		if team := &l.sc.Teams[i]; team.Minutes == nil && !l.wrong[t.Name] {
			if team.Usual == 0 {
				l.diags.Add(t.Pos, fmt.Sprintf("nothing says how long team %q works on a case", t.Name), "give the team minutes: 20, or {distribution: exponential, mean: 20}")
			} else {
				team.Minutes = &Distribution{Name: "fixed", Mean: team.Usual}
			}
		}
		sum += share.Share
		l.sc.Cases.Escalated = append(l.sc.Cases.Escalated, share)
	}
	if sum > 1+1e-9 {
		l.diags.Add(l.doc.Pos(n), fmt.Sprintf("the shares add up to %.6g, want at most 1", sum), "")
	}
}

func (l *loader) arrivals(k *arrivalKeys) {
	a := &l.sc.Arrivals
	a.Zone = l.zone(k.Zone)
	a.PerWeek = l.number(k.PerWeek, "per_week", 0, 1e9, 0)
	a.Volume = l.number(k.Volume, "volume", 0, 1e6, 1)
	a.Growth = l.number(k.Growth, "growth", -0.5, 0.5, 0)
	a.DaySpread = l.number(k.DaySpread, "day_spread", 0, 3, 0)
	if w := l.sc.Workflow; k.PerWeek == nil && k.PerHour == nil && w != nil {
		a.PerWeek = w.Volume * 7 / 365.25
	}
	a.Stated = k.PerWeek != nil
	switch {
	case k.PerHour == nil:
		if l.sc.Cases != nil {
			l.diags.Add(l.doc.Pos(l.doc.Root), "nothing says when cases come", "arrivals: {per_hour: 12}; only a run has case times")
		}
	case k.PerHour.Kind == yaml.ScalarNode:
		a.Week = []Piece{{0, weekMinutes, readRate(l.doc, k.PerHour, l.diags)}}
	default:
		a.Week = readRates(l.doc, k.PerHour, l.diags)
	}
}

// readRate reads cases an hour.
func readRate(doc *yamldoc.Doc, n *yaml.Node, diags *diag.List) float64 {
	x, err := strconv.ParseFloat(n.Value, 64)
	if n.Kind != yaml.ScalarNode || err != nil || !(x >= 0 && x <= 1e6) {
		diags.Add(doc.Pos(n), fmt.Sprintf("%q cases an hour, want a number from 0 to 1000000", n.Value), "")
		return 0
	}
	return x
}

func (l *loader) service(k *serviceKeys) {
	if k == nil {
		if w := l.sc.Workflow; w != nil && w.ServiceLevel != nil {
			l.sc.Service = &ServiceLevel{Within: w.ServiceLevel.Turnaround, Share: w.ServiceLevel.Share}
		}
		return
	}
	s := &ServiceLevel{Share: k.Share, Stated: true}
	switch {
	case (k.Turnaround == nil) == (k.Wait == nil):
		l.diags.Add(k.Pos, `a service level wants either "turnaround" or "wait"`, "")
		return
	case k.Wait != nil:
		s.Wait, s.Within = true, *k.Wait
	default:
		s.Within = *k.Turnaround
	}
	if s.Within < 0 || s.Within == 0 && !s.Wait || !(s.Share > 0 && s.Share < 1) {
		l.diags.Add(k.Pos, fmt.Sprintf("a service level of %v within %v", s.Share, s.Within), "a time above 0 and a share above 0 and below 1")
	}
	l.sc.Service = s
}

func (l *loader) horizon(k *scenarioKeys) {
	sc := l.sc
	sc.Weeks = l.whole(k.Weeks, "weeks", 1, maxWeeks, defaultWeeks)
	sc.WarmUp = l.whole(k.WarmUp, "warm_up", 0, maxWeeks, min(1, sc.Weeks-1))
	if sc.WarmUp >= sc.Weeks && said(k.WarmUp) {
		l.diags.Add(k.WarmUp.Pos, fmt.Sprintf("%d weeks of warm-up leave nothing of %d weeks to measure", sc.WarmUp, sc.Weeks), "")
	}
	sc.Replications = l.whole(k.Replications, "replications", 2, maxReplications, defaultReplications)
	if said(k.Start) {
		day, err := time.Parse(time.DateOnly, k.Start.Value)
		if err != nil || day.Year() < 1900 || day.Year() > 9000 {
			l.diags.Add(k.Start.Pos, fmt.Sprintf(`"start" is %q, want a date like 2006-01-02`, k.Start.Value), "")
			return
		}
		sc.Start = day
	}
}
