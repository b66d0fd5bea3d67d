package expr

import (
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/expr-lang/expr/builtin"
	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
)

var (
	number   = flow.Type{Kind: flow.Number}
	boolean  = flow.Type{Kind: flow.Boolean}
	text     = flow.Type{Kind: flow.String}
	decision = flow.Type{Kind: flow.Enum, Enum: []string{"approve", "hold", "reject"}}
)

func optional(t flow.Type) flow.Type { t.Optional = true; return t }

// input, extract, match and assess are what the designs of invoices read.
func testEnv() *Env {
	var e Env
	line := flow.Type{Kind: flow.Record, Fields: flow.NewSchema(flow.Field{Name: "price", Type: number}, flow.Field{Name: "note", Type: optional(text)})}
	e.Scope("input", flow.NewSchema(
		flow.Field{Name: "text", Type: text},
		flow.Field{Name: "received_at", Type: flow.Type{Kind: flow.Time}},
		flow.Field{Name: "lines", Type: flow.Type{Kind: flow.List, Elem: &line}},
		flow.Field{Name: "pages", Type: flow.Type{Kind: flow.Integer}},
		flow.Field{Name: "sender", Type: optional(flow.Type{Kind: flow.Record, Fields: flow.NewSchema(flow.Field{Name: "name", Type: text}, flow.Field{Name: "vat", Type: optional(text)})})},
		flow.Field{Name: "extra", Type: flow.Type{Kind: flow.Any}},
	), Place{})
	e.Scope("extract", flow.NewSchema(
		flow.Field{Name: "amount", Type: number},
		flow.Field{Name: "po", Type: optional(text)},
		flow.Field{Name: "due", Type: optional(flow.Type{Kind: flow.Date})},
	), Place{Index: 6})
	e.Scope("match", flow.NewSchema(flow.Field{Name: "ordered", Type: optional(number)}), Place{Index: 9})
	e.Scope("assess", flow.NewSchema(
		flow.Field{Name: "decision", Type: decision},
		flow.Field{Name: "confidence", Type: flow.Type{Kind: flow.Probability}},
	), Place{Index: 10})
	e.Scope("", flow.NewSchema(flow.Field{Name: "bare", Type: number}), Place{Scope: 1})
	e.Scope("in", flow.NewSchema(flow.Field{Name: "po", Type: text}), Place{Scope: 2})
	e.Const("params.cutoff", number, 0.85)
	e.Const("params.team", text, "clerks")
	e.Hide("post", `step "post" comes later`)
	e.Whole("extract")
	return &e
}

func testFrame() []any {
	return []any{
		"Invoice 12", time.Date(2025, 3, 1, 14, 0, 0, 0, time.UTC),
		[]any{map[string]any{"price": 2.0, "note": "a"}, map[string]any{"price": 3.5, "note": nil}},
		int64(3), map[string]any{"name": "Acme", "vat": nil}, map[string]any{"k": 1.0},
		120.0, nil, time.Date(2025, 3, 31, 0, 0, 0, 0, time.UTC),
		100.0, "approve", 0.9,
	}
}

func compile(t testing.TB, src string, want flow.Type) *Program {
	t.Helper()
	p, diags := Compile(flow.Text{Value: src, Pos: flow.Pos{File: "f.yaml", Line: 7, Column: 11}}, want, testEnv())
	if err := diags.Err(); err != nil {
		t.Fatalf("%q: %v", src, err)
	}
	return p
}

