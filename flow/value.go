package flow

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Kind is the kind of a value. The Go type that carries it stands beside each
// constant; an absent value of any kind is nil.
type Kind uint8

const (
	Any         Kind = iota // whatever JSON can hold
	String                  // string
	Number                  // float64, never NaN or infinite
	Integer                 // int64
	Boolean                 // bool
	Date                    // time.Time at midnight UTC; written 2006-01-02
	Time                    // time.Time; written as RFC 3339
	Enum                    // string out of Type.Enum
	Probability             // float64 from 0 to 1; a step's confidence
	List                    // []any of Type.Elem
	Record                  // map[string]any with the fields of Type.Fields
)

var kindNames = [...]string{"any", "string", "number", "integer", "boolean", "date", "time", "enum", "probability", "list", "record"}

// String is the word a user writes for the kind.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// KindByName is the inverse of [Kind.String].
func KindByName(name string) (Kind, bool) {
	i := slices.Index(kindNames[:], name)
	return Kind(max(i, 0)), i >= 0
}

// KindNames lists the words a user may write for a kind.
func KindNames() []string { return slices.Clone(kindNames[:]) }

// Type is the type of a field. Optional says that the value may be absent.
type Type struct {
	Kind     Kind
	Optional bool
	Enum     []string // the values of an Enum
	Elem     *Type    // the element of a List
	Fields   *Schema  // the fields of a Record
}

// String writes the type as a user would: "number?", "enum(approve|hold)".
func (t Type) String() string {
	var b strings.Builder
	switch t.Kind {
	case Enum:
		b.WriteString("enum(" + strings.Join(t.Enum, "|") + ")")
	case List:
		b.WriteString("list")
		if t.Elem != nil {
			b.WriteString("(" + t.Elem.String() + ")")
		}
	default:
		b.WriteString(t.Kind.String())
	}
	if t.Optional {
		b.WriteByte('?')
	}
	return b.String()
}

// Check says in words why v is not a value of type t, or nothing if it is one.
// An absent value passes only where the type is optional.
func (t Type) Check(v any) string {
	if v == nil {
		if t.Optional {
			return ""
		}
		return "is missing"
	}
	bad := func() string { return fmt.Sprintf("is %s, want %s", describe(v), t) }
	switch t.Kind {
	case Any:
		return ""
	case String:
		if _, ok := v.(string); !ok {
			return bad()
		}
	case Enum:
		s, ok := v.(string)
		if !ok || !slices.Contains(t.Enum, s) {
			return bad()
		}
	case Number:
		f, ok := v.(float64)
		if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
			return bad()
		}
	case Probability:
		f, ok := v.(float64)
		if !ok || !(f >= 0 && f <= 1) {
			return bad()
		}
	case Integer:
		if _, ok := v.(int64); !ok {
			return bad()
		}
	case Boolean:
		if _, ok := v.(bool); !ok {
			return bad()
		}
	case Date, Time:
		if _, ok := v.(time.Time); !ok {
			return bad()
		}
	case List:
		l, ok := v.([]any)
		if !ok {
			return bad()
		}
		if t.Elem != nil {
			for i, e := range l {
				if why := t.Elem.Check(e); why != "" {
					return fmt.Sprintf("element %d %s", i, why)
				}
			}
		}
	case Record:
		m, ok := v.(map[string]any)
		if !ok {
			return bad()
		}
		if t.Fields != nil {
			for _, f := range t.Fields.Fields() {
				if why := f.Type.Check(m[f.Name]); why != "" {
					return fmt.Sprintf("field %q %s", f.Name, why)
				}
			}
		}
	}
	return ""
}

func describe(v any) string {
	switch x := v.(type) {
	case string:
		if len(x) > 40 {
			x = x[:40] + "…"
		}
		return fmt.Sprintf("%q", x)
	case float64, int64, bool:
		return fmt.Sprint(x)
	case time.Time:
		return x.Format(time.RFC3339)
	case []any:
		return fmt.Sprintf("a list of %d", len(x))
	case map[string]any:
		return "a record"
	}
	return fmt.Sprintf("a %T", v)
}

// Field is a named type.
type Field struct {
	Name string
	Type Type
}

// Schema is an ordered, immutable set of fields. The nil schema has none.
type Schema struct {
	fields []Field
	index  map[string]int
}

// NewSchema makes a schema. It panics on a repeated name: callers check what
// users write before.
func NewSchema(fields ...Field) *Schema {
	s := &Schema{fields: slices.Clone(fields), index: make(map[string]int, len(fields))}
	for i, f := range fields {
		if _, dup := s.index[f.Name]; dup {
			panic(fmt.Sprintf("flow: field %q twice in one schema", f.Name))
		}
		s.index[f.Name] = i
	}
	return s
}

// Len is the number of fields.
func (s *Schema) Len() int {
	if s == nil {
		return 0
	}
	return len(s.fields)
}

// Fields are the fields in order; the caller does not change them.
func (s *Schema) Fields() []Field {
	if s == nil {
		return nil
	}
	return s.fields
}

// Index is the position of the field of that name, or -1.
func (s *Schema) Index(name string) int {
	if s == nil {
		return -1
	}
	if i, ok := s.index[name]; ok {
		return i
	}
	return -1
}

// Names are the field names in order.
func (s *Schema) Names() []string {
	names := make([]string, s.Len())
	for i, f := range s.Fields() {
		names[i] = f.Name
	}
	return names
}

// Message is what one actor hands to the next: values in the order of a
// schema. It has no place for a label.
type Message struct {
	Schema *Schema
	Values []any // aligned with Schema; nil where absent
}

// Get is the value of the named field, nil where the field is absent or unknown.
func (m Message) Get(name string) any {
	if i := m.Schema.Index(name); i >= 0 && i < len(m.Values) {
		return m.Values[i]
	}
	return nil
}

// Map is the message as a new map, absent values included as nil.
func (m Message) Map() map[string]any {
	out := make(map[string]any, len(m.Values))
	for i, f := range m.Schema.Fields() {
		if i < len(m.Values) {
			out[f.Name] = m.Values[i]
		}
	}
	return out
}
