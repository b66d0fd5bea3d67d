package design

import (
	"fmt"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/expr"
	"github.com/rehearse-dev/rehearse/internal/prove"
)

// table is a decision table of the design's own file.
type table struct {
	flow.Table
	node *Node
	to   []trail           // the paths that lead to it, and what it needed
	rows []prove.Condition // by what the step receives
}

// tables are the decision tables that cases come to and whose rows can all be
// read.
func (l *loader) tables(do func(t table)) {
	for _, n := range l.own() {
		of, ok := n.Step.(flow.DecisionTable)
		if !ok || len(l.paths.to[n.Index]) == 0 {
			continue
		}
		t := table{Table: of.DecisionTable(), node: n}
		for _, p := range l.paths.to[n.Index] {
			t.to = append(t.to, p.with(l.paths.needed(n)...))
		}
		received := map[string]string{}
		for _, b := range n.In {
			if f, ok := b.Value.(expr.Frame); ok {
				received["in."+b.Name] = f.Program.Source()
			}
		}
		for _, row := range t.Rows {
			c, err := prove.Parse(row.Value)
			if err == nil {
				c, err = c.In(received)
			}
			if err != nil {
				break // said where it is compiled
			}
			t.rows = append(t.rows, c)
		}
		if len(t.rows) == len(t.Rows) {
			do(t)
		}
	}
}

// openTables finds cases that no row takes, where that is an error.
func openTables(l *loader, warn report) {
	l.tables(func(t table) {
		if t.Else || t.Policy == flow.HitCollect {
			return
		}
		if why := l.paths.left(t.to, t.rows); why != "" {
			warn(t.node.Pos, fmt.Sprintf("table %q %s", t.node.Name, why), "end it with else: the fields of out; a case that meets no row breaks the handoff")
		}
	})
}

// left says which cases meet none of the conditions, as far as that is known; ""
// where every case meets one.
func (p *paths) left(to []trail, conditions []prove.Condition) string {
	if p.contradiction(to, none(conditions)) {
		return ""
	}
	said := ""
	for _, t := range to {
		switch answer, example := p.example(t, none(conditions)...); {
		case answer == prove.Surely:
			said = "takes no case in which " + listed(example)
		case answer != prove.Never && said == "":
			said = "has no else, and nothing proves that its conditions take every case"
		}
	}
	return said
}

// deadRows finds rows that no case comes to.
func deadRows(l *loader, warn report) {
	l.tables(func(t table) {
		before := none(t.rows)
		for i, c := range t.rows {
			switch {
			case l.paths.budget.Spent():
				return
			case l.paths.impossible(t.to, c):
				warn(t.Rows[i].Pos, "no case meets this row", "its condition never holds here")
			case t.Policy == flow.HitFirst && l.paths.impossible(t.to, append(before[:i:i], c)...):
				warn(t.Rows[i].Pos, "no case comes to this row", "the ones before take them all")
			}
		}
	})
}

// none are the conditions that none of some holds.
func none(conditions []prove.Condition) []prove.Condition {
	out := slices.Clone(conditions)
	for i, c := range out {
		out[i] = c.Not()
	}
	return out
}

// overlappingRows finds cases that two rows take, where one at most may. It
// names the first row that a later one overlaps with.
func overlappingRows(l *loader, warn report) {
	l.tables(func(t table) {
		if t.Policy != flow.HitUnique {
			return
		}
		for j, later := range t.rows {
			for i, earlier := range t.rows[:j] {
				if l.paths.budget.Spent() {
					return
				}
				if example, both := l.paths.both(t.to, earlier, later); both {
					warn(t.Rows[j].Pos, fmt.Sprintf("row %d matches where row %d does, such as where %s", j+1, i+1, listed(example)), "hit: first takes the first; or part them")
					break
				}
			}
		}
	})
}

// both is a case in which two conditions hold. What the way to them proves may
// hang on more than is understood; the conditions themselves may not.
func (p *paths) both(to []trail, a, b prove.Condition) ([]prove.Value, bool) {
	for _, t := range to {
		answer, example := p.example(trail{ran: t.ran, may: t.may}, a, b)
		if answer == prove.Surely && p.together(t, a, b) != prove.Never {
			return example, true
		}
	}
	return nil, false
}
