package diagram

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Options say how an SVG is written. The zero value is for a file of its own.
type Options struct {
	// Embedded leaves out what the page around it brings: the style sheet (CSS),
	// the heading and the key.
	Embedded bool
	// ID begins the ids in it, so that several diagrams fit into one page;
	// "diagram" where it is empty.
	ID string
}

// SVG writes the graph as SVG. The same graph gives the same bytes.
func (g *Graph) SVG(w io.Writer, o Options) error {
	if o.ID == "" {
		o.ID = "diagram"
	}
	head := headHeight
	if o.Embedded {
		head = 0
	}
	l := place(g, head)
	height := l.height
	if !o.Embedded {
		height += keyLine * len(g.key())
		l.width = max(l.width, minAlone)
	}
	p := &painter{g: g, l: l, id: o.ID}
	p.printf(`<svg xmlns="http://www.w3.org/2000/svg" class="rehearse-diagram%s" role="img" aria-labelledby="%s-title %s-desc" viewBox="0 0 %d %d" width="%d" height="%d">`+"\n",
		map[bool]string{false: " alone"}[o.Embedded], esc(o.ID), esc(o.ID), l.width, height, l.width, height)
	p.printf("<title id=\"%s-title\">%s</title>\n<desc id=\"%s-desc\">%s</desc>\n", esc(o.ID), esc(g.heading()), esc(o.ID), esc(g.description()))
	if !o.Embedded {
		p.printf("<style>\n%s%s</style>\n", alone, CSS)
	}
	p.markers()
	if !o.Embedded {
		p.text("heading", margin, margin+14, "start", fit(g.heading(), l.width-2*margin, nameCell+0.4))
	}
	p.edges()
	for i := range g.Nodes {
		p.node(i)
	}
	if !o.Embedded {
		for i, line := range g.key() {
			p.text("label", margin, l.height+keyLine*i, "start", line)
		}
	}
	p.printf("</svg>\n")
	_, err := io.WriteString(w, p.b.String())
	return err
}

// painter writes the parts of an SVG.
type painter struct {
	g  *Graph
	l  *layout
	id string
	b  strings.Builder
}

func (p *painter) printf(format string, args ...any) { fmt.Fprintf(&p.b, format, args...) }

// esc makes a text safe in SVG, as text and in quotes.
func esc(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s)) // a Builder never fails
	return b.String()
}

func (p *painter) text(class string, x, y int, anchor, s string) {
	p.printf("<text class=\"%s\" x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>\n", class, x, y, anchor, esc(s))
}

// healths are all, in the order of the style sheet.
var healths = []Health{Sound, Few, Some, Many, Unused}

// markers are the heads of arrows, one for each colour.
func (p *painter) markers() {
	p.printf("<defs>\n")
	for _, h := range healths {
		for thick, size := range headSize {
			p.printf(`<marker id="%s-%s-%d" class="head %s" viewBox="0 0 10 10" refX="0" refY="5" markerWidth="%d" markerHeight="%d" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 1 10 5 0 9z"/></marker>`+"\n", esc(p.id), h, thick, h, size, size)
		}
	}
	p.printf("</defs>\n")
}

// headSize are the sizes of an arrow's head, for thin lines and for thick ones.
var headSize = [2]int{9, 13}

// thick says which head the line of so many trials has.
func (g *Graph) thick(used int) int { return btoi(g.Weight(used) > 2) }

// reach is how far before its target a line ends, for its head.
func (g *Graph) reach(used int) int { return headSize[g.thick(used)] + 1 }

// line is one stroke, with an arrow's head behind its end where it has one.
func (p *painter) line(d string, used, failed int, broken, head bool) {
	h := p.g.health(used, failed)
	class := fmt.Sprintf("edge %s w%d", h, p.g.Weight(used))
	if broken {
		class += " broken"
	}
	marker := ""
	if head {
		marker = fmt.Sprintf(` marker-end="url(#%s-%s-%d)"`, esc(p.id), h, p.g.thick(used))
	}
	p.printf("<path class=\"%s\" d=\"%s\"%s/>\n", class, d, marker)
}

// edges draws all edges, each in a group that tells what it is.
func (p *painter) edges() {
	l, g := p.l, p.g
	for _, i := range l.straight {
		a, b := l.box[g.Edges[i].From], l.box[g.Edges[i].To]
		p.edge(i, fmt.Sprintf("M%d %dV%d", a.midX(), a.bottom(), b.y-g.reach(g.Edges[i].Used)), a.midX()+8, (a.bottom()+b.y)/2+3, "start", 2*maxLabel, true)
	}
	for _, i := range l.enters {
		e := &g.Edges[i]
		a, b := l.box[e.From], l.box[e.To]
		at := b.y + b.h/2
		p.edge(i, fmt.Sprintf("M%d %dV%dH%d", a.x+groupEdge, a.y+groupHead-6, at, b.x-g.reach(e.Used)), a.x+groupEdge+6, at-5, "start", l.indent-groupEdge, true)
	}
	for _, j := range l.jumps {
		e := &g.Edges[j.edge]
		a, b := l.box[e.From], l.box[e.To]
		bend := 6
		if j.to < j.from { // a way back
			bend = -6
		}
		d := fmt.Sprintf("M%d %dH%dQ%d %d %d %dV%dQ%d %d %d %dH%d", a.x, j.from, j.x+6, j.x, j.from, j.x, j.from+bend, j.to-bend, j.x, j.to, j.x+6, j.to, b.x-g.reach(e.Used))
		p.edge(j.edge, d, a.x-6, j.from-4, "end", a.x-j.x-8, true)
	}
	for _, s := range l.writes {
		e := &g.Edges[s.edge]
		a, b := l.box[e.From], l.box[e.To]
		p.edge(s.edge, fmt.Sprintf("M%d %dH%d", a.end(), s.y, b.x-g.reach(e.Used)), a.end()+6, s.y-4, "start", b.x-a.end(), true)
	}
	for i := range l.rails {
		p.rail(&l.rails[i])
	}
	below := 0
	for _, i := range l.answers {
		below = max(below, l.box[g.Edges[i].From].bottom()+22)
	}
	for _, i := range l.answers {
		e := &g.Edges[i]
		a, b := l.box[e.From], l.box[e.To]
		d := fmt.Sprintf("M%d %dV%dQ%d %d %d %dH%dQ%d %d %d %dV%d", a.midX(), a.bottom(), below-6, a.midX(), below, a.midX()-6, below, b.midX()+6, b.midX(), below, b.midX(), below-1, b.bottom()+g.reach(e.Used))
		p.edge(i, d, a.midX()-8, below-4, "end", 60, true)
	}
}

