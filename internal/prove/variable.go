package prove

import (
	"math"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
)

// variable is a name, or a text that stands for what is not understood.
type variable struct {
	name    string
	known   Known
	exact   bool // it is a name of the scope, and its domain has its values
	numbers []float64
	words   []string        // in the order in which they are named
	named   map[string]bool // the same
	truth   bool            // it stands where a condition does
	number  bool            // it is asked whether it is more or less than a number
	null    bool            // it is asked whether it is there
	order   bool            // it is how two terms compare: -1, 0 or 1

	domain []any
	value  any
	set    bool
}

// something is a value that is there, and of which nothing else is known.
type something struct{}

// other is a text that nobody names.
type other struct{}

// choose fills the domain, one value for each that can be told apart.
func (v *variable) choose() {
	slices.Sort(v.numbers)
	v.numbers = slices.Compact(v.numbers)
	t := v.known.Type
	switch {
	case v.order:
		v.domain = []any{-1, 0, 1}
		return
	case v.known.Null:
		v.domain = []any{nil}
		return
	case t.Kind == flow.Boolean:
		v.domain = []any{true, false}
	case t.Kind == flow.Enum:
		v.domain = v.enum(t.Enum)
	case t.Kind == flow.Number, t.Kind == flow.Integer, t.Kind == flow.Probability:
		v.domain = v.cells(t.Kind)
	case t.Kind == flow.String:
		for _, w := range v.words {
			v.domain = append(v.domain, w)
		}
		v.domain = append(v.domain, other{})
	case t.Kind == flow.Any:
		v.exact = false
		v.domain = v.anything()
	default:
		v.domain = []any{something{}}
	}
	if t.Optional || v.null && !v.exact {
		v.domain = append(v.domain, nil)
	}
}

// anything is the values of what has no type, as far as they are asked for.
func (v *variable) anything() []any {
	switch {
	case v.truth:
		return []any{true, false}
	case v.number:
		return v.cells(flow.Number)
	}
	out := append(v.cells(flow.Number), true, false, other{})
	for _, w := range v.words {
		out = append(out, w)
	}
	return out
}

// enum is the words that are named, and the first of those that are not for all
// of them.
func (v *variable) enum(words []string) []any {
	var out []any
	rest := false
	for _, w := range words {
		if v.named[w] || !rest {
			rest = rest || !v.named[w]
			out = append(out, w)
		}
	}
	return out
}

// cells are the numbers that something is compared with, one between each two
// and one beyond each end, as far as the type goes.
func (v *variable) cells(kind flow.Kind) []any {
	low, high := math.Inf(-1), math.Inf(1)
	if kind == flow.Probability {
		low, high = 0, 1
	}
	var out []any
	add := func(x float64) { // in rising order
		if kind == flow.Integer && x != math.Trunc(x) || x < low || x > high || len(out) > 0 && out[len(out)-1] == any(x) {
			return
		}
		out = append(out, x)
	}
	if len(v.numbers) == 0 {
		add(0)
		return out
	}
	add(beyond(v.numbers[0], -1, kind))
	for i, x := range v.numbers {
		if add(x); i+1 < len(v.numbers) {
			add(between(x, v.numbers[i+1], kind))
		}
	}
	add(beyond(v.numbers[len(v.numbers)-1], 1, kind))
	return out
}

// beyond is a number past the last that is compared with.
func beyond(x, sign float64, kind flow.Kind) float64 {
	switch {
	case kind == flow.Probability && sign > 0:
		return 1
	case kind == flow.Probability:
		return 0
	case kind == flow.Integer && sign > 0:
		return math.Floor(x) + 1
	case kind == flow.Integer:
		return math.Ceil(x) - 1
	}
	return x + sign*max(1, math.Abs(x)/2)
}

// between is a number between two, of a whole number one where there is one.
func between(a, b float64, kind flow.Kind) float64 {
	if kind == flow.Integer {
		if x := math.Floor(a) + 1; x < b {
			return x
		}
		return a
	}
	return a/2 + b/2
}
