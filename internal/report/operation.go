package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/opsim"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Operation prints how designs behave in operation.
type Operation struct{ *opsim.Result }

// Text prints it for a terminal.
func (r Operation) Text(w io.Writer, o TextOptions) error { return r.document().text(w, o) }

// Markdown prints it for a page.
func (r Operation) Markdown(w io.Writer) error { return r.document().markdown(w) }

// JSON prints it for programs.
func (r Operation) JSON(w io.Writer) error { return indented(w, r.Result) }

func indented(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func (r Operation) document() document {
	var n notes
	answer := append([]table{r.outcomes(&n), r.promisedByKind(), r.incidents(&n)}, r.drivers()...)
	d := r.with(&n, append(append(answer, r.teams(&n), r.ends(), r.backlog()), r.world()...)...)
	for i := range r.Designs {
		_, sentence := r.verdict(&r.Designs[i])
		d.lead = append(d.lead, name(r.Designs[i].Name)+": "+sentence+" "+r.load(&r.Designs[i]))
	}
	return d
}

// with puts the tables of an answer between the warnings and the origins.
func (r Operation) with(n *notes, answer ...table) document {
	d := document{title: r.Scenario, subtitle: r.subtitle()}
	if r.Workflow != "" {
		d.title = r.Workflow + ": " + r.Scenario
	}
	if r.Title != "" {
		d.title += ": " + r.Title
	}
	for _, t := range append(append([]table{r.caution()}, answer...), r.origins()) {
		if len(t.rows) > 0 {
			d.tables = append(d.tables, t)
		}
	}
	d.footnotes = n.texts
	return d
}

func (r Operation) subtitle() string {
	s := fmt.Sprintf("%d weeks from %s, the first %d not measured, %s cases a week, %d replications, seed %d", r.Weeks, r.Start, r.WarmUp, weekly(r.PerWeek), r.Replications, r.Seed)
	if r.Run != "" {
		s = fmt.Sprintf("run %s, %s", r.Run, s)
	}
	return s
}

// promise is the service level in words.
func (r Operation) promise() string {
	if r.Service == nil {
		return ""
	}
	text := percent(r.Service.Share) + " " + r.within()
	for _, own := range r.Service.Of {
		text += fmt.Sprintf(" and %s of %s %s", percent(own.Share), own.Kind, timely(own.Measure, own.Hours))
	}
	return text
}

// within is what the service level wants.
func (r Operation) within() string { return timely(r.Service.Measure, r.Service.Hours) }

// timely is what is wanted of a case.
func timely(measure string, hours float64) string {
	did := "done"
	if measure == "wait" {
		did = "begun"
	}
	return did + " within " + exactly(hours)
}

func (r Operation) caution() table {
	t := table{title: "Caution", head: []string{"what weakens these figures"}, right: make([]bool, 1), prose: map[int]int{0: textWidth}}
	for _, w := range r.Warnings {
		t.rows = append(t.rows, []string{flat(w)})
	}
	return t
}

func (r Operation) outcomes(n *notes) table {
	t := table{
		title: "Designs in operation",
		intro: "Mean over replications; 95% interval of the simulation, not of what it was told.",
		head:  []string{"design", "turnaround\nmedian", "turnaround\np90", "turnaround\np95", "service\nlevel", "escalated", "cost\nper case", "people's\nminutes", "backlog\nat the end", "backlog\npeak"},
	}
	t.right = numbers(len(t.head))
	if p := r.promise(); p != "" {
		t.intro += " Service level: " + p + "."
	}
	for i := range r.Designs {
		d := &r.Designs[i]
		median, p90, p95, kept := none+"\noverloaded", none+"\noverloaded", none+"\noverloaded", none+"\noverloaded"
		if d.Turnaround != nil {
			median, p90, p95, kept = lengthCell(d.Turnaround.P50), lengthCell(d.Turnaround.P90), lengthCell(d.Turnaround.P95), none+"\nnone promised"
		}
		if d.Kept != nil {
			kept = shareCell(*d.Kept)
		}
		for j := range d.Teams {
			if why := overload(&d.Teams[j]); why != "" {
				t.note(n.add(fmt.Sprintf("%s: %s; there is no steady state, and no turnaround is shown", d.Name, why)))
			}
		}
		for _, s := range d.Services {
			if s.Load >= 1 {
				t.note(n.add(fmt.Sprintf("%s: %q gets %.2f times what its limits allow: calls pile up; there is no steady state, and no turnaround is shown", d.Name, s.Name, s.Load)))
			}
		}
		for _, w := range d.Warnings {
			t.note(n.add(d.Name + ": " + w))
		}
		if d.Turnaround != nil && d.Unfinished.Estimate.Or(0) > 0 {
			t.note(n.add("Turnaround is that of the cases that are done. Of the cases open at the end, those that are late already are outside the service level; the others are not counted in it."))
		}
		t.rows = append(t.rows, []string{
			d.Name, median, p90, p95, kept, shareCell(d.Escalated), amountCell(d.Cost, r.Currency), amountCell(d.Minutes, ""),
			countCell(d.BacklogEnd), countCell(d.BacklogPeak),
		})
	}
	return t
}

// overload says by how much a team is overloaded, if it is.
func overload(t *opsim.TeamResult) string {
	switch {
	case t.Queue != nil:
		return ""
	case t.NoOne:
		return fmt.Sprintf("%s: the backlog grows by %s cases a week", unmanned(t), weekly(t.Growth))
	case slow(t.Growth):
		return fmt.Sprintf("%q is overloaded, it gets as much work as it can do: the backlog grows without end, however slowly", t.Name)
	}
	return fmt.Sprintf("%q is overloaded, it gets %.2f times the work that it can do: the backlog grows by %s cases a week", t.Name, t.Load, weekly(t.Growth))
}

// unmanned says why nobody of a team does work that comes.
func unmanned(t *opsim.TeamResult) string {
	takes := ""
	if t.Tightest != nil {
		takes = " who takes " + strings.Join(t.Tightest, ", ")
	}
	if t.TooShort {
		return fmt.Sprintf("nobody of %q%s can begin anything: all shifts are too short", t.Name, takes)
	}
	return fmt.Sprintf("nobody of %q%s is ever on duty", t.Name, takes)
}

// slow says that a backlog's growth in cases a week is no more than what sums are
// off by: a load of 1.
func slow(growth float64) bool { return growth < 1e-6 }

// weekly is a mean number in a week, with four digits where it is small.
func weekly(x float64) string {
	if math.Abs(x) >= 1000 {
		return grouped(x)
	}
	return fmt.Sprintf("%.4g", x)
}

// grown is the growth of the backlog of overloaded teams, in a cell.
func grown(growth float64, unit string) string {
	if math.Round(growth) < 1 {
		return "backlog grows"
	}
	return "+" + cases(growth) + unit
}

func (r Operation) teams(n *notes) table {
	t := table{
		title: "Teams",
		head:  []string{"design", "team", "people", "cases\na week", "load", "utilisation", "overtime\nhours a week", "had to\nwait", "wait\nmean", "wait\np95"},
	}
	t.right = numbers(len(t.head))
	t.right[1] = false
	for i := range r.Designs {
		for j := range r.Designs[i].Teams {
			team := &r.Designs[i].Teams[j]
			if team.PerWeek == 0 {
				continue
			}
			load := strconv.FormatFloat(team.Load, 'f', 2, 64)
			if team.NoOne {
				load = none
			}
			row := []string{r.Designs[i].Name, team.Name, strconv.Itoa(team.People), weekly(team.PerWeek), load, shareCell(team.Utilisation), amountCell(team.Overtime, "")}
			if q := team.Queue; q != nil {
				row = append(row, shareCell(q.Waited), lengthCell(q.Wait), lengthCell(q.WaitP95))
			} else {
				row = append(row, none+"\noverloaded", none+"\noverloaded", none+"\noverloaded")
				t.note(n.add(fmt.Sprintf("%s: %s; there is no steady state, and no turnaround is shown", r.Designs[i].Name, overload(team))))
			}
			t.rows = append(t.rows, row)
		}
	}
	return t
}

// originWidth is how wide the text of an origin is, beside what it is of.
const originWidth = 100

func (r Operation) origins() table {
	t := table{
		title: "Where the figures come from",
		intro: "The intervals are those of the simulation; they do not say how sure the quantities below are.",
		head:  []string{"quantity", "origin", ""},
		right: make([]bool, 3),
		prose: map[int]int{2: originWidth},
	}
	for _, o := range r.Origins {
		t.rows = append(t.rows, []string{o.Quantity, o.How, flat(o.What)})
	}
	return t
}

func shareCell(iv stats.Interval) string {
	return cell(iv, percent, func(x float64) string { return strconv.FormatFloat(x*100, 'f', 1, 64) })
}

func amountCell(iv stats.Interval, unit string) string {
	if unit != "" {
		unit = " " + unit
	}
	return cell(iv, func(x float64) string { return amount(x) + unit }, amount)
}

func countCell(iv stats.Interval) string {
	return cell(iv, count, func(x float64) string { return count(math.Max(0, x)) })
}

// count is a mean number of cases: its decimal is of no use in thousands.
func count(x float64) string {
	if x >= 1000 {
		return grouped(x)
	}
	return strconv.FormatFloat(x, 'f', 1, 64)
}

// lengthCell is a length of time with an interval in the same unit.
func lengthCell(iv stats.Interval) string {
	unit := unitOf(iv.Estimate.Value)
	return cell(iv, length, func(x float64) string { return strconv.FormatFloat(math.Max(0, x)*unit.factor, 'f', 1, 64) })
}

func cell(iv stats.Interval, estimate, end func(float64) string) string {
	if !iv.Estimate.Valid {
		return none + "\nno cases"
	}
	return estimate(iv.Estimate.Value) + "\n" + span(iv, end)
}

type timeUnit struct {
	name   string
	factor float64 // units in an hour
}

// unitOf is the unit in which a length of time reads well.
func unitOf(hours float64) timeUnit {
	switch {
	case hours >= 72:
		return timeUnit{"days", 1. / 24}
	case hours >= 1:
		return timeUnit{"h", 1}
	case hours >= 1./60:
		return timeUnit{"min", 60}
	}
	return timeUnit{"s", 3600}
}

// length is a length of time given in hours.
func length(hours float64) string { return unitOf(hours).length(hours) }

// exactly is a length of time that somebody stated: in the largest unit in which
// it reads well and nothing is rounded away.
func exactly(hours float64) string {
	units := []timeUnit{{"days", 1. / 24}, {"h", 1}, {"min", 60}, {"s", 3600}}
	for _, u := range units[slices.Index(units, unitOf(hours)):] {
		if tenths := hours * u.factor * 10; math.Abs(tenths-math.Round(tenths)) < 1e-6 {
			return u.length(hours)
		}
	}
	return strconv.FormatFloat(math.Round(hours*3600*1e9)/1e9, 'f', -1, 64) + " s"
}

func (u timeUnit) length(hours float64) string {
	text := strings.TrimSuffix(strconv.FormatFloat(hours*u.factor, 'f', 1, 64), ".0")
	if text == "-0" { // what rounding left below nothing
		text = "0"
	}
	return text + " " + u.name
}
