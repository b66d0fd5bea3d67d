// Package tune chooses the cutoffs of a design on labelled calibration cases,
// with a guarantee on the error among what it automates.
//
//  1. Cutoffs finds the params that routes compare confidences with, and
//     NewGrid the values that are tried, fixed before any label is seen.
//  2. Explorer runs every case with every setting of them, its steps answered
//     as in the design as written.
//  3. Explored.Certify tests the settings in sequence (Learn then Test:
//     Angelopoulos et al. 2021, arXiv 2110.01052) and chooses the cheapest of
//     those that pass.
package tune

import (
	"fmt"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/design"
)

// Cutoff is a param that routes compare a confidence with.
type Cutoff struct {
	Param  string   `json:"param"`
	Routes []string `json:"routes,omitempty"` // none where a step before them compares it
	Was    float64  `json:"was"`              // in the design's file
}

// Cutoffs are those of a plan, in the order of its routes.
func Cutoffs(p *design.Plan) []Cutoff {
	var out []Cutoff
	for _, n := range p.Nodes {
		for _, name := range n.Cutoffs() {
			if i := slices.IndexFunc(out, func(c Cutoff) bool { return c.Param == name }); i >= 0 {
				out[i].Routes = append(out[i].Routes, n.Name)
				continue
			}
			i := slices.IndexFunc(p.Design.Params, func(param design.Param) bool { return param.Name == name })
			if i < 0 {
				continue // of a design that the case is handed on to
			}
			if was, ok := p.Design.Params[i].Value.(float64); ok {
				out = append(out, Cutoff{Param: name, Routes: []string{n.Name}, Was: was})
			}
		}
	}
	return out
}

// most is how many settings are tried at most: each runs every case.
const most = 2000

// grids are the values that are tried where nobody says, by how many cutoffs
// there are: each further one multiplies the settings.
var grids = [][]float64{
	{0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.875, 0.9, 0.925, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995, 0.999},
	{0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 0.995},
	{0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99},
	{0, 0.6, 0.8, 0.9, 0.95, 0.99},
}

// Grid are the settings that are tried: every combination of values, the last
// cutoff moving fastest.
type Grid struct {
	Cutoffs []Cutoff
	Values  []float64 // of each cutoff, ascending
}

// NewGrid is the grid over the cutoffs with these values of each; those that
// are usual where there are none.
func NewGrid(cutoffs []Cutoff, values []float64) (*Grid, error) {
	if len(values) == 0 {
		values = grids[min(max(len(cutoffs), 1), len(grids))-1]
	}
	values = slices.Clone(values)
	slices.Sort(values)
	g := &Grid{Cutoffs: cutoffs, Values: slices.Compact(values)}
	n := 1
	for range cutoffs {
		if n *= len(g.Values); n > most {
			return nil, fmt.Errorf("%d values for each of %d cutoffs are more than %d settings to try: give fewer values, or tune fewer cutoffs at once", len(g.Values), len(cutoffs), most)
		}
	}
	return g, nil
}

// Len is how many settings there are.
func (g *Grid) Len() int {
	n := 1
	for range g.Cutoffs {
		n *= len(g.Values)
	}
	return n
}

// Setting are the values of the cutoffs in setting i.
func (g *Grid) Setting(i int) []float64 {
	out := make([]float64, len(g.Cutoffs))
	for k := len(out) - 1; k >= 0; k-- {
		out[k] = g.Values[i%len(g.Values)]
		i /= len(g.Values)
	}
	return out
}

// chains are the settings in the sequences in which they are tested: the last
// cutoff walks, once for each combination of the others.
func (g *Grid) chains() [][]int {
	var out [][]int
	for from := 0; from < g.Len(); from += len(g.Values) {
		chain := make([]int, len(g.Values))
		for i := range chain {
			chain[i] = from + i
		}
		out = append(out, chain)
	}
	return out
}
