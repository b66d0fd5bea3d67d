package llm

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSchemaCheckNamesEveryCause(t *testing.T) {
	s, err := CompileSchema("invoice", []byte(`{
		"type": "object", "additionalProperties": false, "required": ["outcome", "lines"],
		"properties": {
			"outcome": {"enum": ["approve", "reject"]},
			"amount": {"type": "number", "minimum": 0},
			"lines": {"type": "array", "items": {"$ref": "#/$defs/line"}}},
		"$defs": {"line": {"type": "object", "properties": {"sum": {"type": "number"}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	_, failure := s.Check(`{"outcome": "maybe", "amount": -1, "lines": [{"sum": 1}, {"sum": "two"}], "a/b~c": 0}`, Limits{})
	if failure == nil || failure.Class != ClassSchema {
		t.Fatalf("got %v", failure)
	}
	for _, want := range []string{"/outcome: ", "/amount: ", "/lines/1/sum: ", "(top): "} {
		if !strings.Contains(failure.Error(), want) {
			t.Errorf("%q is not in %q", want, failure)
		}
	}
	if len(failure.Causes) != 4 {
		t.Errorf("%d causes, want 4: %q", len(failure.Causes), failure.Causes)
	}
}

func TestSchemaCheckBounds(t *testing.T) {
	s, err := CompileSchema("any", []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		why, text string
		limits    Limits
		class     Class
		want      string
	}{
		{"as deep as allowed", `[[[1]]]`, Limits{OutputDepth: 3}, "", ""},
		{"one deeper", `[[[[1]]]]`, Limits{OutputDepth: 3}, ClassUnparsable, "nests 4 deep"},
		{"brackets in strings do not nest", `["[[[[[[", "\"[[[["]`, Limits{OutputDepth: 1}, "", ""},
		{"a megabyte of brackets", strings.Repeat("[", 1<<20), Limits{}, ClassUnparsable, "nests 1048576 deep"},
		{"as long as allowed", `"12345678"`, Limits{OutputBytes: 10}, "", ""},
		{"one byte longer", `"123456789"`, Limits{OutputBytes: 10}, ClassUnparsable, "11 bytes"},
		{"nothing", ``, Limits{}, ClassUnparsable, "ends before"},
		{"half", `{"a":`, Limits{}, ClassUnparsable, "ends before"},
		{"fenced", "```json\n{}\n```", Limits{}, ClassUnparsable, "not JSON"},
		{"two values", `{} {}`, Limits{}, ClassUnparsable, "goes on"},
	} {
		_, failure := s.Check(row.text, row.limits)
		if row.class == "" {
			if failure != nil {
				t.Errorf("%s: %v", row.why, failure)
			}
			continue
		}
		if failure == nil || failure.Class != row.class || !strings.Contains(failure.Message, row.want) {
			t.Errorf("%s: got %v, want %s with %q", row.why, failure, row.class, row.want)
		}
	}
}

func TestCompileSchemaFaults(t *testing.T) {
	for _, row := range []struct{ why, name, raw, want string }{
		{"not JSON", "s", `{`, "not JSON"},
		{"not a schema", "s", `{"type": "nonsense"}`, "s"},
		{"a file", "s", `{"$ref": "file:///etc/passwd"}`, "only references inside"},
		{"another host", "s", `{"$ref": "http://example.com/s.json"}`, "only references inside"},
		{"a name that endpoints refuse", "my schema", `{}`, "letters, digits"},
		{"a bad pattern", "s", `{"pattern": "("}`, "s"},
	} {
		_, err := CompileSchema(row.name, []byte(row.raw))
		if err == nil || !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), row.name) {
			t.Errorf("%s: got %v, want %q", row.why, err, row.want)
		}
	}
}

func TestSchemaIsSentAsWritten(t *testing.T) {
	raw := `{"anyOf":[{"title":"kept","type":"object"}],"$schema":"https://json-schema.org/draft/2020-12/schema","x-own":1}`
	s, err := CompileSchema("s", []byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	r := ask("q")
	r.Schema = s
	e := Endpoint{Model: "m"}
	body, err := e.body(&r)
	if err != nil {
		t.Fatal(err)
	}
	want := `"response_format":{"type":"json_schema","json_schema":{"name":"s","schema":` + raw + `,"strict":true}}`
	if !strings.Contains(string(body), want) {
		t.Errorf("%s is not in %s", want, body)
	}
}

func TestDecodeOfForeignBytes(t *testing.T) {
	for _, raw := range []string{``, `null`, `[]`, `{}`, `{"choices":null}`, `{"choices":[]}`, `{"choices":[{}]}`, `{"choices":[{"finish_reason":"null"}]}`, `{"error":null}`} {
		if a, err := decode([]byte(raw)); err == nil {
			t.Errorf("%s is taken as an answer: %+v", raw, a)
		}
	}
	got, err := decode([]byte(`{"choices":[{"finish_reason":"stop","message":{"content":null}}],"usage":null}`))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(completion{finish: "stop"}, got, cmp.AllowUnexported(completion{})); d != "" {
		t.Error(d)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"choices":[{"finish_reason":"stop","message":{"content":"x"},"logprobs":{"content":[{"token":"x","logprob":-1,"bytes":[120]}]}}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if a, err := decode(raw); err == nil {
			a.judge(false)
		}
	})
}

func FuzzSchemaCheck(f *testing.F) {
	for _, s := range []string{`{"outcome":"approve"}`, `{"outcome":1}`, `[`, `{"a":"\u`, `1e999999999`, `-`, `{"amount":1e400,"outcome":"approve"}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, failure := outcomeSchema.Check(text, Limits{OutputBytes: 1 << 16})
		if failure == nil && v.(map[string]any)["outcome"] == nil {
			t.Fatalf("%q passed without an outcome", text)
		}
	})
}
