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
	// Decision is the column of labels that associations and balance go by: the
	// first whose values are classes; "" where there is none.
	Decision     string        `json:"decision,omitempty"`
	Splits       []Part        `json:"splits,omitempty"` // of a card
	Associations []Association `json:"associations,omitempty"`
	// Repeated are rows of the same input, Alike those of near-duplicate texts.
	Repeated Duplicates `json:"repeated"`
	Alike    Duplicates `json:"alike"`
	// Clusters and Straddling count clusters, and those over several splits,
	// where the card splits by time or column.
	Clusters   int `json:"clusters,omitempty"`
	Straddling int `json:"clusters_straddling,omitempty"`
	// Unread rows cannot be read as the card says; Uncompared ones are beyond
	// MaxCompared.
	Unread     int64 `json:"unread,omitempty"`
	Uncompared int64 `json:"uncompared,omitempty"`
	// Warnings are what a reader should know, most serious first.
	Warnings []string `json:"warnings,omitempty"`
	// Proposed is a card for a bare file.
	Proposed string `json:"proposed_card,omitempty"`

	bare bool
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
	Top          []Count          `json:"top,omitempty"` // most frequent first; nil for more than MaxValues, and of personal columns
	Values       map[string]int64 `json:"-"`             // all of them; nil for more than MaxValues
	Min          *float64         `json:"min,omitempty"`
	Max          *float64         `json:"max,omitempty"`
	From         *time.Time       `json:"from,omitempty"`
	To           *time.Time       `json:"to,omitempty"`
	Words        float64          `json:"mean_words,omitempty"` // of texts, in the sample
	Longest      int              `json:"longest,omitempty"`    // in bytes, as a text
	// Unique says that every row has another value; hashes tell, so that two
	// equal values are never missed.
	Unique bool `json:"unique,omitempty"`

	// Role is what the card takes the column for; where there is none, what it
	// was taken for, and Why. Tag says that segments go by it, Personal why it is
	// taken as personal; "" where it is not.
	Role     Role     `json:"role,omitempty"`
	Why      string   `json:"why,omitempty"`
	Tag      bool     `json:"tag,omitempty"`
	Personal string   `json:"personal,omitempty"`
	Notes    []string `json:"notes,omitempty"`

	numbers   int64       // values that are numbers
	withheld  bool        // a time or cluster that is no input
	quantiles []time.Time // of a time or date, in the sample, ascending
}

// Count is how often a value occurs.
type Count struct {
	Value string `json:"value"`
	Count int64  `json:"count"`
}

// shownValues is how many of the most frequent values a result holds.
const shownValues = 10

// tags counts the columns that segments go by.
func (r *Result) tags() int {
	n := 0
	for i := range r.Columns {
		if r.Columns[i].Tag {
			n++
		}
	}
	return n
}
