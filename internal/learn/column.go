package learn

import (
	"errors"
	"fmt"
	"math"
)

// Kind says how a column's values become features.
type Kind uint8

const (
	// Text is free text: word and character n-grams. Values are strings.
	Text Kind = iota + 1
	// Category is one of a set of values, compared exactly. Values are strings;
	// a value not seen in training gives no feature.
	Category
	// Number is a quantity: its rank among the training quantiles and its bin.
	// Values are float64; NaN is missing.
	Number
)

// String returns the kind's name as it is written in a design.
func (k Kind) String() string {
	switch k {
	case Text:
		return "text"
	case Category:
		return "category"
	case Number:
		return "number"
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Column names one input and says how it is read.
type Column struct {
	Name string
	Kind Kind
}

// Row holds the values of one case in the order of the columns: string for
// [Text] and [Category], float64 for [Number], nil where the value is missing.
type Row []any

func checkColumns(columns []Column) error {
	if len(columns) == 0 {
		return errors.New("no columns: a classifier needs at least one input")
	}
	seen := make(map[string]bool, len(columns))
	for i, c := range columns {
		if c.Kind < Text || c.Kind > Number {
			return fmt.Errorf("column %q has kind %d; choose text, category or number", c.Name, c.Kind)
		}
		if seen[c.Name] {
			return fmt.Errorf("column %d repeats the name %q", i, c.Name)
		}
		seen[c.Name] = true
	}
	return nil
}

// checkRow reports whether the row fits the columns.
func checkRow(columns []Column, row Row) error {
	if len(row) != len(columns) {
		return fmt.Errorf("row has %d values for %d columns", len(row), len(columns))
	}
	for i, v := range row {
		want := "string"
		switch v.(type) {
		case nil:
			continue
		case string:
			if columns[i].Kind != Number {
				continue
			}
			want = "float64"
		case float64:
			if columns[i].Kind == Number {
				continue
			}
		default:
			if columns[i].Kind == Number {
				want = "float64"
			}
		}
		return fmt.Errorf("column %q (%s) holds a %T; want %s, or nil for missing", columns[i].Name, columns[i].Kind, v, want)
	}
	return nil
}

func checkRows(columns []Column, rows []Row) error {
	for i, row := range rows {
		if err := checkRow(columns, row); err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
	}
	return nil
}

// number returns the value of a Number column and whether it is present.
func number(v any) (float64, bool) {
	x, ok := v.(float64)
	return x, ok && !math.IsNaN(x)
}
