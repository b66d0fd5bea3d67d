package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/opsim"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// world are the tables of what only some scenarios have.
func (r Operation) world() []table {
	return []table{r.inputs(), r.wrong(), r.returns(), r.kinds(), r.groups(), r.services()}
}

// inputs are the two uncertainties side by side.
func (r Operation) inputs() table {
	t := table{
		title: "How sure these figures are",
		intro: "Simulation: 95% interval over replications, which more of them narrow. Cases: where 95% of the figures lie when the run's cases and weeks are drawn again, which takes more traced cases to narrow.",
		head:  []string{"design", "figure", "estimate", "by the\nsimulation", "by the\ncases"},
	}
	t.right = numbers(len(t.head))
	t.right[1] = false
	for i := range r.Designs {
		d := &r.Designs[i]
		if d.Inputs == nil {
			continue
		}
		row := func(figure string, sim *stats.Interval, in *stats.Interval, cell func(stats.Interval) string) {
			if sim == nil || in == nil || !sim.Estimate.Valid {
				return
			}
			estimate, simulation, _ := strings.Cut(cell(*sim), "\n")
			_, cases, _ := strings.Cut(cell(*in), "\n")
			t.rows = append(t.rows, []string{d.Name, figure, estimate, simulation, cases})
		}
		if d.Turnaround != nil {
			row("turnaround, mean", &d.Turnaround.Mean, d.Inputs.Turnaround, lengthCell)
			row("turnaround, p95", &d.Turnaround.P95, d.Inputs.P95, lengthCell)
		}
		row("service level", d.Kept, d.Inputs.Kept, shareCell)
		for _, in := range d.Inputs.KeptByKind {
			for _, k := range d.KeptByKind {
				if k.Kind == in.Kind {
					row("service level\nof "+k.Kind, &k.Kept, &in.Kept, shareCell)
				}
			}
		}
		row("escalated", &d.Escalated, d.Inputs.Escalated, shareCell)
		row("cost per case", &d.Cost, d.Inputs.Cost, func(iv stats.Interval) string { return amountCell(iv, r.Currency) })
		row("people's minutes", &d.Minutes, d.Inputs.Minutes, func(iv stats.Interval) string { return amountCell(iv, "") })
		if n := d.Inputs.Overloaded; n > 0 {
			t.rows = append(t.rows, []string{d.Name, "overloaded", none, none, fmt.Sprintf("in %d of %d draws", n, d.Inputs.Resamples)})
		}
	}
	return t
}

func (r Operation) wrong() table {
	t := table{
		title: "Cases decided wrongly",
		intro: "Shares of the cases, by the errors that the scenario states; beyond what the replayed cases got wrong.",
		head:  []string{"design", "wrong"}, right: numbers(2),
	}
	for i := range r.Designs {
		if d := &r.Designs[i]; d.Wrong != nil {
			t.rows = append(t.rows, []string{d.Name, shareCell(*d.Wrong)})
		}
	}
	return t
}

func (r Operation) returns() table {
	t := table{
		title: "Cases that find no room and come back",
		head:  []string{"design", "team", "no room\nat first", "times that\na case comes back", "away\nat a time", "until a\nperson begins"},
	}
	t.right = numbers(len(t.head))
	t.right[1] = false
	r.eachTeam(func(design string, team *opsim.TeamResult) {
		if b := team.Returns; b != nil {
			t.rows = append(t.rows, []string{design, team.Name, shareCell(b.FirstTry), amountCell(b.PerCase, ""), countCell(b.Away), lengthCell(b.Begun)})
		}
	})
	return t
}

func (r Operation) eachTeam(each func(design string, team *opsim.TeamResult)) {
	for i := range r.Designs {
		for j := range r.Designs[i].Teams {
			each(r.Designs[i].Name, &r.Designs[i].Teams[j])
		}
	}
}

func (r Operation) kinds() table {
	t := table{
		title: "Kinds of work",
		head:  []string{"design", "team", "kind", "had to\nwait", "wait\nmean", "wait and\nwork", "waiting\nat a time"},
	}
	t.right = numbers(len(t.head))
	t.right[1], t.right[2] = false, false
	r.eachTeam(func(design string, team *opsim.TeamResult) {
		for _, k := range team.Kinds {
			t.rows = append(t.rows, []string{design, team.Name, k.Name, shareCell(k.Waited), lengthCell(k.Wait), lengthCell(k.Stay), countCell(k.Waiting)})
		}
	})
	return t
}

func (r Operation) groups() table {
	t := table{title: "People", head: []string{"design", "team", "who", "people", "utilisation"}}
	t.right = numbers(len(t.head))
	t.right[1], t.right[2] = false, false
	r.eachTeam(func(design string, team *opsim.TeamResult) {
		for i, g := range team.Groups {
			name := g.Name
			if name == "" {
				name = fmt.Sprintf("entry %d", i+1)
			}
			t.rows = append(t.rows, []string{design, team.Name, name, strconv.Itoa(g.People), shareCell(g.Utilisation)})
		}
	})
	return t
}

func (r Operation) services() table {
	t := table{
		title: "AI services and systems",
		intro: "Load is the largest of what is asked over what the limits allow, nothing being down. Shares but the last two are of attempts.",
		head:  []string{"design", "service", "calls\na week", "load", "attempts\na call", "held up by\na limit", "failed", "given up", "call\nmean", "call\np95", "fell\nback", "lost"},
	}
	t.right = numbers(len(t.head))
	t.right[1] = false
	for i := range r.Designs {
		for _, s := range r.Designs[i].Services {
			t.rows = append(t.rows, []string{
				r.Designs[i].Name, s.Name, countCell(s.PerWeek), strconv.FormatFloat(s.Load, 'f', 2, 64), amountCell(s.Attempts, ""),
				shareCell(s.Delayed), shareCell(s.Failed), shareCell(s.TimedOut), lengthCell(s.Call), lengthCell(s.CallP95), shareCell(s.FellBack), shareCell(s.Lost),
			})
		}
	}
	return t
}
