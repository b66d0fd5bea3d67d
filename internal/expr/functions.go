package expr

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/vm/runtime"
)

// Functions are what an expression may call, by name, with what it does.
var Functions = map[string]string{
	"abs": "abs(n): n without its sign", "ceil": "ceil(n): n rounded up", "floor": "floor(n): n rounded down",
	"round": "round(n): n rounded to a whole number", "min": "min(a, b, …): the least", "max": "max(a, b, …): the greatest",
	"sum": "sum(list): the sum", "mean": "mean(list): the mean", "median": "median(list): the median",
	"int": "int(x): x as a whole number", "float": "float(x): x as a number", "string": "string(x): x as text",
	"len": "len(x): length of a text in characters, of a list or a record", "lower": "lower(text): in small letters", "upper": "upper(text): in capitals",
	"trim": "trim(text): without space around it", "trimPrefix": "trimPrefix(text, p): without p at its start", "trimSuffix": "trimSuffix(text, p): without p at its end",
	"split": "split(text, by): the parts as a list", "join": "join(list, by): the parts as one text", "replace": "replace(text, old, new): with every old made new",
	"indexOf": "indexOf(text, part): where part begins, -1 for nowhere", "hasPrefix": "hasPrefix(text, p): whether it starts with p", "hasSuffix": "hasSuffix(text, p): whether it ends with p",
	"all": "all(list, condition): whether every element meets it; # is the element", "any": "any(list, condition): whether one does", "none": "none(list, condition): whether none does", "one": "one(list, condition): whether exactly one does",
	"filter": "filter(list, condition): the elements that meet it", "map": "map(list, expression): each element changed", "find": "find(list, condition): the first that meets it, or null", "count": "count(list, condition): how many meet it",
	"first": "first(list): its first element, or null", "last": "last(list): its last element, or null", "sort": "sort(list): in ascending order", "sortBy": "sortBy(list, expression): in its ascending order",
	"reverse": "reverse(list): backwards", "uniq": "uniq(list): without repetitions", "concat": "concat(a, b, …): lists one after another", "take": "take(list, n): its first n elements", "reduce": "reduce(list, expression): folded to one value; #acc is the value so far",
	"date": "date(text or time): the day, from text like 2006-01-02", "days": "days(a, b): days from a to b, negative where b is earlier", "hour": "hour(t): the hour of the day in UTC, 0 to 23", "weekday": "weekday(t): 1 for Monday to 7 for Sunday, in UTC",
}

// ours are the functions that the library does not have, or has otherwise.
var ours = []expr.Option{
	expr.Function("date", func(args ...any) (any, error) {
		switch x := args[0].(type) {
		case time.Time:
			return x.UTC().Truncate(24 * time.Hour), nil
		case string:
			at, err := time.Parse(time.DateOnly, x)
			if err != nil {
				return nil, fmt.Errorf("%q is not a date like 2006-01-02", x)
			}
			return at, nil
		}
		return nil, fmt.Errorf("date of a %T", args[0])
	}, new(func(string) time.Time), new(func(time.Time) time.Time)),
	expr.Function("days", func(args ...any) (any, error) {
		a, ok := args[0].(time.Time)
		b, also := args[1].(time.Time)
		if !ok || !also {
			return nil, fmt.Errorf("days between a %T and a %T", args[0], args[1])
		}
		return b.Sub(a).Hours() / 24, nil
	}, new(func(time.Time, time.Time) float64)),
	expr.Function("replace", func(args ...any) (any, error) {
		text, old, by, err := texts(args)
		if err != nil {
			return nil, err
		}
		if err := fits(len(text) + strings.Count(text, old)*max(len(by)-len(old), 0)); err != nil {
			return nil, err
		}
		return strings.ReplaceAll(text, old, by), nil
	}, new(func(string, string, string) string)),
	expr.Function("join", func(args ...any) (any, error) {
		by, ok := args[1].(string)
		list := reflect.ValueOf(args[0])
		if !ok || list.Kind() != reflect.Slice {
			return nil, fmt.Errorf("join of %T by %T, want a list of texts and a text", args[0], args[1])
		}
		parts, size := make([]string, list.Len()), 0
		for i := range parts {
			text, ok := list.Index(i).Interface().(string)
			if !ok {
				return nil, fmt.Errorf("join of a list whose element %d is no text", i)
			}
			parts[i] = text
			if err := fits(size + len(text) + len(by)); err != nil {
				return nil, err
			}
			size += len(text) + len(by)
		}
		return strings.Join(parts, by), nil
	}, new(func([]any, string) string), new(func([]string, string) string)),
	expr.Function("hour", func(args ...any) (any, error) {
		t, ok := args[0].(time.Time)
		if !ok {
			return nil, fmt.Errorf("hour of a %T", args[0])
		}
		return t.UTC().Hour(), nil
	}, new(func(time.Time) int)),
	expr.Function("weekday", func(args ...any) (any, error) {
		t, ok := args[0].(time.Time)
		if !ok {
			return nil, fmt.Errorf("weekday of a %T", args[0])
		}
		return (int(t.UTC().Weekday())+6)%7 + 1, nil
	}, new(func(time.Time) int)),
}

// maxText is the longest text that an expression may build, in bytes.
const maxText = 1 << 20

func fits(size int) error {
	if size > maxText {
		return errLarge
	}
	return nil
}

// texts takes three arguments as texts.
func texts(args []any) (a, b, c string, err error) {
	var out [3]string
	for i := range out {
		text, ok := args[i].(string)
		if !ok {
			return "", "", "", fmt.Errorf("argument %d is no text", i+1)
		}
		out[i] = text
	}
	return out[0], out[1], out[2], nil
}

// plus adds as the library does, without texts that grow beyond all bounds.
func plus(args ...any) any {
	if a, ok := args[0].(string); ok {
		if b, ok := args[1].(string); ok {
			if err := fits(len(a) + len(b)); err != nil {
				panic(err)
			}
			return a + b
		}
	}
	return runtime.Add(args[0], args[1])
}

// options are those of every compilation.
func options() []expr.Option {
	out := make([]expr.Option, 0, len(ours)+len(builtin.Builtins))
	for _, b := range builtin.Builtins {
		if Functions[b.Name] == "" {
			out = append(out, expr.DisableBuiltin(b.Name))
		}
	}
	return append(append(out, expr.DisableBuiltin("date"), expr.DisableBuiltin("replace"), expr.DisableBuiltin("join")), ours...)
}

// Names that the compiler adds; no user can write them.
const (
	tickName    = "$tick"
	nonzeroName = "$nonzero"
	plusName    = "$plus"
)

// nonzero stops a division by zero, which the library makes infinite.
func nonzero(args ...any) any {
	switch x := args[0].(type) {
	case float64:
		if x == 0 {
			panic(errZero)
		}
	case int64:
		if x == 0 {
			panic(errZero)
		}
	case int:
		if x == 0 {
			panic(errZero)
		}
	}
	return args[0]
}

// finite says whether a result is a number at all.
func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
