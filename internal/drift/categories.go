package drift

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/stats"
)

// codes are the categories of a column's cases.
type codes struct {
	code  func(i int) int32 // absent for none
	names []string
}

func coded(c *Column) codes { return codes{func(i int) int32 { return c.codes[i] }, c.names} }

// category is a value with its shares in both samples.
type category struct {
	name        string // quoted where it is data
	base, fresh float64
	cases       int  // in the baseline
	unseen      bool // the baseline does not have it
}

// categorical compares shares of categories.
func categorical(c *check, of columns, base, fresh codes) (Signal, error) {
	s := Signal{Test: "chi-squared", EffectName: "Jensen-Shannon", Floor: distanceFloor}
	list, place := pooled(of, base, fresh)
	at := func(k codes, i int) int {
		if code := k.code(i); code != absent {
			return place[k.names[code]]
		}
		return -1
	}
	table, found := make([][]int, 2), make([][]float64, 2)
	effects, err := categoryEffects(of, len(list), func(s *Sample, i int) int {
		if s == of.b.Sample {
			return at(base, i)
		}
		return at(fresh, i)
	})
	if err != nil {
		return s, err
	}
	if of.b.robust() || of.f.robust() {
		s.Test += ", Rao-Scott"
	}
	for side, k := range []codes{base, fresh} {
		p := []part{of.b, of.f}[side]
		sums, total, cases := make([]float64, len(list)), 0.0, 0
		for i := range p.flags {
			if j := at(k, i); j >= 0 && p.has(i) {
				sums[j] += p.weight(i)
				total += p.weight(i)
				cases++
			}
		}
		if math.IsInf(effects[side], 1) || total == 0 {
			s.Why = "cases of one cluster alone"
			return s, nil
		}
		for j := range list {
			share := sums[j] / total
			table[side] = append(table[side], int(math.Round(share*float64(cases)/effects[side])))
			found[side] = append(found[side], share)
			if side == 0 {
				list[j].base = share
			} else {
				list[j].fresh = share
			}
		}
	}
	if s.P, s.Test, err = homogeneous(c, table, s.Test); err != nil {
		return s, err
	}
	if s.Effect, err = stats.JensenShannon(found[0], found[1], stats.Base2); err != nil {
		return s, err
	}
	s.What, s.Moves = moved(list)
	if most := mostMoved(list); len(list) > 0 {
		s.series = func(i int) (float64, bool) {
			j := at(fresh, i)
			return number(j == most), j >= 0 && of.f.has(i)
		}
	}
	return s, nil
}

// categoryEffects is by how much clusters and weights divide the number of cases
// on either side: the mean of the design effects of the categories' shares (Rao
// and Scott 1984), never below 1. No number of independent cases stands for one
// cluster.
func categoryEffects(of columns, k int, code func(s *Sample, i int) int) ([2]float64, error) {
	effects := [2]float64{1, 1}
	if !of.b.robust() && !of.f.robust() || k < 2 {
		return effects, nil
	}
	has := func(s *Sample) func(int) bool { return func(i int) bool { return code(s, i) >= 0 } }
	base, fresh := of.b.where(has(of.b.Sample)), of.f.where(has(of.f.Sample))
	sums := [2]float64{}
	for c := range k {
		b, f, err := shares(base, fresh, func(s *Sample, i int) bool { return code(s, i) == c })
		if err != nil {
			return effects, err
		}
		for side, s := range []share{b, f} {
			if s.n == 0 {
				sums[side] = math.Inf(1)
				continue
			}
			sums[side] += (1 - s.rate) * float64(s.cases) / float64(s.n)
		}
	}
	for side := range effects {
		effects[side] = max(1, sums[side]/float64(k-1))
	}
	return effects, nil
}

// homogeneous tests a table of counts by chi-squared, exactly or by
// permutation where an expected count is small.
func homogeneous(c *check, table [][]int, name string) (stats.Number, string, error) {
	test, err := stats.ChiSquaredHomogeneity(table, false)
	if err != nil || !slices.Contains(test.Warnings, stats.SmallExpected) {
		return test.PValue, name, err
	}
	if cases(table) > manyCases {
		test, err = stats.ChiSquaredHomogeneity(withoutSmall(table), false)
		return test.PValue, name + ", small ones pooled", err
	}
	exact, err := stats.ChiSquaredExact(table)
	if stats.CodeOf(err) == stats.TooLarge {
		exact, err = stats.ChiSquaredMonteCarlo(table, resamples, rand.NewPCG(c.Seed, uint64(len(table[0]))))
		return exact.PValue, name + ", permuted", err
	}
	return exact.PValue, name + ", exact", err
}

