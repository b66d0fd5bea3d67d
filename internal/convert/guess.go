package convert

import (
	"encoding/json"
	"math"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/dataset"
)

// Type is the type of a column, a list's elements or a record's field.
type Type struct {
	Kind   Kind
	Scale  int  // decimals of a decimal
	Nanos  bool // of a time: it needs nanoseconds, where microseconds are the rule
	Elem   *Type
	Fields []Field // of a record, by name
}

// Field is a field of a record, or a column.
type Field struct {
	Name string
	Type Type
}

// guess narrows down what the values of a column are, value by value.
type guess struct {
	possible set
	seen     bool

	scale          int // decimals of the last decimal
	scales, padded bool
	nanos, far     bool

	elem   *guess
	names  []string
	fields map[string]*guess
}

// maxFields is how many fields a record may have before it is kept as JSON:
// then its keys are rather values.
const maxFields = 500

func newGuess() *guess { return &guess{possible: 1<<kinds - 1} }

// text notes a value of a source that has only texts. An empty one is absent.
func (g *guess) text(s string) {
	if s == "" {
		return
	}
	g.seen = true
	if g.possible == of(Text) {
		return
	}
	is := of(Text)
	switch c := s[0]; {
	case c == '-' || c >= '0' && c <= '9':
		if is |= g.number(s); is == of(Text) {
			is |= g.moment(s)
		}
	case s == "true" || s == "false":
		is |= of(Truth)
	case c == '[' || c == '{':
		if v, ok := parseJSON(s); ok {
			is |= g.nested(v)
		}
	}
	g.possible &= is
}

// value notes a value of a source that has types of its own.
func (g *guess) value(v any) {
	if v == nil {
		return
	}
	g.seen = true
	var is set
	switch x := v.(type) {
	case string:
		is = of(Text)
		if g.possible&of(Date, Time) != 0 {
			is |= g.moment(x)
		}
	case bool:
		is |= of(Truth)
	case json.Number:
		is |= g.number(x.String())
	case float64:
		is |= of(Number)
	case int64:
		is |= of(Whole, Number)
	case uint64:
		if is |= of(Number); x <= math.MaxInt64 {
			is |= of(Whole)
		}
	case dataset.Day:
		is |= of(Date)
	case time.Time:
		is |= g.time(x)
	default:
		is |= g.nested(v)
	}
	g.possible &= is
}

func (g *guess) nested(v any) set {
	switch x := v.(type) {
	case []any:
		if g.elem == nil {
			g.elem = newGuess()
		}
		for _, e := range x {
			g.elem.value(e)
		}
		return of(List)
	case map[string]any:
		if g.fields == nil {
			g.fields = make(map[string]*guess)
		}
		for _, k := range keysOf(x) {
			f := g.fields[k]
			if f == nil {
				if len(g.names) == maxFields {
					return 0
				}
				f = newGuess()
				g.fields[k] = f
				g.names = append(g.names, k)
			}
			f.value(x[k])
		}
		return of(Record)
	}
	return 0
}

// kind decides. Values that are of several kinds, or of none that a column can
// hold, are texts.
func (g *guess) kind() Type {
	t, _ := g.decide()
	return t
}

// decide says also whether every value is of the type: not where texts stand
// for what is of several kinds.
func (g *guess) decide() (Type, bool) {
	if !g.seen {
		return Type{}, true
	}
	if g.far && g.nanos {
		g.possible &^= of(Time)
	}
	// Two decimals or more, as many in every value, one of them padded: what
	// writes numbers as amounts. No float64 is written like that.
	if g.scales || !g.padded || g.scale < 2 {
		g.possible &^= of(Decimal)
	}
	for _, k := range []Kind{Truth, Whole, Decimal, Number, Date, Time} {
		if g.possible.has(k) {
			t := Type{Kind: k, Nanos: k == Time && g.nanos}
			if k == Decimal {
				t.Scale = g.scale
			}
			return t, true
		}
	}
	switch {
	case g.possible.has(List):
		if elem, ok := g.elem.decide(); ok {
			return Type{Kind: List, Elem: &elem}, true
		}
	case g.possible.has(Record) && len(g.names) > 0:
		t := Type{Kind: Record}
		for _, name := range g.names {
			f, ok := g.fields[name].decide()
			if !ok || strings.TrimSpace(name) == "" {
				return Type{}, false
			}
			t.Fields = append(t.Fields, Field{name, f})
		}
		return t, true
	}
	return Type{}, g.possible.has(Text)
}
