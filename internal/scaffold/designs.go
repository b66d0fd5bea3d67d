package scaffold

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/inspect"
)

// written is a design as it is written. The first of several is the baseline.
type written struct {
	Design
	text  string
	tests string // unit tests of it; "" for none
}

// designs are the first designs: what people do today where that is known, a
// decision list, a classifier.
func (w *writer) designs(l *decisionList) []written {
	var out []written
	classifier, can := w.classifier(l)
	if w.plan.Proposal.Person != nil || !can {
		out = append(out, w.asIs())
	}
	if len(w.classes) > 0 {
		out = append(out, w.rules(l))
	} else {
		out = append(out, w.constant(l))
	}
	if can {
		out = append(out, classifier)
	}
	return out
}

func (w *writer) head(b *strings.Builder, design, comment string) {
	for line := range strings.Lines(comment) {
		b.WriteString("# " + line)
	}
	fmt.Fprintf(b, "\ndesign: %s\nworkflow: %s\n", design, inspect.Quote(w.plan.Proposal.Name))
}

func (w *writer) asIs() written {
	var b strings.Builder
	comment := "People do it all, as today: their recorded answers are taken."
	if w.plan.Proposal.Person == nil {
		comment = "People do it all. What they answered is not in the data, so they are taken to\nbe right; labels.person of the card would tell."
	}
	w.head(&b, "as-is", comment)
	fmt.Fprintf(&b, "steps:\n  - {name: people, kind: human, team: desk}\noutcome: {%s: people.%s}\n", w.outcome.Name, w.outcome.Name)
	return written{Design: Design{"as-is", "people do it all, as today"}, text: b.String()}
}

// rules is a design by a decision list, which leaves to people what no rule
// takes.
func (w *writer) rules(l *decisionList) written {
	var b strings.Builder
	w.head(&b, "rules", l.comment())
	b.WriteString("on_broken_handoff: desk\nsteps:\n  - name: sorting\n    kind: rules\n")
	var in []string
	for _, f := range w.inputs {
		if slices.ContainsFunc(l.rules, func(r rule) bool { return r.field == f.Name }) {
			in = append(in, f.Name+": "+inspect.Quote(received(f, l.texts[f.Name])))
		}
	}
	fmt.Fprintf(&b, "    in: {%s}\n    hit: first\n    rules:\n", strings.Join(in, ", "))
	for _, r := range l.rules {
		line := fmt.Sprintf("      - {when: %s, then: {%s: %s}}", inspect.Quote(r.when), w.outcome.Name, answer(r.class))
		fmt.Fprintf(&b, "%-72s # %d of %d\n", line, r.right, r.cases)
	}
	name := w.outcome.Name
	fmt.Fprintf(&b, `    else: {%s: null}
    out: {%s: outcome.%s?}

  - name: decide
    kind: route
    routes:
      - {when: sorting.%s == null, escalate: desk, because: no_rule, show: [input]}
      - else: end

outcome:
  %s: %s
`, name, name, name, name, name, inspect.Quote("sorting."+name+" ?? "+literal(w.classes[0])))
	return written{Design{"rules", "a decision list to edit; people get what no rule takes"}, b.String(), w.rulesTests(l)}
}

// received is what a step of rules takes of an input: texts in small letters,
// and never absent.
func received(f inspect.Field, text bool) string {
	switch {
	case text && f.Optional:
		return fmt.Sprintf(`lower(input.%s ?? "")`, f.Name)
	case text:
		return fmt.Sprintf("lower(input.%s)", f.Name)
	}
	return "input." + f.Name
}

// constant is a design for an outcome that is no class: one answer for all, as
// the place where a real rule goes.
func (w *writer) constant(l *decisionList) written {
	var b strings.Builder
	w.head(&b, "rules", l.constantComment())
	name := w.outcome.Name
	fmt.Fprintf(&b, `on_broken_handoff: desk
steps:
  - name: answer
    kind: compute
    in: {%s: input.%s}
    compute:
      %s: %s
    out: {%s: outcome.%s}

  - name: decide
    kind: route
    routes:
      - else: end

outcome: {%s: answer.%s}
`, w.inputs[0].Name, w.inputs[0].Name, name, inspect.Quote(l.constant), name, name, name, name)
	return written{Design: Design{"rules", "one answer for all: the place for a rule"}, text: b.String()}
}

// classifier is a design that learns; false where there is nothing to learn
// from or to tell apart.
func (w *writer) classifier(l *decisionList) (written, bool) {
	var in, features []string
	for _, f := range w.inputs {
		kind := feature(f, w.plan.Proposal.Rows)
		if kind == "" {
			continue
		}
		in = append(in, f.Name+": input."+f.Name)
		if kind == "category" && f.Type == "string" {
			features = append(features, f.Name+": category")
		}
	}
	if len(w.classes) < 2 || len(in) == 0 || w.plan.Proposal.Rows < fewToLearn {
		return written{}, false
	}
	var b strings.Builder
	w.head(&b, "classifier", "A classifier that is trained inside the tool on the split train, or in folds\nwhere the card has none. What it is less sure of than the cutoff goes to people:\neval run --set cutoff=0.8 moves it.")
	name := w.outcome.Name
	fmt.Fprintf(&b, `params: {cutoff: 0.7}
on_broken_handoff: desk
steps:
  - name: assess
    kind: classify
    in: {%s}
    learn: %s
`, strings.Join(in, ", "), name)
	if len(features) > 0 {
		fmt.Fprintf(&b, "    features: {%s}\n", strings.Join(features, ", "))
	}
	fmt.Fprintf(&b, `    out: {%s: outcome.%s, confidence: probability}

  - name: decide
    kind: route
    routes:
      - {when: assess.confidence < params.cutoff, escalate: desk, because: low_confidence, show: [input, assess]}
      - else: end

outcome: {%s: assess.%s}
`, name, name, name, name)
	return written{Design{"classifier", "learns from the training cases; people get what it is unsure of"}, b.String(), w.classifierTests(l)}, true
}

// fewToLearn is below how many rows nothing is learnt.
const fewToLearn = 20

// somebody says that a column names people, or their numbers and addresses: no
// ground to decide by, which longer personal texts are.
func somebody(c *inspect.Column) bool { return c.Personal != "" && c.Words < 4 }

// feature says how a classifier reads an input; "" for not at all.
func feature(f inspect.Field, rows int64) string {
	c := f.Column
	if somebody(c) {
		return ""
	}
	switch f.Type {
	case "number", "integer":
		return "number"
	case "boolean":
		return "category"
	case "string":
		switch {
		case c.Role == inspect.Cluster:
			return ""
		case c.Words >= 2:
			return "text"
		case c.Values != nil && c.Distinct <= 50:
			return "category"
		case 2*c.Distinct > rows:
			return "" // names each case: nothing to learn from
		}
		return "text"
	}
	return ""
}

// answer is a class as a rule gives it: one of the enum's words needs no quotes.
func answer(class string) string {
	if word.MatchString(class) && inspect.Quote(class) == class {
		return class
	}
	return inspect.Quote(literal(class))
}

var word = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)

// literal is a text as expressions write it.
func literal(s string) string { return `"` + escapes.Replace(s) + `"` }

var escapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`)