// manyCases are too many to permute.
const manyCases = 50_000

func cases(table [][]int) (n int) {
	for _, row := range table {
		for _, count := range row {
			n += count
		}
	}
	return n
}

// withoutSmall adds up the columns that few cases are expected in, with the
// smallest of the others, so that all are large enough for chi-squared.
func withoutSmall(table [][]int) [][]int {
	const enough = 5
	least := float64(enough) * float64(cases(table)) / float64(min(cases(table[:1]), cases(table[1:])))
	order := make([]int, len(table[0]))
	for j := range order {
		order[j] = j
	}
	total := func(j int) int { return table[0][j] + table[1][j] }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(total(a), total(b)) })
	out := [][]int{{0}, {0}}
	for _, j := range order {
		last := len(out[0]) - 1
		if float64(out[0][last]+out[1][last]) >= least {
			out[0], out[1] = append(out[0], 0), append(out[1], 0)
			last++
		}
		out[0][last] += table[0][j]
		out[1][last] += table[1][j]
	}
	return out
}

// pooled are the categories by name, with the place of every name. Those that
// the baseline has, but in fewer than fewCases cases, are one; those that it
// does not have are another.
func pooled(of columns, base, fresh codes) (list []category, place map[string]int) {
	counts := map[string]*[2]int{}
	for side, k := range []codes{base, fresh} {
		p := []part{of.b, of.f}[side]
		byCode := make([]int, len(k.names))
		for i := range p.flags {
			if code := k.code(i); code != absent && p.has(i) {
				byCode[code]++
			}
		}
		for code, n := range byCode {
			if n == 0 {
				continue
			}
			if counts[k.names[code]] == nil {
				counts[k.names[code]] = new([2]int)
			}
			counts[k.names[code]][side] += n
		}
	}
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	slices.Sort(names)
	place = map[string]int{}
	var rare, unseen []string
	for _, name := range names {
		switch n := counts[name][0]; {
		case n == 0:
			unseen = append(unseen, name)
		case n < fewCases:
			rare = append(rare, name)
		default:
			place[name] = len(list)
			list = append(list, category{name: strconv.Quote(name), cases: n})
		}
	}
	if len(rare) > 0 {
		for _, name := range rare {
			place[name] = len(list)
		}
		list = append(list, category{name: "rare ones"})
	}
	if len(unseen) > 0 {
		slices.SortStableFunc(unseen, func(a, b string) int { return cmp.Compare(counts[b][1], counts[a][1]) })
		for _, name := range unseen {
			place[name] = len(list)
		}
		list = append(list, category{name: "not in the baseline: " + quoted(unseen), unseen: true})
	}
	return list, place
}

// quoted names some categories.
func quoted(names []string) string {
	const show = 3
	var parts []string
	for _, name := range names[:min(len(names), show)] {
		parts = append(parts, strconv.Quote(name))
	}
	if more := len(names) - show; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(parts, ", ")
}

func (c category) change() float64 { return math.Abs(c.fresh - c.base) }

// novel says that it is new and no rarity: what is most worth knowing.
func (c category) novel() bool { return c.unseen && c.fresh >= 0.01 }

// mostMoved is the place of the category whose share changed most.
func mostMoved(list []category) int {
	most := 0
	for i, c := range list {
		if c.change() > list[most].change() {
			most = i
		}
	}
	return most
}

// moved names the categories whose shares changed most, those that are new
// first.
func moved(list []category) (string, []Move) {
	const show, keep = 3, 20
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b category) int {
		return cmp.Or(cmp.Compare(number(b.novel()), number(a.novel())), cmp.Compare(b.change(), a.change()))
	})
	var parts []string
	var moves []Move
	for i, c := range list[:min(len(list), keep)] {
		if i < show {
			parts = append(parts, fmt.Sprintf("%s %s to %s", c.name, percent(c.base), percent(c.fresh)))
		}
		moves = append(moves, Move{Name: c.name, Baseline: stats.Num(c.base), Fresh: stats.Num(c.fresh), New: c.unseen})
	}
	return strings.Join(parts, ", "), moves
}
