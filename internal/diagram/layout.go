package diagram

import (
	"cmp"
	"slices"

	"github.com/mattn/go-runewidth"
)

// Sizes in user units, which are pixels at full size.
const (
	margin     = 16
	headHeight = 34  // of the title
	keyLine    = 18  // of the key
	minAlone   = 600 // width of a file of its own, for its key
	boxHeight  = 44  // of a step
	slotHeight = 20  // of an edge that leaves a box sideways
	gap        = 36  // between boxes
	minBox     = 150 // widths
	maxBox     = 250
	laneWidth  = 16
	groupHead  = 30 // of a group's name
	groupGap   = 12 // between its steps
	groupEdge  = 10 // between its steps and its frame
	maxLabel   = 260
	sinkWidth  = 132
)

// layout places a graph: the design runs down a spine, edges that skip steps
// run down lanes at its left, and edges to teams and to failure run to the right
// and down rails, one for each receiver and each of taken and broken. The steps
// of a group stand in its frame, to which the spine leads.
type layout struct {
	g             *Graph
	spine         []int // nodes from the input to the outcome, without steps of groups
	box           []rect
	jumps         []jump
	rails         []rail
	straight      []int // edges from a spine node to the next
	enters        []int // edges from a group to its steps
	writes        []spur
	answers       []int // edges
	width, height int
	left, right   int // widths of what is beside the spine
	indent        int // of steps in a group
	side          int // right side of the spine
}

type rect struct{ x, y, w, h int }

func (r rect) midX() int   { return r.x + r.w/2 }
func (r rect) bottom() int { return r.y + r.h }
func (r rect) end() int    { return r.x + r.w }

// jump is an edge that skips steps: from its source's left side at from, down
// a lane, to its target's left side at to.
type jump struct {
	edge, x, from, to int
}

// spur is an edge that leaves its source's right side at y.
type spur struct {
	edge, y int
}

// rail collects the edges to one receiver.
type rail struct {
	node   int
	broken bool
	x      int
	spurs  []spur // from the top down
}

// place lays a graph out.
func place(g *Graph, head int) *layout {
	l := &layout{g: g, box: make([]rect, len(g.Nodes))}
	for i := 0; i <= g.outcome; i++ {
		if g.Nodes[i].In == 0 {
			l.spine = append(l.spine, i)
		}
	}
	l.sort()
	l.lanes()
	l.widths()
	l.spread(head)
	return l
}

