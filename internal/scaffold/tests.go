package scaffold

import (
	"fmt"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/inspect"
)

// testedRules is how many rules of a list get a test.
const testedRules = 3

// rulesTests are tests of a decision list, with cases that it was made on.
func (w *writer) rulesTests(l *decisionList) string {
	var b strings.Builder
	for _, r := range l.rules {
		if r.example == "" || strings.Count(b.String(), "- name:") == testedRules {
			continue
		}
		fmt.Fprintf(&b, "  - name: %s\n    case: %s\n    expect: {disposition: automated, outcome: {%s: %s}}\n",
			inspect.Quote("one that is "+oneLine(r.class)), inspect.Quote(r.example), w.outcome.Name, inspect.Quote(r.class))
	}
	if l.untaken != "" {
		fmt.Fprintf(&b, "  - name: one that no rule takes goes to people\n    case: %s\n    expect: {disposition: escalated, escalated_to: desk, because: no_rule}\n", inspect.Quote(l.untaken))
	}
	if b.Len() == 0 {
		return ""
	}
	return "# What the rules should do with cases that they were made on, by their ids.\ndesign: rules\ntests:\n" + distinct(b.String())
}

// classifierTests are tests of what follows from a classifier's answer, which
// is mocked.
func (w *writer) classifierTests(l *decisionList) string {
	id := l.untaken
	for _, r := range l.rules {
		if id == "" {
			id = r.example
		}
	}
	if id == "" {
		return ""
	}
	answer := inspect.Quote(w.classes[0])
	return fmt.Sprintf(`# What follows from a sure and from an unsure answer; the classifier is mocked.
design: classifier
tests:
  - name: a sure answer stands
    case: %s
    mock: {assess: {%s: %s, confidence: 0.99}}
    expect: {disposition: automated, outcome: {%s: %s}}
  - name: an unsure one goes to people
    case: %s
    mock: {assess: {%s: %s, confidence: 0.2}}
    expect: {disposition: escalated, escalated_to: desk, because: low_confidence}
`, inspect.Quote(id), w.outcome.Name, answer, w.outcome.Name, answer, inspect.Quote(id), w.outcome.Name, answer)
}

// oneLine is a text without what would break a line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// distinct numbers the names of tests that occur twice.
func distinct(tests string) string {
	var b strings.Builder
	seen := map[string]int{}
	for line := range strings.Lines(tests) {
		if name, ok := strings.CutPrefix(line, "  - name: "); ok {
			seen[name]++
			if n := seen[name]; n > 1 {
				name = strings.Trim(strings.TrimSpace(name), `"'`)
				line = "  - name: " + inspect.Quote(fmt.Sprintf("%s, number %d", name, n)) + "\n"
			}
		}
		b.WriteString(line)
	}
	return b.String()
}
