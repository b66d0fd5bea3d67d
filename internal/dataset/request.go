package dataset

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
)

// Request says which cases to read, and what of them. The zero value reads all
// cases, without input, label and recorded outputs.
type Request struct {
	Input    *flow.Schema            // what WantInput reads; required fields must be in the card
	Outcome  *flow.Schema            // of labels; fields that the card does not label stay absent
	Steps    map[string]*flow.Schema // of labels, by step
	Recorded *flow.Schema            // what WantRecorded reads; required fields must be in the card

	WantInput, WantLabels, WantRecorded bool

	Splits []string // only these; empty for all cases
	Where  []Where  // only cases that fit
	Every  int64    // of those the first of every so many; 0 and 1 for all
	Limit  int64    // at most so many; 0 for all
	SkipTo int64    // Case.Index to start at
	Order  *Order   // nil for that of the sources
}

// passes says whether the n-th case that fits, counted from 0, is asked for.
func (r *Request) passes(n int64) bool { return r.Every <= 1 || n%r.Every == 0 }

// Where keeps the cases with a value in a column. Several of one column keep
// those with any of the values; those of different columns must all hold.
type Where struct {
	Column string
	Value  string
}

// String is the condition as it is written.
func (w Where) String() string { return w.Column + "=" + w.Value }

// ParseWhere reads conditions of the form column=value.
func ParseWhere(conditions []string) ([]Where, error) {
	var out []Where
	for _, c := range conditions {
		column, value, ok := strings.Cut(c, "=")
		if !ok || column == "" {
			return nil, fmt.Errorf("%q is no condition of the form column=value", c)
		}
		out = append(out, Where{column, value})
	}
	return out, nil
}

// clause is all that is asked of one column.
type clause struct {
	column  int
	texts   []string
	numbers []float64
}

func (c *clause) add(value string) {
	c.texts = append(c.texts, value)
	if x, err := strconv.ParseFloat(value, 64); err == nil {
		c.numbers = append(c.numbers, x)
	}
}

// holds compares numbers as numbers and all else as texts. An empty value
// keeps the rows without one.
func (c *clause) holds(v *vector, i int) bool {
	text := textOf(v, i)
	for _, t := range c.texts {
		if t == text {
			return true
		}
	}
	if v.kind == textVector || len(c.numbers) == 0 || text == "" {
		return false
	}
	x, err := strconv.ParseFloat(text, 64)
	for _, n := range c.numbers {
		if err == nil && n == x {
			return true
		}
	}
	return false
}
