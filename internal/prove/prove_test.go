package prove

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/expr"
)

var fields = []flow.Field{
	{Name: "q", Type: flow.Type{Kind: flow.Enum, Enum: []string{"pay", "hold", "refuse"}}},
	{Name: "oq", Type: flow.Type{Kind: flow.Enum, Enum: []string{"pay", "hold", "refuse"}, Optional: true}},
	{Name: "p", Type: flow.Type{Kind: flow.Probability}},
	{Name: "n", Type: flow.Type{Kind: flow.Integer}},
	{Name: "on", Type: flow.Type{Kind: flow.Number, Optional: true}},
	{Name: "b", Type: flow.Type{Kind: flow.Boolean}},
	{Name: "s", Type: flow.Type{Kind: flow.String}},
}

func scope(name string) (Known, bool) {
	for _, f := range fields {
		if f.Name == name {
			return Known{Type: f.Type}, true
		}
	}
	return Known{Null: name == "gone"}, name == "gone"
}

func parse(t testing.TB, src string) Condition {
	t.Helper()
	c, err := Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCovered asks whether a value is left over that none of the conditions
// takes.
func TestCovered(t *testing.T) {
	for _, tc := range []struct {
		why        string
		conditions []string
		want       Answer
		example    string
	}{
		{"a boolean and not", []string{"b", "not b"}, Never, ""},
		{"a boolean alone", []string{"b"}, Surely, "b=false"},
		{"all words of an enum", []string{`q == "pay"`, `q == "hold"`, `q == "refuse"`}, Never, ""},
		{"a word is left", []string{`q == "pay"`, `q in ["hold"]`}, Surely, "q=refuse"},
		{"a list of words", []string{`q in ["pay", "hold"]`, `q == "refuse"`}, Never, ""},
		{"absence is left", []string{`oq == "pay"`, `oq == "hold"`, `oq == "refuse"`}, Surely, "oq=<nil>"},
		{"absence is asked for", []string{`oq == "pay" or oq == "hold"`, `oq == "refuse"`, "oq == null"}, Never, ""},
		{"two half lines", []string{"p < 0.5", "p >= 0.5"}, Never, ""},
		{"the point between", []string{"p < 0.5", "p > 0.5"}, Surely, "p=0.5"},
		{"a gap between", []string{"p < 0.5", "p >= 0.6"}, Surely, "p=0.5"},
		{"a probability ends at 1", []string{"p <= 1"}, Never, ""},
		{"whole numbers have nothing between", []string{"n <= 1", "n >= 2"}, Never, ""},
		{"numbers have", []string{"on == null or on <= 1", "on >= 2"}, Surely, "on=1.5"},
		{"a default counts", []string{"(on ?? 0) < 1", "(on ?? 0) >= 1"}, Never, ""},
		{"a default hides absence", []string{"(on ?? 0) >= 1"}, Surely, "on=0"},
		{"the same text twice", []string{`s matches "x"`, `not (s matches "x")`}, Never, ""},
		{"another text", []string{`s matches "x"`, `not (s matches "y")`}, Perhaps, ""},
		{"a length is a number", []string{"len(s) > 5", "len(s) <= 5"}, Never, ""},
		{"against a param", []string{"p < params.cutoff", "p >= params.cutoff"}, Never, ""},
		{"turned round", []string{"p < params.cutoff", "params.cutoff <= p"}, Never, ""},
		{"a param and a number", []string{"p < params.cutoff", "p >= 0.5"}, Perhaps, "p=0"},
		{"two cutoffs", []string{"p < params.low", "p >= params.low and p < params.high", "p >= params.high"}, Never, ""},
		{"a switch", []string{"b and params.on", "not b", "not params.on"}, Never, ""},
		{"a choice", []string{`b ? q == "pay" : p < 0.5`, `b ? q != "pay" : p >= 0.5`}, Never, ""},
		{"what is gone is null", []string{"gone == null"}, Never, ""},
		{"two enums may be equal or not", []string{"q == oq"}, Perhaps, ""},
		{"and that is all", []string{"q == oq", "q != oq"}, Never, ""},
	} {
		t.Run(tc.why, func(t *testing.T) {
			var left []Condition
			for _, c := range tc.conditions {
				left = append(left, parse(t, c).Not())
			}
			got, values := Together(scope, NewBudget(100_000), left...)
			var example []string
			for _, v := range values {
				if v.Value == (other{}) {
					v.Value = "other"
				}
				example = append(example, fmt.Sprintf("%s=%v", v.Name, v.Value))
			}
			if got != tc.want || tc.example != "" && strings.Join(example, " ") != tc.example {
				t.Errorf("left over: %d %v, want %d %s", got, example, tc.want, tc.example)
			}
		})
	}
}

func TestBudget(t *testing.T) {
	b := NewBudget(3)
	if got, _ := Together(scope, b, parse(t, "b and n == 3 and p == 0.5")); got != Unknown {
		t.Errorf("three tries gave %d, want that it is not known", got)
	}
}

// TestBudgetCountsParts holds that a budget bounds the work and not only the
// assignments: a try over thousands of conditions is thousands of looks.
func TestBudgetCountsParts(t *testing.T) {
	const tries, branches = 4_000, 3_000
	var conditions []Condition
	for i := range branches {
		conditions = append(conditions, parse(t, fmt.Sprintf(`p < 0.%04d and q == "pay"`, i+1)).Not())
	}
	b, questions := NewBudget(tries), 0
	for ; !b.Spent(); questions++ {
		Together(scope, b, conditions...)
	}
	// Each question goes over at least the 7 parts of every condition once.
	if most := 1 + tries*partsATry/(branches*7); questions > most {
		t.Errorf("%d questions were gone into, want %d at most", questions, most)
	}
	if got, _ := Together(scope, b, parse(t, "b"), parse(t, "b").Not()); got != Unknown {
		t.Errorf("a budget that is spent gave %d, want that it is not known", got)
	}
}

// condition draws conditions over the fields.
func condition(t *rapid.T, depth int) string {
	if depth > 0 {
		switch rapid.IntRange(0, 3).Draw(t, "op") {
		case 0:
			return "(" + condition(t, depth-1) + " and " + condition(t, depth-1) + ")"
		case 1:
			return "(" + condition(t, depth-1) + " or " + condition(t, depth-1) + ")"
		case 2:
			return "not (" + condition(t, depth-1) + ")"
		}
	}
	op := rapid.SampledFrom([]string{"==", "!=", "<", "<=", ">", ">="}).Draw(t, "comparison")
	return rapid.SampledFrom([]string{
		"b", "q == oq", `q == "pay"`, `oq != "hold"`, `q in ["pay", "refuse"]`, "oq == null", "on != null", `s == "x"`, `s contains "x"`, "len(s) > 1",
		"p " + op + " 0.5", "p " + op + " 0", "n " + op + " 1", "2 " + op + " n", "(on ?? 1) " + op + " n", "(on ?? 1) " + op + " 1.5", `(oq ?? "pay") == "pay"`, `(b ? q : oq) == "hold"`,
	}).Draw(t, "leaf")
}

// TestSound holds that what is said to be impossible never happens, and that an
// example of what surely is possible is one.
func TestSound(t *testing.T) {
	env := &expr.Env{}
	for i, f := range fields {
		env.Add(f.Name, f.Type, expr.Place{Index: i})
	}
	texts := []any{"pay", "hold", "refuse"}
	values := [][]any{
		texts, append([]any{nil}, texts...), {0.0, 0.25, 0.5, 1.0}, {int64(0), int64(1), int64(2), int64(3)},
		{nil, 0.0, 1.0, 1.25, 1.5, 2.0, 7.0}, {true, false}, {"x", "y", "axb"},
	}
	never, surely := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		var programs []*expr.Program
		var all []Condition
		for range rapid.IntRange(1, 3).Draw(t, "conditions") {
			src := condition(t, 2)
			p, diags := expr.Compile(flow.Text{Value: src}, flow.Type{Kind: flow.Boolean}, env)
			if diags.Err() != nil {
				t.Fatalf("%s: %v", src, diags)
			}
			c, err := Parse(src)
			if err != nil {
				t.Fatal(err)
			}
			programs, all = append(programs, p), append(all, c)
		}
		meets := func(frame []any) bool {
			for _, p := range programs {
				if v, err := p.Eval(frame); err != nil || v != true {
					return false
				}
			}
			return true
		}
		frame := make([]any, len(fields))
		answer, example := Together(scope, NewBudget(100_000), all...)
		switch answer {
		case Never:
			never++
			for range 200 {
				for i, choice := range values {
					frame[i] = rapid.SampledFrom(choice).Draw(t, fields[i].Name)
				}
				if meets(frame) {
					t.Fatalf("%v meets what is said to be impossible", frame)
				}
			}
		case Surely:
			surely++
			for i := range frame {
				frame[i] = values[i][len(values[i])-1]
			}
			for _, e := range example {
				for i, f := range fields {
					if f.Name != e.Name {
						continue
					}
					frame[i] = e.Value
					if e.Value == (other{}) {
						frame[i] = "something that nobody names"
					}
					if x, ok := e.Value.(float64); ok && f.Type.Kind == flow.Integer {
						frame[i] = int64(x)
					}
				}
			}
			if !meets(frame) {
				t.Fatalf("%v does not meet the conditions", example)
			}
		}
	})
	if never == 0 || surely == 0 {
		t.Errorf("%d impossible and %d possible, want both", never, surely)
	}
}
