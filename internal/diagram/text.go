package diagram

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// caption is what is written at an edge: its label, and its counts where there
// are some.
func (g *Graph) caption(edge int) string {
	e := &g.Edges[edge]
	var parts []string
	if label := e.Label(); label != "" {
		parts = append(parts, label)
	}
	if g.Trials > 0 && (e.Used > 0 || e.Kind != Broken) {
		// The counts stand first, where a long condition does not cut them.
		parts = append([]string{counts(e)}, parts...)
	}
	return clean(strings.Join(parts, " · "))
}

// counts says how often an edge was used, and how often the handoff broke.
func counts(e *Edge) string {
	if e.Failed == 0 {
		return thousands(e.Used)
	}
	return fmt.Sprintf("%s, %s broken", thousands(e.Used), thousands(e.Failed))
}

// told is an edge in a sentence, for those who cannot see it and for the
// pointer that rests on it.
func (g *Graph) told(edge int) string {
	e := &g.Edges[edge]
	s := g.Nodes[e.From].Name + " to " + g.Nodes[e.To].Name
	switch {
	case e.Kind == Broken:
		s += ", where a handoff broke"
	case e.Kind == Branch && e.Condition == "":
		s += ", else"
	case e.Kind == Branch:
		s += ", when " + e.Condition
	}
	if e.Because != "" {
		s += ", because " + e.Because
	}
	if g.Trials > 0 {
		s += fmt.Sprintf(": %s of %s", thousands(e.Used), plural(g.Trials, g.unit()))
		if e.Failed > 0 {
			s += fmt.Sprintf(", %s of them with a broken handoff (%s)", thousands(e.Failed), percent(e.FailureRate()))
		}
	}
	return clean(s)
}

// toldNode is a node in a sentence.
func (g *Graph) toldNode(i int) string {
	n := &g.Nodes[i]
	s := n.Name + ": " + n.Note
	if n.Actor != "" {
		s += ", done by " + actorName[n.Actor]
	}
	if g.Trials > 0 {
		s += ", " + plural(n.Visits, g.visitUnit())
		if n.Lost > 0 {
			s += fmt.Sprintf(", %s without a branch", thousands(n.Lost))
		}
		s += n.toldUnseen()
	}
	return clean(s)
}

// unit is what Trials counts.
func (g *Graph) unit() string { return cmp.Or(g.counted, "trial") }

// visitUnit is what visits of a node count: a case may come to work again.
func (g *Graph) visitUnit() string {
	if g.counted != "" {
		return "time"
	}
	return "trial"
}

// heading is what the diagram is called.
func (g *Graph) heading() string {
	s := g.Design
	if g.Title != "" {
		s += ": " + g.Title
	}
	if g.Trials > 0 {
		s += ", " + plural(g.Trials, g.unit())
	}
	return clean(s)
}

// description tells all edges, for those who cannot see them.
func (g *Graph) description() string {
	told := make([]string, len(g.Edges))
	for i := range g.Edges {
		told[i] = g.told(i)
	}
	return strings.Join(told, ". ") + "."
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return thousands(n) + " " + what + "s"
}

func percent(x float64) string { return strconv.FormatFloat(100*x, 'f', 1, 64) + " %" }

func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// clean makes a text one line without what would not be seen, or would change
// how the rest is read.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029':
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
