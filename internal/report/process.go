package report

import (
	"fmt"
	"html/template"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/diagram"
	"github.com/rehearse-dev/rehearse/internal/discover"
	"github.com/rehearse-dev/rehearse/internal/report/page"
)

// Process prints an existing process as its event log shows it.
type Process struct{ *discover.Result }

// JSON prints it for programs.
func (r Process) JSON(w io.Writer) error { return indented(w, r.Result) }

// Text prints it for a terminal.
func (r Process) Text(w io.Writer, o TextOptions) error { return r.document().text(w, o) }

// Markdown prints it for a page, with the map as Mermaid.
func (r Process) Markdown(w io.Writer) error {
	if err := r.document().markdown(w); err != nil {
		return err
	}
	if _, err := io.WriteString(w, "\n## Map\n\n```mermaid\n"); err != nil {
		return err
	}
	if err := r.Graph().Mermaid(w); err != nil {
		return err
	}
	_, err := io.WriteString(w, "```\n")
	return err
}

// HTML prints it as a page, with the map drawn.
func (r Process) HTML(w io.Writer) error {
	p := r.document().page("Process")
	p.Style = diagram.CSS
	var svg strings.Builder
	if err := r.Graph().SVG(&svg, diagram.Options{Embedded: true, ID: "process"}); err != nil {
		return err
	}
	s := page.Section{
		Title: "Map",
		Intro: r.mapIntro(),
		Parts: []page.Part{{Diagram: &page.Diagram{Label: "Map of the process", SVG: template.HTML(svg.String())}}},
	}
	p.Sections = slices.Insert(p.Sections, min(1, len(p.Sections)), s)
	return p.Render(w)
}

// What a map shows at most, so that it can be read.
const (
	drawnActivities = 40
	drawnShare      = 0.01 // of the cases; the rarer ways are left out
)

func (r Process) mapIntro() string {
	s := fmt.Sprintf("What waits for what; the lines say how often. Ways that fewer than %s of the cases take are left out, but for the most frequent into and out of an activity.", plainPercent(drawnShare))
	if n := len(r.Activities); n > drawnActivities {
		s += fmt.Sprintf(" Of %d activities the %d most frequent are drawn.", n, drawnActivities)
	}
	return s
}

// Graph is the process as a map.
func (r Process) Graph() *diagram.Graph {
	shown := r.Activities
	if len(shown) > drawnActivities {
		times := make([]int, len(shown))
		for i, a := range shown {
			times[i] = a.Events
		}
		slices.Sort(times)
		least := times[len(times)-drawnActivities]
		var frequent []discover.ActivityResult
		for _, a := range shown {
			if a.Events >= least && len(frequent) < drawnActivities {
				frequent = append(frequent, a)
			}
		}
		shown = frequent
	}
	at := map[string]int{"": -1}
	var activities []diagram.Activity
	for i, a := range shown {
		at[a.Name] = i
		note := fmt.Sprintf("%d times", a.Events)
		if a.Minutes.N > 0 {
			note += ", " + length(a.Minutes.P50/60)
		}
		if len(a.Roles) > 0 {
			note += " · " + a.Roles[0].Name
		}
		activities = append(activities, diagram.Activity{Name: a.Name, Note: note, Times: a.Events})
	}
	var ways []diagram.Way
	out, in := map[string]bool{}, map[string]bool{} // those that have a way
	for _, f := range r.Flows {                     // the most frequent first
		from, ok1 := at[f.From]
		to, ok2 := at[f.To]
		if !ok1 || !ok2 || f.Cases < drawnShare && out[f.From] && in[f.To] {
			continue
		}
		out[f.From], in[f.To] = true, true
		ways = append(ways, diagram.Way{From: from, To: to, Times: f.Count})
	}
	return diagram.OfProcess(filepath.Base(r.Log), r.Cases, activities, ways)
}

func (r Process) document() document {
	var n notes
	d := document{
		title: filepath.Base(r.Log),
		subtitle: fmt.Sprintf("%s, %s, %s to %s, hours by the clock of %s", counted(r.Cases, "case"), counted(r.Events, "event"),
			r.From.Format(time.DateOnly), r.To.Format(time.DateOnly), r.Zone),
		lead: r.summary(),
	}
	tables := []table{r.activities(), r.waits(), r.flows(), r.variants(), r.loops(), r.roles(), r.people(), r.handedOver(), r.pairs(), r.comes()}
	for _, t := range append(tables, r.check(&n)...) {
		if len(t.rows) > 0 {
			d.tables = append(d.tables, t)
		}
	}
	for _, w := range r.Warnings {
		n.add(w)
	}
	d.footnotes = n.texts
	return d
}

