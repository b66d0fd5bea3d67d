package scenario

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // scenarios name time zones, and not every machine knows them

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/business"
	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// scenarioKeys are the keys of a scenario file.
type scenarioKeys struct {
	Scenario     flow.Text      `yaml:"scenario"`
	Title        string         `yaml:"title,omitempty"`
	Run          *flow.Text     `yaml:"run"`
	Designs      []flow.Text    `yaml:"designs,omitempty"`
	Stratify     []flow.Text    `yaml:"stratify,omitempty"`
	Cases        *caseKeys      `yaml:"cases"`
	Arrivals     arrivalKeys    `yaml:"arrivals,omitempty"`
	Teams        *yaml.Node     `yaml:"teams" schema:"{team}"`
	Services     *yaml.Node     `yaml:"services" schema:"{service}"`
	Service      *serviceKeys   `yaml:"service_level"`
	Business     *business.Keys `yaml:"business"`
	Deadline     *yaml.Node     `yaml:"deadline" schema:"lengths"`
	WaitCost     *flow.Text     `yaml:"wait_cost"`
	ErrorCost    *flow.Text     `yaml:"error_cost"`
	Assumed      []flow.Text    `yaml:"assumed,omitempty"`
	Start        *flow.Text     `yaml:"start"`
	Weeks        *flow.Text     `yaml:"weeks"`
	WarmUp       *flow.Text     `yaml:"warm_up"`
	Replications *flow.Text     `yaml:"replications"`
	Seed         uint64         `yaml:"seed,omitempty"`
}

type serviceKeys struct {
	Pos        flow.Pos       `yaml:",pos"`
	Turnaround *time.Duration `yaml:"turnaround"`
	Wait       *time.Duration `yaml:"wait"`
	Share      float64        `yaml:"share"`
	Of         *yaml.Node     `yaml:"of" schema:"{kind_level}"`
}

// kindLevelKeys is what is promised for one kind of cases.
type kindLevelKeys struct {
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
)

// Load reads a scenario file of a workflow; the workflow is nil for one that
// stands alone. The scenario is nil where there are errors.
func Load(path string, w *design.Workflow) (*Scenario, diag.List) {
	data, err := regular.Read(path)
	if err != nil {
		return nil, diag.List{{Pos: flow.Pos{File: path}, Message: regular.Problem(err)}}
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
	doc.NamedLikeFile("scenario", k.Scenario, &diags)
	l.teams(k.Teams)
	l.crowds()
	l.services(k.Services)
	l.cases(&k)
	l.arrivals(&k.Arrivals)
	l.service(k.Service)
	l.costs(&k)
	l.horizon(&k)
	if k.Business != nil {
		sc.Business = k.Business.Terms(doc, sc.Designs, &diags)
	}
	l.refer()
	l.referCalls()
	l.referWaits()
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
	refs  []ref           // names used before all names are known
	// callRefs are names of services.
	callRefs []flow.Text
	waitRefs []flow.Pos // columns of a dataset
}

// hourly reads an amount for an hour, such as 30 or 30/h.
func (l *loader) hourly(t *flow.Text, name string) float64 {
	if !said(t) {
		return 0
	}
	amount := *t
	amount.Value = strings.TrimSuffix(amount.Value, "/h")
	return l.number(&amount, name, 0, 1e9, 0)
}

// costs reads what waiting and errors cost, and what is assumed.
func (l *loader) costs(k *scenarioKeys) {
	l.sc.WaitCost = l.hourly(k.WaitCost, "wait_cost")
	l.sc.ErrorCost = l.number(k.ErrorCost, "error_cost", 0, 1e12, 0)
	l.sc.Assumed = k.Assumed
	l.deadlines(k.Deadline)
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
			team := Team{Name: t.Name, Pos: t.Pos, People: t.People, Wage: t.Wage, WageKnown: t.Wage > 0, ShiftEnd: des.Finish}
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
		i := sc.TeamIndex(k.Value)
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
		if slices.Contains(sc.Designs, d.Value) {
			l.diags.Add(d.Pos, fmt.Sprintf("design %q twice", d.Value), "")
		}
		sc.Designs = append(sc.Designs, d.Value)
		if k.Run == nil && said(&d) {
			l.diags.Add(d.Pos, `"designs" are those of a run, and the cases are stated`, "")
			break
		}
	}
	for _, tag := range k.Stratify {
		switch {
		case !said(&tag):
		case k.Run == nil:
			l.diags.Add(tag.Pos, `"stratify" names tags of a run's cases, and the cases are stated`, "")
		case slices.ContainsFunc(sc.Stratify, func(t flow.Text) bool { return t.Value == tag.Value }):
			l.diags.Add(tag.Pos, fmt.Sprintf("tag %q twice", tag.Value), "")
		default:
			sc.Stratify = append(sc.Stratify, tag)
		}
	}
	if k.Cases != nil {
		l.stated(k.Cases)
	}
}

func (l *loader) service(k *serviceKeys) {
	if k == nil {
		if w := l.sc.Workflow; w != nil && w.ServiceLevel != nil {
			l.sc.Service = &ServiceLevel{Within: w.ServiceLevel.Turnaround, Share: w.ServiceLevel.Share}
		}
		return
	}
	s, ok := l.level(k.Pos, k.Turnaround, k.Wait, k.Share)
	if !ok {
		return
	}
	l.sc.Service = &s
	if k.Of == nil {
		return
	}
	if k.Of.Kind != yaml.MappingNode {
		l.diags.Add(l.doc.Pos(k.Of), `"of" wants kinds of cases and what is promised for them, such as {fraud: {turnaround: 4h, share: 0.9}}`, "")
		return
	}
	for kind, v := range yamldoc.Pairs(k.Of) {
		var own kindLevelKeys
		text, before := l.doc.Text(kind), len(*l.diags)
		l.mention(&Team{}, &text)
		if l.doc.Decode(v, &own, l.diags); len(*l.diags) > before && own.Share == 0 {
			continue // a missing share is said once
		}
		if level, ok := l.level(l.doc.Pos(v), own.Turnaround, own.Wait, own.Share); ok {
			s.Of = append(s.Of, KindLevel{kind.Value, level})
		}
	}
}

// level reads one promise; false where it says nothing.
func (l *loader) level(at flow.Pos, turnaround, wait *time.Duration, share float64) (ServiceLevel, bool) {
	s := ServiceLevel{Share: share, Stated: true}
	switch {
	case (turnaround == nil) == (wait == nil):
		l.diags.Add(at, `a service level wants either "turnaround" or "wait"`, "")
		return s, false
	case wait != nil:
		s.Wait, s.Within = true, *wait
	default:
		s.Within = *turnaround
	}
	if s.Within < 0 || s.Within == 0 && !s.Wait || !(s.Share > 0 && s.Share < 1) {
		l.diags.Add(at, fmt.Sprintf("a service level of %v within %v", s.Share, s.Within), "a time above 0 and a share above 0 and below 1")
	}
	return s, true
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
			l.diags.Add(k.Start.Pos, fmt.Sprintf(`"start" is %q, want a date like 2006-01-02, from 1900-01-01 to 9000-12-31`, k.Start.Value), "")
			return
		}
		sc.Start = day
	}
}
