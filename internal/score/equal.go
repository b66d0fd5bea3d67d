package score

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// Equal says whether a value counts as equal to its label.
func Equal(c design.Comparator, got, want any) bool {
	switch c.Kind {
	case design.Number:
		g, ok1 := number(got)
		w, ok2 := number(want)
		// The small addition keeps 10.005 within 0.005 of 10 whatever the
		// binary fractions are. It goes by the larger of the two, so that
		// neither is nearer to the other.
		const rounding = 1e-12
		return ok1 && ok2 && math.Abs(g-w) <= max(c.Tolerance, c.Relative*math.Abs(w))+rounding*max(1, math.Abs(g), math.Abs(w))
	case design.Day:
		g, ok1 := got.(time.Time)
		w, ok2 := want.(time.Time)
		return ok1 && ok2 && math.Abs(g.Sub(w).Hours()) <= float64(c.Days)*24
	case design.Text:
		return Fold(fmt.Sprint(got)) == Fold(fmt.Sprint(want))
	case design.Set:
		return slices.Equal(set(got), set(want))
	}
	if g, ok := got.(time.Time); ok {
		w, ok := want.(time.Time)
		return ok && g.Equal(w)
	}
	switch got.(type) {
	case []any, map[string]any:
		return bytes.Equal(flow.AppendValue(nil, got, false), flow.AppendValue(nil, want, false))
	}
	switch want.(type) {
	case []any, map[string]any:
		return false // and cannot be compared by ==
	}
	return got == want
}

func number(v any) (float64, bool) {
	switch x := v.(type) {
	case float64:
		return x, true
	case int64:
		return float64(x), true
	}
	return 0, false
}

// set is the distinct elements of a list, folded and sorted.
func set(v any) []string {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = Fold(fmt.Sprint(e))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Fold is what two texts are compared by: letters without case and accents,
// digits, and single spaces between words.
func Fold(s string) string {
	var b strings.Builder
	space := false
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			if space && b.Len() > 0 {
				b.WriteByte(' ')
			}
			space = false
			b.WriteRune(unicode.ToLower(r))
		case unicode.Is(unicode.Mn, r):
		default:
			space = true
		}
	}
	return b.String()
}
