package convert

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/dataset"
)

func keysOf(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

// parseJSON reads one list or object, its numbers as they are written.
func parseJSON(s string) (any, bool) {
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil, false
	}
	_, err := d.Token()
	return v, err == io.EOF
}

// typed is a text of a source that has only texts as a value of the type that
// its column was found to be.
func (t *Type) typed(s string) (any, error) {
	if s == "" {
		return nil, nil
	}
	g := newGuess()
	switch t.Kind {
	case Truth:
		if s == "true" || s == "false" {
			return s == "true", nil
		}
	case Whole, Decimal, Number:
		if g.number(s).has(t.Kind) && (t.Kind != Decimal || g.scale == t.Scale) {
			return json.Number(s), nil
		}
	case Date, Time:
		if g.moment(s).has(t.Kind) {
			return s, nil
		}
	case List, Record:
		if v, ok := parseJSON(s); ok {
			return v, nil
		}
	default:
		return s, nil
	}
	return nil, fmt.Errorf("%q is no %s", brief(s), t.Kind)
}

func brief(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// float writes a number so that it is read as one, and not as a whole one.
func float(x float64) string {
	s := strconv.FormatFloat(x, 'g', -1, 64)
	if strings.ContainsAny(s, ".e") {
		return s
	}
	return s + ".0"
}

// plain is a value as the text of a CSV field: "" for an absent one, lists and
// records as JSON.
func plain(v any) (string, error) {
	switch x := v.(type) {
	case nil:
		return "", nil
	case string:
		return x, nil
	case bool:
		return strconv.FormatBool(x), nil
	case float64:
		switch {
		case math.IsNaN(x):
			return "", nil
		case math.IsInf(x, 0):
			return "", fmt.Errorf("%v is no finite number", x)
		}
		return float(x), nil
	case int64:
		return strconv.FormatInt(x, 10), nil
	case uint64:
		return strconv.FormatUint(x, 10), nil
	case json.Number:
		return x.String(), nil
	case time.Time:
		return x.UTC().Format(time.RFC3339Nano), nil
	case dataset.Day:
		return time.Time(x).Format(time.DateOnly), nil
	}
	b, err := appendJSON(nil, v)
	return string(b), err
}

// appendJSON writes a value as JSON: times and dates as texts, what is no
// number as null, the fields of records by name.
func appendJSON(b []byte, v any) ([]byte, error) {
	switch x := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case string:
		return appendString(b, x)
	case time.Time, dataset.Day:
		s, err := plain(v)
		return append(append(append(b, '"'), s...), '"'), err
	case []any:
		b = append(b, '[')
		for i, e := range x {
			if i > 0 {
				b = append(b, ',')
			}
			var err error
			if b, err = appendJSON(b, e); err != nil {
				return b, err
			}
		}
		return append(b, ']'), nil
	case map[string]any:
		b = append(b, '{')
		for i, k := range keysOf(x) {
			if i > 0 {
				b = append(b, ',')
			}
			var err error
			if b, err = appendString(b, k); err != nil {
				return b, err
			}
			if b, err = appendJSON(append(b, ':'), x[k]); err != nil {
				return b, err
			}
		}
		return append(b, '}'), nil
	}
	s, err := plain(v)
	if s == "" {
		s = "null"
	}
	return append(b, s...), err
}

// appendString quotes a text. What needs no escape, the most, is copied.
func appendString(b []byte, s string) ([]byte, error) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c == 0xe2 { // 0xe2 starts U+2028
			var out bytes.Buffer
			e := json.NewEncoder(&out)
			e.SetEscapeHTML(false)
			err := e.Encode(s)
			return append(b, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...), err
		}
	}
	return append(append(append(b, '"'), s...), '"'), nil
}
