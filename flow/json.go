package flow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// AppendJSON appends the canonical JSON object of values in the order of s:
// every field is written, absent ones as null, numbers in their shortest form,
// invalid UTF-8 replaced, nested records with sorted keys.
func AppendJSON(dst []byte, s *Schema, values []any) []byte {
	dst = append(dst, '{')
	for i, f := range s.Fields() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, f.Name)
		dst = append(dst, ':')
		var v any
		if i < len(values) {
			v = values[i]
		}
		dst = AppendValue(dst, v, f.Type.Kind == Date)
	}
	return append(dst, '}')
}

// AppendValue appends the canonical JSON of one value. A time is written as a
// date when asked to be.
func AppendValue(dst []byte, v any, asDate bool) []byte {
	switch x := v.(type) {
	case nil:
		return append(dst, "null"...)
	case string:
		return appendString(dst, x)
	case bool:
		return strconv.AppendBool(dst, x)
	case int64:
		return strconv.AppendInt(dst, x, 10)
	case int:
		return strconv.AppendInt(dst, int64(x), 10)
	case float64:
		return appendNumber(dst, x)
	case time.Time:
		dst = append(dst, '"')
		if asDate {
			dst = x.AppendFormat(dst, time.DateOnly)
		} else {
			dst = x.UTC().AppendFormat(dst, time.RFC3339Nano)
		}
		return append(dst, '"')
	case []any:
		dst = append(dst, '[')
		for i, e := range x {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendValue(dst, e, asDate)
		}
		return append(dst, ']')
	case map[string]any:
		keys := make([]string, 0, len(x))
		for k := range x {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		dst = append(dst, '{')
		for i, k := range keys {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendString(dst, k)
			dst = append(dst, ':')
			dst = AppendValue(dst, x[k], false)
		}
		return append(dst, '}')
	}
	panic(fmt.Sprintf("flow: a %T is not a value", v))
}

// appendNumber writes the shortest form that reads back as the same number.
// JSON has no NaN and no infinity; they are written as null.
func appendNumber(dst []byte, x float64) []byte {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return append(dst, "null"...)
	}
	if x == math.Trunc(x) && math.Abs(x) < 1e15 {
		return strconv.AppendInt(dst, int64(x), 10)
	}
	return strconv.AppendFloat(dst, x, 'g', -1, 64)
}

const hexDigits = "0123456789abcdef"

func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			dst = append(dst, s[start:i]...)
			switch c {
			case '"', '\\':
				dst = append(dst, '\\', c)
			case '\n':
				dst = append(dst, '\\', 'n')
			case '\t':
				dst = append(dst, '\\', 't')
			case '\r':
				dst = append(dst, '\\', 'r')
			default:
				dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			dst = append(dst, s[start:i]...)
			dst = append(dst, `�`...)
			start = i + 1
		}
		i += size
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// ParseJSON reads a JSON object into values in the order of s. Fields that s
// does not have are errors; fields of s that are not there are absent.
func ParseJSON(data []byte, s *Schema) ([]any, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var m map[string]any
	if err := dec.Decode(&m); err != nil {
		return nil, fmt.Errorf("not a JSON object: %w", err)
	}
	values := make([]any, s.Len())
	for k, raw := range m {
		i := s.Index(k)
		if i < 0 {
			return nil, fmt.Errorf("unknown field %q", k)
		}
		v, err := s.Fields()[i].Type.FromJSON(raw)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", k, err)
		}
		values[i] = v
	}
	return values, nil
}

// inJSON is what JSON calls a decoded value.
func inJSON(raw any) string {
	switch raw.(type) {
	case string:
		return "a string"
	case bool:
		return "true or false"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "a number"
}

// FromJSON turns a value decoded by encoding/json, with or without UseNumber,
// into a value of type t. It checks the shape, and leaves ranges and required
// values to [Type.Check].
func (t Type) FromJSON(raw any) (any, error) {
	mismatch := func() error { return fmt.Errorf("is %s in JSON, want %s", inJSON(raw), t) }
	switch x := raw.(type) {
	case nil:
		return nil, nil
	case json.Number:
		switch t.Kind {
		case Integer:
			n, err := strconv.ParseInt(x.String(), 10, 64)
			if err != nil {
				return nil, fmt.Errorf("%s is not a whole number", x)
			}
			return n, nil
		case Number, Probability, Any:
			f, err := x.Float64()
			if err != nil {
				return nil, fmt.Errorf("%s is out of range", x)
			}
			return f, nil
		}
	case float64:
		switch t.Kind {
		case Integer:
			if x != math.Trunc(x) || math.Abs(x) > 1<<53 {
				return nil, fmt.Errorf("%v is not a whole number", x)
			}
			return int64(x), nil
		case Number, Probability, Any:
			return x, nil
		}
	case bool:
		if t.Kind == Boolean || t.Kind == Any {
			return x, nil
		}
	case string:
		switch t.Kind {
		case String, Enum, Any:
			return x, nil
		case Date:
			d, err := time.Parse(time.DateOnly, x)
			if err != nil {
				return nil, fmt.Errorf("%q is not a date like 2006-01-02", x)
			}
			return d, nil
		case Time:
			at, err := time.Parse(time.RFC3339Nano, x)
			if err != nil {
				return nil, fmt.Errorf("%q is not a time like 2006-01-02T15:04:05Z", x)
			}
			// An offset may lead to a year that has no four digits, and what is
			// written of it is read by nobody.
			if at = at.UTC(); at.Year() < 0 || at.Year() > 9999 {
				return nil, fmt.Errorf("%q is not in the years 0 to 9999 of UTC", x)
			}
			return at, nil
		}
	case []any:
		if t.Kind != List && t.Kind != Any {
			return nil, mismatch()
		}
		elem := Type{Kind: Any}
		if t.Elem != nil {
			elem = *t.Elem
		}
		out := make([]any, len(x))
		for i, e := range x {
			v, err := elem.FromJSON(e)
			if err != nil {
				return nil, fmt.Errorf("element %d: %w", i, err)
			}
			out[i] = v
		}
		return out, nil
	case map[string]any:
		if t.Kind != Record && t.Kind != Any {
			return nil, mismatch()
		}
		out := make(map[string]any, len(x))
		for k, e := range x {
			ft := Type{Kind: Any}
			if i := t.Fields.Index(k); i >= 0 {
				ft = t.Fields.Fields()[i].Type
			}
			v, err := ft.FromJSON(e)
			if err != nil {
				return nil, fmt.Errorf("field %q: %w", k, err)
			}
			out[k] = v
		}
		return out, nil
	}
	return nil, mismatch()
}
