package page

// Chart is lines over two scales. Positions are shares of its width and height,
// from the left and from the bottom. What it shows stands in a table beside it,
// for those who cannot see it.
type Chart struct {
	Title       string
	Across, Up  string // what the scales are of
	Left, Right string // what their ends stand for
	Bottom, Top string
	Diagonal    bool // where both scales say the same
	Series      []Series
	Marked      *Point // one that the text speaks of
}

// Series is one line of a chart; its place among the others gives its colour.
type Series struct {
	Name   string
	Dots   bool // marks every point
	Points []Point
	Edges  [][]Point // lines that bound it, drawn thin
}

// Named says whether the lines of a chart need a legend.
func (c Chart) Named() bool { return c.Diagonal || len(c.Series) > 1 }

// Point is a place in a chart.
type Point struct{ X, Y float64 }

// Stretches are the straight parts of a line.
func (s Series) Stretches() [][2]Point { return stretches(s.Points) }

// EdgeStretches are the straight parts of its edges.
func (s Series) EdgeStretches() [][2]Point {
	var out [][2]Point
	for _, e := range s.Edges {
		out = append(out, stretches(e)...)
	}
	return out
}

func stretches(points []Point) [][2]Point {
	var out [][2]Point
	for i := 1; i < len(points); i++ {
		out = append(out, [2]Point{points[i-1], points[i]})
	}
	return out
}

// Down is where a point lies from the top.
func (p Point) Down() float64 { return 1 - p.Y }