func TestEval(t *testing.T) {
	for _, tc := range []struct {
		why, src string
		want     any
		typ      string
	}{
		{"a plain reference", "extract.amount", 120.0, "number"},
		{"a plain reference to what may be absent", "extract.po", nil, "string?"},
		{"a constant", "0.85", 0.85, "number"},
		{"null", "null", nil, "any?"},
		{"a parameter is folded", "params.cutoff * 2", 1.7, "number"},
		{"a condition", "assess.confidence < params.cutoff", false, "boolean"},
		{"three clauses", `extract.amount > 100 and assess.confidence >= 0.9 and assess.decision == "approve"`, true, "boolean"},
		{"a guard by a conditional", "match.ordered == null ? null : abs(extract.amount - match.ordered)", 20.0, "number?"},
		{"the other branch of a guard", "match.ordered != null ? match.ordered : 0", 100.0, "number"},
		{"a guard by and", "match.ordered != null and match.ordered > 50", true, "boolean"},
		{"a guard by or", "match.ordered == null or match.ordered > 500", false, "boolean"},
		{"a guard by not", "not (match.ordered == null) and match.ordered > 50", true, "boolean"},
		{"a guard by a value", `extract.po == "P-1" and len(extract.po) == 3`, false, "boolean"},
		{"a default", `extract.po ?? "none"`, "none", "string"},
		{"an absent text equals none", `extract.po == "P-1"`, false, "boolean"},
		{"whole numbers", "input.pages + 1", int64(4), "integer"},
		{"a whole number and a fraction", "input.pages + 0.5", 3.5, "number"},
		{"division", "input.pages / 2", 1.5, "number"},
		{"one of an enum keeps its type", `assess.confidence < 0.5 ? assess.decision : assess.decision`, "approve", "enum(approve|hold|reject)"},
		{"days between two dates", "days(input.received_at, extract.due ?? input.received_at)", 29.0 + 10.0/24, "number"},
		{"the day of a time", "date(input.received_at)", time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC), "time"},
		{"a date from text", `date("2025-03-01") < input.received_at`, true, "boolean"},
		{"the weekday", "weekday(input.received_at)", int64(6), "integer"},
		{"a loop", "sum(map(input.lines, #.price))", 5.5, "number"},
		{"a loop with a condition", "count(input.lines, #.price > 3)", int64(1), "integer"},
		{"a member of a record", `input.sender?.name ?? "unknown"`, "Acme", "string"},
		{"a member of a guarded record", `input.sender != null ? input.sender.name : ""`, "Acme", "string"},
		{"a list", "[1, extract.amount]", []any{int64(1), 120.0}, "list"},
		{"a record", `{amount: extract.amount, ok: true}`, map[string]any{"amount": 120.0, "ok": true}, "record"},
		{"a whole step", "extract", map[string]any{"amount": 120.0, "po": nil, "due": time.Date(2025, 3, 31, 0, 0, 0, 0, time.UTC)}, "record"},
		{"a bare name of another scope", "bare * 2", 14.0, "number"},
		{"what a step receives", `in.po == "P-1" and in.po in ["in.po", "P-1"]`, true, "boolean"},
		{"what a step receives, alone", "in.po", "P-1", "string"},
		{"text that looks like it", `"in.po" + 'in.po'`, "in.poin.po", "string"},
		{"a local name", "let gap = extract.amount - 100; gap > 10", true, "boolean"},
		{"text", `lower(input.text) contains "invoice" and input.text matches "[0-9]+"`, true, "boolean"},
		{"text put together", `input.text + ", " + (extract.po ?? "")`, "Invoice 12, ", "string"},
		{"a list joined", `join(split("a b", " "), "-") + replace("xx", "x", "yz")`, "a-byzyz", "string"},
		{"the greatest of a whole number and a fraction", "max(1, extract.amount, 2.5)", 120.0, "number"},
		{"the least of whole numbers", "min(input.pages, 7)", int64(3), "integer"},
		{"a sum of mixed numbers", "sum([1, 2.5])", 3.5, "number"},
		{"a mean", "mean([1, 2])", 1.5, "number"},
		{"a fold", "reduce([1, 2.5], #acc + #)", 3.5, "any"},
		{"made whole", "int(extract.amount)", int64(120), "integer"},
		{"rounded down", "floor(1.5 + extract.amount)", 121.0, "number"},
		{"a remainder", "input.pages % 2", int64(1), "integer"},
		{"the first of a list", "first([1, 2]) ?? 0", int64(1), "any"},
		{"a whole step's field in a loop", "any(input.lines, #.note == null)", true, "boolean"},
		{"membership", `assess.decision in ["approve", "hold"]`, true, "boolean"},
		{"the longest text", "round(extract.amount * 1.005)", 121.0, "number"},
		{"a branch that is not taken may be absent", `assess.confidence > 0.5 ? 1 : bare`, 1.0, "number"},
	} {
		t.Run(tc.why, func(t *testing.T) {
			p := compile(t, tc.src, Anything)
			if got := p.Type().String(); got != tc.typ {
				t.Errorf("%q has type %s, want %s", tc.src, got, tc.typ)
			}
			for range 2 { // the second run meets a used machine
				got, err := p.Eval(testFrame(), []any{7.0}, []any{"P-1"})
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(tc.want, got); d != "" {
					t.Errorf("%q: %s", tc.src, d)
				}
			}
		})
	}
}