// edge draws one edge with its caption.
func (p *painter) edge(i int, d string, x, y int, anchor string, width int, head bool) {
	e := &p.g.Edges[i]
	p.printf("<g class=\"%s\"><title>%s</title>\n", e.Kind, esc(p.g.told(i)))
	p.line(d, e.Used, e.Failed, e.Kind == Broken, head)
	if caption := p.g.caption(i); caption != "" {
		p.text("label", x, y, anchor, fit(caption, width, smallCell))
	}
	p.printf("</g>\n")
}

// rail draws the edges to a receiver, and the trunk that they make together:
// as thick as all that joined so far.
func (p *painter) rail(r *rail) {
	used, failed := 0, 0
	sink := p.l.box[r.node]
	for k, s := range r.spurs {
		e := &p.g.Edges[s.edge]
		a := p.l.box[e.From]
		p.edge(s.edge, fmt.Sprintf("M%d %dH%d", a.end(), s.y, r.x), p.l.side+6, s.y-4, "start", p.l.right-8, false)
		used, failed = used+e.Used, failed+e.Failed
		end, last := sink.y-p.g.reach(used), k == len(r.spurs)-1
		if !last {
			end = r.spurs[k+1].y
		}
		p.line(fmt.Sprintf("M%d %dV%d", r.x, s.y, end), used, failed, r.broken, last)
	}
}

// node draws a node: its shape says its kind, its colour its actor, and words
// say both.
func (p *painter) node(i int) {
	n, b := &p.g.Nodes[i], p.l.box[i]
	p.printf("<g class=\"node %s\"><title>%s</title>\n", n.class(), esc(p.g.toldNode(i)))
	switch n.Kind {
	case Decision:
		c := 12
		p.printf("<path d=\"M%d %dH%dL%d %dV%dL%d %dH%dL%d %dV%dz\"/>\n", b.x+c, b.y, b.end()-c, b.end(), b.y+c, b.bottom()-c, b.end()-c, b.bottom(), b.x+c, b.x, b.bottom()-c, b.y+c)
	case System:
		p.printf("<path d=\"M%d %dv%da%d 5 0 0 0 %d 0v-%da%d 5 0 0 0 -%d 0a%d 5 0 0 0 %d 0\"/>\n", b.x, b.y+4, b.h-8, b.w/2, b.w, b.h-8, b.w/2, b.w, b.w/2, b.w)
	default:
		round := 6
		if n.Kind == Input || n.Kind == Outcome || n.Kind == Team {
			round = b.h / 2
		}
		p.printf("<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"%d\"/>\n", b.x, b.y, b.w, b.h, round)
	}
	if n.Kind == Group {
		p.text("label", b.x+groupEdge, b.y+17, "start", fit(clean(n.Name+" · "+n.Note), b.w-2*groupEdge, smallCell))
		p.printf("</g>\n")
		return
	}
	mid := b.y + b.h/2
	if n.Kind == System {
		mid += 4
	}
	note := n.noted(n.Note)
	if p.g.Trials > 0 && p.g.counted == "" && (n.Kind == Team || n.Kind == Outcome || n.Kind == Failure) {
		note = n.visited()
	}
	p.text("name", b.midX(), mid-3, "middle", fit(clean(n.Name), b.w-16, nameCell))
	p.text("note", b.midX(), mid+12, "middle", fit(clean(note), b.w-16, smallCell))
	p.printf("</g>\n")
}

// key says what lines mean.
func (g *Graph) key() []string {
	var out []string
	if slices.ContainsFunc(g.Edges, func(e Edge) bool { return e.Kind == Broken }) {
		out = append(out, "Dashed: where a handoff broke.")
	}
	switch {
	case g.counted != "":
		out = append(out, "Thicker: more "+g.counted+"s. Down: what comes next. At the left: what is left out, or done again.")
	case g.Trials > 0:
		out = append(out, "Thicker: more trials. Handoffs broken: yellow below 1 %, orange below 5 %, red from there.")
	}
	if slices.ContainsFunc(g.Nodes, func(n Node) bool { return n.unseen() != "" }) {
		out = append(out, "By labels: handoffs into it that failed, and nobody saw.")
	}
	return out
}
