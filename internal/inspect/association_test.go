package inspect

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// What a column that knows nothing removes is about nothing, though it has a
// value of its own in every row; one that copies the label removes all; one
// that copies it in half of the cases half of the errors.
func TestAssociation(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	const n = 4000
	numbers := make([]int64, n)
	classes := make([]int, n)
	columns := map[string][]string{"copy": nil, "half": nil, "noise": nil, "unique": nil}
	for i := range n {
		numbers[i] = int64(i)
		classes[i] = rng.IntN(4)
		columns["copy"] = append(columns["copy"], fmt.Sprint("is ", classes[i]))
		half := "?"
		if rng.IntN(2) == 0 {
			half = fmt.Sprint(classes[i])
		}
		columns["half"] = append(columns["half"], half)
		columns["noise"] = append(columns["noise"], fmt.Sprint(rng.IntN(50)))
		columns["unique"] = append(columns["unique"], fmt.Sprint(i))
	}
	for column, want := range map[string]float64{"copy": 1, "half": 0.5, "noise": 0, "unique": 0} {
		a := association(columns[column], classes, numbers)
		if math.Abs(a.Removed-want) > 0.03 || a.Cases != n || math.Abs(a.Baseline-0.25) > 0.03 {
			t.Errorf("%s removes %.3f of the errors, want %.1f: %+v", column, a.Removed, want, a)
		}
	}
	for i := range classes {
		classes[i] = -1
	}
	if a := association(columns["copy"], classes, numbers); a != (Association{}) {
		t.Errorf("no labels: %+v", a)
	}
}

func TestSplitID(t *testing.T) {
	for _, c := range []struct {
		id, prefix string
		number     float64
		ok         bool
	}{
		{"b77-test-00012", "b77-test-", 12, true},
		{"T-12-x", "T-", 12, true},
		{"abc", "abc", 0, false},
		{"", "", 0, false},
		{"2025", "", 2025, true},
	} {
		if prefix, number, ok := split(c.id); prefix != c.prefix || number != c.number || ok != c.ok {
			t.Errorf("%q is %q, %v, %v", c.id, prefix, number, ok)
		}
	}
}
