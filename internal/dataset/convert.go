package dataset

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

// converter turns the values of a column into those of a field's type.
type converter struct {
	t flow.Type
	// lenient takes an empty text for an absent value also where a text is
	// wanted: for optional fields, labels and recorded outputs. An empty text
	// of a required input stays one.
	lenient bool
	words   map[string]any // of an enum, boxed once
	// read reads texts as people write them; nil where machines wrote them.
	read func(string) (any, error)
}

// The ways in which people write values of a column.
const (
	asMoney = "money"
	asDate  = "date"
)

func newConverter(t flow.Type, lenient bool) *converter {
	c := &converter{t: t, lenient: lenient || t.Optional}
	if t.Kind == flow.Enum {
		c.words = make(map[string]any, len(t.Enum))
		for _, w := range t.Enum {
			c.words[w] = w
		}
	}
	return c
}

// convert is the value of a row; nil where it is absent. Errors say what is
// wrong with the value, not where it stands.
func (c *converter) convert(v *vector, i int) (any, error) {
	if v.absent[i] {
		return nil, nil
	}
	switch {
	case v.kind == textVector:
		return c.fromText(v.text[i])
	case v.kind == numberVector && c.t.Kind == flow.Number:
		return finite(v.number[i])
	case v.kind == wholeVector && c.t.Kind == flow.Integer:
		return v.whole[i], nil
	}
	return c.from(v.value(i))
}

func finite(x float64) (any, error) {
	switch {
	case math.IsNaN(x):
		return nil, nil
	case math.IsInf(x, 0):
		return nil, fmt.Errorf("%v is no finite number", x)
	}
	return x, nil
}

func (c *converter) fromText(s string) (any, error) {
	if s == "" && (c.lenient || c.t.Kind != flow.String) {
		return nil, nil
	}
	if c.read != nil {
		return c.read(s)
	}
	switch c.t.Kind {
	case flow.String, flow.Any:
		return s, nil
	case flow.Enum:
		if boxed, ok := c.words[s]; ok {
			return boxed, nil
		}
		return nil, c.noWord(s)
	case flow.Number, flow.Probability:
		x, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		if err != nil {
			return nil, fmt.Errorf("%s is not a number", quote(s))
		}
		return c.number(x)
	case flow.Integer:
		return integer(strings.TrimSpace(s))
	case flow.Boolean:
		switch strings.ToLower(strings.TrimSpace(s)) {
		case "true", "yes", "1", "1.0", "t", "y":
			return true, nil
		case "false", "no", "0", "0.0", "f", "n":
			return false, nil
		}
		return nil, fmt.Errorf("%s is not true or false", quote(s))
	case flow.Date, flow.Time:
		at, ok := parseTime(strings.TrimSpace(s))
		if !ok {
			return nil, fmt.Errorf("%s is not %s", quote(s), c.timeHint())
		}
		return c.time(at), nil
	case flow.List, flow.Record:
		if !json.Valid([]byte(s)) {
			return nil, fmt.Errorf("%s is not the JSON of a %s", quote(s), c.t.Kind)
		}
		return c.from(decodeJSON([]byte(strings.TrimSpace(s))))
	}
	return nil, c.mismatch(s)
}

func (c *converter) timeHint() string {
	if c.t.Kind == flow.Date {
		return "a date like 2006-01-02"
	}
	return "a time like 2006-01-02T15:04:05Z"
}

func (c *converter) noWord(s string) error {
	hint := ""
	if h := diag.Suggest(s, c.t.Enum); h != "" {
		hint = " (" + h + ")"
	}
	return fmt.Errorf("%s is no value of the enum%s", quote(s), hint)
}

func (c *converter) number(x float64) (any, error) {
	if c.t.Kind == flow.Probability && (x < 0 || x > 1) {
		return nil, fmt.Errorf("%v is no probability from 0 to 1", x)
	}
	return finite(x)
}

// integer also reads whole numbers that are written like "3.0".
func integer(s string) (any, error) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, nil
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil, fmt.Errorf("%s is not a whole number", quote(s))
	}
	return wholeOf(x)
}

func wholeOf(x float64) (any, error) {
	switch {
	case math.IsNaN(x):
		return nil, nil
	case x != math.Trunc(x) || math.Abs(x) > 1<<53:
		return nil, fmt.Errorf("%v is not a whole number", x)
	}
	return int64(x), nil
}

func (c *converter) time(at time.Time) any {
	at = at.UTC()
	if c.t.Kind == flow.Date {
		return time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
	}
	return at
}

func (c *converter) mismatch(v any) error {
	return fmt.Errorf("%s is no %s", quote(plainText(v)), c.t.Kind)
}

