package report

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/opsim"
	"github.com/rehearse-dev/rehearse/internal/report/page"
)

// Staffing prints the cheapest mixes of people that keep the service level.
type Staffing struct{ *opsim.Staffing }

// Text prints it for a terminal.
func (r Staffing) Text(w io.Writer, o TextOptions) error { return r.document().text(w, o) }

// Markdown prints it for a page.
func (r Staffing) Markdown(w io.Writer) error { return r.document().markdown(w) }

// HTML prints it as a page.
func (r Staffing) HTML(w io.Writer) error {
	d := r.document()
	d.lead = nil
	p := d.page("Staffing")
	for i := range r.Answers {
		a := &r.Answers[i]
		v := page.Verdict{Name: name(a.Name), Sentence: begun(r.verdict(a))}
		if a.Unreachable == "" {
			v.Figures = []page.Figure{{Name: "people", Value: strconv.Itoa(a.People), Unit: fmt.Sprintf("now %d", a.Now.People)}}
			if a.At.Kept != nil {
				v.Figures = append(v.Figures, page.Figure{Name: "within the service level", Value: percent(a.At.Kept.Estimate.Value), Interval: interval(*a.At.Kept)})
			}
		}
		p.Verdicts = append(p.Verdicts, v)
	}
	return p.Render(w)
}

// JSON prints it for programs.
func (r Staffing) JSON(w io.Writer) error { return indented(w, r.Staffing) }

func (r Staffing) document() document {
	op := Operation{&opsim.Result{}}
	*op.Result = *r.Result
	op.Designs = nil
	for _, a := range r.Answers {
		if a.At != nil {
			op.Designs = append(op.Designs, *a.At)
		}
	}
	var n notes
	tables := []table{r.answers(&n, op.promise()), op.byKind()}
	for i := range op.Designs {
		tables = append(tables, op.byArrival(&op.Designs[i]))
	}
	d := op.with(&n, append(tables, op.outcomes(&n), op.teams(&n))...)
	for i := range r.Answers {
		a := &r.Answers[i]
		d.lead = append(d.lead, name(a.Name)+": "+r.verdict(a))
	}
	return d
}

