package drift

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/flow"
)

func TestCategoriesArePooledByTheBaseline(t *testing.T) {
	list := func(names ...string) []any {
		var out []any
		for _, n := range names {
			for range 6 {
				out = append(out, n)
			}
		}
		return out
	}
	base := append(list("a", "b"), "rare", "seldom")
	got := pooled(base, append(list("a", "new", "other"), "rare"))
	want := []category{{`"a"`, 6, 6}, {`"b"`, 6, 0}, {"rare ones", 2, 1}, {"not in the baseline", 0, 12}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestColumnKinds(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	values := func(kind flow.Kind, draw func(i int) any) func(int) Column {
		return func(n int) Column {
			c := Column{Name: "x", Type: flow.Type{Kind: kind, Optional: true}}
			for i := range n {
				c.Values = append(c.Values, draw(i))
			}
			return c
		}
	}
	texts := func(new float64) func(int) Column {
		nouns := strings.Fields("invoice order delivery amount account supplier receipt credit number office")
		return values(flow.String, func(i int) any {
			text := fmt.Sprintf("%s %d.%d.2025 %s %s of %s", nouns[rng.IntN(10)], rng.IntN(28), rng.IntN(12), nouns[rng.IntN(10)], nouns[rng.IntN(10)], nouns[rng.IntN(10)])
			if rng.Float64() < new {
				text += " in cryptocurrency"
			}
			return text
		})
	}
	uniform := func(from, to float64) func(int) Column {
		return values(flow.Number, func(int) any { return from + (to-from)*rng.Float64() })
	}
	said := func(p float64) func(int) Column { // a model that says .8 or .9
		return values(flow.Probability, func(int) any {
			if rng.Float64() < p {
				return 0.9
			}
			return 0.8
		})
	}
	for _, row := range []struct {
		why         string
		base, fresh func(int) Column
		test        string
		matters     bool
		what        string
	}{
		{"many numbers make a distribution", uniform(0, 1), uniform(0.3, 1.3), "Kolmogorov-Smirnov", true, "median"},
		{"which may stay", uniform(0, 1), uniform(0, 1), "Kolmogorov-Smirnov", false, ""},
		{"few numbers are categories", said(0.5), said(0.8), "chi-squared", true, `"0.9" `},
		{"as are few texts", values(flow.String, func(i int) any { return []string{"a", "b"}[i%2] }), values(flow.String, func(i int) any { return "a" }), "chi-squared", true, `"a" 50.0% to 100.0%`},
		{"rare categories ask for the exact test", values(flow.Boolean, func(i int) any { return i%400 == 0 }), values(flow.Boolean, func(i int) any { return i%100 == 0 }), "chi-squared, exact", false, ""},
		{"many texts are told apart by a classifier", texts(0), texts(0.3), "classifier, 2 grouped folds", true, `"cryptocurrency" in 0.0% to `},
		{"or not", texts(0), texts(0), "classifier, 2 grouped folds", false, ""},
		{"dates in texts move by themselves", texts(0), func(n int) Column {
			c := texts(0)(n)
			for i, v := range c.Values {
				c.Values[i] = strings.ReplaceAll(v.(string), "2025", "2031")
			}
			return c
		}, "classifier, 2 grouped folds", false, ""},
		{"half of the values equal: no IQR to measure by", values(flow.Number, func(i int) any { return max(0, float64(i%100)-60) }), values(flow.Number, func(i int) any { return max(0, float64(i%100)-20) }), "Kolmogorov-Smirnov", true, ""},
	} {
		base, fresh := row.base(800), row.fresh(400)
		c := &check{Settings: weekly, ctx: t.Context(), base: ids("b", 800), fresh: ids("f", 400)}
		got, why, err := column(c, Inputs, &base, &fresh)
		if err != nil || why != "" || len(got) != 1 {
			t.Fatalf("%s: %v, %q, %v", row.why, got, why, err)
		}
		s := got[0]
		real := s.P.Value <= 0.001 && s.Effect.Value >= s.Floor
		if s.Test != row.test || real != row.matters || !strings.Contains(s.What, row.what) {
			t.Errorf("%s: %s, p %v, %s %v, %q; want %s, %v, %q", row.why, s.Test, s.P, s.EffectName, s.Effect, s.What, row.test, row.matters, row.what)
		}
	}
}

func ids(side string, n int) *Sample {
	s := &Sample{}
	for i := range n {
		s.IDs = append(s.IDs, fmt.Sprint(side, i))
		s.Clusters = append(s.Clusters, fmt.Sprint(side, i/2))
	}
	return s
}

func TestPersonalColumnsStayHidden(t *testing.T) {
	base, fresh := Column{Name: "name", Type: flow.Type{Kind: flow.String}, Personal: true}, Column{}
	for range 50 {
		base.Values, fresh.Values = append(base.Values, "Ann"), append(fresh.Values, "Bob")
	}
	got, _, err := column(&check{Settings: weekly, ctx: t.Context()}, Inputs, &base, &fresh)
	if err != nil || len(got) != 1 || strings.Contains(got[0].What, "Ann") || strings.Contains(got[0].What, "Bob") {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestTextsTooFewOrOfOneClusterAreNotTested(t *testing.T) {
	var base, fresh Column
	one := &Sample{}
	for i := range 200 {
		base.Values = append(base.Values, fmt.Sprint("text ", i))
		fresh.Values = append(fresh.Values, fmt.Sprint("text ", i))
		one.IDs, one.Clusters = append(one.IDs, fmt.Sprint(i)), append(one.Clusters, "all")
	}
	s, err := text(&check{Settings: weekly, ctx: t.Context(), base: one, fresh: one}, &base, &fresh)
	if err != nil || s.P.Valid || s.Why == "" {
		t.Errorf("got %+v, %v, want no p-value and a reason", s, err)
	}
}
