package learn

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// The shapes that a [Curve] may have.
const (
	// Isotonic never falls, and is as near to the cases as such a line can be
	// (pool adjacent violators: Barlow et al. 1972; Zadrozny and Elkan 2002).
	Isotonic Method = "isotonic"
	// Platt is a logistic function of the log-odds (Platt 1999).
	Platt Method = "platt"
)

// Curve maps the confidence that somebody states in an answer to how often
// such answers were right. The zero value leaves it as it is.
type Curve struct {
	Method Method `json:"method,omitempty"`
	Rows   int    `json:"rows,omitempty"` // answers that it was fitted to
	// X and Y are the corners of an isotonic curve: straight between them,
	// level beyond.
	X []float64 `json:"x,omitempty"`
	Y []float64 `json:"y,omitempty"`
	// Slope and Offset are those of Platt: logit(y) = Slope logit(x) + Offset.
	Slope  float64 `json:"slope,omitempty"`
	Offset float64 `json:"offset,omitempty"`
}

// FitCurve fits a curve to confidences, each from 0 to 1, and whether the
// answers were right. Right answers count as (n+1)/(n+2) of one and wrong ones
// as 1/(m+2), n being the right and m the wrong ones, so that a few answers
// that are all right cannot demand certainty (Platt 1999, section 2.2).
func FitCurve(m Method, confidence []float64, right []bool) (Curve, error) {
	if len(confidence) == 0 || len(confidence) != len(right) {
		return Curve{}, fmt.Errorf("%d confidences of %d answers, want one of each and at least one", len(confidence), len(right))
	}
	points := make([]point, len(confidence))
	n := 0
	for i, x := range confidence {
		if !(x >= 0 && x <= 1) {
			return Curve{}, fmt.Errorf("a confidence of %v, want 0 to 1", x)
		}
		points[i].x = x
		if right[i] {
			n++
		}
	}
	for i := range points {
		points[i].y = 1 / float64(len(points)-n+2)
		if right[i] {
			points[i].y = float64(n+1) / float64(n+2)
		}
	}
	c := Curve{Method: m, Rows: len(points)}
	switch m {
	case Isotonic:
		c.X, c.Y = pooled(points)
	case Platt:
		c.Slope, c.Offset = logistic(points)
	default:
		return Curve{}, fmt.Errorf("unknown calibration %q, want %s or %s", m, Isotonic, Platt)
	}
	return c, nil
}

// point is a confidence and how right its answer was.
type point struct{ x, y float64 }

// pooled are the corners of the isotonic fit: each block of pooled answers at
// the mean of its confidences.
func pooled(points []point) (xs, ys []float64) {
	slices.SortFunc(points, func(a, b point) int { return cmp.Or(cmp.Compare(a.x, b.x), cmp.Compare(a.y, b.y)) })
	type block struct{ x, y, n float64 } // sums
	var blocks []block
	for i := 0; i < len(points); {
		b := block{}
		for at := points[i].x; i < len(points) && points[i].x == at; i++ {
			b = block{b.x + points[i].x, b.y + points[i].y, b.n + 1}
		}
		for len(blocks) > 0 {
			last := blocks[len(blocks)-1]
			if last.y*b.n < b.y*last.n {
				break
			}
			blocks, b = blocks[:len(blocks)-1], block{last.x + b.x, last.y + b.y, last.n + b.n}
		}
		blocks = append(blocks, b)
	}
	for _, b := range blocks {
		xs, ys = append(xs, b.x/b.n), append(ys, b.y/b.n)
	}
	return xs, ys
}

// logit is the log-odds of a probability, which is kept from 0 and 1.
func logit(p float64) float64 {
	const least = 1e-4
	p = min(max(p, least), 1-least)
	return math.Log(p / (1 - p))
}

// logistic fits slope and offset by Newton's method, the loss being penalised
// by (slope-1)^2/2 + offset^2/2: a prior worth about one answer, that the
// confidence is what it says it is. The penalty makes the loss strictly
// convex, so that there is one optimum, also where all confidences are equal.
func logistic(points []point) (slope, offset float64) {
	loss := func(a, b float64) float64 {
		sum := ((a-1)*(a-1) + b*b) / 2
		for _, p := range points {
			z := a*logit(p.x) + b
			sum += math.Log1p(math.Exp(-math.Abs(z))) + max(z, 0) - p.y*z
		}
		return sum
	}
	slope = 1
	for range 100 {
		ga, gb, haa, hab, hbb := slope-1, offset, 1.0, 0.0, 1.0
		for _, p := range points {
			x := logit(p.x)
			q := 1 / (1 + math.Exp(-slope*x-offset))
			ga, gb = ga+(q-p.y)*x, gb+q-p.y
			w := q * (1 - q)
			haa, hab, hbb = haa+w*x*x, hab+w*x, hbb+w
		}
		det := haa*hbb - hab*hab
		da, db := (hbb*ga-hab*gb)/det, (haa*gb-hab*ga)/det
		if math.Abs(da)+math.Abs(db) < 1e-10 {
			break
		}
		now, step := loss(slope, offset), 1.0
		next := loss(slope-da, offset-db)
		for step > 1e-10 && next > now {
			step /= 2
			next = loss(slope-step*da, offset-step*db)
		}
		if next >= now {
			break // rounding hides whether the loss falls any further
		}
		slope, offset = slope-step*da, offset-step*db
	}
	if slope >= 0 {
		return slope, offset
	}
	sum := 0.0 // more confidence never means less: it means nothing then
	for _, p := range points {
		sum += p.y
	}
	return 0, logit(sum / float64(len(points)))
}

// At is the calibrated confidence.
func (c *Curve) At(x float64) float64 {
	switch c.Method {
	case Isotonic:
		i, met := slices.BinarySearch(c.X, x)
		switch {
		case met:
			return c.Y[i]
		case i == 0:
			return c.Y[0]
		case i == len(c.X):
			return c.Y[i-1]
		}
		share := (x - c.X[i-1]) / (c.X[i] - c.X[i-1])
		return c.Y[i-1] + share*(c.Y[i]-c.Y[i-1])
	case Platt:
		return 1 / (1 + math.Exp(-c.Slope*logit(x)-c.Offset))
	}
	return x
}

// Check says what is wrong with a curve that was read from somewhere.
func (c *Curve) Check() error {
	switch {
	case c.Method == "" || c.Method == Platt && c.Slope >= 0 && !math.IsInf(c.Slope, 0) && !math.IsNaN(c.Offset) && !math.IsInf(c.Offset, 0):
		return nil
	case c.Method != Isotonic:
		return fmt.Errorf("no calibration curve: %q", c.Method)
	case len(c.X) == 0 || len(c.X) != len(c.Y):
		return fmt.Errorf("a calibration curve of %d and %d corners", len(c.X), len(c.Y))
	}
	for i := range c.X {
		inside := c.X[i] >= 0 && c.X[i] <= 1 && c.Y[i] >= 0 && c.Y[i] <= 1
		if !inside || i > 0 && (c.X[i] <= c.X[i-1] || c.Y[i] < c.Y[i-1]) {
			return fmt.Errorf("a calibration curve that falls, or leaves 0 to 1, at corner %d", i+1)
		}
	}
	return nil
}
