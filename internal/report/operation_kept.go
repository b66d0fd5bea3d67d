package report

import (
	"fmt"

	"github.com/rehearse-dev/rehearse/internal/opsim"
	"github.com/rehearse-dev/rehearse/internal/report/page"
)

// promisedByKind is byKind where kinds have a service level of their own.
func (r Operation) promisedByKind() table {
	if r.Service == nil || len(r.Service.Of) == 0 {
		return table{}
	}
	return r.byKind()
}

// byKind is the share within the service level by kind of case.
func (r Operation) byKind() table {
	t := table{
		title: "By kind of case",
		intro: "The share within what is promised for the kind: its own service level, or that of all.",
		head:  []string{"design", "kind", "cases\na week", "promised", "within it"}, right: []bool{false, false, true, true, true},
	}
	for i := range r.Designs {
		for _, k := range r.Designs[i].KeptByKind {
			promised := percent(k.Promised) + "\nin " + exactly(k.Hours)
			if k.Own {
				promised += "\nof its own"
			}
			within := shareCell(k.Kept)
			if k.Kept.Estimate.Valid {
				within += "\n" + keeps(k.Kept, k.Promised)
			}
			if r.Designs[i].Kept == nil {
				within = none + "\noverloaded"
			}
			t.rows = append(t.rows, []string{r.Designs[i].Name, k.Kind, cases(k.PerWeek.Estimate.Or(0)), promised, within})
		}
	}
	return t
}

// byArrival is the share within the service level by when cases came.
func (r Operation) byArrival(d *opsim.DesignResult) table {
	t := table{
		title: d.Name + ": by hour of arrival",
		intro: "Share " + r.within() + " of the cases that came then, by the clock of arrivals: what a mean hides. Breaks: all of the interval is below " + percent(r.Service.Share) + "; no figure where less than one case a week comes.",
		head:  []string{"came"}, right: []bool{false},
		ground: map[[2]int]page.Tone{},
	}
	if d.Kept == nil {
		return table{}
	}
	parts := map[string][]opsim.ArrivalKept{}
	var days []string
	for _, a := range d.KeptByArrival {
		if parts[a.Day] == nil {
			days = append(days, a.Day)
			t.head, t.right = append(t.head, a.Day), append(t.right, true)
		}
		parts[a.Day] = append(parts[a.Day], a)
	}
	for i, first := range parts[days[0]] {
		row := []string{fmt.Sprintf("%02d-%02d", first.From, first.To)}
		seen := false
		for j, day := range days {
			a := parts[day][i]
			if a.PerWeek < 1 || !a.Kept.Estimate.Valid {
				row = append(row, none)
				continue
			}
			seen = true
			text := percent(a.Kept.Estimate.Value)
			if a.Kept.Upper < r.Service.Share {
				text += "\nbreaks"
				t.ground[[2]int{len(t.rows), j + 1}] = operating["breaks"]
			}
			row = append(row, text)
		}
		if seen {
			t.rows = append(t.rows, row)
		}
	}
	return t
}
