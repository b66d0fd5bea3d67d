package diagram

import (
	"fmt"
	"io"
	"strings"
)

// longest is how much of a label Mermaid gets: it would break a condition of
// any length over ever more lines.
const longest = 90

// Mermaid writes the graph as a Mermaid flowchart, for pages that draw them.
func (g *Graph) Mermaid(w io.Writer) error {
	var b strings.Builder
	b.WriteString("flowchart TD\n")
	fmt.Fprintf(&b, "  accTitle: %s\n", quote(g.heading()))
	for i := range g.Nodes {
		g.mermaidNode(&b, i)
	}
	var drawn []int // edges
	for i := range g.Edges {
		e := &g.Edges[i]
		if g.Nodes[e.To].In > 0 {
			continue // the step stands in the box of its group
		}
		arrow := "-->"
		if e.Kind == Broken {
			arrow = "-.->"
		}
		if caption := g.caption(i); caption != "" {
			arrow += fmt.Sprintf("|\"%s\"|", label(caption))
		}
		fmt.Fprintf(&b, "  n%d %s n%d\n", e.From, arrow, e.To)
		drawn = append(drawn, i)
	}
	for _, class := range mermaidClasses {
		fmt.Fprintf(&b, "  classDef %s %s\n", class[0], class[1])
	}
	if g.Trials > 0 {
		for k, i := range drawn {
			fmt.Fprintf(&b, "  linkStyle %d stroke-width:%dpx%s\n", k, 1+g.Weight(g.Edges[i].Used), mermaidStroke[g.Health(i)])
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// mermaidNode writes a node; a group is open until its last step is written.
func (g *Graph) mermaidNode(b *strings.Builder, i int) {
	n := &g.Nodes[i]
	left, right := "[", "]"
	switch n.Kind {
	case Group:
		fmt.Fprintf(b, "  subgraph n%d[\"%s · %s\"]\n", i, label(n.Name), label(n.Note))
		return
	case Decision:
		left, right = "{{", "}}"
	case System:
		left, right = "[(", ")]"
	case Input, Outcome, Team:
		left, right = "([", "])"
	}
	text := label(n.Name) + "<br/>" + label(n.noted(n.Note))
	if n.In > 0 && g.Trials > 0 {
		for k := range g.Edges {
			if g.Edges[k].To == i {
				text += "<br/>" + label(counts(&g.Edges[k]))
			}
		}
	}
	fmt.Fprintf(b, "  n%d%s\"%s\"%s:::%s\n", i, left, text, right, n.class())
	if n.In > 0 && g.Nodes[i+1].In != n.In {
		b.WriteString("  end\n")
	}
}

// mermaidClasses colour borders alone, so that Mermaid's own themes, light and
// dark, keep text readable.
var mermaidClasses = [][2]string{
	{"ai", "stroke:#4a86e0,stroke-width:2px"},
	{"rule", "stroke:#3d9a63,stroke-width:2px"},
	{"person", "stroke:#a46bd6,stroke-width:2px"},
	{"team", "stroke:#a46bd6,stroke-width:2px"},
	{"system", "stroke:#3f92a3,stroke-width:2px"},
	{"failure", "stroke:#db4a4a,stroke-width:2px"},
	{"input", "stroke-width:2px"},
	{"decision", "stroke-width:2px"},
	{"outcome", "stroke-width:2px"},
}

var mermaidStroke = map[Health]string{Few: ",stroke:#b58900", Some: ",stroke:#d9731a", Many: ",stroke:#db4a4a"}

// label is a text of a box or an edge: cut, and quoted.
func label(s string) string {
	s = clean(s)
	if r := []rune(s); len(r) > longest {
		s = string(r[:longest-1]) + "…"
	}
	return quote(s)
}

// quote writes everything that could mean something to Mermaid, to Markdown or
// to HTML as the number of its character.
func quote(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r > 127, strings.ContainsRune(" .,:_/-", r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}
