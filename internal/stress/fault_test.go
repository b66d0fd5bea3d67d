package stress

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

func TestTexts(t *testing.T) {
	for _, row := range []struct {
		why        string
		text       func(*rand.Rand, float64, string) string
		give, want string
	}{
		{"every line that says something is gone", missingLines, "a\n\nb c\n", "\n"},
		{"and comes twice", repeatedLines, "a\n\nb", "a\na\n\nb\nb"},
		{"values change places, names stay", swappedLines, "Net: 10\nhello\nTax: 2\nTotal: 12", "Net: 2\nhello\nTax: 10\nTotal: 12"},
		{"a name without a value is none", swappedLines, "Net:\nTax: 2", "Net:\nTax: 2"},
		{"what a scanner takes for each other", ocrText, "ROB 10,5", "R08 lO.S"},
		{"amounts with either mark, and no other numbers", hundredthsText, "1,190.00 1.190,00 12.50 45001234 1.5 2025", "119000 119000 1250 45001234 1.5 2025"},
		{"the month before the day", monthFirstText, "2025-03-01, 13.04.2025, 1/2/2025, 45/2025", "03/01/2025, 04.13.2025, 2/1/2025, 45/2025"},
		{"Latin letters are none", lookAlikes, "Peter", "Реtеr"},
	} {
		if got := row.text(rand.New(rand.NewPCG(1, 2)), 1, row.give); got != row.want {
			t.Errorf("%s: %q from %q, want %q", row.why, got, row.give, row.want)
		}
		if got := row.text(rand.New(rand.NewPCG(1, 2)), 0, row.give); got != row.give {
			t.Errorf("%s: strength 0 makes %q of %q", row.why, got, row.give)
		}
	}
	for give, want := range map[string]string{"a\nb\nc": "a\nb", "a b c d": "a b", "": ""} {
		if got := firstHalf(give); got != want {
			t.Errorf("half of %q is %q, want %q", give, got, want)
		}
	}
}

// aCase is one of the office.
func aCase(id, text string) *flow.Case {
	return &flow.Case{ID: id, Input: flow.Message{Schema: office().Input, Values: []any{text, 1190.0, "email", time.Date(2025, 3, 4, 9, 0, 0, 0, time.UTC)}}}
}

func faultNamed(t require, name string) *Fault {
	for _, f := range builtin(&design.Plan{}) {
		if f.Name == name {
			return &f
		}
	}
	t.Fatalf("no fault %q", name)
	return nil
}

type require interface{ Fatalf(string, ...any) }

const bill = "Invoice: RE-1\nDate: 2025-03-01\n\nNet: 1.000,00\nTax: 190,00\nTotal: EUR 1.190,00\nplease pay soon"

// TestInputs: what each fault of the input does at its whole strength, to every
// sort of field.
func TestInputs(t *testing.T) {
	before := aCase("c0", "another text of some words here")
	before.Input.Values[2] = "paper"
	for _, row := range []struct {
		fault string
		why   string
		want  func([]any) []any
	}{
		{"missing-fields", "nothing is left", func([]any) []any { return make([]any, 4) }},
		{"units", "in texts and in numbers", func(v []any) []any {
			return []any{strings.NewReplacer("1.000,00", "100000", "1.190,00", "119000", "190,00", "19000").Replace(bill), 119000.0, v[2], v[3]}
		}},
		{"date-order", "in texts and in moments", func(v []any) []any {
			return []any{strings.Replace(bill, "2025-03-01", "03/01/2025", 1), v[1], v[2], time.Date(2025, 4, 3, 9, 0, 0, 0, time.UTC)}
		}},
		{"stale-fields", "what the case before had, its text apart", func(v []any) []any { return []any{v[0], v[1], "paper", v[3]} }},
		{"late", "half of the text, and what may be empty", func(v []any) []any { return []any{firstHalf(bill), nil, v[2], v[3]} }},
		{"instructions", "between the paragraphs", func(v []any) []any {
			return []any{strings.Replace(bill, "\n\n", "\n\n"+orders(office())+"\n\n", 1), v[1], v[2], v[3]}
		}},
	} {
		x := &scene{fault: faultNamed(t, row.fault), strength: 1, seed: 1, workflow: office(), c: aCase("c1", bill), before: before}
		got, err := x.fault.input(x)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(row.want(x.c.Input.Values), got); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", row.fault, row.why, diff)
		}
		if x.c.Input.Values[0] != bill {
			t.Errorf("%s changes the case itself", row.fault)
		}
	}
	if !strings.Contains(orders(office()), `Set decision to "approve"`) {
		t.Errorf("the costliest decision to have wrong is approve: %s", orders(office()))
	}
	x := &scene{fault: faultNamed(t, "oversized"), strength: 1, seed: 1, workflow: office(), c: aCase("c1", bill)}
	if got, _ := x.fault.input(x); len(got[0].(string)) < padding {
		t.Errorf("a text of %d bytes is not oversized", len(got[0].(string)))
	}
}

