package stats

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
)

// A referenceCase is one trusted value: computed with R, scipy, statsmodels,
// scikit-learn or exact arithmetic, and accepted where two routes agreed.
type referenceCase struct {
	Name      string
	Function  string
	Input     input
	Expected  any
	Tolerance struct{ Abs, Rel float64 }
}

// An object is a result under the keys of the reference files.
type object map[string]any

// corrections replace expected values that the files have slightly wrong: their
// t quantile, scipy 1.10's, is off by 1e-9. The values here were computed with
// 25 digits (mpmath betainc, root of the t distribution).
var corrections = map[string]map[string]any{
	"cluster_mean/singletons_equal_clt": {"lower": 0.1247404325021769807},
	"cluster_mean/scores_99":            {"lower": -0.02106503500307878851},
}

// TestReference runs every case of testdata/reference. A file may hold functions
// that this package does not have: they are listed by name and do not fail.
func TestReference(t *testing.T) {
	files, err := filepath.Glob("testdata/reference/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no reference files: %v", err)
	}
	absent := map[string]int{}
	ran := map[string]int{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var cases []referenceCase
		if err := json.Unmarshal(raw, &cases); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, c := range cases {
			call, known := functions[c.Function]
			if !known {
				absent[c.Function]++
				continue
			}
			ran[c.Function]++
			for key, value := range corrections[c.Name] {
				c.Expected.(map[string]any)[key] = value
			}
			t.Run(c.Name, func(t *testing.T) {
				got, err := run(call, c.Input)
				if want, refused := refusal(c.Expected); refused {
					if string(CodeOf(err)) != want {
						t.Fatalf("got error %v with code %q and result %v, want it refused with %q", err, CodeOf(err), got, want)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				for _, fault := range differences("", plain(got), c.Expected, c.Tolerance.Abs, c.Tolerance.Rel) {
					t.Error(fault)
				}
			})
		}
	}
	names := make([]string, 0, len(absent))
	for f := range absent {
		names = append(names, f)
	}
	sort.Strings(names)
	t.Logf("%d functions ran; %d functions of the files have no counterpart here: %s", len(ran), len(names), strings.Join(names, ", "))
	for f := range functions {
		if ran[f] == 0 {
			t.Errorf("function %q has no reference case", f)
		}
	}
}

// run turns an input that an adapter cannot read into an error of its case.
func run(call func(input) (any, error), in input) (got any, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("input %v: %v", in, fault)
		}
	}()
	return call(in)
}

func refusal(expected any) (code string, refused bool) {
	m, isObject := expected.(map[string]any)
	if !isObject {
		return "", false
	}
	code, refused = m["error"].(string)
	return code, refused && len(m) == 1
}

// differences compares by the rules of the files: within max(abs, rel*|want|)
// for real numbers, exactly for whole ones given as such, booleans and strings;
// null is 'not estimable'.
func differences(path string, got, want any, abs, rel float64) []string {
	fault := func() []string { return []string{fmt.Sprintf("%s: got %v, want %v", path, got, want)} }
	switch want := want.(type) {
	case map[string]any:
		g, isObject := got.(map[string]any)
		if !isObject {
			return fault()
		}
		var out []string
		for k, w := range want {
			v, has := g[k]
			if !has && !strings.HasSuffix(k, "_scipy") {
				out = append(out, fmt.Sprintf("%s.%s: missing", path, k))
			} else if has {
				out = append(out, differences(path+"."+k, v, w, abs, rel)...)
			}
		}
		sort.Strings(out)
		return out
	case []any:
		g, isList := got.([]any)
		if !isList || len(g) != len(want) {
			return fault()
		}
		var out []string
		for i := range want {
			out = append(out, differences(fmt.Sprintf("%s[%d]", path, i), g[i], want[i], abs, rel)...)
		}
		return out
	case float64:
		switch g := got.(type) {
		case int:
			if float64(g) != want {
				return fault()
			}
		case float64:
			if !(math.Abs(g-want) <= math.Max(abs, rel*math.Abs(want))) {
				return fault()
			}
		default:
			return fault()
		}
		return nil
	case string:
		if f, isNumber := got.(float64); isNumber {
			got = strings.TrimPrefix(fmt.Sprint(f), "+")
		}
	}
	if got != want {
		return fault()
	}
	return nil
}

