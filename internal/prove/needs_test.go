package prove

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNeeds: each place where n cannot be absent, with whether it is come to
// when n is.
func TestNeeds(t *testing.T) {
	for _, tc := range []struct {
		why, src string
		want     []Answer
	}{
		{"compared by size", "n > 1", []Answer{Surely}},
		{"equal to nothing", "n == 1", nil},
		{"equal to a sum of it", "n + 1 == 2", []Answer{Surely}},
		{"with a default", "(n ?? 0) > 1", nil},
		{"as a default", "(on ?? n) > 1", []Answer{Surely}},
		{"after it was asked for", "n != null and n > 1", []Answer{Never}},
		{"where it is absent", "n == null and n > 1", []Answer{Surely}},
		{"or after it was asked for", "n == null or n > 1", []Answer{Never}},
		{"in a branch that is never come to with it", "n == null ? 0 : n + 1", []Answer{Never}},
		{"given as it is", "b ? n : 0", []Answer{Surely}},
		{"in a function", "max(n, 1) > 0", []Answer{Surely}},
		{"with a default in a function", "max(n ?? 1, 1) > 0", nil},
		{"for each of a list", "any(l, # > n)", []Answer{Surely}},
		{"of a record that may be absent", "n?.x == 1", nil},
		{"of a record", "n.x == 1", []Answer{Surely}},
	} {
		needs, err := Needs(tc.src, []string{"n"})
		if err != nil {
			t.Fatal(err)
		}
		var got []Answer
		for _, need := range needs {
			answer, _ := Together(func(name string) (Known, bool) {
				if name == "n" {
					return Known{Null: true}, true
				}
				return scope(name)
			}, NewBudget(1000), need.When...)
			got = append(got, answer)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: %s (-want +got)\n%s", tc.why, tc.src, diff)
		}
	}
}

// TestIn puts what a name stands for in its place.
func TestIn(t *testing.T) {
	c, err := parse(t, `in.x > 1 and in.y == "in.x"`).In(map[string]string{"in.x": "on ?? 0", "in.y": "q"})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := Together(scope, NewBudget(1000), c, parse(t, "on == null")); got != Never {
		t.Errorf("what is absent is more than 1: %d", got)
	}
	if got, _ := Together(scope, NewBudget(1000), c.Not(), parse(t, "on != null")); got != Surely {
		t.Errorf("a number of another word: %d", got)
	}
}