// from converts a mixed value.
func (c *converter) from(v any) (any, error) {
	switch x := v.(type) {
	case nil:
		return nil, nil
	case string:
		return c.fromText(x)
	}
	switch c.t.Kind {
	case flow.String, flow.Enum:
		if !plain(v) {
			if c.t.Kind == flow.Enum {
				return nil, c.mismatch(v)
			}
			return string(flow.AppendValue(nil, jsonValue(v), false)), nil
		}
		return c.fromText(plainText(v))
	case flow.Number, flow.Probability:
		switch x := v.(type) {
		case float64:
			return c.number(x)
		case int64:
			return c.number(float64(x))
		case uint64:
			return c.number(float64(x))
		case json.Number:
			return c.fromText(x.String())
		}
	case flow.Integer:
		switch x := v.(type) {
		case int64:
			return x, nil
		case uint64:
			if x > math.MaxInt64 {
				return nil, fmt.Errorf("%d is too large for a whole number here", x)
			}
			return int64(x), nil
		case float64:
			return wholeOf(x)
		case json.Number:
			return integer(x.String())
		}
	case flow.Boolean:
		switch x := v.(type) {
		case bool:
			return x, nil
		case int64, float64, json.Number:
			return c.fromText(plainText(x))
		}
	case flow.Date, flow.Time:
		switch x := v.(type) {
		case time.Time:
			return c.time(x), nil
		case day:
			return c.time(x.Time), nil
		}
		return nil, fmt.Errorf("%s is not %s", quote(plainText(v)), c.timeHint())
	case flow.List:
		if list, ok := v.([]any); ok {
			return c.list(list)
		}
	case flow.Record:
		if m, ok := v.(map[string]any); ok {
			return c.record(m)
		}
	case flow.Any:
		return jsonValue(v), nil
	}
	return nil, c.mismatch(v)
}

func (c *converter) list(list []any) (any, error) {
	elem := newConverter(flow.Type{Kind: flow.Any}, false)
	if c.t.Elem != nil {
		elem = newConverter(*c.t.Elem, false)
	}
	out := make([]any, len(list))
	for i, e := range list {
		x, err := elem.from(e)
		if err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
		out[i] = x
	}
	return out, nil
}

// record converts the fields that the type names and keeps the others as they
// are.
func (c *converter) record(m map[string]any) (any, error) {
	out := make(map[string]any, len(m))
	for k, e := range m {
		f := flow.Type{Kind: flow.Any}
		if i := c.t.Fields.Index(k); i >= 0 {
			f = c.t.Fields.Fields()[i].Type
		}
		x, err := newConverter(f, false).from(e)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", k, err)
		}
		out[k] = x
	}
	return out, nil
}

// jsonValue is a mixed value as JSON can hold it.
func jsonValue(v any) any {
	switch x := v.(type) {
	case int64:
		return float64(x)
	case uint64:
		return float64(x)
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil
		}
	case json.Number:
		f, err := x.Float64()
		if err != nil {
			return x.String()
		}
		return f
	case time.Time, day:
		return plainText(v)
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = jsonValue(e)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			out[k] = jsonValue(e)
		}
		return out
	}
	return v
}

// plain says whether a mixed value is a single one.
func plain(v any) bool {
	switch v.(type) {
	case []any, map[string]any:
		return false
	}
	return true
}

// plainText is a mixed value as a text; lists and records as JSON.
func plainText(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case bool:
		return strconv.FormatBool(x)
	case float64:
		if math.IsNaN(x) {
			return ""
		}
		if x == math.Trunc(x) && math.Abs(x) < 1e15 {
			return strconv.FormatInt(int64(x), 10)
		}
		return strconv.FormatFloat(x, 'g', -1, 64)
	case int64:
		return strconv.FormatInt(x, 10)
	case uint64:
		return strconv.FormatUint(x, 10)
	case json.Number:
		return x.String()
	case time.Time:
		return x.UTC().Format(time.RFC3339Nano)
	case day:
		return x.Format(time.DateOnly)
	}
	return string(flow.AppendValue(nil, jsonValue(v), false))
}

// textOf is a row's value as a text, "" where it is absent.
func textOf(v *vector, i int) string {
	if v.absent[i] {
		return ""
	}
	if v.kind == textVector {
		return v.text[i]
	}
	return plainText(v.value(i))
}

// timeLayouts are the forms of time that are read. Those without a time zone
// are UTC.
var timeLayouts = []string{
	time.RFC3339Nano, // also reads without a fraction
	time.DateOnly,
	"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05Z0700",
	"2006-01-02T15:04:05", "2006-01-02 15:04:05",
	"2006-01-02T15:04", "2006-01-02 15:04",
}

func parseTime(s string) (time.Time, bool) {
	for _, layout := range timeLayouts {
		if at, err := time.Parse(layout, s); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

// quote quotes a value and cuts a long one.
func quote(s string) string {
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "…"
	}
	return strconv.Quote(s)
}
