package report

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/business"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/opsim"
	"github.com/rehearse-dev/rehearse/internal/report/pagetest"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

var update = flag.Bool("update", false, "rewrite golden files")

func TestLength(t *testing.T) {
	for hours, want := range map[float64]string{
		-1e-16: "0 s", 0: "0 s", 0.5: "30 min", 1.25: "1.2 h", 96: "4 days",
	} {
		if got := length(hours); got != want {
			t.Errorf("length(%v) = %q, want %q", hours, got, want)
		}
	}
}

// helpdesk has a team with office hours and one that is overloaded.
const helpdesk = `
scenario: helpdesk
title: A desk with <two> teams
cases: {escalated: {desk: 0.4, experts: 0.1}, latency: 20s, cost: 0.02}
arrivals: {zone: Europe/Berlin, per_hour: {mon-fri: {08:00-18:00: 20, 18:00-08:00: 1}}}
teams:
  desk: {people: 3, wage: 30/h, minutes: {distribution: lognormal, mean: 12, scv: 1.5}, zone: Europe/Berlin, hours: {mon-fri: [08:00-18:00]}}
  experts: {people: 1, wage: 80/h, minutes: 45, hours: {mon-fri: [09:00-12:00]}}
service_level: {turnaround: 16h, share: 0.8}
start: 2026-03-02
weeks: 4
replications: 5
seed: 1
`

func helpdeskScenario(t *testing.T) *scenario.Scenario {
	t.Helper()
	sc, problems := scenario.Parse("helpdesk.yaml", []byte(helpdesk), nil)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return sc
}

func golden(t *testing.T, name string, print func(io.Writer) error) {
	t.Helper()
	var b bytes.Buffer
	if err := print(&b); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s (-want +got; -update rewrites it):\n%s", path, diff)
	}
}

// world has what only some scenarios have.
const world = `
scenario: world
cases:
  kinds: {fraud: {share: 0.1, wrong: 0}, claim: 0.9}
  escalated: {desk: 0.6}
  wrong: 0.02
  services: [llm]
arrivals: {per_hour: 20}
teams:
  desk:
    people: [{name: Ana, skills: [fraud]}, {people: 5, error_rate: 0.03}]
    minutes: {fraud: 40, claim: 15}
    priority: [fraud]
    room: 9
    turned_away: {back: 0.8, after: 20}
    patience: {distribution: exponential, mean: 2h}
services: {llm: {latency: 4s, requests: {per_minute: 1, burst: 2}, failures: 0.1, timeout: 1m, retry: {attempts: 2}, fallback: desk}}
deadline: 2h
error_cost: 60
assumed: ["desk: errors"]
weeks: 3
replications: 4
`

func TestWorld(t *testing.T) {
	sc, problems := scenario.Parse("world.yaml", []byte(world), nil)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	res, err := opsim.Simulate(context.Background(), sc, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "operation-world.txt", func(w io.Writer) error { return Operation{res}.Text(w, TextOptions{}) })
}

func TestOperation(t *testing.T) {
	sc := helpdeskScenario(t)
	overloaded, err := opsim.Simulate(context.Background(), sc, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "operation-overloaded.txt", func(w io.Writer) error { return Operation{overloaded}.Text(w, TextOptions{}) })
	sc.Teams[1].People = 3
	res, err := opsim.Simulate(context.Background(), sc, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "operation.txt", func(w io.Writer) error { return Operation{res}.Text(w, TextOptions{}) })
	golden(t, "operation.md", Operation{res}.Markdown)
	golden(t, "operation.html", Operation{res}.HTML)
	var b bytes.Buffer
	if err := (Operation{res}).JSON(&b); err != nil {
		t.Fatal(err)
	}
	var back opsim.Result
	if err := json.Unmarshal(b.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*res, back); diff != "" {
		t.Errorf("what JSON gives back (-want +got):\n%s", diff)
	}
}

