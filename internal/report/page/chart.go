package page

import (
	"math"
	"strconv"
	"strings"
)

// Chart is lines over two scales. Positions are shares of its width and height,
// from the left and from the bottom. What it shows stands in a table beside it,
// for those who cannot see it.
type Chart struct {
	Title      string
	Across, Up Axis
	Diagonal   bool // where both scales say the same
	Series     []Series
	Marked     *Point // one that the text speaks of
	Mark       string // what is marked
}

// Axis is one of the scales.
type Axis struct {
	Name  string // what it is of, with its unit
	Ticks []Tick
}

// Tick is a figure on a scale.
type Tick struct {
	At   float64
	Text string
}

// Series is one line of a chart; its place among the others gives its colour.
type Series struct {
	Name      string
	Dots      bool // marks every point
	Points    []Point
	Low, High []Point // ends of its interval, drawn as a band
}

// Point is a place in a chart.
type Point struct{ X, Y float64 }

// Named says whether what is drawn needs a legend.
func (c Chart) Named() bool { return c.Diagonal || len(c.Series) > 1 || c.Mark != "" }

// Line is a series as the points of a polyline.
func (s Series) Line() string { return coordinates(s.Points) }

// Band is the area between the ends of its interval, as the points of a polygon;
// "" where there is none.
func (s Series) Band() string {
	if len(s.Low) < 2 {
		return ""
	}
	around := append([]Point(nil), s.Low...)
	for i := len(s.High) - 1; i >= 0; i-- {
		around = append(around, s.High[i])
	}
	return coordinates(around)
}

// side is the length of a chart's sides in its own coordinates.
const side = 1000

func coordinates(points []Point) string {
	var b strings.Builder
	for i, p := range points {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(coordinate(p.X))
		b.WriteByte(',')
		b.WriteString(coordinate(p.Down()))
	}
	return b.String()
}

func coordinate(share float64) string {
	return strconv.FormatFloat(math.Round(share*side*10)/10, 'f', -1, 64)
}

// Down is where a point lies from the top.
func (p Point) Down() float64 { return 1 - p.Y }

// Down is where a tick of an upright scale lies from the top.
func (t Tick) Down() float64 { return 1 - t.At }

// Anchor is the end of a tick's text that stands under it: a long text does not
// reach over the end of the scale.
func (t Tick) Anchor() string {
	const long = 7
	switch {
	case len(t.Text) <= long:
	case t.At < 0.1:
		return "start"
	case t.At > 0.9:
		return "end"
	}
	return "middle"
}

// Axis is the scale as an axis with at most six ticks at round figures.
func (s Scale) Axis(name string, text func(float64) string) Axis {
	a := Axis{Name: name}
	width := s.To - s.From
	if !(width > 0) || math.IsInf(width, 0) {
		return a
	}
	step := math.Pow(10, math.Floor(math.Log10(width)))
	for _, factor := range []float64{0.2, 0.25, 0.5, 1, 2} {
		if width/(step*factor) <= 5+1e-9 {
			step *= factor
			break
		}
	}
	for i := math.Ceil(s.From/step - 1e-9); i*step <= s.To+step*1e-9; i++ {
		a.Ticks = append(a.Ticks, Tick{At: s.At(i * step), Text: text(i*step + 0)})
	}
	return a
}
