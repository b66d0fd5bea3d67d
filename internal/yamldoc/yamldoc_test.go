package yamldoc

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

type inner struct {
	Rate *float64 `yaml:"rate"`
	Note string   `yaml:"note,omitempty"`
}

type shared struct {
	Owner string `yaml:"owner,omitempty"`
}

type sample struct {
	shared `yaml:",inline"`
	Pos    flow.Pos          `yaml:",pos"`
	Name   string            `yaml:"name"`
	Count  int               `yaml:"count,omitempty"`
	On     bool              `yaml:"on,omitempty"`
	Rate   float64           `yaml:"rate,omitempty"`
	Limit  time.Duration     `yaml:"limit,omitempty"`
	Since  time.Time         `yaml:"since,omitempty"`
	When   flow.Text         `yaml:"when,omitempty"`
	In     flow.Texts        `yaml:"in,omitempty"`
	Raw    *yaml.Node        `yaml:"raw"`
	Inner  *inner            `yaml:"inner"`
	List   []inner           `yaml:"list,omitempty"`
	Map    map[string]inner  `yaml:"map,omitempty"`
	Tags   map[string]string `yaml:"tags,omitempty"`
}

func decode(t *testing.T, src string) (sample, diag.List) {
	t.Helper()
	doc, diags := Parse("f.yaml", []byte(src))
	var got sample
	if doc.Root != nil {
		doc.Decode(doc.Root, &got, &diags)
	}
	return got, diags.Sort()
}

func TestDecode(t *testing.T) {
	src := "name: a\r\nowner: finance\r\ncount: 3\r\non: true\r\nrate: 1\r\nlimit: 7d\r\nsince: 2025-03-01\r\n" +
		"when: \"a == null\"\r\nin: {po: null, n: 0.85, ok: true, id: 012}\r\nraw: [1, x]\r\ninner: {rate: 0.5}\r\nlist: [{}, {note: n}]\r\nmap: {k: {rate: null}}\r\ntags: {a: 1}\r\n"
	got, diags := decode(t, src)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	if got.Raw == nil || got.Raw.Kind != yaml.SequenceNode {
		t.Errorf("raw = %v, want the list as it stands", got.Raw)
	}
	got.Raw = nil
	half := 0.5
	at := func(line, col int) flow.Pos { return flow.Pos{File: "f.yaml", Line: line, Column: col} }
	want := sample{
		shared: shared{Owner: "finance"}, Pos: at(1, 1), Name: "a", Count: 3, On: true, Rate: 1, Limit: 7 * 24 * time.Hour,
		Since: time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC),
		When:  flow.Text{Value: "a == null", Pos: at(8, 8)},
		In: flow.Texts{
			{Name: "po", Pos: at(9, 6), Text: flow.Text{Value: "null", Pos: at(9, 10)}},
			{Name: "n", Pos: at(9, 16), Text: flow.Text{Value: "0.85", Pos: at(9, 19)}},
			{Name: "ok", Pos: at(9, 25), Text: flow.Text{Value: "true", Pos: at(9, 29)}},
			{Name: "id", Pos: at(9, 35), Text: flow.Text{Value: "012", Pos: at(9, 39)}},
		},
		Inner: &inner{Rate: &half}, List: []inner{{}, {Note: "n"}}, Map: map[string]inner{"k": {}}, Tags: map[string]string{"a": "1"},
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(sample{})); d != "" {
		t.Error(d)
	}
}

