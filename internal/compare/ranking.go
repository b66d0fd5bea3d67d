package compare

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Ranking is the designs in the order of one metric, with the groups of those
// that cannot be told apart: two designs differ if they share no group.
type Ranking struct {
	Metric string   `json:"metric"`
	Unit   string   `json:"unit"`
	Higher bool     `json:"higher_is_better"`
	Pairs  int      `json:"pairs"` // tested, adjusted by Holm
	Places []Place  `json:"places"`
	Absent []string `json:"not_ranked,omitempty"` // nothing is known of them
}

// Place is one design of a ranking, best first.
type Place struct {
	Design   string       `json:"design"`
	Estimate stats.Number `json:"estimate"` // over its own cases
	Cases    int          `json:"cases"`
	Groups   []int        `json:"groups"` // from 1, the best first
}

// ranked are the metrics that designs are ranked by.
var ranked = []string{score.SystemAccuracy, score.AutomatedAccuracy, score.CostPerCase}

// rankings orders the designs by the leading metrics, and by one more.
func (out *Detailed) rankings(r *score.Result, by metric, at uint64) error {
	for _, name := range ranked {
		m, at, err := find(r.Vectors, name)
		if err != nil {
			return err
		}
		if err := out.ranking(r, m, at); err != nil {
			return err
		}
	}
	if slices.Contains(ranked, by.name) {
		return nil
	}
	return out.ranking(r, by, at)
}

func (out *Detailed) ranking(r *score.Result, m metric, at uint64) error {
	rank := Ranking{Metric: m.name, Unit: m.unit, Higher: m.higher}
	var order []int
	estimates := make([]stats.Number, len(r.Designs))
	cases := make([]int, len(r.Designs))
	for i := range r.Designs {
		estimates[i], cases[i] = mean(r.Vectors, &r.Vectors.Designs[i], m)
		if !estimates[i].Valid {
			rank.Absent = append(rank.Absent, r.Designs[i].Name)
			continue
		}
		order = append(order, i)
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if m.higher {
			a, b = b, a
		}
		return cmp.Compare(estimates[a].Value, estimates[b].Value)
	})
	f := newFamily(r, stats.Holm, alpha, nil)
	for i, a := range order {
		for _, b := range order[i+1:] {
			if err := f.add(a, b, m, at, nil); err != nil {
				return err
			}
		}
	}
	if err := f.decide(); err != nil {
		return err
	}
	rank.Pairs = f.tests()
	next := 0
	differs := make([][]bool, len(order))
	for i := range order {
		differs[i] = make([]bool, len(order))
	}
	for i := range order {
		for j := i + 1; j < len(order); j++ {
			v := f.members[next].Verdict
			next++
			differs[i][j] = v == Better || v == Worse
		}
	}
	groups := together(differs)
	for i, d := range order {
		p := Place{Design: r.Designs[d].Name, Estimate: estimates[d], Cases: cases[d]}
		for g, members := range groups {
			if slices.Contains(members, i) {
				p.Groups = append(p.Groups, g+1)
			}
		}
		rank.Places = append(rank.Places, p)
	}
	out.Rankings = append(out.Rankings, rank)
	return nil
}

// together are the largest groups of which no two members differ, in the order
// of their first members (Piepho 2004: insert and absorb).
func together(differs [][]bool) [][]int {
	all := make([]int, len(differs))
	for i := range all {
		all[i] = i
	}
	groups := [][]int{all}
	for i := range differs {
		for j := range differs[i] {
			if !differs[i][j] {
				continue
			}
			var next [][]int
			for _, g := range groups {
				if !slices.Contains(g, i) || !slices.Contains(g, j) {
					next = append(next, g)
					continue
				}
				for _, without := range []int{i, j} {
					next = append(next, slices.DeleteFunc(slices.Clone(g), func(x int) bool { return x == without }))
				}
			}
			groups = absorbed(next)
		}
	}
	slices.SortFunc(groups, slices.Compare)
	return groups
}

// absorbed leaves out groups that are part of another.
func absorbed(groups [][]int) [][]int {
	var out [][]int
	for i, g := range groups {
		part := slices.ContainsFunc(groups[:i], func(o []int) bool { return slices.Equal(o, g) })
		for j, o := range groups {
			if j != i && len(o) > len(g) {
				part = part || !slices.ContainsFunc(g, func(x int) bool { return !slices.Contains(o, x) })
			}
		}
		if !part {
			out = append(out, g)
		}
	}
	return out
}

// mean is a design's figure over the cases that tell of it.
func mean(v *score.Vectors, d *score.DesignVectors, m metric) (stats.Number, int) {
	var sum stats.Ratio
	cases := 0
	for i, r := range m.of(d) {
		if r.Den == 0 || d.Escalated[i].Den == 0 {
			continue
		}
		u := unit(r, v.Weight[i], m.ratio)
		sum.Num, sum.Den = sum.Num+u.Num, sum.Den+u.Den
		cases++
	}
	if value := sum.Num / sum.Den; !math.IsNaN(value) {
		return stats.Num(value), cases
	}
	return stats.Number{}, cases
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