// verdict is the answer for a design in words.
func (r Staffing) verdict(a *opsim.StaffedDesign) string {
	if a.Unreachable != "" {
		return fmt.Sprintf("no mix of people keeps %s: %s.", Operation{r.Result}.promise(), a.Unreachable)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s", people(a.People), keep(a.People), Operation{r.Result}.promise())
	if a.Measure != opsim.Heads {
		fmt.Fprintf(&b, ", for %s a week", r.amountOf(a, a.Cost))
	}
	fmt.Fprintf(&b, "; today's %d ", a.Now.People)
	if a.Measure != opsim.Heads {
		fmt.Fprintf(&b, "(%s) ", r.amountOf(a, a.Now.Cost))
	}
	switch {
	case a.Now.Kept == nil:
		b.WriteString("cannot do the work that comes")
	case a.Now.Keeps:
		fmt.Fprintf(&b, "%s it too (%s)", keep(a.Now.People), percent(a.Now.Kept.Estimate.Value))
	case a.Now.Breaks != nil && a.Now.Kept.Lower >= r.Service.Share:
		fmt.Fprintf(&b, "do not (%s of all, and too little of %s)", percent(a.Now.Kept.Estimate.Value), strings.Join(a.Now.Breaks, ", "))
	default:
		fmt.Fprintf(&b, "do not (%s)", percent(a.Now.Kept.Estimate.Value))
	}
	for i := range a.At.KeptByKind {
		if k := &a.At.KeptByKind[i]; k.Own && !k.Kept.Estimate.Valid {
			fmt.Fprintf(&b, ". No case of %s came by which its promise can be judged", k.Kind)
		}
	}
	b.WriteString(". " + leastAmong(a.Least))
	if bounded(a) {
		b.WriteString(" Looked at: mixes with every group between its min and max.")
	}
	return b.String()
}

// keep is the verb for so many people.
func keep(people int) string {
	if people == 1 {
		return "keeps"
	}
	return "keep"
}

// leastAmong says what a search guarantees.
func leastAmong(least string) string {
	switch least {
	case opsim.AmongAll:
		return "No cheaper mix keeps it, provided that fewer people never do better."
	case opsim.AmongNear:
		return "No cheaper mix keeps it among those with one or two people fewer and up to two others more; all others were too many to try."
	}
	return "No mix with one person fewer keeps it; all other cheaper ones were too many to try."
}

// bounded says whether the scenario bounds the number of a group.
func bounded(a *opsim.StaffedDesign) bool {
	for _, t := range a.Teams {
		for _, g := range t.Groups {
			if g.Min > 0 || g.Max > 0 {
				return true
			}
		}
	}
	return false
}

func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

// amountOf is a cost in the measure of a design's mixes.
func (r Staffing) amountOf(a *opsim.StaffedDesign, x float64) string {
	text := grouped(math.Round(x))
	switch {
	case a.Measure == opsim.Hours:
		return text + " paid hours"
	case r.Currency != "":
		return text + " " + name(r.Currency)
	}
	return text
}

func (r Staffing) answers(n *notes, promise string) table {
	t := table{
		title: "Cheapest teams", first: true,
		intro: "The cheapest mix for " + promise + ", by the lower end of the interval. Cheap is " + r.measured() + ". With one fewer: the share with one person fewer in the group, the others as found.",
		head:  []string{"design", "team", "people", "people\nnow", "by\nErlang C", "service\nlevel", "with one\nfewer"},
		right: []bool{false, false, true, true, true, true, true},
	}
	listed := r.listed()
	if listed {
		t.head = []string{"design", "group", "people", "people\nnow", "paid hours\na week, each", "cost\na week", "with one\nfewer"}
	}
	for _, a := range r.Answers {
		for i := range a.Teams {
			team := &a.Teams[i]
			for j := range team.Groups {
				g := &team.Groups[j]
				size := strconv.Itoa(g.People)
				fewer := oneFewer(g)
				if a.Unreachable != "" {
					size, fewer = none+"\nout of reach", none
					t.note(n.add(fmt.Sprintf("%s: %s. Shown with %s.", a.Name, a.Unreachable, people(a.People))))
				}
				if listed {
					cost := none
					if a.Measure != opsim.Heads {
						cost = grouped(math.Round(g.Cost))
					}
					t.rows = append(t.rows, []string{a.Name, groupName(team, g), size, strconv.Itoa(g.Now), short(g.Paid), cost, fewer})
					continue
				}
				kept, erlang := none, none
				if a.At.Kept != nil {
					kept = shareCell(*a.At.Kept)
				}
				if team.Erlang > 0 {
					erlang = strconv.Itoa(team.Erlang)
				}
				t.rows = append(t.rows, []string{a.Name, team.Name, size, strconv.Itoa(g.Now), erlang, kept, fewer})
			}
		}
		if a.Unreachable == "" {
			t.note(n.add(fmt.Sprintf("%s: mixes that were simulated: %d", a.Name, a.Tried)))
		}
	}
	return t
}

// measured says what makes a mix cheap.
func (r Staffing) measured() string {
	switch r.Answers[0].Measure {
	case opsim.Wages:
		return "by wage times paid hours"
	case opsim.Hours:
		return "by paid hours, as not everybody's wage is known"
	}
	return "by heads, as not everybody's hours are known"
}

// listed says whether any team has groups of its own.
func (r Staffing) listed() bool {
	for _, a := range r.Answers {
		for _, t := range a.Teams {
			if len(t.Groups) > 1 || t.Groups[0].Name != "" || t.Groups[0].Skills != nil || t.Groups[0].Fixed {
				return true
			}
		}
	}
	return false
}

// groupName tells a group of people from the others of its team.
func groupName(t *opsim.StaffedTeam, g *opsim.StaffedGroup) string {
	if len(t.Groups) == 1 && g.Name == "" {
		return t.Name
	}
	lines := []string{t.Name}
	if g.Name != "" {
		lines[0] += ", " + g.Name
	}
	if g.Skills != nil {
		lines = append(lines, strings.Join(g.Skills, ", "))
	} else {
		lines = append(lines, "all work")
	}
	return strings.Join(append(lines, g.Hours), "\n")
}

// oneFewer is what one person fewer in a group does.
func oneFewer(g *opsim.StaffedGroup) string {
	switch {
	case g.Fixed:
		return none + "\nis there"
	case g.Min > 0 && g.People == g.Min:
		return none + "\nthe least"
	case g.Overloaded:
		return none + "\noverloaded"
	case g.OneFewer == nil:
		return none
	}
	text := shareCell(*g.OneFewer)
	if len(g.Breaks) > 0 {
		text += "\nbreaks " + strings.Join(g.Breaks, ", ")
	}
	return text
}
