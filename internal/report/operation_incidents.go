package report

import (
	"fmt"
	"math"
	"strconv"

	"github.com/rehearse-dev/rehearse/internal/opsim"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// incidents are what stated outages, bursts and absences do to each design.
func (r Operation) incidents(n *notes) table {
	t := table{
		title: "Incidents",
		intro: "Each beside the same weeks without it, on the same draws. Recovered: for a day no more cases under way than without it, or than by chance.",
		head:  []string{"design", "incident", "under way\nat the peak", "of these\nbecause of it", "peak after\nits beginning", "late\nbecause of it", "lost\nbecause of it", "recovered\nin runs", "recovered after\nits end"},
	}
	t.right = numbers(len(t.head))
	t.right[1] = false
	for i := range r.Designs {
		d := &r.Designs[i]
		for j := range d.Incidents {
			x := &d.Incidents[j]
			late, after := none+"\nno deadline", none+"\nnever"
			if x.Late != nil {
				late = moreCell(*x.Late)
			}
			if x.Recovery.Estimate.Valid {
				after = lengthCell(x.Recovery)
			}
			did := int(math.Round(x.Recovered.Estimate.Value * float64(r.Replications)))
			if did < r.Replications {
				t.note(n.add(unrecovered(d.Name, x, did, r.Replications)))
			}
			t.rows = append(t.rows, []string{
				d.Name, x.What + "\n" + x.At, countCell(x.Peak), countCell(x.Extra), lengthCell(x.ExtraAfter), late, moreCell(x.Lost),
				fmt.Sprintf("%d of %d", did, r.Replications), after,
			})
		}
	}
	return t
}

// unrecovered says that some runs or all do not recover.
func unrecovered(design string, x *opsim.Incident, did, of int) string {
	if did == 0 {
		return fmt.Sprintf("%s: it does not recover from %s within the simulated weeks, though the cause is over: what is late by then comes again, or is more than what is left of capacity", design, x.What)
	}
	return fmt.Sprintf("%s: it does not recover from %s in %d of %d runs: chance decides", design, x.What, of-did, of)
}

// moreCell is a difference in cases.
func moreCell(iv stats.Interval) string {
	count := func(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }
	return cell(iv, count, count)
}
