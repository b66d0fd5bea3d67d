package drift

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

const (
	distanceFloor = 0.1
	// manyValues is how many distinct numbers make a distribution rather than
	// a list of categories.
	manyValues = 20
	// manyTexts is how many distinct texts make free text.
	manyTexts = 40
	// fewCases is how many of a category in the baseline stand alone; rarer
	// ones are pooled.
	fewCases  = 5
	resamples = 10_000
)

// column compares a column of both samples: its missing values as a rate of
// their own, and the others by what they are. Nothing comes of a column that
// cannot be compared; why says so.
func column(ctx *check, group Group, base, fresh *Column) (out []Signal, why string, err error) {
	name := base.Name
	if base.Tag {
		name += " (tag)"
	}
	b, noBase := present(base.Values)
	f, noFresh := present(fresh.Values)
	if noBase.x+noFresh.x > 0 {
		s, err := rate(group, name+" missing", noBase, noFresh, missingFloor, either)
		if err != nil {
			return nil, "", err
		}
		out = append(out, s)
	}
	if len(b) == 0 || len(f) == 0 {
		return out, fmt.Sprintf("%s: no values on one side", name), nil
	}
	var s Signal
	switch base.Type.Kind {
	case flow.Number, flow.Integer, flow.Probability:
		s, err = numeric(ctx, b, f)
	case flow.Enum, flow.Boolean:
		s, err = categorical(ctx, b, f)
	case flow.String:
		if distinct(b, f) > manyTexts {
			s, err = text(ctx, base, fresh)
		} else {
			s, err = categorical(ctx, b, f)
		}
	case flow.Date, flow.Time:
		return out, name + ": time moves by itself", nil
	default:
		return out, fmt.Sprintf("%s: a %s has no test", name, base.Type.Kind), nil
	}
	s.Group, s.Name, s.Baseline, s.Fresh = group, name, len(b), len(f)
	if base.Personal {
		s.What = "personal: its values are not shown"
	}
	return append(out, s), "", err
}

// present are the values that are there, and the share of those that are not.
func present(values []any) (there []any, missing share) {
	for _, v := range values {
		missing.add(v == nil)
		if v != nil {
			there = append(there, v)
		}
	}
	return there, missing
}

func distinct(lists ...[]any) int {
	seen := map[string]struct{}{}
	for _, l := range lists {
		for _, v := range l {
			seen[word(v)] = struct{}{}
		}
	}
	return len(seen)
}

// word is a value as a category.
func word(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return string(flow.AppendValue(nil, v, false))
}

func floats(values []any) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		switch x := v.(type) {
		case float64:
			out[i] = x
		case int64:
			out[i] = float64(x)
		}
	}
	return out
}

// numeric compares distributions of numbers; few distinct ones are categories.
func numeric(ctx *check, base, fresh []any) (Signal, error) {
	if distinct(base, fresh) <= manyValues {
		return categorical(ctx, base, fresh)
	}
	b, f := floats(base), floats(fresh)
	s := Signal{Test: "Kolmogorov-Smirnov", EffectName: "Wasserstein / IQR", Floor: distanceFloor}
	ks, err := stats.KolmogorovSmirnov(b, f)
	if err != nil {
		return s, err
	}
	s.P = ks.P()
	if s.Effect, err = stats.WassersteinIQR(b, f); err != nil {
		return s, err
	}
	if !s.Effect.Valid { // half of the baseline's values are equal
		s.Effect, s.EffectName = ks.D, "largest gap of shares"
	}
	qb, err := stats.Quantiles(b, []float64{0.1, 0.5, 0.9})
	if err != nil {
		return s, err
	}
	qf, err := stats.Quantiles(f, []float64{0.1, 0.5, 0.9})
	if err != nil {
		return s, err
	}
	s.What = fmt.Sprintf("median %s to %s; 10th to 90th percentile %s–%s to %s–%s",
		short(qb[1]), short(qf[1]), short(qb[0]), short(qb[2]), short(qf[0]), short(qf[2]))
	return s, nil
}

func short(n stats.Number) string { return strconv.FormatFloat(n.Value, 'g', 4, 64) }

// category is a value with its counts in both samples.
type category struct {
	name        string
	base, fresh int
}

// categorical compares shares of categories.
func categorical(ctx *check, base, fresh []any) (Signal, error) {
	s := Signal{Test: "chi-squared", EffectName: "Jensen-Shannon", Floor: distanceFloor}
	list := pooled(base, fresh)
	table := make([][]int, 2)
	shares := make([][]float64, 2)
	for _, c := range list {
		table[0], table[1] = append(table[0], c.base), append(table[1], c.fresh)
		shares[0], shares[1] = append(shares[0], float64(c.base)), append(shares[1], float64(c.fresh))
	}
	test, err := stats.ChiSquaredHomogeneity(table, false)
	if err != nil {
		return s, err
	}
	s.P = test.PValue
	if slices.Contains(test.Warnings, stats.SmallExpected) {
		s.Test = "chi-squared, exact"
		exact, err := stats.ChiSquaredExact(table)
		if stats.CodeOf(err) == stats.TooLarge {
			s.Test = "chi-squared, permuted"
			exact, err = stats.ChiSquaredMonteCarlo(table, resamples, rand.NewPCG(ctx.Seed, uint64(len(list))))
		}
		if err != nil {
			return s, err
		}
		s.P = exact.PValue
	}
	if s.Effect, err = stats.JensenShannon(shares[0], shares[1], stats.Base2); err != nil {
		return s, err
	}
	s.What = moved(list, len(base), len(fresh))
	return s, nil
}

// pooled counts categories. Those that the baseline has, but fewer than
// fewCases times, are one; those that it does not have are another.
func pooled(base, fresh []any) []category {
	counts := map[string]*category{}
	count := func(values []any, into func(*category)) {
		for _, v := range values {
			name := word(v)
			c := counts[name]
			if c == nil {
				c = &category{name: strconv.Quote(name)}
				counts[name] = c
			}
			into(c)
		}
	}
	count(base, func(c *category) { c.base++ })
	count(fresh, func(c *category) { c.fresh++ })
	rare, unseen := category{name: "rare ones"}, category{name: "not in the baseline"}
	var out []category
	for _, c := range counts {
		switch {
		case c.base == 0:
			unseen.fresh += c.fresh
		case c.base < fewCases:
			rare.base += c.base
			rare.fresh += c.fresh
		default:
			out = append(out, *c)
		}
	}
	slices.SortFunc(out, func(a, b category) int { return cmp.Compare(a.name, b.name) })
	for _, c := range []category{rare, unseen} {
		if c.base+c.fresh > 0 {
			out = append(out, c)
		}
	}
	return out
}

// moved names the categories whose shares changed most.
func moved(list []category, n, m int) string {
	const show = 3
	list = slices.Clone(list)
	change := func(c category) float64 { return float64(c.fresh)/float64(m) - float64(c.base)/float64(n) }
	slices.SortStableFunc(list, func(a, b category) int { return cmp.Compare(abs(change(b)), abs(change(a))) })
	var parts []string
	for _, c := range list[:min(len(list), show)] {
		parts = append(parts, fmt.Sprintf("%s %s to %s", c.name, percent(share{c.base, n}), percent(share{c.fresh, m})))
	}
	return strings.Join(parts, ", ")
}

func abs(x float64) float64 { return max(x, -x) }