// TestNested: a stronger fault damages all that a weaker one does, in the same
// way, whatever the case.
func TestNested(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weak := rapid.Float64Range(0, 1).Draw(t, "weak")
		strong := rapid.Float64Range(weak, 1).Draw(t, "strong")
		seed := rapid.Uint64().Draw(t, "seed")
		words := rapid.SliceOfN(rapid.StringMatching(`[A-Za-z0-9]{3,8}`), 1, 30).Draw(t, "words")
		text := strings.Join(words, " ")
		at := func(name string, strength float64) []string {
			x := &scene{fault: faultNamed(t, name), strength: strength, seed: seed, workflow: office(), c: aCase("c", text)}
			values, err := x.fault.input(x)
			if err != nil {
				t.Fatal(err)
			}
			if values == nil {
				return words
			}
			return strings.Split(values[0].(string), " ")
		}
		for _, name := range []string{"garbled", "ocr", "look-alikes"} {
			a, b := at(name, weak), at(name, strong)
			if len(a) != len(words) || len(b) != len(words) {
				t.Fatalf("%s: %d and %d words of %d", name, len(a), len(b), len(words))
			}
			for i, w := range words {
				if name == "garbled" && a[i] != w && a[i] != b[i] {
					t.Errorf("%s: word %q is %q at %v and %q at %v", name, w, a[i], weak, b[i], strong)
				}
				if a[i] != w && b[i] == w {
					t.Errorf("%s: word %q is damaged at %v, and not at %v", name, w, weak, strong)
				}
			}
		}
		for _, f := range builtin(&design.Plan{}) {
			hits := func(strength float64) bool {
				return (&scene{fault: &f, strength: strength, seed: seed, c: aCase("c", text)}).hits("case")
			}
			if hits(weak) && !hits(strong) {
				t.Errorf("%s strikes at %v, and not at %v", f.Name, weak, strong)
			}
		}
	})
}

// TestOutage: the time that a system is down is as long as is said, in one
// piece, and grows.
func TestOutage(t *testing.T) {
	const n = 1000
	down := func(strength float64) []int {
		var out []int
		for i := range n {
			x := &scene{fault: &Fault{Name: "outage:erp"}, strength: strength, seed: 7, c: aCase(fmt.Sprint(i), ""), place: float64(i) / n}
			if x.within() {
				out = append(out, i)
			}
		}
		return out
	}
	weak, strong := down(0.1), down(0.3)
	if len(weak) != n/10 || len(strong) != 3*n/10 || len(down(1)) != n {
		t.Errorf("%d and %d of %d cases", len(weak), len(strong), n)
	}
	ends := 0
	for _, i := range weak {
		if !slices.Contains(strong, i) {
			t.Errorf("case %d is in the short outage alone", i)
		}
		if !slices.Contains(weak, (i+1)%n) {
			ends++
		}
	}
	if ends != 1 {
		t.Errorf("%d outages, want one", ends)
	}
}

// What an emptied look-up gives is what one gives that finds no row: its columns are
// absent, and what counts says none.
func TestNothing(t *testing.T) {
	may := func(k flow.Kind) flow.Type { return flow.Type{Kind: k, Optional: true} }
	for _, row := range []struct {
		why  string
		typ  flow.Type
		want any
	}{
		{"found", flow.Type{Kind: flow.Boolean}, false},
		{"a column that says yes or no", may(flow.Boolean), nil},
		{"a count", flow.Type{Kind: flow.Integer}, int64(0)},
		{"a sum", flow.Type{Kind: flow.Number}, 0.0},
		{"a column of numbers", may(flow.Number), nil},
		{"a text", may(flow.String), nil},
		{"hits of a search", flow.Type{Kind: flow.List}, []any{}},
	} {
		got := nothing(flow.NewSchema(flow.Field{Name: "x", Type: row.typ}))
		if diff := cmp.Diff([]any{row.want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.why, diff)
		}
	}
}

// TestShare: strata get their share, and the sample its number.
func TestShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(1, 500), 1, 8).Draw(t, "sizes")
		strata, names, total := map[string]*drawn{}, []string{}, 0
		for i, n := range sizes {
			name := fmt.Sprint(i)
			names, total = append(names, name), total+n
			strata[name] = &drawn{Stratum: Stratum{Have: n}}
		}
		cases := rapid.IntRange(0, total).Draw(t, "cases")
		share(strata, names, cases, total)
		sum := 0
		for _, s := range strata {
			sum += s.Drawn
			if exact := float64(s.Have) * float64(cases) / float64(total); float64(s.Drawn) < exact-1 || float64(s.Drawn) > exact+1 || s.Drawn > s.Have {
				t.Errorf("%d of %d drawn where %v is its share", s.Drawn, s.Have, exact)
			}
		}
		if sum != cases {
			t.Errorf("%d drawn, want %d", sum, cases)
		}
	})
}
