package stress

import (
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
)

// dataFaults are those of what a case comes with.
func dataFaults() []Fault {
	return []Fault{
		{Name: "missing-fields", Title: "fields of the input are empty", Of: "of fields", Strengths: []float64{0.05, 0.2, 0.5}, input: missingFields},
		{Name: "missing-lines", Title: "lines of texts are missing", Of: "of lines", Strengths: []float64{0.05, 0.2, 0.5}, input: texts(missingLines)},
		{Name: "garbled", Title: "the letters and digits of words are mixed up", Of: "of words", Strengths: []float64{0.02, 0.1, 0.3}, input: fields(garbledText, garbledNumber, nil)},
		{Name: "swapped", Title: "two named values of a text have changed places", Of: "of pairs", Strengths: []float64{0.1, 0.3, 1}, input: swapped},
		{Name: "repeated-lines", Title: "lines of texts come twice", Of: "of lines", Strengths: []float64{0.05, 0.2, 0.5}, input: texts(repeatedLines)},
		{Name: "stale-fields", Title: "fields, texts apart, hold what the case before had", Of: "of fields", Strengths: []float64{0.1, 0.3, 1}, input: staleFields},
		{Name: "late", Title: "the second half of texts, and fields that may be empty, have not come yet", Of: "of cases", Strengths: []float64{0.1, 0.3, 1}, input: late},
		{Name: "ocr", Title: "a scanner's confusions, such as 0 for O and rn for m", Of: "of letters that can be", Strengths: []float64{0.01, 0.05, 0.2}, input: fields(ocrText, nil, nil)},
		{Name: "units", Title: "amounts are written in hundredths", Of: "of amounts", Strengths: []float64{0.1, 0.3, 1}, input: fields(hundredthsText, hundredths, nil)},
		{Name: "date-order", Title: "dates are written with the month before the day", Of: "of dates", Strengths: []float64{0.1, 0.3, 1}, input: fields(monthFirstText, nil, monthFirst)},
	}
}

// fields damages the values of an input by their kind: texts, numbers and
// moments; nil leaves a kind as it is. Every function draws as often at every
// strength.
func fields(text func(*rand.Rand, float64, string) string, number func(*rand.Rand, float64, float64) float64, moment func(*rand.Rand, float64, time.Time) time.Time) func(*scene) ([]any, error) {
	return func(x *scene) ([]any, error) {
		values, changed := append([]any(nil), x.c.Input.Values...), false
		for i, f := range x.c.Input.Schema.Fields() {
			r := x.rand(f.Name)
			switch v := values[i].(type) {
			case string:
				if text != nil && f.Type.Kind == flow.String {
					values[i] = text(r, x.strength, v)
				}
			case float64:
				if number != nil && f.Type.Kind == flow.Number {
					values[i] = number(r, x.strength, v)
				}
			case int64:
				if number != nil && f.Type.Kind == flow.Integer {
					values[i] = int64(number(r, x.strength, float64(v)))
				}
			case time.Time:
				if moment != nil {
					values[i] = moment(r, x.strength, v)
				}
			default:
				continue // lists and records are compared by nobody here
			}
			changed = changed || values[i] != x.c.Input.Values[i]
		}
		return x.damaged(values, changed)
	}
}

// texts damages the texts of an input.
func texts(text func(*rand.Rand, float64, string) string) func(*scene) ([]any, error) {
	return fields(text, nil, nil)
}

// damaged are the values where something changed.
func (x *scene) damaged(values []any, changed bool) ([]any, error) {
	if !changed {
		return nil, nil
	}
	x.touched.Store(true)
	return values, nil
}

func missingFields(x *scene) ([]any, error) {
	values, changed := append([]any(nil), x.c.Input.Values...), false
	for i, f := range x.c.Input.Schema.Fields() {
		if x.hits(f.Name) && values[i] != nil {
			values[i], changed = nil, true
		}
	}
	return x.damaged(values, changed)
}

// staleFields gives fields that are no texts the values of the case before.
func staleFields(x *scene) ([]any, error) {
	if x.before == nil {
		return nil, nil
	}
	values, changed := append([]any(nil), x.c.Input.Values...), false
	for i, f := range x.c.Input.Schema.Fields() {
		if s, text := values[i].(string); !x.hits(f.Name) || text && isText(s) {
			continue
		}
		if f.Type.Kind == flow.List || f.Type.Kind == flow.Record || f.Type.Kind == flow.Any {
			continue // not to be compared
		}
		if old, text := x.before.Input.Values[i].(string); (!text || !isText(old)) && x.before.Input.Values[i] != values[i] {
			values[i], changed = x.before.Input.Values[i], true
		}
	}
	return x.damaged(values, changed)
}

// late keeps back the second half of texts, and fields that may be empty.
func late(x *scene) ([]any, error) {
	if !x.hits("case") {
		return nil, nil
	}
	values, changed := append([]any(nil), x.c.Input.Values...), false
	for i, f := range x.c.Input.Schema.Fields() {
		s, text := values[i].(string)
		switch {
		case values[i] == nil:
		case f.Type.Optional:
			values[i], changed = nil, true
		case text && f.Type.Kind == flow.String && isText(s):
			values[i], changed = firstHalf(s), true
		}
	}
	return x.damaged(values, changed)
}

// garbledNumber mixes up the digits of a number.
func garbledNumber(r *rand.Rand, strength float64, v float64) float64 {
	if got, err := strconv.ParseFloat(garbledText(r, strength, strconv.FormatFloat(v, 'f', -1, 64)), 64); err == nil {
		return got
	}
	return v
}

func hundredths(r *rand.Rand, strength float64, v float64) float64 {
	if r.Float64() < strength {
		return v * 100
	}
	return v
}

func monthFirst(r *rand.Rand, strength float64, at time.Time) time.Time {
	if r.Float64() >= strength || at.Day() > 12 {
		return at
	}
	return at.AddDate(0, at.Day()-int(at.Month()), int(at.Month())-at.Day())
}

// swapped exchanges the values of fields of the same kind, in pairs, and those of
// named lines of texts.
func swapped(x *scene) ([]any, error) {
	values, changed := append([]any(nil), x.c.Input.Values...), false
	last := map[flow.Kind]int{} // the field of a kind that waits for its other
	for i, f := range x.c.Input.Schema.Fields() {
		s, text := values[i].(string)
		if f.Type.Kind == flow.String && text && isText(s) {
			if other := swappedLines(x.rand(f.Name), x.strength, s); other != s {
				values[i], changed = other, true
			}
			continue
		}
		j, waits := last[f.Type.Kind]
		if !waits || f.Type.Kind == flow.Enum {
			last[f.Type.Kind] = i
			continue
		}
		delete(last, f.Type.Kind)
		if x.hits(f.Name) && values[i] != nil && values[j] != nil && f.Type.Kind != flow.List && f.Type.Kind != flow.Record && f.Type.Kind != flow.Any && values[i] != values[j] {
			values[i], values[j], changed = values[j], values[i], true
		}
	}
	return x.damaged(values, changed)
}
