package redact_test

import (
	"html"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/redact"
)

var text = flow.Type{Kind: flow.String}

// person is a case of Ann Lee, born 1980-02-01, with an account and a letter.
func person() *flow.Case {
	schema := flow.NewSchema(
		flow.Field{Name: "name", Type: text}, flow.Field{Name: "iban", Type: text}, flow.Field{Name: "letter", Type: text},
		flow.Field{Name: "channel", Type: text}, flow.Field{Name: "phone", Type: flow.Type{Kind: flow.Integer}},
	)
	return &flow.Case{
		ID: "C-1", Cluster: "Ann Lee",
		Input: flow.Message{Schema: schema, Values: []any{
			"Ann Lée", "DE02 1203 0000", "My daughter Zoe moved to Ulm. The bill of 1,234.50 is wrong. Call me any time after five.", "paper mail", int64(4915123456),
		}},
	}
}

var policy = &redact.Policy{
	Personal: []string{"name", "iban", "letter", "phone"}, Public: []string{"channel", "supplier", "amount"},
	Words: []string{"then: {reason: no_order}"}, Cluster: true,
}

// What is shown of a step's output.
func TestJSON(t *testing.T) {
	for _, row := range []struct{ why, give, want string }{
		{"a personal field by its name", `{"name":"somebody"}`, `{"name":"(personal, not shown)"}`},
		{"by the last part of a reference", `{"input.iban":"x"}`, `{"input.iban":"(personal, not shown)"}`},
		{"nothing is nothing", `{"name":null}`, `{"name":null}`},
		{"under another name", `{"account":"DE02 1203 0000"}`, `{"account":"(personal, not shown)"}`},
		{"as a normaliser writes it", `{"account":"DE0212030000"}`, `{"account":"(personal, not shown)"}`},
		{"without the accent, in capitals", `{"who":"ANN LEE"}`, `{"who":"(personal, not shown)"}`},
		{"a part of a name", `{"who":"Lee"}`, `{"who":"(personal, not shown)"}`},
		{"within another text", `{"key":"post|DE0212030000|7"}`, `{"key":"(personal, not shown)"}`},
		{"in a list", `{"all":["paper mail","Ann Lee"]}`, `{"all":["paper mail","(personal, not shown)"]}`},
		{"in a record", `{"r":{"x":{"iban":1,"y":"Ann"}}}`, `{"r":{"x":{"iban":"(personal, not shown)","y":"(personal, not shown)"}}}`},
		{"as a key", `{"Ann Lee":true}`, `{"(personal, not shown)":true}`},
		{"a number as it stands in a text", `{"found":1234.5}`, `{"found":"(personal, not shown)"}`},
		{"a personal number", `{"call":4915123456}`, `{"call":"(personal, not shown)"}`},
		{"words out of a personal text", `{"child":"Zoe"}`, `{"child":"(not shown, may be personal)"}`},
		{"a text that nobody can tell of", `{"summary":"A mother complains"}`, `{"summary":"(not shown, may be personal)"}`},
		{"what the card reads from an open column", `{"supplier":"Acme of Ulm","amount":1234.5}`, `{"supplier":"Acme of Ulm","amount":1234.5}`},
		{"even there a personal value is struck out", `{"supplier":"Acme, c/o Ann Lee, Ulm"}`, `{"supplier":"Acme, c/o (personal, not shown), Ulm"}`},
		{"a value of an open field under another name", `{"way":"paper"}`, `{"way":"paper"}`},
		{"a word of the design", `{"reason":"no_order"}`, `{"reason":"no_order"}`},
		{"numbers and flags tell of nobody", `{"confidence":0.8540,"late":false,"n":12}`, `{"confidence":0.8540,"late":false,"n":12}`},
		{"no JSON", `Ann Lee`, `"(not shown, may be personal)"`},
		{"JSON that is cut off", `{"a":1,"b":"Ann`, `"(not shown, may be personal)"`},
		{"no object", `["Ann Lee"]`, `"(not shown, may be personal)"`},
	} {
		if got := string(policy.Of(person()).JSON([]byte(row.give))); got != row.want {
			t.Errorf("%s: %s becomes %s, want %s", row.why, row.give, got, row.want)
		}
	}
}

func TestMessage(t *testing.T) {
	for _, row := range []struct{ why, give, want string }{
		{"what the program says is shown", `went on with what the design declares`, `went on with what the design declares`},
		{"a quoted name of the design", `no branch for "no_order"`, `no branch for "no_order"`},
		{"a quoted value", `cannot read "sister of Zoe" as a date`, `cannot read "(not shown, may be personal)" as a date`},
		{"a value without quotes", `row of Ann Lee is not unique`, `row of (personal, not shown) is not unique`},
		{"a name is no part of a word", `Annual plan of the Leeway`, `Annual plan of the Leeway`},
	} {
		if got := policy.Of(person()).Message(row.give); got != row.want {
			t.Errorf("%s: %q becomes %q, want %q", row.why, row.give, got, row.want)
		}
	}
}