func TestStaffing(t *testing.T) {
	res, err := opsim.Staff(context.Background(), helpdeskScenario(t), nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "staffing.txt", func(w io.Writer) error { return Staffing{res}.Text(w, TextOptions{}) })
	golden(t, "staffing.md", Staffing{res}.Markdown)
	if err := (Staffing{res}).JSON(io.Discard); err != nil {
		t.Error(err)
	}
}

// desks is two designs of the helpdesk: all tickets for people, and half.
func desks(t *testing.T) *opsim.Profile {
	t.Helper()
	b := opsim.NewProfileBuilder("r1", []string{"as-is", "half"})
	at := time.Date(2026, time.January, 5, 8, 0, 0, 0, time.UTC)
	for i := range 240 {
		for _, design := range []string{"as-is", "half"} {
			trial := flow.Trial{Design: design, Index: int64(i), Time: at, Weight: 1, Status: flow.Escalated, Team: "desk"}
			if design == "half" && i%2 == 0 {
				trial.Status, trial.Team = flow.Automated, ""
			}
			b.Add(&trial, opsim.Work{Minutes: float64(5 + 3*(i%7)), Known: true, Cost: float64(i % 3)})
		}
		at = at.Add(time.Hour)
	}
	p, err := b.Profile()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// deskScenario is the world of the two designs.
func deskScenario(t *testing.T, more string) *scenario.Scenario {
	t.Helper()
	w, problems := design.ParseWorkflow("workflow.yaml", []byte("workflow: tickets\ninput: {text: string}\noutcome: {queue: string}\nteams: {desk: {people: 2, wage: 30/h, minutes: label}}\ncurrency: EUR\nbaseline: as-is\n"))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	sc, problems := scenario.Parse("desk.yaml", []byte(`
scenario: desk
run: latest
arrivals: {per_week: 240}
teams: {desk: {hours: {mon-fri: [08:00-18:00]}}}
service_level: {turnaround: 48h, share: 0.8}
start: 2026-03-02
weeks: 5
replications: 6
seed: 4
`+more), w)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return sc
}

func TestContrasted(t *testing.T) {
	res, err := opsim.Compare(context.Background(), deskScenario(t, ""), desks(t), "as-is", 2)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "contrast.txt", func(w io.Writer) error { return Contrasted{res}.Text(w, TextOptions{}) })
	golden(t, "contrast.md", Contrasted{res}.Markdown)
	golden(t, "contrast.html", Contrasted{res}.HTML)
}

func TestSwept(t *testing.T) {
	res, err := opsim.SweepOver(context.Background(), deskScenario(t, ""), desks(t), opsim.SweepAsk{Volumes: []float64{0.5, 1, 2}, Team: "desk", People: []int{1, 2, 3}}, 2)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "sweep.txt", func(w io.Writer) error { return Swept{res}.Text(w, TextOptions{}) })
	golden(t, "sweep.md", Swept{res}.Markdown)
	golden(t, "sweep.html", Swept{res}.HTML)
}

// TestOperationPagesInBrowser holds the pages of the goldens to what every
// report promises.
func TestOperationPagesInBrowser(t *testing.T) {
	browser := pagetest.Start(t)
	for _, name := range []string{"contrast.html", "sweep.html", "business.html", "cutoff.html", "operation.html"} {
		p := browser.Open(t, filepath.Join("testdata", name))
		p.Check()
		p.CheckTables()
		if t.Failed() {
			t.Fatal("in " + name)
		}
	}
}

