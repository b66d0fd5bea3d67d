package page

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Table is a table of text whose cells may hold a drawing.
type Table struct {
	Caption string // says what it is to who cannot see it
	Columns []Column
	Rows    []Row
}

// Column is the head of a column.
type Column struct {
	Lines  []string
	Range  string // what the ends of the drawings in it stand for
	Number bool   // its cells are aligned as numbers
}

// Row is a row of a table.
type Row struct {
	Cells []Cell
	First bool // begins a group: a rule stands above it
}

// Cell is one cell of a table.
type Cell struct {
	Lines  []string // the first is the figure, the others say more of it
	Names  []string // shown in place of lines; none breaks, at hyphens least of all
	Number bool
	Head   bool // names its row
	Again  bool // says the same as the cell above
	Mark   *Interval
	Tone   Tone
	Ground Tone // colour behind it
	Heat   int  // shade from 0 for none to 9
}

// Dense says that the table has so many columns that they stand closer.
func (t *Table) Dense() bool { return len(t.Columns) > 9 }

// phone is about how many characters have room side by side on a phone.
const phone = 40

// Wide says that the table has no room on a phone, where each of its rows
// becomes a card. One whose cells are shaded stays, as it is read across and down.
func (t *Table) Wide() bool {
	sum := 0
	for j := range t.Columns {
		widest := 0
		for _, l := range t.Columns[j].Lines {
			widest = max(widest, utf8.RuneCountInString(l)-1) // heads are smaller
		}
		for _, r := range t.Rows {
			c := &r.Cells[j]
			if c.Heat > 0 || c.Ground != Plain {
				return false
			}
			for i, l := range append(c.Lines, c.Names...) {
				if !c.Number {
					l = longestWord(l)
				}
				if i < 2 {
					widest = max(widest, utf8.RuneCountInString(l))
				}
			}
		}
		sum += widest + 2
	}
	return sum > phone
}

func longestWord(s string) string {
	longest := ""
	for _, w := range strings.Fields(s) {
		if len(w) > len(longest) {
			longest = w
		}
	}
	return longest
}

// Label is the head of a column in one line.
func (t *Table) Label(column int) string {
	return strings.Join(t.Columns[column].Lines, " ")
}

// Interval is an estimate with its interval, drawn on a line. Positions are
// shares of the line's length.
type Interval struct {
	Low, At, High float64
	// Zero is where no difference lies; below 0 for none.
	Zero float64
	Tone Tone
}

// Scale is the range of figures that the ends of a line stand for.
type Scale struct{ From, To float64 }

// At is where a figure lies on a line, cut off at its ends.
func (s Scale) At(x float64) float64 {
	if !(s.To > s.From) {
		return 0
	}
	return math.Max(0, math.Min(1, (x-s.From)/(s.To-s.From)))
}

// Interval is an interval on the scale; nil where a figure is missing. With
// signed, zero is drawn too.
func (s Scale) Interval(low, at, high float64, signed bool) *Interval {
	if math.IsNaN(at) || math.IsNaN(low) || math.IsNaN(high) {
		return nil
	}
	iv := &Interval{Low: s.At(low), At: s.At(at), High: s.At(high), Zero: -1}
	if signed {
		iv.Zero = s.At(0)
	}
	return iv
}

// Signed says that zero is drawn.
func (iv *Interval) Signed() bool { return iv.Zero >= 0 }

// position is a share as a percentage of a drawing, to a hundredth.
func position(share float64) string {
	return strconv.FormatFloat(math.Round(share*1e4)/1e2, 'f', -1, 64) + "%"
}

// Panel is a small drawing of differences on one scale.
type Panel struct {
	Title     string
	Low, High string // what the ends of the scale stand for
	Zero      float64
	Rows      []PanelRow
}

// ClearEnds takes away the label of an end that is too near to that of zero for
// its text.
func (p *Panel) ClearEnds() {
	room := func(label string) float64 { return 0.08 + 0.06*float64(len(label)) }
	if p.Zero < room(p.Low) {
		p.Low = ""
	}
	if 1-p.Zero < room(p.High) {
		p.High = ""
	}
}

// PanelRow is one difference.
type PanelRow struct {
	Name, Figure, Text string
	Mark               *Interval
}

// Bars are whole things cut into their parts.
type Bars struct {
	Series []string // names of the parts, in order; their colours follow Kinds
	Kinds  []string // a class each
	Rows   []Bar
}

// Bar is one of them.
type Bar struct {
	Name  string
	Parts []Stretch
}

// Stretch is a part of a bar.
type Stretch struct {
	Kind        string
	From, Share float64
	Text        string // inside, where there is room
	Label       string // all of it
}

// Used keeps the series of which there is anything.
func (b *Bars) Used() {
	used := map[string]bool{}
	for _, r := range b.Rows {
		for _, p := range r.Parts {
			used[p.Kind] = true
		}
	}
	var series, kinds []string
	for i, k := range b.Kinds {
		if used[k] {
			series, kinds = append(series, b.Series[i]), append(kinds, k)
		}
	}
	b.Series, b.Kinds = series, kinds
}

// Cut makes a bar from counts in the order of the series.
func (b *Bars) Cut(name string, counts []int) {
	total := 0
	for _, n := range counts {
		total += n
	}
	bar := Bar{Name: name}
	from := 0.0
	for i, n := range counts {
		if n == 0 {
			continue
		}
		share := float64(n) / float64(total)
		s := Stretch{Kind: b.Kinds[i], From: from, Share: share, Label: b.Series[i] + ": " + strconv.Itoa(n)}
		if share >= room {
			s.Text = strconv.Itoa(n)
		}
		bar.Parts = append(bar.Parts, s)
		from += share
	}
	b.Rows = append(b.Rows, bar)
}

// room is the share of a bar that holds a number of four digits on a phone.
const room = 0.14

// Middle is where a text in the stretch is centred.
func (s Stretch) Middle() float64 { return s.From + s.Share/2 }
