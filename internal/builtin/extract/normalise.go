package extract

import (
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/normalise"
)

// normaliser makes a found text a value, or says that it is none.
type normaliser func(s string) (any, bool)

// normalisers by name, with the kinds of fields that they fit.
var normaliserKinds = map[string][]flow.Kind{
	"text":     {flow.String, flow.Enum, flow.Any},
	"id":       {flow.String, flow.Enum, flow.Any},
	"code":     {flow.String, flow.Enum, flow.Any},
	"currency": {flow.String, flow.Enum, flow.Any},
	"money":    {flow.Number, flow.Any},
	"number":   {flow.Number, flow.Any},
	"integer":  {flow.Integer, flow.Any},
	"date":     {flow.Date, flow.Time, flow.Any},
	"present":  {flow.Boolean, flow.Any},
}

func normaliserNames() []string {
	return []string{"text", "id", "code", "money", "number", "integer", "date", "currency", "present"}
}

// defaultNormaliser is that of a field's type, "" where there is none.
func defaultNormaliser(k flow.Kind) string {
	switch k {
	case flow.String, flow.Enum, flow.Any:
		return "text"
	case flow.Number:
		return "money"
	case flow.Integer:
		return "integer"
	case flow.Date, flow.Time:
		return "date"
	case flow.Boolean:
		return "present"
	}
	return ""
}

// settings are what normalisers are made of.
type settings struct {
	order  normalise.DateOrder
	mark   normalise.DecimalMark
	fixOCR bool
}

func newNormaliser(name string, t flow.Type, s settings) normaliser {
	var n normaliser
	switch name {
	case "money":
		n = func(text string) (any, bool) {
			x, ok := normalise.Number(text, s.mark)
			return x, ok
		}
	case "number":
		mark := s.mark
		if mark == normalise.Inferred {
			mark = normalise.Point
		}
		n = func(text string) (any, bool) {
			// A comma that cannot part thousands is one of a fraction.
			x, ok := normalise.Number(text, mark)
			if !ok {
				x, ok = normalise.Number(text, normalise.Inferred)
			}
			return x, ok
		}
	case "integer":
		n = func(text string) (any, bool) {
			x, ok := normalise.Number(text, s.mark)
			if !ok || x != math.Trunc(x) {
				return nil, false
			}
			return int64(x), true
		}
	case "date":
		n = func(text string) (any, bool) {
			d, ok := normalise.Date(text, s.order)
			return d, ok
		}
	case "currency":
		n = func(text string) (any, bool) {
			c := normalise.Currency(text)
			return c, c != ""
		}
	case "present":
		return func(string) (any, bool) { return true, true }
	case "id":
		n = func(text string) (any, bool) {
			id := identifier(text)
			return id, id != ""
		}
	case "code":
		n = func(text string) (any, bool) {
			c := code(text)
			return c, c != ""
		}
	default:
		n = func(text string) (any, bool) {
			text = squeeze(text)
			return text, text != ""
		}
	}
	if s.fixOCR {
		inner := n
		n = func(text string) (any, bool) { return inner(fixDigits(text)) }
	}
	if t.Kind == flow.Enum {
		inner := n
		n = func(text string) (any, bool) {
			v, ok := inner(text)
			word, _ := v.(string)
			i := slices.IndexFunc(t.Enum, func(e string) bool { return strings.EqualFold(e, word) })
			if !ok || i < 0 {
				return nil, false
			}
			return t.Enum[i], true
		}
	}
	return n
}

// mapped replaces texts before they are normalised.
func mapped(words map[string]string, n normaliser) normaliser {
	folded := make(map[string]string, len(words))
	for from, to := range words {
		folded[strings.ToLower(squeeze(from))] = to
	}
	return func(text string) (any, bool) {
		to, ok := folded[strings.ToLower(squeeze(text))]
		if !ok {
			return nil, false
		}
		return n(to)
	}
}

// identifier is a text in capitals, without spaces and without marks around.
func identifier(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(unicode.ToUpper(r))
		case r == '–' || r == '—' || r == '−':
			b.WriteByte('-')
		case r == '-' || r == '/' || r == '.' || r == '_':
			b.WriteRune(r)
		}
	}
	return strings.Trim(b.String(), "-/._")
}

// code is a text's letters, in capitals, and digits: what is left of an order
// number or a tax number however its groups are parted.
func code(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToUpper(r))
		}
	}
	return b.String()
}

// less orders values of one kind.
func less(a, b any) bool {
	switch x := a.(type) {
	case float64:
		y, _ := b.(float64)
		return x < y
	case int64:
		y, _ := b.(int64)
		return x < y
	case time.Time:
		y, _ := b.(time.Time)
		return x.Before(y)
	case string:
		y, _ := b.(string)
		return x < y
	}
	return false
}