func TestBusinessCase(t *testing.T) {
	sample := business.NewSample([]string{"as-is", "half"})
	for i := range 240 {
		hours := float64(5+3*(i%7)) / 60
		sample.Add(business.Trial{Design: "as-is", Case: int64(i), Weight: 1, Hours: hours, People: 30 * hours, Known: true})
		half := business.Trial{Design: "half", Case: int64(i), Weight: 1, Models: 0.02, Errors: float64(i%20/19) * 8, Known: true}
		if i%2 > 0 {
			half.Hours, half.People = hours, 30*hours
		}
		sample.Add(half)
	}
	sc := deskScenario(t, "business: {build: {low: 5000, likely: 9000, high: 20000}, realised: {low: 0.4, likely: 0.7, high: 0.9}, ramp_up_months: 4}\n")
	made, err := business.Make(business.Input{Baseline: "as-is", Currency: "EUR", Sample: sample, Run: "r1", Terms: sc.Business, Volume: 12_000, WhoseVolume: "by the workflow's volume_per_year", Seed: 4})
	if err != nil {
		t.Fatal(err)
	}
	staffed, err := opsim.Staff(context.Background(), sc, desks(t), 2)
	if err != nil {
		t.Fatal(err)
	}
	r := BusinessCase{Scenario: "desk", Workflow: "tickets", Title: "A case for <half>", Case: made, Staffing: staffed}
	golden(t, "business.txt", func(w io.Writer) error { return r.Text(w, TextOptions{}) })
	golden(t, "business.md", r.Markdown)
	golden(t, "business.html", r.HTML)
}

// TestBesides names settings that cannot be told from the best, and not the best.
func TestBesides(t *testing.T) {
	for _, c := range []struct {
		why  string
		flat []bool
		want string
	}{
		{"the best alone", []bool{false, false, true, false}, "no other is as cheap"},
		{"one more", []bool{false, true, true, false}, "cutoff 0.1 cannot be told from it"},
		{"on both sides of it", []bool{true, true, true, true}, "cutoff 0 to 0.1, 0.3 cannot be told from it"},
	} {
		r := CutoffChoice{Params: []string{"cutoff"}, CutoffChoice: &opsim.CutoffChoice{Best: 2}}
		for i, flat := range c.flat {
			r.Values = append(r.Values, []float64{float64(i) / 10})
			r.Settings = append(r.Settings, opsim.CutoffResult{Flat: flat})
		}
		if got := r.besides(); got != c.want {
			t.Errorf("%s: %q, want %q", c.why, got, c.want)
		}
	}
}

