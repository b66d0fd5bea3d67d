// Package dataset reads dataset cards and the cases behind them.
package dataset

import (
	"time"

	"github.com/rehearse-dev/rehearse/flow"
)

// Card says which column of a source is what. It is read from dataset.yaml.
type Card struct {
	File   string // path of the card
	Dir    string
	Digest string // sha256 of the card file, hex
	Name   string
	// Sources are the files, relative to Dir, in reading order.
	Sources []string
	Format  string // parquet, csv or jsonl; from the file name where the card does not say

	ID       string
	Time     string
	Cluster  string
	Repeat   string
	Weight   string
	Input    []Column // input field ← column
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
	Licence     string
	Provenance  string
}

// Column maps a field to the source's column.
type Column struct {
	Field  string
	Column string
	Type   *flow.Type // as the card states it; nil where it does not
	Pos    flow.Pos
}

// Splits divides the cases. The zero value puts every case into dev.
type Splits struct {
	By      string // "", time, column or hash
	Column  string // for by: column
	Windows []Window
	Shares  []Share // for by: hash; keeps clusters whole
	Seed    uint64
}

// Window is a split by time: From is included, To is not; zero is open.
type Window struct {
	Split    string
	From, To time.Time
}

// Share is a split by hash.
type Share struct {
	Split string
	Share float64
}