// summary is what a reader meets first.
func (r Process) summary() []string {
	long := "median"
	if r.Cycle.P90 > r.Cycle.P50 {
		long += "; one in ten more than " + length(r.Cycle.P90)
	}
	out := []string{
		fmt.Sprintf("A case takes %s from its first start to its last end (%s), of which people work %.0f minutes.", length(r.Cycle.P50), long, r.Work.P50),
		fmt.Sprintf("%s cases come a week. Activities: %d, done in %s, by %s in %s.", weekly(r.PerWeek), len(r.Activities), counted(r.Ways, "different way"), people(r.headcount()), counted(len(r.Roles), "role")),
	}
	return append(out, r.verdict())
}

// verdict is what came of the replay check.
func (r Process) verdict() string {
	c := r.Check
	switch {
	case c == nil:
		return "Not held against later cases: " + r.Unchecked + "."
	case c.Verdict == discover.Off:
		return fmt.Sprintf("Replay check: off. Simulated cycle times of the %d last cases are %.2f h from those recorded, and the cases before are %.2f h from them. Trust no what-if on this estimate.", c.Held, c.Distance.Estimate.Value, c.Own)
	}
	return fmt.Sprintf("Replay check: %s. Simulated cycle times of the %d last cases are %.2f h from those recorded; the cases before are %.2f h from them, two simulated logs %.2f h from each other.", c.Verdict, c.Held, c.Distance.Estimate.Value, c.Own, c.Chance)
}

func (r Process) headcount() int {
	n := 0
	for _, role := range r.Roles {
		n += len(role.People)
	}
	return n
}

// minutesOf is a spread of minutes in three lines.
func minutesOf(s discover.Spread) string {
	if s.N == 0 {
		return none
	}
	return fmt.Sprintf("%.4g\n%.4g to %.4g", s.P50, s.P10, s.P90)
}

func (r Process) activities() table {
	t := table{
		title: "Activities", first: true,
		intro: "In the order in which cases come to them. Minutes of work: median, and the middle eight of ten.",
		head:  []string{"activity", "times", "cases", "again", "minutes\nof work", "mean", "who"},
		right: []bool{false, true, true, true, true, true, false},
	}
	for _, a := range r.Activities {
		mean := none
		if a.Minutes.N > 0 {
			mean = fmt.Sprintf("%.4g", a.Minutes.Mean)
		}
		t.rows = append(t.rows, []string{name(a.Name), strconv.Itoa(a.Events), percent(a.Cases), percent(a.Again), minutesOf(a.Minutes), mean, partsOf(a.Roles, 3)})
	}
	return t
}

// partsOf are the largest parts in words.
func partsOf(parts []discover.Part, most int) string {
	var out []string
	for _, p := range parts[:min(most, len(parts))] {
		out = append(out, fmt.Sprintf("%s %s", name(p.Name), percent(p.Share)))
	}
	if more := len(parts) - most; more > 0 {
		out = append(out, fmt.Sprintf("%d more", more))
	}
	return strings.Join(out, "\n")
}

func (r Process) waits() table {
	t := table{
		title: "Waits",
		intro: "From the end of what an activity waits for to its start. The mean is made of hours off duty, hours in which the person was busy, and hours that nothing in the log explains.",
		head:  []string{"before", "waits", "median", "nine of ten\nwithin", "mean", "off duty", "busy", "unexplained"},
	}
	t.right = numbers(len(t.head))
	for _, a := range r.Activities {
		w := a.Wait
		if w.N == 0 {
			continue
		}
		t.rows = append(t.rows, []string{name(a.Name), strconv.Itoa(w.N), length(w.P50), length(w.P90), length(w.Mean), length(w.Off), length(w.Busy), length(w.Unknown)})
	}
	return t
}

// shownFlows are the ways that a table shows.
const shownFlows = 40

func (r Process) flows() table {
	t := table{
		title: "What follows what",
		intro: "An activity follows the last that had to end before it. Share: of all that leaves the first.",
		head:  []string{"from", "to", "times", "cases", "share"},
		right: []bool{false, false, true, true, true},
	}
	if n := len(r.Flows); n > shownFlows {
		t.intro += fmt.Sprintf(" The %d most frequent of %d.", shownFlows, n)
	}
	for _, f := range r.Flows[:min(shownFlows, len(r.Flows))] {
		from, to := f.From, f.To
		if from == "" {
			from = "start"
		}
		if to == "" {
			to = "end"
		}
		t.rows = append(t.rows, []string{name(from), name(to), strconv.Itoa(f.Count), percent(f.Cases), percent(f.Share)})
	}
	if len(r.SideBySide) > 0 {
		var pairs []string
		for _, p := range r.SideBySide[:min(shownPairs, len(r.SideBySide))] {
			pairs = append(pairs, name(p[0])+" and "+name(p[1]))
		}
		if more := len(r.SideBySide) - shownPairs; more > 0 {
			pairs = append(pairs, fmt.Sprintf("%d more", more))
		}
		t.intro += " Side by side: " + strings.Join(pairs, "; ") + "."
	}
	return t
}

// shownWays are the variants that a table shows.
const shownWays = 15

