package drift

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/flow"
)

// oneColumn is a sample of one input column. clusters of 0 stand for independent
// cases, else so many cases come in one.
func oneColumn(side string, f flow.Field, n, clusters int, draw func(i int) any) *Sample {
	s := newSample([]flow.Field{f}, nil)
	for i := range n {
		r := row{id: fmt.Sprint(side, i), weight: 1, flags: measured, inputs: []any{draw(i)}}
		if clusters > 0 {
			r.cluster = fmt.Sprint(side, "c", i/clusters)
		}
		s.take(&r)
	}
	s.seal()
	return s
}

// inputColumn compares the one input column of two samples.
func inputColumn(t *testing.T, base, fresh *Sample) ([]Signal, string) {
	t.Helper()
	c := &check{Settings: budget(t, 1, 52), ctx: t.Context(), base: base, fresh: fresh}
	got, why, err := column(c, columns{Inputs, &base.Inputs[0], &fresh.Inputs[0], part{Sample: base}, part{Sample: fresh}})
	if err != nil {
		t.Fatal(err)
	}
	return got, why
}

var optional = func(kind flow.Kind) flow.Field {
	return flow.Field{Name: "x", Type: flow.Type{Kind: kind, Optional: true}}
}

func TestCategoriesArePooledByTheBaseline(t *testing.T) {
	list := func(side string, names ...string) *Sample {
		return oneColumn(side, optional(flow.Enum), len(names), 0, func(i int) any { return names[i] })
	}
	six := func(names ...string) []string { return slices.Repeat(names, 6) }
	base, fresh := list("b", append(six("a", "b"), "rare", "seldom")...), list("f", append(six("a", "new", "other"), "new", "rare")...)
	of := columns{Inputs, &base.Inputs[0], &fresh.Inputs[0], part{Sample: base}, part{Sample: fresh}}
	got, place := pooled(of, coded(of.base), coded(of.fresh))
	want := []category{{name: `"a"`, cases: 6}, {name: `"b"`, cases: 6}, {name: "rare ones"}, {name: `not in the baseline: "new", "other"`, unseen: true}}
	if fmt.Sprint(got) != fmt.Sprint(want) || place["other"] != 3 || place["seldom"] != 2 {
		t.Errorf("got %v at %v, want %v", got, place, want)
	}
}

func TestColumnKinds(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	type drawn func(side string, n int) *Sample
	values := func(kind flow.Kind, draw func(i int) any) drawn {
		return func(side string, n int) *Sample { return oneColumn(side, optional(kind), n, 0, draw) }
	}
	texts := func(new float64, year string) drawn {
		nouns := strings.Fields("invoice order delivery amount account supplier receipt credit number office")
		return values(flow.String, func(i int) any {
			text := fmt.Sprintf("%s %d.%d.%s %s %s of %s", nouns[rng.IntN(10)], rng.IntN(28), rng.IntN(12), year, nouns[rng.IntN(10)], nouns[rng.IntN(10)], nouns[rng.IntN(10)])
			if rng.Float64() < new {
				text += " in cryptocurrency"
			}
			return text
		})
	}
	uniform := func(from, to float64) drawn {
		return values(flow.Number, func(int) any { return from + (to-from)*rng.Float64() })
	}
	said := func(p float64) drawn { // a model that says .8 or .9
		return values(flow.Probability, func(int) any {
			if rng.Float64() < p {
				return 0.9
			}
			return 0.8
		})
	}
	for _, row := range []struct {
		why         string
		base, fresh drawn
		test        string
		matters     bool
		what        string
	}{
		{"many numbers make a distribution", uniform(0, 1), uniform(0.3, 1.3), "Kolmogorov-Smirnov", true, "median"},
		{"which may stay", uniform(0, 1), uniform(0, 1), "Kolmogorov-Smirnov", false, ""},
		{"few numbers are categories", said(0.5), said(0.8), "chi-squared", true, `"0.9" `},
		{"as are few texts", values(flow.String, func(i int) any { return []string{"a", "b"}[i%2] }), values(flow.String, func(i int) any { return "a" }), "chi-squared", true, `"a" 50.0% to 100.0%`},
		{"rare categories ask for the exact test", values(flow.Boolean, func(i int) any { return i%400 == 0 }), values(flow.Boolean, func(i int) any { return i%100 == 0 }), "chi-squared, exact", false, ""},
		{"many texts are told apart by a classifier", texts(0, "2025"), texts(0.3, "2025"), "classifier, 2 grouped folds", true, `"cryptocurrency" in 0.0% to `},
		{"or not", texts(0, "2025"), texts(0, "2025"), "classifier, 2 grouped folds", false, ""},
		{"dates in texts move by themselves", texts(0, "2025"), texts(0, "2031"), "classifier, 2 grouped folds", false, ""},
		{"half of the values equal: no IQR to measure by", values(flow.Number, func(i int) any { return max(0, float64(i%100)-60) }), values(flow.Number, func(i int) any { return max(0, float64(i%100)-20) }), "Kolmogorov-Smirnov", true, ""},
	} {
		got, why := inputColumn(t, row.base("b", 800), row.fresh("f", 400))
		if why != "" || len(got) != 1 {
			t.Fatalf("%s: %v, %q", row.why, got, why)
		}
		s := got[0]
		real := s.P.Value <= 0.001 && s.Effect.Value >= s.Floor
		if s.Test != row.test || real != row.matters || !strings.Contains(s.What, row.what) {
			t.Errorf("%s: %s, p %v, %s %v, %q; want %s, %v, %q", row.why, s.Test, s.P, s.EffectName, s.Effect, s.What, row.test, row.matters, row.what)
		}
	}
}

