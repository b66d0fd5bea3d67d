package inspect

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/normalise"
)

// MaxValues is up to how many different values of a column are counted one by
// one.
const MaxValues = 2000

// longestValue is up to how many bytes a value can have to be counted.
const longestValue = 200

// candidate is a type that the values of a column may be of.
type candidate struct {
	name    string
	reading func(any) (any, error)
}

// candidates are the types tried, narrowest first.
func candidates() []candidate {
	as := func(name string, kind flow.Kind, how string) candidate {
		return candidate{name, dataset.Column{As: how}.Reading(flow.Type{Kind: kind})}
	}
	return []candidate{
		as("integer", flow.Integer, ""), as("number", flow.Number, ""), as("boolean", flow.Boolean, ""),
		as("date", flow.Time, ""), as("time", flow.Time, ""), as("money", flow.Number, "money"), as("written date", flow.Date, "date"),
	}
}

// placeholders are texts that people write for an absent value.
var placeholders = map[string]bool{
	"na": true, "n/a": true, "#n/a": true, "null": true, "none": true, "nil": true, "nan": true,
	"-": true, "--": true, "?": true, ".": true, "missing": true,
}

// profile gathers what a column holds.
type profile struct {
	column   Column
	try      []candidate // those that all values so far fit
	values   map[string]int64
	distinct *distinct
	unique   unique
	seen     int64 // values
	numbers  int64 // texts that are numbers
	lists    int64
	records  int64
	first    [2]bool // of dates in digits: a first, a second number above 12
}

func newProfile(name string) *profile {
	return &profile{column: Column{Name: name}, try: candidates(), values: map[string]int64{}, distinct: newDistinct()}
}

// add takes a value and its text.
func (p *profile) add(v any, text string) {
	if v == nil || text == "" {
		p.column.Missing++
		return
	}
	p.seen++
	switch v.(type) {
	case []any:
		p.lists++
	case map[string]any:
		p.records++
	}
	h := hash64(text)
	p.distinct.add(h)
	p.unique.add(h, p.distinct)
	p.count(text)
	p.column.Longest = max(p.column.Longest, len(text))
	if len(text) <= 8 && placeholders[strings.ToLower(strings.TrimSpace(text))] {
		p.column.Placeholders++
	}
	if c := text[0]; c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' {
		if _, err := strconv.ParseFloat(text, 64); err == nil {
			p.numbers++
		}
	}
	if len(p.try) > 0 {
		p.fit(v, text)
	}
}

// count counts the value, as long as there are few.
func (p *profile) count(text string) {
	if p.values == nil {
		return
	}
	if len(text) > longestValue {
		p.values = nil
		return
	}
	if n, ok := p.values[text]; ok {
		p.values[text] = n + 1
		return
	}
	if len(p.values) == MaxValues {
		p.values = nil
		return
	}
	p.values[strings.Clone(text)] = 1
}

// fit strikes out the types that the value is not of.
func (p *profile) fit(v any, text string) {
	if p.lists+p.records > 0 || len(text) > 64 {
		p.try = nil
		return
	}
	kept := p.try[:0]
	for _, c := range p.try {
		if unlike(c.name, v, text) {
			continue
		}
		x, err := c.reading(v)
		if err != nil {
			continue
		}
		switch x := x.(type) {
		case float64:
			p.within(x)
		case int64:
			p.within(float64(x))
		case time.Time:
			if c.name == "date" && !dayOnly(v, x) {
				continue
			}
			if c.name == "written date" {
				p.order(text)
			}
			p.span(x)
		}
		kept = append(kept, c)
	}
	p.try = kept
}

// unlike says whether a text that could be read as a number is a code: 00123,
// V-9897.
func unlike(as string, v any, text string) bool {
	if _, ok := v.(string); !ok {
		return false
	}
	text = strings.TrimSpace(text)
	code := len(text) > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9'
	switch as {
	case "integer", "number":
		return code
	case "money":
		return code || strings.ContainsFunc(text, unicode.IsLetter) && normalise.Currency(text) == ""
	}
	return false
}

func dayOnly(v any, at time.Time) bool {
	switch x := v.(type) {
	case dataset.Day:
		return true
	case string:
		return len(strings.TrimSpace(x)) == len(time.DateOnly)
	}
	return false
}

func (p *profile) within(x float64) {
	c := &p.column
	if c.Min == nil || x < *c.Min {
		c.Min = &x
	}
	if c.Max == nil || x > *c.Max {
		c.Max = &x
	}
}

func (p *profile) span(x time.Time) {
	c := &p.column
	if c.From == nil || x.Before(*c.From) {
		c.From = &x
	}
	if c.To == nil || x.After(*c.To) {
		c.To = &x
	}
}

// order notes which of the first two numbers of a date can only be the day.
func (p *profile) order(text string) {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	if len(parts) < 3 || len(parts[0]) > 2 {
		return
	}
	for i := range p.first {
		if n, err := strconv.Atoi(parts[i]); err == nil && n > 12 && n <= 31 {
			p.first[i] = true
		}
	}
}

// done is the column, once all its values were seen.
func (p *profile) done() Column {
	c := p.column
	c.Distinct, c.Estimated = p.distinct.count()
	c.Unique = p.column.Missing == 0 && p.unique.all()
	if c.Unique {
		c.Distinct, c.Estimated = p.seen, false
	}
	c.Values = p.values
	c.Top = top(p.values, shownValues)
	c.numbers = p.numbers
	switch {
	case p.seen == 0:
	case p.lists == p.seen:
		c.Type = "list"
	case p.records == p.seen:
		c.Type = "record"
	case p.lists+p.records > 0:
		c.Type = "any"
	case len(p.try) > 0:
		c.Type = p.try[0].name
	default:
		c.Type = "string"
	}
	switch c.Type {
	case "money":
		c.Type, c.As = "number", "money"
	case "written date":
		c.Type, c.As, c.Dates = "date", "date", "dmy"
		c.Mixed = p.first[0] && p.first[1]
		if p.first[1] && !p.first[0] {
			c.Dates = "mdy"
		}
		c.DatesUnsure = !p.first[0] && !p.first[1]
	case "string":
		c.Mixed = p.numbers > 0 && p.numbers < p.seen && float64(min(p.numbers, p.seen-p.numbers)) >= 0.01*float64(p.seen)
	}
	if c.Type != "integer" && c.Type != "number" {
		c.Min, c.Max = nil, nil
	}
	if c.Type != "date" && c.Type != "time" {
		c.From, c.To = nil, nil
	}
	return c
}