// sort says of every edge where it runs.
func (l *layout) sort() {
	taken, next := map[int]bool{}, map[int]int{}
	for k, i := range l.spine[1:] {
		next[l.spine[k]] = i
	}
	for i, e := range l.g.Edges {
		switch kind := l.g.Nodes[e.To].Kind; {
		case e.Kind == Answer:
			l.answers = append(l.answers, i)
		case e.Kind == Write:
			l.writes = append(l.writes, spur{edge: i})
		case kind == Team || kind == Failure:
			l.join(i)
		case l.g.Nodes[e.To].In > 0:
			l.enters = append(l.enters, i)
		case e.To == next[e.From] && e.Kind != Broken && !taken[e.From]:
			taken[e.From] = true
			l.straight = append(l.straight, i)
		default:
			l.jumps = append(l.jumps, jump{edge: i})
		}
	}
	slices.SortStableFunc(l.rails, func(a, b rail) int {
		if c := cmp.Compare(a.node, b.node); c != 0 {
			return c
		}
		return cmp.Compare(btoi(a.broken), btoi(b.broken))
	})
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// join adds an edge to the rail of its receiver.
func (l *layout) join(i int) {
	e := &l.g.Edges[i]
	for r := range l.rails {
		if l.rails[r].node == e.To && l.rails[r].broken == (e.Kind == Broken) {
			l.rails[r].spurs = append(l.rails[r].spurs, spur{edge: i})
			return
		}
	}
	l.rails = append(l.rails, rail{node: e.To, broken: e.Kind == Broken, spurs: []spur{{edge: i}}})
}

// lanes gives every jump a lane, as a distance from the spine: beyond its own
// label, and beyond the lanes of shorter jumps that it passes.
func (l *layout) lanes() {
	span := func(j jump) (from, to int) {
		e := &l.g.Edges[j.edge]
		return min(e.From, e.To), max(e.From, e.To)
	}
	slices.SortStableFunc(l.jumps, func(a, b jump) int {
		af, at := span(a)
		bf, bt := span(b)
		return cmp.Or(cmp.Compare(at-af, bt-bf), cmp.Compare(af, bf))
	})
	for i := range l.jumps {
		j := &l.jumps[i]
		from, to := span(*j)
		j.x = max(laneWidth+4, min(maxLabel, l.labelWidth(j.edge))+14)
		for _, k := range l.jumps[:i] {
			if f, t := span(k); f <= to && from <= t {
				j.x = max(j.x, k.x+laneWidth)
			}
		}
		l.left = max(l.left, j.x)
	}
}

// widths says how wide the labels at the right of the spine are.
func (l *layout) widths() {
	for _, r := range l.rails {
		for _, s := range r.spurs {
			l.right = max(l.right, min(maxLabel, l.labelWidth(s.edge))+16)
		}
	}
	for _, e := range l.enters {
		l.indent = max(l.indent, 36, l.labelWidth(e)+26)
	}
	if len(l.writes) > 0 {
		l.right = max(l.right, sinkWidth+60)
	}
}

func (l *layout) labelWidth(edge int) int { return textWidth(l.g.caption(edge), smallCell) }

// spread gives everything its place.
func (l *layout) spread(head int) {
	g := l.g
	box := minBox
	for i := range g.Nodes[:g.outcome+1] {
		n := &g.Nodes[i]
		w := min(maxBox, max(textWidth(n.Name, nameCell), textWidth(n.Note, smallCell))+28)
		if n.In > 0 {
			w += l.indent + groupEdge
		}
		box = max(box, w)
	}
	x := margin + l.left
	l.side = x + box
	y := margin + head
	for k, i := range l.spine {
		if k > 0 {
			y += gap
		}
		if g.Nodes[i].Kind == Group {
			y = l.frame(i, rect{x: x, y: y, w: box})
			continue
		}
		l.box[i] = rect{x, y, box, l.rowHeight(i)}
		l.ports(i)
		y = l.box[i].bottom()
	}
	for i := range l.jumps {
		j := &l.jumps[i]
		j.x = x - j.x
	}
	right := x + box + l.right
	l.sinks(right)
	l.width = max(right, x+box+margin)
	for i, b := range l.box {
		l.width = max(l.width, b.end()+margin)
		if g.Nodes[i].Kind == Team {
			y = max(y, b.bottom()+30) // the answers run below
		}
	}
	l.height = y + margin
}

// frame puts a group's steps into its frame, and gives its lower end.
func (l *layout) frame(group int, b rect) int {
	y := b.y + max(groupHead, l.rowHeight(group)-boxHeight)
	for i := range l.g.Nodes {
		if l.g.Nodes[i].In != group {
			continue
		}
		l.box[i] = rect{b.x + l.indent, y, b.w - l.indent - groupEdge, l.rowHeight(i)}
		l.ports(i)
		y = l.box[i].bottom() + groupGap
	}
	b.h = y - groupGap + groupEdge - b.y
	l.box[group] = b
	l.ports(group)
	return b.bottom()
}

// rowHeight is the height of a box: that of its text, or of the edges that
// leave or enter at a side.
func (l *layout) rowHeight(i int) int {
	rightward, leftward := 0, 0
	for _, r := range l.rails {
		for _, s := range r.spurs {
			rightward += btoi(l.g.Edges[s.edge].From == i)
		}
	}
	for _, w := range l.writes {
		rightward += 2 * btoi(l.g.Edges[w.edge].From == i)
	}
	for _, j := range l.jumps {
		e := &l.g.Edges[j.edge]
		leftward += btoi(e.From == i) + btoi(e.To == i)
	}
	return max(boxHeight, 12+slotHeight*max(rightward, leftward))
}

// ports spreads the ends of edges over the sides of a box.
func (l *layout) ports(i int) {
	b := l.box[i]
	// As written, since the first branch that holds is taken; the broken one last.
	type port struct {
		edge   int
		broken bool
		y      *int
	}
	var outs []port
	for r := range l.rails {
		for s := range l.rails[r].spurs {
			if at := &l.rails[r].spurs[s]; l.g.Edges[at.edge].From == i {
				outs = append(outs, port{at.edge, l.rails[r].broken, &at.y})
			}
		}
	}
	slices.SortFunc(outs, func(a, b port) int {
		return cmp.Or(cmp.Compare(btoi(a.broken), btoi(b.broken)), cmp.Compare(a.edge, b.edge))
	})
	var right []*int
	for k := range l.writes {
		if l.g.Edges[l.writes[k].edge].From == i {
			right = append(right, &l.writes[k].y, nil)
		}
	}
	for _, p := range outs {
		right = append(right, p.y)
	}
	var left []*int
	for k := range l.jumps {
		if l.g.Edges[l.jumps[k].edge].To == i {
			left = append(left, &l.jumps[k].to)
		}
	}
	for k := range l.jumps {
		if l.g.Edges[l.jumps[k].edge].From == i {
			left = append(left, &l.jumps[k].from)
		}
	}
	for _, side := range [][]*int{right, left} {
		for k, at := range side {
			if at != nil {
				*at = b.y + b.h/2 + slotHeight*k - slotHeight*(len(side)-1)/2
			}
		}
	}
	for k := range l.writes {
		e := &l.g.Edges[l.writes[k].edge]
		if e.From == i {
			l.writes[k].y += slotHeight / 2
			l.box[e.To] = rect{l.side + 44, l.writes[k].y - 20, sinkWidth, 40}
		}
	}
}

// sinks puts teams and failure below their rails, beside the outcome.
func (l *layout) sinks(x int) {
	y := l.box[l.g.outcome].y
	for i := 0; i < len(l.rails); {
		node, first := l.rails[i].node, i
		for i < len(l.rails) && l.rails[i].node == node {
			i++
		}
		w := max(sinkWidth, min(maxBox, textWidth(l.g.Nodes[node].Name, nameCell)+28))
		l.box[node] = rect{x, y, w, boxHeight}
		for k := first; k < i; k++ {
			l.rails[k].x = x + w/2 + (2*(k-first)-(i-first-1))*laneWidth
		}
		x += w + laneWidth
	}
}

// Widths of a cell of text, generous: what a reader's fonts are is not known.
const (
	nameCell  = 7.6
	smallCell = 6.3
)

func textWidth(s string, cell float64) int {
	return int(float64(runewidth.StringWidth(s))*cell + 0.5)
}

// fit cuts a text so that it is no wider than width.
func fit(s string, width int, cell float64) string {
	return runewidth.Truncate(s, int(float64(width)/cell), "…")
}
