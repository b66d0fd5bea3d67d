package expr

import (
	"reflect"
	"strings"
	"time"

	"github.com/expr-lang/expr/checker/nature"
	"github.com/expr-lang/expr/types"

	"github.com/rehearse-dev/rehearse/flow"
)

// typeFor is the library's type of a flow type.
func typeFor(t flow.Type) types.Type {
	switch t.Kind {
	case flow.String, flow.Enum:
		return types.String
	case flow.Number, flow.Probability:
		return types.Float64
	case flow.Integer:
		return types.Int64
	case flow.Boolean:
		return types.Bool
	case flow.Date, flow.Time:
		return types.TypeOf(time.Time{})
	case flow.List:
		if t.Elem != nil {
			return types.Array(typeFor(*t.Elem))
		}
		return types.Array(types.Any)
	case flow.Record:
		if t.Fields.Len() == 0 {
			return types.TypeOf(map[string]any{})
		}
		m := make(types.Map, t.Fields.Len())
		for _, f := range t.Fields.Fields() {
			m[f.Name] = typeFor(f.Type)
		}
		return m
	}
	return types.Any
}

var goTime = reflect.TypeFor[time.Time]()

// flowType is the flow type of a nature, which knows no enums, probabilities
// and dates.
func flowType(n *nature.Nature) flow.Type {
	t := n.Type
	if t == nil {
		return flow.Type{Kind: flow.Any, Optional: n.Nil}
	}
	switch {
	case t == goTime:
		return flow.Type{Kind: flow.Time}
	case t == reflect.TypeFor[time.Duration]():
		return flow.Type{Kind: durationKind}
	}
	switch t.Kind() {
	case reflect.String:
		return flow.Type{Kind: flow.String}
	case reflect.Bool:
		return flow.Type{Kind: flow.Boolean}
	case reflect.Float64, reflect.Float32:
		return flow.Type{Kind: flow.Number}
	case reflect.Int, reflect.Int64, reflect.Int32:
		return flow.Type{Kind: flow.Integer}
	case reflect.Slice, reflect.Array:
		return flow.Type{Kind: flow.List}
	case reflect.Map:
		return flow.Type{Kind: flow.Record}
	}
	return flow.Type{Kind: flow.Any}
}

// durationKind marks the difference of two times, which is no flow type.
const durationKind flow.Kind = 255

func numeric(k flow.Kind) bool {
	return k == flow.Number || k == flow.Integer || k == flow.Probability
}

// join is the type of a value that is one of two; any where they have
// nothing in common.
func join(a, b flow.Type) flow.Type {
	a, b = withOptional(a, false), withOptional(b, false)
	switch {
	case reflect.DeepEqual(a, b):
		return a
	case numeric(a.Kind) && numeric(b.Kind):
		return flow.Type{Kind: flow.Number}
	case textual(a.Kind) && textual(b.Kind):
		return flow.Type{Kind: flow.String}
	case instant(a.Kind) && instant(b.Kind):
		return flow.Type{Kind: flow.Time}
	case a.Kind == b.Kind && a.Kind != durationKind:
		return flow.Type{Kind: a.Kind}
	}
	return flow.Type{}
}

func textual(k flow.Kind) bool { return k == flow.String || k == flow.Enum }
func instant(k flow.Kind) bool { return k == flow.Date || k == flow.Time }

func withOptional(t flow.Type, optional bool) flow.Type {
	t.Optional = optional
	return t
}

// Assignable says whether a value of one type may be given where another is
// wanted, whether or not it may be absent. What only a value can tell (a
// range, an enum's words from a string) is left to [flow.Type.Check].
func Assignable(from, want flow.Type) bool {
	if from.Kind == flow.Any || want.Kind == flow.Any {
		return from.Kind != durationKind
	}
	switch want.Kind {
	case flow.Number, flow.Probability:
		return numeric(from.Kind)
	case flow.String:
		return textual(from.Kind)
	case flow.Enum:
		if from.Kind == flow.Enum {
			for _, v := range from.Enum {
				for _, w := range want.Enum {
					if v == w {
						return true
					}
				}
			}
			return false
		}
		return from.Kind == flow.String
	case flow.Date, flow.Time:
		return instant(from.Kind)
	case flow.List:
		return from.Kind == flow.List && (from.Elem == nil || want.Elem == nil || Assignable(*from.Elem, *want.Elem))
	case flow.Record:
		if from.Kind != flow.Record || from.Fields.Len() == 0 {
			return from.Kind == flow.Record
		}
		for _, f := range want.Fields.Fields() {
			i := from.Fields.Index(f.Name)
			if i < 0 {
				if !f.Type.Optional {
					return false
				}
				continue
			}
			if !Assignable(from.Fields.Fields()[i].Type, f.Type) {
				return false
			}
		}
		return true
	}
	return from.Kind == want.Kind
}

// words writes the library's type names as a user knows them.
var words = strings.NewReplacer(
	"map[string]interface {}", "record", "[]interface {}", "list", "interface {}", "any",
	"float64", "number", "int64", "number", "time.Time", "time", "time.Duration", "duration",
	"types.Map", "record", "bool)", "boolean)", "bool ", "boolean ", "type nil", "type null", " int)", " number)", " int ", " number ", "> int", "> number",
)

func typeWord(t flow.Type) string {
	if t.Kind == durationKind {
		return "a duration"
	}
	return withOptional(t, false).String()
}
