package report

import (
	"fmt"
	"io"
	"time"
)

// ReplayCheck prints how a simulation of recorded time compares with what was
// recorded.
type ReplayCheck struct{ Process }

// JSON prints it for programs.
func (r ReplayCheck) JSON(w io.Writer) error { return indented(w, r.Check) }

// Text prints it for a terminal.
func (r ReplayCheck) Text(w io.Writer, o TextOptions) error { return r.document().text(w, o) }

// Markdown prints it for a page.
func (r ReplayCheck) Markdown(w io.Writer) error { return r.document().markdown(w) }

// HTML prints it as a page.
func (r ReplayCheck) HTML(w io.Writer) error { return r.document().html(w, "Replay check") }

func (r ReplayCheck) document() document {
	var n notes
	all := r.Process.document()
	d := document{title: all.title, subtitle: all.subtitle, lead: []string{r.verdict()}, tables: r.check(&n)}
	for _, w := range r.Warnings {
		n.add(w)
	}
	d.footnotes = n.texts
	return d
}

// check is the simulation against the last cases.
func (r Process) check(n *notes) []table {
	c := r.Check
	if c == nil {
		return nil
	}
	t := table{
		title: "Replay check",
		intro: fmt.Sprintf("Estimated from %d cases, held against %d that came from %s to %s: the time of those is simulated. Hours; mean over simulated logs with its 95%% interval.", c.Trained, c.Held, c.From.Format(time.DateOnly), c.To.Format(time.DateOnly)),
		head:  []string{"cycle time", "estimated from", "recorded later", "simulated"},
	}
	t.right = numbers(len(t.head))
	for _, f := range c.Figures {
		t.rows = append(t.rows, []string{f.Name, amount(f.Trained), amount(f.Held), amount(f.Simulated.Estimate.Or(0)) + "\n" + span(f.Simulated, amount)})
	}
	t.rows = append(t.rows, []string{"distance to\nthose recorded later", amount(c.Own), "0", amount(c.Distance.Estimate.Or(0)) + "\n" + span(c.Distance, amount)})
	t.note(n.add(fmt.Sprintf("replay check: distance is 1-Wasserstein, in hours; two simulated logs are %.2f apart; p = %.3f that the recorded cases are one more simulated log: %s", c.Chance, c.P, c.Verdict)))
	if c.Open > 0 {
		t.note(n.add(fmt.Sprintf("replay check: %d simulated cases were not done half a year after even the longest recorded one would be: people cannot keep up", c.Open)))
	}
	tried := table{
		title: "What was estimated how",
		intro: "Chosen by a split inside the cases that were estimated from; those that were held back had no part in it. Hours of distance.",
		head:  []string{"arrivals", "hours of work", "durations", "unexplained waits", "distance", ""},
		right: []bool{false, false, false, false, true, false},
	}
	for _, x := range c.Choices {
		delays, chosen := "none", ""
		if x.Delays {
			delays = "simulated"
		}
		if x.Settings == c.Settings {
			chosen = "chosen"
		}
		tried.rows = append(tried.rows, []string{x.Arrivals, "by " + x.Hours, "by " + x.Durations, delays, amount(x.Distance), chosen})
	}
	return []table{t, tried}
}