func (r Process) variants() table {
	t := table{title: "Variants", head: []string{"cases", "share", "mean time", "way"}, right: []bool{true, true, true, false}}
	t.intro = "Activities side by side stand in one order, whichever was first."
	if r.Ways > shownWays {
		t.intro += fmt.Sprintf(" The %d most frequent of %d.", shownWays, r.Ways)
	}
	for _, v := range r.Variants[:min(shownWays, len(r.Variants))] {
		t.rows = append(t.rows, []string{strconv.Itoa(v.Cases), percent(v.Share), length(v.Cycle), wayOf(v.Path)})
	}
	return t
}

// wayOf is a way in lines.
func wayOf(path []string) string {
	const most = 12
	var out []string
	for _, a := range path[:min(most, len(path))] {
		out = append(out, name(a))
	}
	if more := len(path) - most; more > 0 {
		out = append(out, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(out, " →\n")
}

func (r Process) loops() table {
	t := table{
		title: "Rework",
		intro: "Work that leads back to where a case was before.",
		head:  []string{"times", "cases", "takes", "loop"},
		right: []bool{true, true, true, false},
	}
	for _, l := range r.Loops {
		t.rows = append(t.rows, []string{strconv.Itoa(l.Times), percent(l.Cases), length(l.Hours), wayOf(append(slices.Clone(l.Path), l.Path[0]))})
	}
	return t
}

func (r Process) roles() table {
	t := table{
		title: "Roles",
		intro: "People who do the same things. Busy: time at work over time on duty.",
		head:  []string{"role", "people", "busy", "hours", "support", "confidence", "does"},
		right: []bool{false, true, true, false, true, true, false},
	}
	for _, x := range r.Roles {
		c := x.Calendar
		t.rows = append(t.rows, []string{name(x.Name), strconv.Itoa(len(x.People)), percent(x.Busy), strings.ReplaceAll(c.String(), "; ", "\n"), percent(c.Support), percent(c.Confidence), partsOf(x.Activities, 4)})
	}
	return t
}

// shownPeople are the people that a table shows.
const shownPeople = 60

func (r Process) people() table {
	t := table{
		title: "People",
		head:  []string{"role", "person", "activities", "busy", "at a time", "hours", "does"},
		right: []bool{false, false, true, true, true, false, false},
	}
	for _, x := range r.Roles {
		for _, p := range x.People {
			if len(t.rows) == shownPeople {
				t.intro = fmt.Sprintf("The first %d of %d; JSON has all.", shownPeople, r.headcount())
				return t
			}
			t.rows = append(t.rows, []string{name(x.Name), name(p.Name), strconv.Itoa(p.Events), percent(p.Busy), strconv.Itoa(p.Parallel), strings.ReplaceAll(p.Calendar.String(), "; ", "\n"), partsOf(p.Activities, 3)})
		}
	}
	return t
}

func (r Process) handedOver() table {
	t := table{
		title: "Handoffs between roles",
		head:  []string{"from", "to", "times", "cases", "same person", "median wait", "mean wait"},
		right: []bool{false, false, true, true, true, true, true},
	}
	if n := len(r.Handoffs); n > shownFlows {
		t.intro = fmt.Sprintf("The %d most frequent of %d.", shownFlows, n)
	}
	for _, h := range r.Handoffs[:min(shownFlows, len(r.Handoffs))] {
		t.rows = append(t.rows, []string{name(h.From), name(h.To), strconv.Itoa(h.Count), percent(h.Cases), percent(h.Same), length(h.Wait.P50), length(h.Wait.Mean)})
	}
	return t
}

// shownPairs are the pairs, of people or of activities side by side, that are shown.
const shownPairs = 12

func (r Process) pairs() table {
	t := table{title: "Handoffs between people", head: []string{"from", "to", "times", "mean wait"}, right: []bool{false, false, true, true}}
	t.intro = fmt.Sprintf("The %d most frequent.", min(shownPairs, len(r.Pairs)))
	for _, p := range r.Pairs[:min(shownPairs, len(r.Pairs))] {
		t.rows = append(t.rows, []string{name(p.From), name(p.To), strconv.Itoa(p.Count), length(p.Wait)})
	}
	return t
}

// comes is when cases come.
func (r Process) comes() table {
	t := table{
		title: "When cases come",
		intro: fmt.Sprintf("Cases an hour. Among days of one weekday the variance of the cases is %.2f of the mean: 1 where they come at random, 0 by the clock.", r.Arrivals.Dispersion),
		head:  []string{"hour", "mon", "tue", "wed", "thu", "fri", "sat", "sun"},
	}
	t.right = numbers(len(t.head))
	for h := range 24 {
		row := []string{fmt.Sprintf("%02d:00", h)}
		any := false
		var counts []float64
		for d := range 7 {
			x := r.Arrivals.PerHour[d][h]
			any = any || x > 0
			counts = append(counts, x)
			row = append(row, fmt.Sprintf("%.3g", x))
		}
		if any {
			t.shade(1, counts)
			t.rows = append(t.rows, row)
		}
	}
	return t
}
