// Package dataset reads dataset cards and the cases behind them.
//
//  1. [Load] reads a card: which column of a source is what.
//  2. [Card.Open] plans which columns are needed, and refuses what does not fit.
//  3. [Reader.Next] fills cases in the order of the sources, batch by batch, in
//     memory that does not depend on the number of rows, except for what finds
//     repeated ids: 11 to 22 bytes a case. With a repeat column all cases are
//     gathered in memory first.
//
// Sources are Parquet, CSV and JSONL files, the last two also compressed by
// gzip or zstd. Times without a time zone are UTC.
package dataset

import (
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/normalise"
)

// Card says which column of a source is what. It is read from dataset.yaml.
//
// Wherever a card names a column, "a.b" is the field b of a column a that
// holds records.
type Card struct {
	File   string // path of the card
	Dir    string
	Digest string // sha256 of the card file, hex
	Name   string
	// Sources are the paths of the files in reading order, with the
	// environment variable at their start replaced and those that are not
	// absolute taken from Dir.
	Sources []string
	Format  Format // of all sources; "" where each is told by its name

	ID       string // "" for the column case_id or id that is no cluster, else the number of the row, from 1
	Time     string
	Dated    Column // how texts of Time are written: its As and Dates
	Cluster  string
	Repeat   string
	Weight   string
	Input    []Column // input field ← column; nil for columns named as the fields
	Outcome  []Column // outcome field ← column
	Steps    map[string][]Column
	Routes   []Column // route ← column
	Needs    string   // needs_person column
	Person   []Column // outcome field ← column
	Minutes  string   // minutes column
	Recorded []Column // recorded field ← column, for steps of kind recorded
	Tags     []string
	Personal []string // columns
	After    []string // columns known only after the fact

	Splits Splits
	// LabelSource says for each label where it comes from: "adjudicated",
	// "policy", "clerk" or "censored".
	LabelSource map[string]string
	// Review is the path of the file in which people review labels, "" for none;
	// Reviewed is what it says, by case.
	Review   string
	Reviewed map[string][]Reviewed
	// RegressionFile is the path of the file of the regression split, "" for none;
	// Regression is what it says, by case.
	RegressionFile string
	Regression     map[string]Broke
	Licence        string
	Provenance     string

	// at says where the card names what, by key: "id", "tags", "labels".
	at map[string]flow.Pos
}

// Column maps a field to the source's column.
type Column struct {
	Field  string
	Column string
	Type   *flow.Type // as the card states it; nil where it does not
	As     string     // how people wrote it: money or date; "" for how machines do
	Dates  normalise.DateOrder
	Pos    flow.Pos
}

// Afterwards says whether a column is known only once a case was decided: it is a
// label, or after the fact as the card says.
func (c *Card) Afterwards(column string) bool {
	return slices.Contains(c.After, column) || slices.ContainsFunc(c.uses(), func(u use) bool { return u.label && u.column == column })
}

// PersonalFields are the names of input, outcome and recorded fields whose
// columns the card marks as personal, sorted.
func (c *Card) PersonalFields() []string {
	var out []string
	for _, columns := range [][]Column{c.Input, c.Outcome, c.Recorded} {
		for _, col := range columns {
			if slices.Contains(c.Personal, col.Column) {
				out = append(out, col.Field)
			}
		}
	}
	if c.Input == nil {
		out = append(out, c.Personal...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
