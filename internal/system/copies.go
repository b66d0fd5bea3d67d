package system

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// copies finds decision rules that stand in several workflows and contradict
// each other: params of one name with other values, and decision tables that
// are the same but for their numbers.
func (l *loader) copies() {
	var tables []table
	type stated struct {
		value any
		pos   flow.Pos
	}
	seen := map[string]stated{}
	for _, m := range l.s.Members {
		for _, p := range l.written[m.Name].Design.Params {
			if l.ruled(m.Name, p.Name) || l.differs(p.Name) {
				continue
			}
			first, again := seen[p.Name]
			if !again {
				seen[p.Name] = stated{p.Value, p.Pos}
			} else if first.value != p.Value {
				l.warn(p.Pos, fmt.Sprintf("param %q is %s here and %s at %s: one rule, two values", p.Name, quoted(p.Value), quoted(first.value), first.pos),
					fmt.Sprintf("state it once under rules of %s, or say there why it differs", l.s.File))
			}
		}
		for _, t := range decisionTables(l.written[m.Name].Design.File) {
			i := slices.IndexFunc(tables, func(o table) bool { return o.shape == t.shape })
			switch {
			case l.differs(t.step):
			case i < 0:
				tables = append(tables, t)
			case tables[i].limits != t.limits:
				l.warn(t.pos, fmt.Sprintf("step %q decides as the one at %s does, with other limits: %s and not %s", t.step, tables[i].pos, t.limits, tables[i].limits),
					fmt.Sprintf("give the table a workflow of its own that both hand cases to, or say under rules of %s why %q differs", l.s.File, t.step))
			}
		}
	}
}

// ruled says whether a param is a shared rule of the system.
func (l *loader) ruled(workflow, param string) bool {
	return slices.ContainsFunc(l.s.Rules, func(r Rule) bool { return r.Params[workflow] == param })
}

// table is a decision table: the conditions and results of its rules without
// their numbers, and the numbers.
type table struct {
	step          string
	pos           flow.Pos
	shape, limits string
}

// numeral is a number of an expression that is no part of a name.
var numeral = regexp.MustCompile(`\b\d+(\.\d+)?\b`)

// decisionTables are those of a design's file that decide by numbers.
func decisionTables(file string) []table {
	data, err := regular.Read(file)
	if err != nil {
		return nil // the design was read a moment ago: loading it again says so
	}
	doc, _ := yamldoc.Parse(file, data)
	steps := yamldoc.Find(doc.Root, "steps")
	if steps == nil {
		return nil
	}
	var out []table
	for _, n := range steps.Content {
		kind, name, rules := yamldoc.Find(n, "kind"), yamldoc.Find(n, "name"), yamldoc.Find(n, "rules")
		if kind == nil || kind.Value != "rules" || name == nil || rules == nil {
			continue
		}
		var text strings.Builder
		for _, r := range rules.Content {
			words(&text, yamldoc.Find(r, "when"))
			text.WriteString(" → ")
			words(&text, yamldoc.Find(r, "then"))
			text.WriteString("\n")
		}
		limits := numeral.FindAllString(text.String(), -1)
		if len(limits) > 0 {
			out = append(out, table{name.Value, doc.Pos(name), numeral.ReplaceAllString(text.String(), "#"), strings.Join(limits, ", ")})
		}
	}
	return out
}

// words writes the scalars below a node, without regard to space.
func words(b *strings.Builder, n *yaml.Node) {
	switch {
	case n == nil:
	case n.Kind == yaml.ScalarNode:
		b.WriteString(strings.Join(strings.Fields(n.Value), " ") + " ")
	default:
		for _, c := range n.Content {
			words(b, c)
		}
	}
}