func TestWanted(t *testing.T) {
	for _, tc := range []struct {
		why, src string
		want     flow.Type
		value    any
	}{
		{"a whole number where a number is wanted", "input.pages", number, 3.0},
		{"a literal where a number is wanted", "3", number, 3.0},
		{"a time where a date is wanted", "input.received_at", flow.Type{Kind: flow.Date}, time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)},
		{"a literal that is one of an enum", `"hold"`, decision, "hold"},
	} {
		t.Run(tc.why, func(t *testing.T) {
			p := compile(t, tc.src, tc.want)
			got, err := p.Frame().Eval(testFrame())
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tc.value, got); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(tc.want.String(), p.Type().String()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestCompileErrors(t *testing.T) {
	for _, tc := range []struct {
		why, src string
		typ      flow.Type
		want     string
	}{
		{"nothing", "  ", Anything, `f.yaml:7:11: an expression is missing`},
		{"a slip in a field", "1 + extract.amuont", Anything, `f.yaml:7:15: "extract" has no "amuont" (did you mean "amount"?)`},
		{"a slip in a step", "extrct.amount > 1", Anything, `f.yaml:7:11: unknown name "extrct.amount" (did you mean "extract.amount"?)`},
		{"a step where a value belongs", "match > 1", Anything, `f.yaml:7:11: "match" is no value (read one of its fields, such as match.ordered)`},
		{"a step that comes later", "post.id == 1", Anything, `f.yaml:7:11: step "post" comes later`},
		{"a parameter that is not there", "params.cutof", Anything, `f.yaml:7:11: "params" has no "cutof" (did you mean "cutoff"?)`},
		{"an unknown function", "sqrt(extract.amount)", Anything, `f.yaml:7:11: unknown function "sqrt" (did you mean "sort"?)`},
		{"a clock", "now() > input.received_at", Anything, `f.yaml:7:11: unknown function "now" (did you mean "none"?)`},
		{"a method", "input.received_at.Local()", Anything, `f.yaml:7:29: methods cannot be called (call one of the functions by its name)`},
		{"text compared with a number", `extract.amount > "a"`, Anything, `f.yaml:7:26: invalid operation: > (mismatched types number and string)`},
		{"a value outside an enum", `assess.decision == "aprove"`, Anything, `f.yaml:7:30: "aprove" is none of its values (did you mean "approve"?)`},
		{"a list with a value outside an enum", `assess.decision in ["hold", "held"]`, Anything, `f.yaml:7:39: "held" is none of its values (did you mean "hold"?)`},
		{"arithmetic on what may be absent", "extract.amount - match.ordered", Anything, `f.yaml:7:28: match.ordered may be absent (guard it: match.ordered ?? …, or match.ordered != null and …)`},
		{"a comparison of what may be absent", "match.ordered > 1", Anything, `f.yaml:7:11: match.ordered may be absent (guard it: match.ordered ?? …, or match.ordered != null and …)`},
		{"a function of what may be absent", "len(extract.po) > 0", Anything, `f.yaml:7:15: extract.po may be absent (guard it: extract.po ?? …, or extract.po != null and …)`},
		{"a guard the wrong way round", "match.ordered == null and match.ordered > 1", Anything, `f.yaml:7:37: match.ordered may be absent (guard it: match.ordered ?? …, or match.ordered != null and …)`},
		{"a member of a record that may be absent", "input.sender.name", Anything, `f.yaml:7:11: input.sender may be absent (guard it: input.sender ?? …, or input.sender != null and …)`},
		{"a field that may be absent of a record that is there", `input.sender != null and lower(input.sender.vat) == ""`, Anything, `f.yaml:7:42: input.sender.vat may be absent (guard it: input.sender.vat ?? …, or input.sender.vat != null and …)`},
		{"a result that may be absent", "extract.po", text, `f.yaml:7:11: this may be absent, want string (give a value for that case with ?? …)`},
		{"a condition that is no condition", "extract.amount", boolean, `f.yaml:7:11: this gives number, want boolean`},
		{"a constant outside an enum", `"aprove"`, decision, `f.yaml:7:11: this is "aprove", want enum(approve|hold|reject) (did you mean "approve"?)`},
		{"a constant beyond its range", "1.5", flow.Type{Kind: flow.Probability}, `f.yaml:7:11: this is 1.5, want probability`},
		{"a duration", "input.received_at - input.received_at", Anything, `f.yaml:7:11: this gives a duration, which is no type of a field (days(a, b) gives the days between two times as a number)`},
		{"an open parenthesis", "(1 + 2", Anything, `f.yaml:7:16: the expression ends too early`},
		{"one equals sign", "extract.amount = 1", Anything, `f.yaml:7:26: unexpected token Operator("=") (== compares)`},
		{"division by a literal zero", "extract.amount / 0", Anything, `f.yaml:7:26: division by zero`},
		{"division by a folded zero", "1 / (params.cutoff - params.cutoff)", Anything, `f.yaml:7:11: "1 / (params.cutoff - params.cutoff)": division by zero`},
		{"two unknown names at once", "foo.a > 1 and baz.b > 1", Anything, "f.yaml:7:11: unknown name \"foo\" (one of \"assess\", \"bare\", \"extract\", \"in\", \"input\", \"match\", \"params\")\nf.yaml:7:25: unknown name \"baz\" (did you mean \"bare\"?)"},
		{"the environment itself", "$env", Anything, `f.yaml:7:11: unknown name "$env" (one of "assess", "bare", "extract", "in", "input", "match", "params")`},
		{"the name that in has inside", "$n.po", Anything, `f.yaml:7:11: unknown name "$n.po" (did you mean "in.po"?)`},
		{"a slip in what a step receives", "in.op", Anything, `f.yaml:7:11: "in" has no "op" (did you mean "po"?)`},
		{"a second line", "extract.amount >\n  extract.amuont", Anything, `f.yaml:8:13: "extract" has no "amuont" (did you mean "amount"?)`},
		{"too many nodes", strings.Repeat("1+", 3000) + "1", Anything, `f.yaml:7:2012: compilation failed: expression exceeds maximum allowed nodes`},
	} {
		t.Run(tc.why, func(t *testing.T) {
			p, diags := Compile(flow.Text{Value: tc.src, Pos: flow.Pos{File: "f.yaml", Line: 7, Column: 11}}, tc.typ, testEnv())
			if p != nil {
				t.Errorf("%q compiled", tc.src)
			}
			if d := cmp.Diff(tc.want, diags.Error()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestEvalErrors(t *testing.T) {
	missing := func(i int) []any {
		f := testFrame()
		f[i] = nil
		return f
	}
	for _, tc := range []struct {
		why, src string
		frame    []any
		want     string
	}{
		{"a value that did not come", "extract.amount > 100", missing(6), `"extract.amount" is absent`},
		{"a value that did not come, in a branch", "input.pages > 1 ? extract.amount + 1 : 2", missing(6), `"extract.amount" is absent`},
		{"a value that did not come, as a branch's result", "input.pages > 1 ? extract.amount : 2", missing(6), `"extract.amount" is absent`},
		{"a frame that ends early", "extract.amount > 100", nil, `"extract.amount" is absent`},
		{"division by zero", "1 / (extract.amount - 120)", testFrame(), `f.yaml:7:11: "1 / (extract.amount - 120)": division by zero`},
		{"an overflow", "extract.amount ** 1000", testFrame(), `f.yaml:7:11: "extract.amount ** 1000" is not a finite number`},
		{"anything that is no number", "input.extra > 1", testFrame(), `f.yaml:7:23: "input.extra > 1": invalid operation: record > number`},
		{"a text that doubles", `reduce(1..60, #acc + #acc, input.text)`, testFrame(), `f.yaml:7:11: "reduce(1..60, #acc + #acc, input.text)": it makes more than 1048576 values or characters`},
		{"a text that grows by replacement", `reduce(1..60, replace(#acc, "o", "oooo"), input.text)`, testFrame(), `f.yaml:7:11: "reduce(1..60, replace(#acc, \"o\", \"oooo\"), input.text)": it makes more than 1048576 values or characters`},
		{"a list that doubles when written out", `reduce(1..60, [#acc, #acc], input.pages)`, testFrame(), `f.yaml:7:11: "reduce(1..60, [#acc, #acc], input.pages)": it makes more than 1048576 values or characters`},
		{"a function of what is no text", `lower(input.extra.none)`, testFrame(), `f.yaml:7:11: "lower(input.extra.none)": a value is absent, want string`},
		{"beyond a list", "input.lines[7].price", testFrame(), `f.yaml:7:22: "input.lines[7].price": index out of range: 7 (array length is 2)`},
	} {
		t.Run(tc.why, func(t *testing.T) {
			p := compile(t, tc.src, Anything)
			_, err := p.Eval(tc.frame, []any{1.0})
			if err == nil {
				t.Fatalf("%q: no error", tc.src)
			}
			if d := cmp.Diff(tc.want, err.Error()); d != "" {
				t.Error(d)
			}
			if _, err := p.Eval(testFrame(), []any{1.0}); tc.frame == nil && err != nil {
				t.Errorf("after an error: %v", err)
			}
		})
	}
	p := compile(t, "extract.amount", number)
	var absent *Absent
	if _, err := p.Eval(missing(6)); !errors.As(err, &absent) || absent.Name != "extract.amount" {
		t.Errorf("a plain name that is required gives %v, want *Absent", err)
	}
}

// What a route jumped over equals nothing but null, whatever its type, where an
// expression comes to it on some condition.
func TestAbsentEqualsNothing(t *testing.T) {
	for _, tc := range []struct {
		src    string
		absent int
		want   any
	}{
		{`input.pages > 1 and assess.decision == "hold"`, 10, false},
		{`input.pages > 1 and assess.decision != "hold"`, 10, true},
		{`input.pages > 1 and extract.amount == 120`, 6, false},
		{`input.pages > 1 and (input.pages > 2 ? assess.decision : "hold") == "hold"`, 10, false},
	} {
		frame := testFrame()
		frame[tc.absent] = nil
		if got, err := compile(t, tc.src, flow.Type{Kind: flow.Boolean}).Eval(frame); err != nil || got != tc.want {
			t.Errorf("%s: %v, %v; want %v", tc.src, got, err, tc.want)
		}
	}
}

// TestFunctions holds that what is documented can be called, and nothing
// else can.
func TestFunctions(t *testing.T) {
	predicates := map[string]bool{"all": true, "any": true, "none": true, "one": true, "filter": true, "map": true, "find": true, "count": true, "sortBy": true, "reduce": true}
	for name, doc := range Functions {
		if !strings.HasPrefix(doc, name+"(") {
			t.Errorf("%s is documented as %q", name, doc)
		}
		src := name + "(input.extra, input.extra)"
		if predicates[name] {
			src = name + "(input.lines, true)"
		}
		if _, diags := Compile(flow.Text{Value: src}, Anything, testEnv()); strings.Contains(diags.Error(), "unknown") {
			t.Errorf("%s: %v", src, diags)
		}
	}
	for _, b := range builtin.Builtins {
		src := b.Name + "(input.lines, true)"
		if _, diags := Compile(flow.Text{Value: src}, Anything, testEnv()); Functions[b.Name] == "" && !strings.Contains(diags.Error(), "unknown function") {
			t.Errorf("%s may be called and is not documented: %v", src, diags)
		}
	}
}

// TestConcurrent holds that one program serves many cases at once.
func TestConcurrent(t *testing.T) {
	p := compile(t, `extract.amount > 100 and count(input.lines, #.price > extract.amount - 118) == 2 ? extract.amount * 2 : 0`, number)
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 500 {
				frame := testFrame()
				amount := float64(100 + (worker*31+i)%40)
				frame[6] = amount
				want := 0.0
				if amount > 100 && amount-118 < 2 {
					want = amount * 2
				}
				if got, err := p.Frame().Eval(frame); err != nil || got != want {
					t.Errorf("amount %v gives %v, %v, want %v", amount, got, err, want)
					return
				}
			}
		})
	}
	group.Wait()
}

// TestSlow holds what an expression may cost where a list is long.
func TestSlow(t *testing.T) {
	var e Env
	elem := number
	e.Add("list", flow.Type{Kind: flow.List, Elem: &elem}, Place{})
	long := make([]any, 20_000)
	for i := range long {
		long[i] = float64(i)
	}
	p, diags := Compile(flow.Text{Value: "all(list, none(list, # < 0))"}, boolean, &e)
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	took := time.Duration(math.MaxInt64)
	for range 5 { // the machine may have something else to do in one of them
		start := time.Now()
		_, err := p.Eval([]any{long})
		if !errors.Is(err, errSlow) {
			t.Errorf("err = %v, want %v", err, errSlow)
		}
		if took = min(took, time.Since(start)); took <= 20*maxTime {
			return
		}
	}
	t.Errorf("stopped after %v at the earliest, the limit is %v", took, maxTime)
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{"extract.amount > 1", `extract.po ?? "x"`, "match.ordered == null ? 1 : match.ordered", "sum(map(input.lines, #.price))", "let x = 1; x", "{a: 1}", "[1][0]", "input.sender?.name", "1/0", "'a' matches '('", "extract", "input.extra.a.b[0]", "-match.ordered", "1..5", "date('x')", "reduce(1..3, #acc + #)", "input.text[1:2]"} {
		f.Add(s)
	}
	pos := flow.Pos{File: "f.yaml", Line: 7, Column: 11}
	f.Fuzz(func(t *testing.T, src string) {
		p, diags := Compile(flow.Text{Value: src, Pos: pos}, Anything, testEnv())
		if (p == nil) != (len(diags) > 0) {
			t.Fatalf("program %v with diagnostics %v", p, diags)
		}
		for _, d := range diags {
			if d.Pos.Line < pos.Line || d.Pos.Column < 1 || d.Message == "" {
				t.Errorf("no position: %v", d)
			}
		}
		if p == nil {
			return
		}
		v, err := p.Eval(testFrame(), []any{7.0})
		if err == nil && v != nil {
			if why := p.Type().Check(v); why != "" && p.Type().Kind != flow.Any && !p.Type().Optional {
				t.Errorf("%q: %s", src, why)
			}
			if x, ok := v.(float64); ok && (math.IsNaN(x) || math.IsInf(x, 0)) {
				t.Errorf("%q gives %v", src, x)
			}
		}
		empty := make([]any, 12)
		if _, err := p.Eval(empty, []any{nil}); err != nil && strings.Contains(err.Error(), "interface conversion") {
			t.Errorf("%q on nothing: %v", src, err)
		}
	})
}

func BenchmarkEval(b *testing.B) {
	for _, bc := range []struct{ name, src string }{
		{"plain", "extract.amount"},
		{"cutoff", "assess.confidence < params.cutoff"},
		{"clauses3", `extract.amount > 100 and assess.confidence >= 0.9 and assess.decision == "approve"`},
		{"guarded", "match.ordered == null ? null : abs(extract.amount - match.ordered)"},
	} {
		b.Run(bc.name, func(b *testing.B) {
			v := compile(b, bc.src, Anything).Frame()
			frame := testFrame()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Eval(frame); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		compile(b, `extract.amount > 100 and assess.confidence >= 0.9 and assess.decision == "approve"`, boolean)
	}
}
