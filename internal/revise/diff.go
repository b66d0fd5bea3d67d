package revise

import (
	"context"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
)

// Diff is how one version of a dataset differs from another.
type Diff struct {
	From    Version `json:"from"`
	To      Version `json:"to"`
	Added   int     `json:"added"`
	Gone    int     `json:"gone"`
	Changed int     `json:"changed"` // cases of both that differ in a value or their split
	// Columns are those of which values changed, most first; columns of one
	// version alone are named in Warnings.
	Columns  []ColumnChange `json:"columns"`
	Moved    int            `json:"moved"`    // cases in another split
	Reviewed int            `json:"reviewed"` // labels that are reviewed otherwise
	Cases    []CaseChange   `json:"cases"`    // some of them
	Splits   []SplitChange  `json:"splits"`
	Warnings []string       `json:"warnings,omitempty"`
}

// Version is one side of a [Diff].
type Version struct {
	Dataset string `json:"dataset"`
	File    string `json:"file"`
	Digest  string `json:"digest"`
	Cases   int    `json:"cases"`
}

// ColumnChange counts values of a column that changed.
type ColumnChange struct {
	Column string `json:"column"`
	Label  bool   `json:"label"` // it holds what is right
	Values int    `json:"values"`
}

// CaseChange is a case that was added, is gone or changed.
type CaseChange struct {
	Case string `json:"case"`
	What string `json:"what"`
}

// SplitChange is how many cases a split has.
type SplitChange struct {
	Split string `json:"split"` // "" for none
	From  int    `json:"from"`
	To    int    `json:"to"`
}

// shownCases is how many cases of each sort a difference names.
const shownCases = 20

// side is a case of the first version: its values as hashes, in the order of the
// columns.
type side struct {
	values []uint64
	split  string
}

// Compare finds how the second card's data differs from the first's. It holds 8
// bytes a value of the first in memory.
func Compare(ctx context.Context, from, to *dataset.Card) (*Diff, error) {
	d := &Diff{Columns: []ColumnChange{}, Cases: []CaseChange{}}
	for _, x := range []struct {
		card *dataset.Card
		into *Version
	}{{from, &d.From}, {to, &d.To}} {
		digests, err := x.card.Digests(ctx)
		if err != nil {
			return nil, err
		}
		*x.into = Version{Dataset: x.card.Name, File: x.card.File, Digest: digests.Whole()}
	}
	seed := maphash.MakeSeed()
	had := map[string]*side{}
	var columns []string
	splits := map[string]*SplitChange{}
	split := func(name string) *SplitChange {
		if splits[name] == nil {
			splits[name] = &SplitChange{Split: name}
		}
		return splits[name]
	}
	if err := each(ctx, from, func(rows *dataset.Rows, i int, id, in string) error {
		columns = rows.Columns()
		s := &side{split: in}
		for c := range columns {
			s.values = append(s.values, maphash.String(seed, rows.Text(i, c)))
		}
		had[id] = s
		d.From.Cases++
		split(in).From++
		return nil
	}); err != nil {
		return nil, err
	}
	counts := map[string]int{}
	var shared []int // of the first version's columns, in those of the second; -1 for none
	shown := map[string]int{}
	show := func(sort, id, what string) {
		if shown[sort]++; shown[sort] <= shownCases {
			d.Cases = append(d.Cases, CaseChange{strings.Clone(id), what})
		}
	}
	if err := each(ctx, to, func(rows *dataset.Rows, i int, id, in string) error {
		if shared == nil {
			for _, c := range columns {
				shared = append(shared, slices.Index(rows.Columns(), c))
			}
			d.lacking(columns, rows.Columns())
		}
		d.To.Cases++
		split(in).To++
		s := had[id]
		if s == nil {
			d.Added++
			show("added", id, "added, in "+inWords(in))
			return nil
		}
		delete(had, id)
		var what []string
		for c, at := range shared {
			if at >= 0 && maphash.String(seed, rows.Text(i, at)) != s.values[c] {
				counts[columns[c]]++
				what = append(what, columns[c])
			}
		}
		if s.split != in {
			d.Moved++
			what = append(what, fmt.Sprintf("split %s to %s", inWords(s.split), inWords(in)))
		}
		if len(what) > 0 {
			d.Changed++
			show("changed", id, "changed: "+strings.Join(what, ", "))
		}
		return nil
	}); err != nil {
		return nil, err
	}
	d.Gone = len(had)
	for _, id := range slices.Sorted(maps.Keys(had)) {
		show("gone", id, "gone, was in "+inWords(had[id].split))
	}
	for _, name := range columns {
		if n := counts[name]; n > 0 {
			d.Columns = append(d.Columns, ColumnChange{name, label(from, name) || label(to, name), n})
		}
	}
	slices.SortStableFunc(d.Columns, func(a, b ColumnChange) int { return b.Values - a.Values })
	for _, name := range append(append([]string{}, dataset.SplitKinds...), dataset.Regression, "") {
		if s := splits[name]; s != nil {
			d.Splits = append(d.Splits, *s)
		}
	}
	d.Reviewed = reviewedOtherwise(from, to)
	return d, nil
}

// lacking says which columns one version alone has.
func (d *Diff) lacking(from, to []string) {
	for _, x := range []struct {
		have, lack []string
		say        string
	}{{from, to, "the first version alone has"}, {to, from, "the second version alone has"}} {
		var alone []string
		for _, c := range x.have {
			if !slices.Contains(x.lack, c) {
				alone = append(alone, c)
			}
		}
		if len(alone) > 0 {
			d.Warnings = append(d.Warnings, fmt.Sprintf("columns that %s: %s", x.say, strings.Join(alone, ", ")))
		}
	}
}

// label says whether a card reads what is right from a column.
func label(card *dataset.Card, column string) bool {
	return slices.ContainsFunc(card.Outcome, func(c dataset.Column) bool { return c.Column == column })
}

// reviewedOtherwise counts labels that one version's review has otherwise than
// the other's.
func reviewedOtherwise(from, to *dataset.Card) int {
	all := map[[2]string][2]string{}
	for side, card := range []*dataset.Card{from, to} {
		for id, said := range card.Reviewed {
			for _, r := range said {
				v := all[[2]string{id, r.Field}]
				v[side] = "to " + r.To
				all[[2]string{id, r.Field}] = v
			}
		}
	}
	n := 0
	for _, v := range all {
		if v[0] != v[1] {
			n++
		}
	}
	return n
}

// each walks over the cases of a dataset that has ids.
func each(ctx context.Context, card *dataset.Card, do func(rows *dataset.Rows, i int, id, split string) error) error {
	first := true
	return eachRow(ctx, card, func(rows *dataset.Rows, i int, head flow.Case) error {
		if first && card.ID == "" && firstOf(rows.Columns(), "case_id", "id") == "" {
			return dataset.Fault("%s has no column of ids: cases cannot be told from each other", card.File)
		}
		first = false
		return do(rows, i, strings.Clone(head.ID), head.Split)
	})
}
