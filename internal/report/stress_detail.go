package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// operation is what faults do to people's work and to costs.
func (s Stress) operation() table {
	t := table{
		title: "Escalation, handoffs, work and cost",
		intro: "Change on the same cases at the strength that breaks most, 95% interval each; no verdict is made of these.",
		head:  []string{"fault", "strength", "escalated", "change", "handoff\nfailures", "change", "people's\nminutes", "change", "cost per\ncase" + unitLine(s.Currency), "change"},
	}
	t.right = numbers(len(t.head))
	for i := range s.Faults {
		f := &s.Faults[i]
		l := f.Worst()
		t.rows = append(t.rows, []string{
			f.Name, plainPercent(l.Strength), percentOf(l.Figures.Escalated), changed(l.Difference(score.EscalationRate)),
			percentOf(l.Figures.Handoff), changed(l.Difference(score.HandoffFailureRate)),
			meanOf(l.Figures.Minutes.Interval), changed(l.Difference(score.MinutesPerCase)), meanOf(l.Figures.Cost.Interval), changed(l.Difference(score.CostPerCase)),
		})
	}
	return t
}

func meanOf(iv stats.Interval) string {
	if !iv.Estimate.Valid {
		return none
	}
	return amount(iv.Estimate.Value)
}

// kinds are the handoffs that failed, by kind.
func (s Stress) kinds() table {
	t := table{
		title: "Handoff failures by kind",
		intro: "Cases with a failed handoff of a kind in operation, clean and at the strength that breaks most, where that differs.",
		head:  []string{"fault", "kind", "clean", "under it"},
	}
	t.right = numbers(len(t.head))
	t.right[1] = false
	for i := range s.Faults {
		for _, k := range s.Faults[i].Worst().Kinds {
			if k.Clean != k.Fault {
				t.rows = append(t.rows, []string{s.Faults[i].Name, string(k.Kind), strconv.Itoa(k.Clean), strconv.Itoa(k.Fault)})
			}
		}
	}
	return t
}

// latency is how long cases wait for calls outside.
func (s Stress) latency() table {
	t := table{
		title: "Waiting for calls",
		intro: "Seconds that a case waits for the models and systems that it asks, one after the other, each as long as it took when it was really made; cases that ask one. Late: cases in which a step's deadline had passed when its turn came.",
		head:  []string{"fault", "strength", "cases", "median", "under it", "95 of 100\nwithin", "under it", "change of mean", "calls\ngiven up", "late", "under it"},
	}
	t.right = numbers(len(t.head))
	beyond := false
	for i := range s.Faults {
		for j := range s.Faults[i].Levels {
			l := s.Faults[i].Levels[j].Latency
			beyond = beyond || l != nil && l.Clean.Beyond != nil && l.Clean.Beyond.X+l.Fault.Beyond.X > 0
		}
	}
	if beyond {
		t.head, t.right = append(t.head, "beyond\nturnaround", "under it"), append(t.right, true, true)
		t.intro += " Beyond turnaround: cases that wait for calls alone for longer than the service level promises."
	}
	for i := range s.Faults {
		f := &s.Faults[i]
		for j := range f.Levels {
			level := &f.Levels[j]
			l := level.Latency
			if l == nil {
				continue
			}
			late := level.Kind(flow.Late)
			row := []string{
				f.Name, plainPercent(level.Strength), strconv.Itoa(l.Cases), waited(l.Clean.Median), waited(l.Fault.Median), waited(l.Clean.P95), waited(l.Fault.P95),
				moreSeconds(l.Change.Estimate.Value) + "\n" + span(l.Change, moreSeconds),
				strconv.Itoa(level.GivenUp), strconv.Itoa(late.Clean), strconv.Itoa(late.Fault),
			}
			if beyond {
				row = append(row, shareOrNone(*l.Clean.Beyond), shareOrNone(*l.Fault.Beyond))
			}
			t.rows = append(t.rows, row)
		}
	}
	return t
}

// moreSeconds are seconds more, or less.
func moreSeconds(s float64) string {
	if s < 0 {
		return "-" + seconds(-s)
	}
	return "+" + seconds(s)
}

func waited(s stats.Number) string {
	if !s.Valid {
		return none
	}
	return seconds(s.Value)
}

// tries are what became of calls whose tries failed.
func (s Stress) tries() table {
	t := table{title: "Tries of calls", head: []string{"fault", "strength", "tries\nthat failed", "calls\ngiven up"}}
	t.right = numbers(len(t.head))
	var again []string
	for _, r := range s.Retriers {
		again = append(again, fmt.Sprintf("%s up to %s", r.Step, counted(r.Tries, "time")))
	}
	t.intro = "A call is given up when no try is left. Every step asks once."
	if len(again) > 0 {
		t.intro = "A call is given up when no try is left. By its own settings a step asks again: " + strings.Join(again, ", ") + "; others ask once. Nobody waits between tries here."
	}
	for i := range s.Faults {
		f := &s.Faults[i]
		for j := range f.Levels {
			if l := &f.Levels[j]; l.FailedTries > 0 {
				t.rows = append(t.rows, []string{f.Name, plainPercent(l.Strength), strconv.Itoa(l.FailedTries), strconv.Itoa(l.GivenUp)})
			}
		}
	}
	return t
}

// examples name cases that failed without a sound.
func (s Stress) examples() table {
	t := table{
		title: "Cases that failed without a sound",
		intro: "Right when clean, automated and wrong at the strength that breaks most; the first few of each fault.",
		head:  []string{"fault", "cases"}, right: make([]bool, 2),
	}
	for i := range s.Faults {
		var ids []string
		for _, e := range s.Faults[i].Examples {
			ids = append(ids, e.Case)
		}
		if len(ids) > 0 {
			t.rows = append(t.rows, []string{s.Faults[i].Name, strings.Join(ids, " ")})
		}
	}
	return t
}

// unmeasured says why trials were not measured.
func (s Stress) unmeasured() table {
	t := table{
		title: "Not measured",
		intro: "Trials that could not be tried under a fault, at the strength that breaks most. Their cases are in none of its figures, and what is left need not be like them.",
		head:  []string{"fault", "cases", "why"},
	}
	t.right = []bool{false, true, false}
	for i := range s.Faults {
		for _, why := range s.Faults[i].Worst().Why {
			t.rows = append(t.rows, []string{s.Faults[i].Name, strconv.Itoa(why.Cases), why.Reason})
		}
	}
	return t
}

func (s Stress) untouched() table {
	t := table{title: "Without an answer", intro: "Faults that say nothing about this design on these cases.", head: []string{"fault", "why"}, right: make([]bool, 2)}
	for _, u := range s.Untouched {
		t.rows = append(t.rows, []string{u.Name, u.Why})
	}
	return t
}

func (s Stress) sample() table {
	t := table{title: "The sample", intro: "In proportion to the cases of each right decision, so that no weights are needed.", head: []string{"right decision", "cases", "drawn"}}
	t.right = []bool{false, true, true}
	for _, g := range s.Strata {
		decision := g.Decision
		if decision == "" {
			decision = "not labelled"
		}
		t.rows = append(t.rows, []string{decision, strconv.Itoa(g.Have), strconv.Itoa(g.Drawn)})
	}
	return t
}
