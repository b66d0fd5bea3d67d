package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/stats"
)

func (r *Report) fields() table {
	t := table{
		title: "Outcome fields and routes",
		intro: "Final results, people's included, against the label.",
		head:  []string{"field"},
	}
	for _, d := range r.Score.Designs {
		t.head = append(t.head, name(d.Name))
	}
	t.right = numbers(len(t.head))
	if len(r.Score.Designs) == 0 {
		return t
	}
	rows, intervals := map[string][]string{}, map[string][]stats.Interval{}
	var order []string
	for i, d := range r.Score.Designs {
		list := slices.Clone(d.Fields)
		for _, route := range d.Routes {
			route.Name = "route " + route.Name
			list = append(list, route)
		}
		for _, f := range list {
			if f.Judged == 0 {
				continue
			}
			if rows[f.Name] == nil {
				order = append(order, f.Name)
				rows[f.Name] = slices.Repeat([]string{none}, len(r.Score.Designs))
				intervals[f.Name] = make([]stats.Interval, len(r.Score.Designs))
			}
			intervals[f.Name][i] = f.Interval
			rows[f.Name][i] = fmt.Sprintf("%s\n%s\n%d/%d", percent(f.Estimate.Value), interval(f.Interval), f.Right, f.Judged)
		}
	}
	for _, field := range order {
		for i, iv := range intervals[field] {
			t.draw(i+1, iv, "fields", "rate")
		}
		t.rows = append(t.rows, append([]string{name(field)}, rows[field]...))
	}
	return t
}

func (r *Report) decisions() table {
	t := table{
		title: "Decisions by class",
		head:  []string{"design", "class", "precision", "recall", "F1", "support", "decided"},
		right: []bool{false, false, true, true, true, true, true},
	}
	for _, d := range r.Score.Designs {
		if d.Decision == nil {
			continue
		}
		c := d.Decision.Classification
		classes := slices.DeleteFunc(slices.Clone(c.Classes), func(k stats.ClassScore) bool {
			return len(c.Classes) > maxClasses && k.Support == 0 && k.Predicted == 0 // says nothing
		})
		if len(classes) > maxClasses {
			slices.SortFunc(classes, func(a, b stats.ClassScore) int { return cmp.Compare(a.F1.Or(0), b.F1.Or(0)) })
			classes = classes[:maxClasses]
		}
		for _, k := range classes {
			t.rows = append(t.rows, []string{name(d.Name), name(k.Label), number(k.Precision, 3), number(k.Recall, 3), number(k.F1, 3), whole(k.Support), whole(k.Predicted)})
		}
		if len(classes) < len(c.Classes) {
			t.intro = fmt.Sprintf("The %d classes with the lowest F1 of %d.", maxClasses, len(c.Classes))
		}
		for _, avg := range []struct {
			name string
			p    stats.PRF
		}{{"macro", c.Macro}, {"weighted", c.Weighted}} {
			t.rows = append(t.rows, []string{name(d.Name), avg.name, number(avg.p.Precision, 3), number(avg.p.Recall, 3), number(avg.p.F1, 3), "", ""})
		}
		t.rows = append(t.rows, []string{name(d.Name), fmt.Sprintf("Matthews %s, kappa %s, no decision %d", number(d.Decision.Matthews, 3), number(d.Decision.Kappa, 3), d.Decision.NoDecision), "", "", "", "", ""})
	}
	return t
}

func (r *Report) confusion() table {
	t := table{title: "Confusion", intro: "Rows: the label. Columns: what was decided."}
	for _, d := range r.Score.Designs {
		if d.Decision == nil || len(d.Decision.Confusion.Labels) > maxClasses {
			continue
		}
		c := d.Decision.Confusion
		if t.head == nil {
			t.head = []string{"design", "label"}
			for _, label := range c.Labels {
				t.head = append(t.head, name(label))
			}
			t.head = append(t.head, "(none)")
			t.right = numbers(len(t.head))
			t.right[1] = false
		}
		for i, label := range c.Labels {
			row := []string{name(d.Name), name(label)}
			for j := range c.Labels {
				row = append(row, whole(math.Round(c.Counts[i][j]*100)/100))
			}
			row = append(row, whole(math.Round(c.None[i]*100)/100))
			t.shade(2, append(slices.Clone(c.Counts[i]), c.None[i]))
			t.rows = append(t.rows, row)
		}
	}
	return t
}
