package scaffold

import (
	"fmt"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/inspect"
)

// workflow writes workflow.yaml.
func (w *writer) workflow(designs []written) string {
	p := w.plan.Proposal
	var b strings.Builder
	fmt.Fprintf(&b, "# The job, which stays fixed while designs are compared.\nworkflow: %s\ndata: %s\n\ninput:                                  # what every design receives\n",
		inspect.Quote(p.Name), inspect.Quote("datasets/"+w.folder()+"/dataset.yaml"))
	for _, f := range w.inputs {
		t := f.Type
		if f.Optional {
			t += "?"
		}
		fmt.Fprintf(&b, "  %s: %s\n", f.Name, t)
	}
	b.WriteString("\noutcome:                                # what every design must produce\n")
	switch w.outcome.Type {
	case "enum":
		words := make([]string, len(w.classes))
		for i, c := range w.classes {
			words[i] = inspect.Quote(c)
		}
		fmt.Fprintf(&b, "  %s:\n    enum: %s\n", w.outcome.Name, list(words, "      "))
	case "string":
		fmt.Fprintf(&b, "  %s: {type: string, compare: text}    # case, accents and punctuation do not count\n", w.outcome.Name)
	case "number":
		fmt.Fprintf(&b, "  %s: {type: number, relative: 0.01}   # right within one percent\n", w.outcome.Name)
	default:
		fmt.Fprintf(&b, "  %s: %s\n", w.outcome.Name, w.outcome.Type)
	}
	minutes := "5"
	if p.Minutes != nil {
		minutes = "label"
	}
	fmt.Fprintf(&b, `
teams:                                  # who gets what a design escalates: put your own figures
  desk: {people: 2, wage: 30/h, minutes: %s}
currency: EUR

baseline: %s                       # the design that the others are compared with
gate:
  critical:                             # decide; what they mean is in the metrics page of Rehearse
    not_measured: {at_most: 0.01}
    system_accuracy: {not_worse_than: baseline, margin: 0.02}
  advisory:                             # are shown
    automated_accuracy: {at_least: 0.9}
    escalation_rate: {at_most: 0.5}
`, minutes, designs[0].Name)
	return b.String()
}

// list writes a list in brackets, broken into lines.
func list(words []string, indent string) string {
	line := strings.Join(words, ", ")
	if len(line) < 80 {
		return "[" + line + "]"
	}
	var b strings.Builder
	b.WriteString("[")
	width := 200
	for i, word := range words {
		if width+len(word) > 90 {
			b.WriteString("\n" + indent)
			width = len(indent)
		}
		b.WriteString(word)
		if i < len(words)-1 {
			b.WriteString(", ")
		}
		width += len(word) + 2
	}
	return b.String() + "]"
}