func TestPersonalColumnsStayHidden(t *testing.T) {
	named := func(name string) *Sample {
		s := oneColumn(name, optional(flow.String), 50, 0, func(int) any { return name })
		s.Inputs[0].Personal = true
		return s
	}
	got, _ := inputColumn(t, named("Ann"), named("Bob"))
	if said := fmt.Sprintf("%+v", got); len(got) != 1 || strings.Contains(said, "Ann") || strings.Contains(said, "Bob") {
		t.Errorf("got %+v", got)
	}
}

func TestTextsTooFewOrOfOneClusterAreNotTested(t *testing.T) {
	one := func(side string) *Sample {
		return oneColumn(side, optional(flow.String), 200, 200, func(i int) any { return fmt.Sprint("text ", i) })
	}
	got, _ := inputColumn(t, one("b"), one("f"))
	if len(got) != 1 || got[0].P.Valid || got[0].Why == "" {
		t.Errorf("got %+v, want no p-value and a reason", got)
	}
}

func TestWithheldColumnsAreNotCompared(t *testing.T) {
	base := oneColumn("b", optional(flow.Number), 50, 0, func(i int) any { return float64(i) })
	fresh := oneColumn("f", optional(flow.Number), 50, 0, func(int) any { return nil })
	fresh.Inputs[0].Withheld = true
	if got, why := inputColumn(t, base, fresh); len(got) != 0 || !strings.Contains(why, "withholds") {
		t.Errorf("got %+v, %q", got, why)
	}
}

// A tag that no fresh case has was not sent along: that is said, and no alarm.
// One that some have is compared.
func TestTagsThatNobodySends(t *testing.T) {
	for _, row := range []struct {
		why   string
		sent  float64
		moved bool
		said  string
	}{
		{"no fresh case has it", 0, false, "x (tag): no fresh case has one"},
		{"half of the fresh cases have it", 0.5, true, ""},
	} {
		base := oneColumn("b", optional(flow.String), 400, 0, func(i int) any { return []string{"mail", "post"}[i%2] })
		fresh := oneColumn("f", optional(flow.String), 400, 0, func(i int) any {
			if float64(i) >= 400*row.sent {
				return nil
			}
			return []string{"mail", "post"}[i%2]
		})
		base.Inputs[0].Tag, fresh.Inputs[0].Tag = true, true
		got, why := inputColumn(t, base, fresh)
		if why != row.said || (len(got) > 0 && got[0].P.Value < 0.01) != row.moved {
			t.Errorf("%s: %q, %+v", row.why, why, got)
		}
	}
}