func TestDiagnostics(t *testing.T) {
	for _, tc := range []struct{ why, src, want string }{
		{"an empty file", "", `f.yaml:1:1: the file is empty`},
		{"only a comment", "# nothing\n", `f.yaml:1:1: the file is empty`},
		{"a list at the top", "- a\n", `f.yaml:1:1: the file holds a list, want keys and values`},
		{"an unknown key", "name: a\nonwer: b\n", `f.yaml:2:1: unknown key "onwer" (did you mean "owner"?)`},
		{"a repeated key", "name: a\nname: b\n", `f.yaml:2:1: key "name" twice (first in line 1)`},
		{"a missing key", "count: 1\n", `f.yaml:1:1: missing key "name"`},
		{"a wrong type", "name: a\ncount: many\n", `f.yaml:2:8: "count" is "many", want a whole number`},
		{"a fraction for a whole number", "name: a\ncount: 1.5\n", `f.yaml:2:8: "count" is "1.5", want a whole number`},
		{"a number that is none", "name: a\nrate: .nan\n", `f.yaml:2:7: "rate" is ".nan", want a number`},
		{"yes is not a boolean", "name: a\non: yes\n", `f.yaml:2:5: "on" is "yes", want true or false`},
		{"a name that is null", "name:\n", `f.yaml:1:6: "name" is nothing, want text`},
		{"a duration without a unit", "name: a\nlimit: 24\n", `f.yaml:2:8: "limit" is "24", want a duration like 15m, 24h or 7d`},
		{"a list where one value belongs", "name: a\nin: {x: [1]}\n", `f.yaml:2:9: "x" is a list, want one value`},
		{"an alias", "name: &a x\nwhen: *a\n", "f.yaml:1:7: anchor \"&a\" (anchors are not read; write the value out where it is used)\nf.yaml:2:7: alias \"*a\" (aliases are not read; write the value out)"},
		{"a tag", "name: !!str a\n", `f.yaml:1:7: tag "!!str" (tags are not read; the type follows from the key)`},
		{"a second document", "name: a\n---\nname: b\n", `f.yaml:3:1: a second document in the file (a file holds one document; remove the line ---)`},
		{"a tab", "name: a\nmap:\n\tk: {}\n", `f.yaml:3:1: found character that cannot start any token (indent with spaces, not tabs)`},
		{"an expression that has to be quoted", "name: a\nwhen: a ? b : c\n", `f.yaml:2:13: mapping values are not allowed in this context (an expression that holds ": " or "," is written in quotes)`},
		{"all errors at once", "nme: a\ncount: x\n", "f.yaml:1:1: unknown key \"nme\" (did you mean \"name\"?)\nf.yaml:1:1: missing key \"name\"\nf.yaml:2:8: \"count\" is \"x\", want a whole number"},
		{"too deep", "name: a\nraw: " + strings.Repeat("[", 50) + strings.Repeat("]", 50) + "\n", `f.yaml:2:46: nested more than 40 levels deep`},
	} {
		t.Run(tc.why, func(t *testing.T) {
			_, diags := decode(t, tc.src)
			if d := cmp.Diff(tc.want, diags.Error()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestTextOfBlocks(t *testing.T) {
	got, diags := decode(t, "\ufeffname: a\nwhen: |\n    x > 1\n    and y\n")
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	want := flow.Text{Value: "x > 1\nand y\n", Pos: flow.Pos{File: "f.yaml", Line: 3, Column: 5}}
	if d := cmp.Diff(want, got.When); d != "" {
		t.Error(d)
	}
}

func TestSplit(t *testing.T) {
	doc, diags := Parse("f.yaml", []byte("rate: 1\nother: 2\nnote: n\n"))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	common, rest := Split(doc.Root, &inner{})
	if Find(common, "rate") == nil || Find(common, "note") == nil || len(common.Content) != 4 {
		t.Errorf("common has %d nodes, want rate and note", len(common.Content))
	}
	if len(rest.Content) != 2 || Find(rest, "other") == nil {
		t.Errorf("rest has %d nodes, want other alone", len(rest.Content))
	}
}

func TestValue(t *testing.T) {
	decision := flow.Type{Kind: flow.Enum, Enum: []string{"approve", "hold"}}
	record := flow.Type{Kind: flow.Record, Fields: flow.NewSchema(flow.Field{Name: "n", Type: flow.Type{Kind: flow.Integer}})}
	for _, tc := range []struct {
		why  string
		t    flow.Type
		src  string
		want any
		diag string
	}{
		{"a string that looks like a number keeps its zero", flow.Type{Kind: flow.String}, "012", "012", ""},
		{"a number", flow.Type{Kind: flow.Number}, "3", 3.0, ""},
		{"a date", flow.Type{Kind: flow.Date}, "2025-03-01", time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC), ""},
		{"a time is not a date", flow.Type{Kind: flow.Date}, "2025-03-01T10:00:00Z", nil, `f.yaml:1:4: v is "2025-03-01T10:00:00Z", want date`},
		{"null is absent", decision, "null", nil, ""},
		{"a value outside the enum", decision, "aprove", nil, `f.yaml:1:4: v is "aprove", want enum(approve|hold)`},
		{"a probability above one", flow.Type{Kind: flow.Probability}, "1.2", nil, `f.yaml:1:4: v is 1.2, want probability`},
		{"a record", record, "{n: 3}", map[string]any{"n": int64(3)}, ""},
		{"a record's unknown field", record, "{m: 3}", map[string]any{}, `f.yaml:1:5: v has no field "m" (did you mean "n"?)`},
		{"anything", flow.Type{Kind: flow.Any}, "[1, a, true, null]", []any{1.0, "a", true, nil}, ""},
	} {
		t.Run(tc.why, func(t *testing.T) {
			doc, diags := Parse("f.yaml", []byte("v: "+tc.src+"\n"))
			got := doc.Value(Find(doc.Root, "v"), tc.t, "v", &diags)
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(tc.diag, diags.Error()); d != "" {
				t.Error(d)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"name: a\nin: {a: 1}\n", "name: &a x\nwhen: *a\n", "? [a]\n: b\n", "a: !!x\n", "\ufeffa: |\n x\n", "{", "a: {<<: *x}", "---\n---\n", "\x00", "when: >-\n  a\n\n  b", "raw: [[[[", "name: \"a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		doc, diags := Parse("f.yaml", []byte(src))
		var got sample
		if doc.Root != nil {
			doc.Decode(doc.Root, &got, &diags)
		} else if len(diags) == 0 {
			t.Error("no tree and no reason")
		}
		for _, d := range diags {
			if d.Pos.File != "f.yaml" || d.Pos.Line < 1 || d.Pos.Column < 1 {
				t.Errorf("no position: %v", d)
			}
		}
	})
}
