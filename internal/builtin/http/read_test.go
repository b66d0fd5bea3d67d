package http

import (
	"encoding/json"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
	"github.com/rehearse-dev/rehearse/internal/builtin/kindtest"
)

func parseAddr(t *testing.T, text string) netip.Addr {
	t.Helper()
	a, err := netip.ParseAddr(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestBad(t *testing.T) {
	example := flow.NamedSystem{Name: "crm", Hosts: []string{"crm.example.com", "10.0.0.0/8"}}
	for _, tc := range []struct {
		why, yaml, out, want string
		of                   flow.NamedSystem
	}{
		{"no address", "timeout: 1s", "name: string", `missing key "get" or "post": the address to ask`, example},
		{"two addresses", "get: https://crm.example.com\npost: https://crm.example.com", "name: string", "step.yaml:2:7: get and post: a step asks one question", example},
		{"a post that may write", "post: https://crm.example.com", "name: string", "step.yaml:1:7: a post may change the system, and a replay changes nothing: say reads: true where it only asks, or make it an action", example},
		{"a get that reads", "get: https://crm.example.com\nreads: true", "name: string", "step.yaml:1:6: reads belongs to post: a get only asks", example},
		{"no system", "get: https://crm.example.com", "name: string", `step.yaml:1:6: missing key "system": which of the workflow's systems is asked`, flow.NamedSystem{}},
		{"no hosts", "get: https://crm.example.com", "name: string", `step.yaml:1:6: the workflow names no hosts of the system "crm": systems: {crm: {hosts: [crm.example.com]}}`, flow.NamedSystem{Name: "crm"}},
		{"a name that is no file", "get: https://crm.example.com", "name: string", `step.yaml:1:6: the system "../crm" cannot be asked: its recordings are a file of its name, so it wants letters, digits, - and _`, flow.NamedSystem{Name: "../crm", Hosts: []string{"crm.example.com"}}},
		{"another host", "get: https://evil.example.com/x", "name: string", `step.yaml:1:6: the host "evil.example.com" is none of the system "crm": the workflow names crm.example.com`, example},
		{"another port", "get: https://crm.example.com:8443/x", "name: string", `step.yaml:1:6: the host "crm.example.com:8443" is none of the system "crm": the workflow names crm.example.com`, example},
		{"a value in the host", "get: 'https://{in.id}.example.com'", "name: string", `step.yaml:1:7: the address "https://{in.id}.example.com" wants to begin with http://, https:// and a host, or with a variable of the environment such as ${CRM_URL}; values stand after the host`, example},
		{"a value that goes on with the host", "get: 'https://crm.example.com{in.id}'", "name: string", `step.yaml:1:7: the address "https://crm.example.com{in.id}" wants a / after the host`, example},
		{"another scheme", "get: file:///etc/passwd", "name: string", `step.yaml:1:6: the address "file:///etc/passwd" wants to begin with http://, https:// and a host, or with a variable of the environment such as ${CRM_URL}; values stand after the host`, example},
		{"a password in the address", "get: https://me:hunter22@crm.example.com/x", "name: string", `step.yaml:1:6: the address of "crm.example.com" holds a user: name a variable of the environment under headers_env`, example},
		{"a brace without an end", "get: 'https://crm.example.com/{in.id'", "name: string", `step.yaml:1:7: the address "https://crm.example.com/{in.id" wants an expression in braces, such as {in.id}`, example},
		{"a space", "get: https://crm.example.com/a b", "name: string", `step.yaml:1:6: the address "https://crm.example.com/a b" holds a character that stands in none: write it as %xx`, example},
		{"an unknown name", "get: 'https://crm.example.com/{in.di}'", "name: string", `step.yaml:1:7: "in" has no "di" (did you mean "id"?)`, example},
		{"a value that may be absent", "get: 'https://crm.example.com/{in.note}'", "name: string", "step.yaml:1:7: this may be absent, want any (give a value for that case with ?? …)", example},
		{"a list in the address", "get: 'https://crm.example.com/{in.ids}'", "name: string", "step.yaml:1:7: {in.ids} is a list, and an address holds texts and numbers", example},
		{"a secret in the file", "get: https://crm.example.com\nheaders: {authorization: Bearer x}", "name: string", `step.yaml:2:11: header "authorization" carries a secret: name a variable of the environment under headers_env`, example},
		{"a header that frames", "get: https://crm.example.com\nheaders: {Host: evil}", "name: string", `step.yaml:2:11: header "Host" is not for a design to set`, example},
		{"a header that is none", "get: https://crm.example.com\nheaders: {'a b': x}", "name: string", `step.yaml:2:11: "a b" is no header that can be sent`, example},
		{"a secret instead of its name", "get: https://crm.example.com\nquery_env: {key: a-b-c}", "name: string", "step.yaml:2:18: query_env wants key: NAME, the name of a variable of the environment", example},
		{"a body of a get", "get: https://crm.example.com\nbody: {id: in.id}", "name: string", "step.yaml:2:8: body belongs to post", example},
		{"retries of a post", "post: https://crm.example.com\nreads: true\nretries: 2", "name: string", "step.yaml:1:7: retries of a post want idempotency_key: the system must know that it is asked the same again", example},
		{"a pointer that is none", "get: https://crm.example.com\ntake: {name: plan.name}", "name: string", `step.yaml:2:14: take: "plan.name" is no JSON pointer, want one such as /plan/tier, or "" for the whole answer`, example},
		{"a field that may be absent", "get: https://crm.example.com", "name: string, found: boolean", `the out field "name" is absent where nothing is found: write its type as string?`, example},
		{"no time at all", "get: https://crm.example.com\ntimeout: 0s", "name: string", "timeout is 0s, want a duration such as 30s", example},
	} {
		t.Run(tc.why, func(t *testing.T) {
			c := kindtest.Config{InSchema: kindtest.Schema(t, "id: string, note: string?, ids: list(string)"), OutSchema: kindtest.Schema(t, tc.out), YAML: tc.yaml, Of: tc.of}
			if got := kindtest.Refused(t, Kind(), c); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// constant stands for a compiled expression.
type constant struct{ v any }

func (c constant) Eval(...[]any) (any, error) { return c.v, nil }
func (c constant) Constant() (any, bool)      { return c.v, true }

// compiled is a [flow.Config] whose expressions are one value.
type compiled struct {
	kindtest.Config
	v any
}

func (c compiled) Compile(flow.Text, flow.Type, ...flow.Scope) (flow.Expr, error) {
	return constant{c.v}, nil
}

// TestValuesStayInTheirPlace puts any text into an address, and reads it back
// from the one place where it belongs.
func TestValuesStayInTheirPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.String().Draw(t, "value")
		a, err := parse(flow.Text{Value: "https://crm.example.com/a/{x}/b?q={x}&r=1"})
		if err != nil {
			t.Fatal(err)
		}
		for i := range a.parts {
			if a.parts[i].source != "" {
				a.parts[i].term, _ = field.Compile(compiled{v: value}, flow.Text{}, flow.Type{})
			}
		}
		got, _, err := a.fill(nil, func(s string) string { return s })
		if err != nil {
			if value != "" && value != "." && value != ".." && len(value) < 1000 {
				t.Fatalf("%q: %v", value, err)
			}
			return
		}
		u, err := url.Parse(a.base + got)
		if err != nil {
			t.Fatal(err)
		}
		if u.Host != "crm.example.com" || u.User != nil || u.Fragment != "" || strings.Count(u.EscapedPath(), "/") != 3 ||
			u.Path != "/a/"+value+"/b" || len(u.Query()) != 2 || u.Query().Get("q") != value || u.Query().Get("r") != "1" {
			t.Fatalf("%q became %q", value, u)
		}
	})
}

func TestHiddenComesBack(t *testing.T) {
	for _, tc := range []struct{ why, answer, kept string }{
		{"texts and keys", `{"Ann":["for Ann",true,null,1.50]}`, `{"(personal: id)":["for (personal: id)",true,null,1.50]}`},
		{"numbers", `[4711,12]`, `["number:(personal: no)",12]`},
		{"a text that looks like a mark", `["number:5","text:x","number:4711"]`, `["text:number:5","text:text:x","text:number:(personal: no)"]`},
	} {
		t.Run(tc.why, func(t *testing.T) {
			v, err := decode([]byte(tc.answer))
			if err != nil {
				t.Fatal(err)
			}
			kept, _ := json.Marshal(hidden(v, standInPrivacy{}.Hide))
			if string(kept) != tc.kept {
				t.Errorf("kept %s, want %s", kept, tc.kept)
			}
			back, err := decode(kept)
			if err != nil {
				t.Fatal(err)
			}
			again, _ := json.Marshal(shown(back, standInPrivacy{}.Show))
			if string(again) != tc.answer {
				t.Errorf("back %s, want %s", again, tc.answer)
			}
		})
	}
}

func TestBook(t *testing.T) {
	const first = `{"key":"k1","method":"GET","url":"u","status":200,"answer":{"a":1},"tries":[{"ms":1}],"recorded":"2025-01-01T00:00:00Z"}`
	for _, tc := range []struct{ why, content, want string }{
		{"a line that is none", first + "\n{]\n" + first + "\n", ":2: this is no recording: invalid character ']' looking for beginning of object key string"},
		{"an unknown key", `{"kye": 1}` + "\n\n" + first, `:1: this is no recording: json: unknown field "kye"`},
		{"no key", `{"status":200}` + "\n" + first, ":1: a recording wants a key and a status"},
	} {
		t.Run(tc.why, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "crm.jsonl")
			if err := os.WriteFile(path, []byte(tc.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := openBook(path); err == nil || err.Error() != path+tc.want {
				t.Errorf("got  %v\nwant %s%s", err, path, tc.want)
			}
		})
	}
	path := filepath.Join(t.TempDir(), "recordings", "crm.jsonl")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(first+"\n"+`{"key":"k2","met`), 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := openBook(path)
	if err != nil {
		t.Fatalf("a last line that is torn: %v", err)
	}
	if e, err := b.add(&entry{Key: "k1", Status: 404}); err != nil || e.Status != 200 {
		t.Errorf("%+v %v, want the first of a key to count", e, err)
	}
	if _, err := b.add(&entry{Key: "k2", Status: 404}); err != nil {
		t.Fatal(err)
	}
	if err := b.close(); err != nil {
		t.Fatal(err)
	}
	again, err := openBook(path)
	if err != nil {
		t.Fatal(err)
	}
	statuses := map[string]int{}
	for key, e := range again.entries {
		statuses[key] = e.Status
	}
	if diff := cmp.Diff(map[string]int{"k1": 200, "k2": 404}, statuses); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func FuzzBook(f *testing.F) {
	f.Add(`{"key":"k1","method":"GET","url":"u","status":200,"answer":{"a":["number:(personal: no)"]},"tries":[{"ms":1}],"recorded":"2025-01-01T00:00:00Z"}` + "\n{")
	f.Fuzz(func(t *testing.T, content string) {
		b := &book{entries: map[string]*entry{}}
		if b.read(strings.NewReader(content)) != nil {
			return
		}
		for _, e := range b.entries {
			if v, err := decode(e.Answer); err == nil {
				if _, err := json.Marshal(shown(v, standInPrivacy{}.Show)); err != nil {
					t.Error(err)
				}
			}
		}
	})
}

func FuzzAddress(f *testing.F) {
	f.Add("https://crm.example.com/a/{in.id}?q={in.id}")
	f.Add("${CRM_URL}/{x}")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := parse(flow.Text{Value: text})
		if err != nil {
			return
		}
		if a.String() != text {
			t.Errorf("%q is read as %q", text, a)
		}
		for _, p := range a.parts {
			if p.source != "" {
				return
			}
		}
		if a.variable != "" {
			return
		}
		if u, err := url.Parse(text); err == nil && "http://"+u.Host != a.base && "https://"+u.Host != a.base && !strings.EqualFold(origin(u), a.base) {
			t.Errorf("%q has the host %q, and was checked as %q", text, u.Host, a.base)
		}
	})
}
