package restate

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/normalise"
)

func TestTexts(t *testing.T) {
	for _, row := range []struct {
		kind, why, give, want string
	}{
		{"order", "a form", "Policy: A1\nName: Jo Day\nAmount: ", "Amount: \nName: Jo Day\nPolicy: A1"},
		{"order", "what an app sends", "id=7\nday=2025-03-01", "day=2025-03-01\nid=7"},
		{"order", "one paragraph of several", "Dear all,\nhello\n\nTo: a\nCc: b\n\nbye", "Dear all,\nhello\n\nCc: b\nTo: a\n\nbye"},
		{"order", "a name twice: which is which is a matter of order", "Owner: A\nShare: 5\nOwner: B", ""},
		{"order", "a line without a name may belong to the one before", "To: a\n12345 Berlin\nCc: b", ""},
		{"order", "prose", "It was late and dark when the two of us came home: cold\nand tired: so", ""},
		{"order", "JSON, within too", `{"a":{"x":1.50,"y":"<b>"},"b":[{"c":1,"d":null}]}`, `{"b":[{"d":null,"c":1}],"a":{"y":"<b>","x":1.50}}`},
		{"order", "JSON with a key twice", `{"a":{"x":1,"x":2}}`, ""},
		{"blanks", "lines", "a b\r\nc  d", " \r\na b \r\nc  d \r\n"},
		{"blanks", "JSON is not broken", "{\n\"a\":1}", " \r\n{\n\"a\":1} \r\n"},
		{"dates", "ISO", "on 2025-03-01, he said", "on 1 March 2025, he said"},
		{"dates", "the day in front", "am 01.03.2025.", "am 2025-03-01."},
		{"dates", "by name", "on 1st March 2025 or March 2, 2025 or 3. März 2025", "on 2025-03-01 or 2025-03-02 or 2025-03-03"},
		{"dates", "with slashes, where only one number can be the day", "01/25/2025 and 25/01/2025 and 03/04/2025", "2025-01-25 and 2025-01-25 and 03/04/2025"},
		{"dates", "in a key, or a time", "A-2025-03-01-7 2025-03-01T10:00:00Z 12.3.2025.4", ""},
		{"dates", "no day of the calendar", "30.02.2025 2025-13-01 12 Nuts 2025", ""},
		{"dates", "JSON keeps to a form", `{"day": "2025-03-01"}`, ""},
		{"amounts", "marks of thousands go", "1,200.00 or 1.200,50 or 1'200.75 or 12,345,678.90", "1200.00 or 1200,50 or 1200.75 or 12345678.90"},
		{"amounts", "and come", "-1200.00 EUR1200,50", "-1,200.00 EUR1200,50"},
		{"amounts", "small ones have none", "EUR 120.00, 5,90", ""},
		{"amounts", "what may be a fraction", "1,200 or 1.200", ""},
		{"amounts", "in a key", "CHE-1234.567.65 12.1234.56 1234.567", ""},
		{"capitals", "words, and no keys", "Pay to Jo_Day at jo@day.example, hm-12 d.h. a=B Größe", "PAY TO Jo_Day AT jo@day.example, hm-12 d.h. a=B GRÖßE"},
		{"capitals", "JSON has names", `{"Name": "Jo"}`, ""},
	} {
		k, ok := Of(Prefix + row.kind)
		if !ok {
			t.Fatal(row.kind)
		}
		want := row.want
		if want == "" {
			want = row.give
		}
		if got := k.text(row.give); got != want {
			t.Errorf("%s: %s:\ngot  %q\nwant %q", row.kind, row.why, got, want)
		}
	}
	if _, ok := Of("oracle:read"); ok {
		t.Error("an oracle is no restatement")
	}
}

// TestInput: texts alone are restated, and the case's own values stay.
func TestInput(t *testing.T) {
	s := flow.NewSchema(
		flow.Field{Name: "text", Type: flow.Type{Kind: flow.String}},
		flow.Field{Name: "key", Type: flow.Type{Kind: flow.String, Optional: true}},
		flow.Field{Name: "channel", Type: flow.Type{Kind: flow.Enum, Enum: []string{"web form for all of you"}}},
	)
	values := []any{"a bill of 1200.00 is due", "pay 1200.00", "web form for all of you"}
	k, _ := Of("restated:amounts")
	got, ok := k.Input(flow.Message{Schema: s, Values: values})
	if !ok || got[0] != "a bill of 1,200.00 is due" || got[1] != "pay 1200.00" || values[0] != "a bill of 1200.00 is due" {
		t.Errorf("%q of %q", got, values)
	}
	if got, ok := k.Input(flow.Message{Schema: s, Values: []any{"nothing to say otherwise here", nil, nil}}); ok {
		t.Errorf("%q says the same", got)
	}
}

// TestMeaning: whatever the text, what it means is still there.
func TestMeaning(t *testing.T) {
	days := func(s string) (out []string) {
		for _, found := range aDate.FindAllString(s, -1) {
			if day, ok := normalise.Date(found, normalise.DayFirst); ok {
				out = append(out, day.Format(time.DateOnly))
			}
		}
		return out
	}
	part := rapid.OneOf(
		rapid.StringMatching(`[a-zA-Zäß]{1,9}`), rapid.StringMatching(`[0-9]{1,7}`), rapid.StringMatching(`[ \n:=.,'/()-]{1,2}`),
		rapid.SampledFrom([]string{"2025-03-01", "1 March 2025", "07.11.2024", "31/12/2023", "1,200.50", "1.200,50", "9876.54", "\n\n", "é", `{"a":1,"b":2}`}),
	)
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(part, 0, 14).Draw(t, "parts"), "")
		if got := order(order(s)); !isJSON(s) && got != s {
			t.Errorf("order twice: %q from %q", got, s)
		}
		sorted := func(s string) []string {
			lines := strings.Split(s, "\n")
			slices.Sort(lines)
			return lines
		}
		if got := order(s); !isJSON(s) && !slices.Equal(sorted(got), sorted(s)) {
			t.Errorf("order changed a line: %q from %q", got, s)
		}
		if got := blanks(s); !slices.Equal(strings.Fields(got), strings.Fields(s)) {
			t.Errorf("blanks changed a word: %q from %q", got, s)
		}
		if got := capitals(s); !strings.EqualFold(got, s) {
			t.Errorf("capitals changed more: %q from %q", got, s)
		}
		if got := dates(s); !slices.Equal(days(got), days(s)) {
			t.Errorf("dates changed a day: %q from %q: %v from %v", got, s, days(got), days(s))
		}
	})
}

// TestAmountsMean: an amount is the same amount in its other form, and the first
// one again in the form after that.
func TestAmountsMean(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[1-9][0-9]{3,8}[.,][0-9]{2}`).Draw(t, "amount")
		other := amounts(s)
		a, ok1 := normalise.Number(s, normalise.Inferred)
		b, ok2 := normalise.Number(other, normalise.Inferred)
		if !ok1 || !ok2 || a != b || other == s || amounts(other) != s {
			t.Errorf("%s became %s: %v and %v", s, other, a, b)
		}
	})
}
