// Package inspect looks at a dataset before anything is replayed on it: what
// its columns hold, what gives the label away, what repeats, and what a card
// for a bare file would say.
//
// It reads the rows twice, in order. What it holds is bounded by the columns,
// by a sample of the rows, and by 80 bytes for each of the first [MaxCompared]
// rows, which are compared with each other.
package inspect

import "time"

// Result is what was found. Shares are from 0 to 1.
type Result struct {
	Dataset string   `json:"dataset"` // the card's name, or the file
	Card    string   `json:"card,omitempty"`
	Sources []string `json:"sources"`
	Rows    int64    `json:"rows"`
	Columns []Column `json:"columns"`
	// Warnings are what a reader should know, most serious first.
	Warnings []string `json:"warnings,omitempty"`
}

// Column is what a column holds.
type Column struct {
	Name string `json:"name"`
	// Type is the type that all values can be read as: integer, number,
	// boolean, date, time, string, list, record, or any where lists and records
	// stand beside others; "" where there are no values.
	Type string `json:"type"`
	// As is money or date where only people write values so, and Dates the
	// order of such dates: dmy or mdy. DatesUnsure says that no value tells it.
	As          string `json:"as,omitempty"`
	Dates       string `json:"dates,omitempty"`
	DatesUnsure bool   `json:"dates_unsure,omitempty"`
	// Mixed says that a string column holds numbers and texts, or a date
	// column both orders.
	Mixed bool `json:"mixed,omitempty"`
	// Missing values are absent or empty; Placeholders are texts that people
	// write for an absent value, such as "N/A".
	Missing      int64            `json:"missing"`
	Placeholders int64            `json:"placeholders,omitempty"`
	Distinct     int64            `json:"distinct"`
	Estimated    bool             `json:"distinct_estimated,omitempty"`
	Top          []Count          `json:"top,omitempty"` // most frequent first; nil for more than MaxValues
	Values       map[string]int64 `json:"-"`             // all of them; nil for more than MaxValues
	Min          *float64         `json:"min,omitempty"`
	Max          *float64         `json:"max,omitempty"`
	From         *time.Time       `json:"from,omitempty"`
	To           *time.Time       `json:"to,omitempty"`
	Words        float64          `json:"mean_words,omitempty"` // of texts, in the sample
	Longest      int              `json:"longest,omitempty"`    // in bytes, as a text

	numbers int64 // values that are numbers
}

// Count is how often a value occurs.
type Count struct {
	Value string `json:"value"`
	Count int64  `json:"count"`
}

// shownValues is how many of the most frequent values a result holds.
const shownValues = 10
