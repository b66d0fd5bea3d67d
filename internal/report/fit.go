package report

import (
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

// narrowest is to how many characters a line of running text is broken before a
// table goes on below itself.
const narrowest = 20

// grid is a table, or some columns of it, as a terminal shows it.
type grid struct {
	head  []string
	rows  [][]string
	right []bool
	gap   int // blanks between columns
}

// fitted is a table in a terminal of some width, 0 for no limit. Where it is too
// wide, its columns move together, then its texts are broken into shorter lines;
// what still has no room stands below, its rows named again.
func (t table) fitted(width int) []grid {
	all := make([]int, len(t.head))
	for j := range all {
		all[j] = j
	}
	g := t.grid(all, width)
	if width <= 0 || g.width() <= width {
		return []grid{g}
	}
	var out []grid
	for _, columns := range g.pieces(width) {
		out = append(out, t.grid(columns, width))
	}
	return out
}

// grid is some of a table's columns, as near to a width as they can be.
func (t table) grid(columns []int, width int) grid {
	g := grid{gap: 2}
	texts, limits := make([][]string, len(t.rows)), make([]int, len(columns))
	for j, of := range columns {
		g.head, g.right, limits[j] = append(g.head, clipped(t.head[of])), append(g.right, t.right[of]), t.prose[of]
		for i := range t.rows {
			texts[i] = append(texts[i], t.cell(i, of))
		}
	}
	g.rows = broken(texts, limits)
	if width <= 0 || g.width() <= width {
		return g
	}
	g.gap = 1
	fixed := make([]bool, len(columns)) // those that cannot be narrower
	for g.width() > width {
		widest := -1
		for j, right := range g.right {
			if !right && !fixed[j] && (widest < 0 || g.columnWidth(j) > g.columnWidth(widest)) {
				widest = j
			}
		}
		if widest < 0 || g.columnWidth(widest) <= narrowest {
			break
		}
		before := g.columnWidth(widest)
		limits[widest] = before - 1
		g.rows = broken(texts, limits)
		fixed[widest] = g.columnWidth(widest) >= before
	}
	return g
}

// broken are cells whose lines are broken at blanks where they are longer than
// their column's limit.
func broken(texts [][]string, limits []int) [][]string {
	out := make([][]string, len(texts))
	for i, row := range texts {
		out[i] = slices.Clone(row)
		for j, limit := range limits {
			if limit == 0 {
				continue
			}
			lines := strings.Split(row[j], "\n")
			for k, l := range lines {
				if twwidth.Width(l) > limit {
					lines[k] = wrap(l, limit)
				}
			}
			out[i][j] = strings.Join(lines, "\n")
		}
	}
	return out
}

// pieces are the columns side by side as far as there is room; each further
// piece begins with those that name the rows.
func (g grid) pieces(width int) [][]int {
	taken := func(j int) int { return g.columnWidth(j) + g.gap }
	names := []int{0}
	if len(g.right) > 2 && !g.right[1] && taken(0)+taken(1) < width/2 {
		names = append(names, 1)
	}
	var out [][]int
	room := 0
	for j := len(names); j < len(g.head); j++ {
		if len(out) == 0 || taken(j) > room {
			out, room = append(out, slices.Clone(names)), width
			for _, n := range names {
				room -= taken(n)
			}
		}
		last := len(out) - 1
		out[last], room = append(out[last], j), room-taken(j)
	}
	if len(out) == 0 {
		return [][]int{names}
	}
	return out
}

func (g grid) columnWidth(column int) int {
	widest := lineWidth(g.head[column])
	for _, row := range g.rows {
		widest = max(widest, lineWidth(row[column]))
	}
	return widest
}

func (g grid) width() int {
	sum := 0
	for j := range g.head {
		sum += g.columnWidth(j) + g.gap
	}
	return sum
}

// lineWidth is the width of the widest line of a text.
func lineWidth(s string) int {
	widest := 0
	for l := range strings.SplitSeq(s, "\n") {
		widest = max(widest, twwidth.Width(l))
	}
	return widest
}

// wrap breaks a text at blanks into lines of about n runes.
func wrap(s string, n int) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(s) {
		length := twwidth.Width(word)
		switch {
		case i == 0:
		case column+1+length > n:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += length
	}
	return b.String()
}