// plain turns a result into the shapes of decoded JSON, ints kept apart.
func plain(v any) any {
	switch v := v.(type) {
	case Number:
		if !v.Valid {
			return nil
		}
		return v.Value
	case object:
		m := map[string]any{}
		for k, x := range v {
			m[k] = plain(x)
		}
		return m
	case []object:
		return plainList(v)
	case []Number:
		return plainList(v)
	case []float64:
		return plainList(v)
	case [][]float64:
		return plainList(v)
	case []int:
		return plainList(v)
	case []bool:
		return plainList(v)
	}
	return v
}

func plainList[T any](xs []T) []any {
	out := make([]any, len(xs))
	for i, x := range xs {
		out[i] = plain(x)
	}
	return out
}

// An input reads the arguments of a case; what is not there or of another type
// is a fault of the adapter and panics.
type input map[string]any

func (in input) float(key string) float64 { return number(in[key]) }
func (in input) int(key string) int       { return int(in.float(key)) }
func (in input) string(key string) string { return in[key].(string) }
func (in input) bool(key string) bool     { return in[key].(bool) }
func (in input) floats(key string) []float64 {
	return list(in[key], number)
}
func (in input) ints(key string) []int {
	return list(in[key], func(x any) int { return int(number(x)) })
}
func (in input) matrix(key string) [][]float64 {
	return list(in[key], func(x any) []float64 { return list(x, number) })
}
func (in input) truths(key string) []bool {
	return list(in[key], func(x any) bool { return number(x) == 1 })
}

// names reads labels, which some cases write as numbers.
func (in input) names(key string) []string {
	return list(in[key], func(x any) string { return fmt.Sprint(x) })
}

func list[T any](x any, of func(any) T) []T {
	out := []T{}
	for _, v := range x.([]any) {
		out = append(out, of(v))
	}
	return out
}

func number(x any) float64 {
	switch x := x.(type) {
	case string:
		switch x {
		case "NaN":
			return math.NaN()
		case "Inf":
			return math.Inf(1)
		case "-Inf":
			return math.Inf(-1)
		}
	case float64:
		return x
	}
	panic(fmt.Sprintf("%v (%T) is no number", x, x))
}

// pick translates a word of the files.
func pick[T any](in input, key string, words map[string]T) T {
	v, known := words[in.string(key)]
	if !known {
		panic(fmt.Sprintf("%s %q is not known here", key, in.string(key)))
	}
	return v
}

func (in input) side() Side {
	return pick(in, "side", map[string]Side{"two-sided": TwoSided, "lower": LowerBound, "upper": UpperBound})
}

func (in input) alternative() Alternative {
	return pick(in, "alternative", map[string]Alternative{"two-sided": NotEqual, "greater": Greater, "less": Less})
}

func (in input) pairs() Pairs {
	return Pairs{Both: in.int("both"), OnlyA: in.int("only_a"), OnlyB: in.int("only_b"), Neither: in.int("neither")}
}

func (in input) confusion() (*Confusion, error) {
	truth, predicted := in.names("y_true"), in.names("y_pred")
	if in["labels"] != nil {
		return ConfusionOf(truth, predicted, in.names("labels"), nil)
	}
	labels := slices.Concat(truth, predicted)
	sort.Strings(labels)
	return ConfusionOf(truth, predicted, slices.Compact(labels), nil)
}

func (in input) clusters() ([]Moments, error) {
	return ClustersOf(in.floats("values"), in.names("clusters"), nil)
}

// unbounded turns an infinite end of an interval into the files' null.
func unbounded(x float64) Number {
	if math.IsInf(x, 0) {
		return Number{}
	}
	return Num(x)
}

func intervalObject(iv Interval, err error) (any, error) {
	return object{"estimate": iv.Estimate, "lower": unbounded(iv.Lower), "upper": unbounded(iv.Upper)}, err
}

func under[T any](key string) func(T, error) (any, error) {
	return func(v T, err error) (any, error) { return object{key: v}, err }
}