// A text that was escaped for where it stands is read as what it says.
func TestEscapes(t *testing.T) {
	for _, row := range []struct{ why, give, want string }{
		{"a query", `/find?who=Ann+L%C3%A9e&page=1`, `/find?who=(personal, not shown)&page=1`},
		{"its separators escaped", `/find?who%3DAnn%26%3CL%c3%a9e%3E`, `/find?who%3D(personal, not shown)%3E`},
		{"every byte of it", `who=%41%6E%6E`, `who=(personal, not shown)`},
		{"a URL within a URL", `next=%2Ffind%3Fwho%3DL%25C3%25A9e`, `next=%2Ffind%3Fwho%3D(personal, not shown)`},
		{"JSON", `{"who":"Ann\nL\u00e9e\t"}`, `{"who":"(personal, not shown)\t"}`},
		{"JSON within JSON", `"{\"who\":\"L\\u00e9e\"}"`, `"{\"who\":\"(personal, not shown)\"}"`},
		{"HTML", `<b>Ann&nbsp;L&eacute;e</b> &lt;L&#xE9;e&gt;`, `<b>(personal, not shown)</b> &lt;(personal, not shown)&gt;`},
		{"what looks like an escape but is the value", `%DE02 1203 0000`, `%(personal, not shown)`},
		{"no escapes", `100% of R&D; C:\new \u12 %zz &none;`, `100% of R&D; C:\new \u12 %zz &none;`},
		{"escapes of what is not personal", `%20mail%2fpaper \u00fc &amp;`, `%20mail%2fpaper \u00fc &amp;`},
		{"cut off", `Ann %`, `(personal, not shown) %`},
		{"cut off in JSON", `Ann \`, `(personal, not shown) \`},
	} {
		if got := policy.Of(person()).Text(row.give); got != row.want {
			t.Errorf("%s: %q becomes %q, want %q", row.why, row.give, got, row.want)
		}
	}
	c := person()
	c.Input.Values[0] = "𠮷田太郎"
	if got := policy.Of(c).Text(`{"who":"\ud842\udfb7田太郎"}`); got != `{"who":"(personal, not shown)"}` {
		t.Errorf("a letter of two escapes: %s", got)
	}
}

// FuzzText puts a name, escaped in every way, into any text.
func FuzzText(f *testing.F) {
	f.Add("GET /find?who=", "&page=1", "Ann & <Lee> 1")
	f.Add(`{"a":"\ud842`, `\u12"}`, "Zoë")
	f.Add("100%", "%", `\%&#`)
	f.Fuzz(func(t *testing.T, before, after, also string) {
		const name = "Quenneville"
		c := person()
		c.Input.Values[0], c.Input.Values[1] = name, also
		k := policy.Of(c)
		quoted := string(flow.AppendValue(nil, name+" "+also, false))
		for _, escaped := range []string{
			url.QueryEscape(name + " " + also), url.QueryEscape(quoted), url.PathEscape(url.PathEscape(name + " " + also)),
			quoted, html.EscapeString(name + " " + also), "%51uenn%65ville", `\u0051uenneville`, "Quenne&#118;ille",
		} {
			got := k.Text(before + " " + escaped + " " + after)
			if strings.Contains(got, "ville") && !strings.Contains(before+after, "ville") && !strings.Contains(also, "ville") || strings.Contains(got, "Quenne") && !strings.Contains(before+after+also, "Quenne") {
				t.Fatalf("%q stands in %q", escaped, got)
			}
		}
	})
}

func TestNames(t *testing.T) {
	k := policy.Of(person())
	if got := k.CaseID("C-1"); got != "C-1" {
		t.Errorf("the id is no personal column, and is %q", got)
	}
	if got := k.Cluster("Ann Lee"); got != redact.Personal {
		t.Errorf("the cluster is a personal column, and is %q", got)
	}
	id := &redact.Policy{ID: true}
	if got := id.Of(person()).CaseID("C-1"); got != redact.Personal {
		t.Errorf("the id is a personal column, and is %q", got)
	}
}

// Where a card marks nothing, everything is shown as it is.
func TestNothingPersonal(t *testing.T) {
	for _, p := range []*redact.Policy{nil, {}} {
		k := p.Of(person())
		if got := string(k.JSON([]byte(`{"a" : "Ann Lee"}`))) + k.Text("Ann") + k.Message(`"Lee"`) + k.CaseID("C") + k.Cluster("D"); got != `{"a" : "Ann Lee"}Ann"Lee"CD` {
			t.Errorf("%v: %s", p, got)
		}
	}
}

// However an output hides a personal value among other text, it is not shown.
func TestTravels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`[A-Z][a-z]{2,8} [A-Z]{2}[0-9]{6,12}`).Draw(t, "secret")
		around := rapid.SliceOfN(rapid.String(), 2, 2).Draw(t, "around")
		field := rapid.SampledFrom([]string{"supplier", "other", "a.b"}).Draw(t, "field")
		c := person()
		c.Input.Values[1] = secret
		k := policy.Of(c)
		object := flow.AppendValue(nil, map[string]any{field: around[0] + " " + secret + " " + around[1]}, false)
		shown := string(k.JSON(object)) + k.Message(around[0]+" "+secret)
		for _, part := range strings.Fields(secret) {
			if len(part) >= 8 && strings.Contains(shown, part) {
				t.Fatalf("%q is shown in %q", part, shown)
			}
		}
	})
}
