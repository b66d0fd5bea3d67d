// Package sample draws cases from a dataset: at random, so many from every
// stratum, or clusters whole. What is drawn depends on the ids and the seed
// alone, not on the order of the rows.
package sample

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

// Plan says what to draw.
type Plan struct {
	Cases    int64 // how many; with Clusters, at least so many where there are
	Seed     uint64
	Stratify string // a column: its values are the strata
	Equal    bool   // as many from every stratum, not in proportion to its size
	Clusters bool   // whole clusters
}

// Stratum is a value of the column that is stratified by.
type Stratum struct {
	Value       string
	Have, Drawn int64 // cases
	Weight      float64
	to          uint64 // the greatest draw that is in
}

// Drawn is a sample: which rows are in it.
type Drawn struct {
	Cases   int64
	Strata  []Stratum // by value; one of "" where nothing is stratified
	plan    Plan
	column  int
	byValue map[string]int
}

// unit is what is drawn whole: a case or a cluster.
type unit struct {
	stratum int32
	draw    uint64
}

// maxStrata is how many values a column of strata may have.
const maxStrata = 10_000

// Draw walks over all rows and draws. It takes 16 bytes of memory a row.
func Draw(ctx context.Context, card *dataset.Card, p Plan) (*Drawn, error) {
	rows, err := card.AllRows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	d := &Drawn{plan: p, column: -1, byValue: make(map[string]int)}
	switch {
	case p.Clusters && card.Cluster == "":
		return nil, fmt.Errorf("%s names no cluster column to keep whole", card.File)
	case p.Stratify != "":
		if d.column = slices.Index(rows.Columns(), p.Stratify); d.column < 0 {
			return nil, fmt.Errorf("%s has no column %q (%s)", card.Sources[0], p.Stratify, diag.Suggest(p.Stratify, rows.Columns()))
		}
	}
	var units []unit
	if err := rows.Each(ctx, func(i int) error {
		draw, err := d.draw(rows, i)
		if err != nil {
			return err
		}
		stratum, known := d.byValue[d.value(rows, i)]
		if !known {
			if stratum = len(d.Strata); stratum == maxStrata {
				return fmt.Errorf("column %q has more than %d values: it cannot be stratified by", p.Stratify, maxStrata)
			}
			value := strings.Clone(d.value(rows, i))
			d.byValue[value] = stratum
			d.Strata = append(d.Strata, Stratum{Value: value})
		}
		d.Strata[stratum].Have++
		units = append(units, unit{int32(stratum), draw})
		return nil
	}); err != nil {
		return nil, err
	}
	if len(units) == 0 {
		return nil, fmt.Errorf("%s has no rows to draw from", card.Sources[0])
	}
	d.choose(units)
	return d, nil
}

// draw is a row's number in the lottery: the same for all rows of a case, or
// of a cluster where those are drawn whole. It has nothing to do with the
// number that a split by hash goes by, of which a sample would else take the
// lowest alone.
func (d *Drawn) draw(rows *dataset.Rows, i int) (uint64, error) {
	c, err := rows.Head(i)
	if err != nil {
		return 0, err
	}
	name := c.ID
	if d.plan.Clusters {
		name = c.Cluster
	}
	return uint64(dataset.KeyOf("sample\x00"+name).Draw(d.plan.Seed) * (1 << 53)), nil
}

func (d *Drawn) value(rows *dataset.Rows, i int) string {
	if d.column < 0 {
		return ""
	}
	return rows.Text(i, d.column)
}

// choose takes the lowest draws of every stratum until it has its share.
func (d *Drawn) choose(units []unit) {
	slices.SortFunc(units, func(a, b unit) int {
		return cmp.Or(cmp.Compare(a.stratum, b.stratum), cmp.Compare(a.draw, b.draw))
	})
	quota := d.quotas()
	from := 0
	for s := range d.Strata {
		st := &d.Strata[s]
		own := units[from : from+int(st.Have)]
		from += int(st.Have)
		for i := 0; i < len(own) && st.Drawn < quota[s]; {
			st.to = own[i].draw
			for i < len(own) && own[i].draw == st.to { // all rows of the unit
				i++
				st.Drawn++
			}
		}
		if st.Drawn > 0 {
			st.Weight = float64(st.Have) / float64(st.Drawn)
		}
		d.Cases += st.Drawn
	}
	slices.SortFunc(d.Strata, func(a, b Stratum) int { return cmp.Compare(a.Value, b.Value) })
	for i, s := range d.Strata {
		d.byValue[s.Value] = i
	}
}

// quotas share the wanted cases out among the strata: in proportion, the
// largest remainders rounded up, every stratum at least one case; or as many of
// each, where what a small one has not goes to the others.
func (d *Drawn) quotas() []int64 {
	var have int64
	for _, s := range d.Strata {
		have += s.Have
	}
	want := min(d.plan.Cases, have)
	out := make([]int64, len(d.Strata))
	if d.plan.Equal {
		order := slices.SortedFunc(maps.Values(d.byValue), func(a, b int) int {
			return cmp.Or(cmp.Compare(d.Strata[a].Have, d.Strata[b].Have), cmp.Compare(d.Strata[a].Value, d.Strata[b].Value))
		})
		for i, s := range order {
			left := int64(len(order) - i)
			out[s] = min(d.Strata[s].Have, (want+left-1)/left)
			want -= out[s]
		}
		return out
	}
	type rest struct {
		stratum int
		part    float64
	}
	var rests []rest
	given := int64(0)
	for i, s := range d.Strata {
		exact := float64(want) * float64(s.Have) / float64(have)
		out[i] = max(1, int64(exact))
		given += out[i]
		rests = append(rests, rest{i, exact - float64(int64(exact))})
	}
	slices.SortStableFunc(rests, func(a, b rest) int {
		return cmp.Or(cmp.Compare(b.part, a.part), cmp.Compare(d.Strata[a.stratum].Value, d.Strata[b.stratum].Value))
	})
	for _, r := range rests {
		if given < want && out[r.stratum] < d.Strata[r.stratum].Have {
			out[r.stratum]++
			given++
		}
	}
	return out
}

// Keep says whether a row is in the sample.
func (d *Drawn) Keep(rows *dataset.Rows, i int) (bool, error) {
	s, err := d.stratum(rows, i)
	if err != nil || s.Drawn == 0 {
		return false, err
	}
	draw, err := d.draw(rows, i)
	return draw <= s.to, err
}

// Weight is how many cases of the source a row of the sample stands for: its
// own weight, by the cases of its stratum for each that was drawn.
func (d *Drawn) Weight(rows *dataset.Rows, i int) (float64, error) {
	s, err := d.stratum(rows, i)
	if err != nil {
		return 0, err
	}
	c, err := rows.Head(i)
	return c.Weight * s.Weight, err
}

func (d *Drawn) stratum(rows *dataset.Rows, i int) (*Stratum, error) {
	at, known := d.byValue[d.value(rows, i)]
	if !known {
		return nil, fmt.Errorf("%s: the data changed while it was read", rows.Place(i))
	}
	return &d.Strata[at], nil
}

// Even says whether every row stands for as many cases as every other, so that
// weights tell nothing.
func (d *Drawn) Even() bool { return len(d.Strata) == 1 }
