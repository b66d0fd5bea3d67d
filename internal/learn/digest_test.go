package learn

import (
	"math"
	"testing"
)

func TestDigestTellsInputsApart(t *testing.T) {
	type addition struct {
		row   Row
		label string
	}
	sum := func(columns []Column, change func(*Settings), add ...addition) string {
		t.Helper()
		s := DefaultSettings()
		if change != nil {
			change(&s)
		}
		d, err := NewDigest(columns, s)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range add {
			if a.row == nil {
				d.Part(a.label)
			} else if err := d.Add(a.row, a.label); err != nil {
				t.Fatal(err)
			}
		}
		return d.Sum()
	}
	two := []Column{{"a", Text}, {"b", Text}}
	num := []Column{{"n", Number}}
	seen := map[string]string{}
	for _, tc := range []struct{ why, sum string }{
		{"nothing added", sum(two, nil)},
		{"another column kind", sum([]Column{{"a", Text}, {"b", Category}}, nil)},
		{"another column name", sum([]Column{{"a", Text}, {"c", Text}}, nil)},
		{"another setting", sum(two, func(s *Settings) { s.L2 = 1 })},
		{"another seed", sum(two, func(s *Settings) { s.Seed = 9 })},
		{"a row", sum(two, nil, addition{Row{"x", "y"}, "z"})},
		{"values joined otherwise", sum(two, nil, addition{Row{"xy", ""}, "z"})},
		{"missing is not empty", sum(two, nil, addition{Row{"xy", nil}, "z"})},
		{"another label", sum(two, nil, addition{Row{"x", "y"}, "w"})},
		{"two rows", sum(two, nil, addition{Row{"x", "y"}, "z"}, addition{Row{"v", "y"}, "z"})},
		{"the same two in another order", sum(two, nil, addition{Row{"v", "y"}, "z"}, addition{Row{"x", "y"}, "z"})},
		{"a part between", sum(two, nil, addition{Row{"x", "y"}, "z"}, addition{nil, "calibration"}, addition{Row{"v", "y"}, "z"})},
		{"a number", sum(num, nil, addition{Row{1.0}, "z"})},
		{"a missing number", sum(num, nil, addition{Row{nil}, "z"})},
	} {
		if other, ok := seen[tc.sum]; ok {
			t.Errorf("%q and %q have one digest", tc.why, other)
		}
		seen[tc.sum] = tc.why
	}
	if sum(num, nil, addition{Row{math.NaN()}, "z"}) != sum(num, nil, addition{Row{nil}, "z"}) {
		t.Error("NaN and missing train the same model but have two digests")
	}
	d, err := NewDigest(two, DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	if d.Add(Row{"x"}, "z") == nil {
		t.Error("a narrow row is taken")
	}
}