// TestOverload has teams that get as much as they can do, and more.
func TestOverload(t *testing.T) {
	for _, c := range []struct {
		why  string
		team opsim.TeamResult
		want string
	}{
		{"a load of 1, after all the sums", opsim.TeamResult{Load: 1 + 1e-15, Growth: 3.73e-14}, `"desk" is overloaded, it gets as much work as it can do: the backlog grows without end, however slowly`},
		{"a little less than 1, after all the sums", opsim.TeamResult{Load: 1 - 1e-12}, `"desk" is overloaded, it gets as much work as it can do: the backlog grows without end, however slowly`},
		{"half more than they can do", opsim.TeamResult{Load: 1.5, Growth: 12}, `"desk" is overloaded, it gets 1.50 times the work that it can do: the backlog grows by 12 cases a week`},
		{"nobody is there", opsim.TeamResult{NoOne: true, Growth: 12}, `nobody of "desk" is ever on duty: the backlog grows by 12 cases a week`},
		{"nobody is there who can do it", opsim.TeamResult{NoOne: true, Growth: 12, Tightest: []string{"fraud", "claim"}}, `nobody of "desk" who takes fraud, claim is ever on duty: the backlog grows by 12 cases a week`},
		{"shifts end too soon", opsim.TeamResult{NoOne: true, TooShort: true, Growth: 12}, `nobody of "desk" can begin anything: all shifts are too short: the backlog grows by 12 cases a week`},
		{"nobody is there, and cases lose patience", opsim.TeamResult{NoOne: true, Queue: &opsim.Queue{}}, ""},
		{"not overloaded", opsim.TeamResult{Load: 0.9, Queue: &opsim.Queue{}}, ""},
	} {
		c.team.Name = "desk"
		if got := overload(&c.team); got != c.want {
			t.Errorf("%s: %q, want %q", c.why, got, c.want)
		}
	}
	for growth, want := range map[float64]string{0: "backlog grows", 3.73e-14: "backlog grows", 0.4: "backlog grows", 12: "+12 a week"} {
		if got := grown(growth, " a week"); got != want {
			t.Errorf("growth of %v: %q, want %q", growth, got, want)
		}
	}
	r := CutoffChoice{CutoffChoice: &opsim.CutoffChoice{Result: &opsim.Result{}}}
	if got, want := r.fault(&opsim.CutoffResult{Overloaded: []string{"desk"}, Growth: 3.73e-14}), "overloads desk: it gets all that it can do, or more"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestPayback has what a candidate gives in words, and when its building is paid.
func TestPayback(t *testing.T) {
	at := func(x float64) *float64 { return &x }
	nothing, some := business.Range{}, business.Range{Likely: 9, Low: 9, High: 9}
	for _, c := range []struct {
		why   string
		years int
		build business.Range
		back  *business.Payback
		never float64
		want  string
	}{
		{"paid back for sure", 2, some, &business.Payback{Likely: 7.3, Low: at(2.4), High: at(9)}, 0, "Building it is paid back after 7.3 months (2.4 to 9.0). Over 2 years it"},
		{"more than 5% of draws are later", 2, some, &business.Payback{Likely: 7.3, Low: at(2.4)}, 0.289, "Building it is paid back after 7.3 months (2.4 to not within 2 years); in 28.9% of draws it is not within 2 years. Over 2 years"},
		{"almost all draws are later", 1, some, &business.Payback{Likely: 7.3}, 0.97, "after 7.3 months (not within 1 year); in 97.0% of draws it is not within 1 year. Over 1 year it"},
		{"not paid back", 1, some, nil, 1, "Building it is not paid back within 1 year. Over 1 year it"},
		{"nothing to pay back, and nothing saved", 3, nothing, nil, 1, "Building it costs nothing, and it still does not pay within 3 years. Over 3 years it"},
		{"nothing to pay back", 3, nothing, &business.Payback{Low: at(0), High: at(0)}, 0, "Building it costs nothing: it pays from the start. Over 3 years it"},
		{"nothing to pay back, it may not pay", 3, nothing, &business.Payback{Low: at(0)}, 0.2, "Building it costs nothing: it pays from the start; in 20.0% of draws it does not within 3 years. Over"},
	} {
		r := BusinessCase{Case: &business.Case{Years: c.years}}
		if got := r.verdict(&business.Return{Build: c.build, Payback: c.back, Never: c.never}); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.why, got, c.want)
		}
	}
}

func TestCutoffChoice(t *testing.T) {
	values := [][]float64{{0.2}, {0.3}, {0.5}, {0.8}, {0.9}}
	b := opsim.NewProfileBuilder("on the split calibration of tickets", []string{"cutoff 0.2", "cutoff 0.3", "cutoff 0.5", "cutoff 0.8", "cutoff 0.9"})
	at := time.Date(2026, time.January, 5, 8, 0, 0, 0, time.UTC)
	for i := range 400 {
		sure := float64(4+i%6) / 10
		for _, v := range values {
			trial := flow.Trial{Design: fmt.Sprint("cutoff ", v[0]), Index: int64(i), Time: at, Weight: 1, Status: flow.Automated}
			w := opsim.Work{Known: true, Cost: float64(i/6%10/9) * 40 * (1 - sure)}
			if sure < v[0] {
				trial.Status, trial.Team, w.Minutes, w.Cost = flow.Escalated, "desk", 6, 0
			}
			b.Add(&trial, w)
		}
		at = at.Add(time.Hour)
	}
	p, err := b.Profile()
	if err != nil {
		t.Fatal(err)
	}
	sc := deskScenario(t, "")
	sc.Arrivals.PerWeek = 1100
	res, err := opsim.Cutoffs(context.Background(), sc, p, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	r := CutoffChoice{Design: "model", Params: []string{"cutoff"}, Was: []float64{0.9}, Values: values, Tuned: 2, CutoffChoice: res}
	golden(t, "cutoff.txt", func(w io.Writer) error { return r.Text(w, TextOptions{}) })
	golden(t, "cutoff.md", r.Markdown)
	golden(t, "cutoff.html", r.HTML)
}
