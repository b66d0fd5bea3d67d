package business

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

func read(text string) (*Terms, diag.List) {
	doc, diags := yamldoc.Parse("s.yaml", []byte(text))
	if doc.Root == nil {
		return nil, diags
	}
	var k Keys
	doc.Decode(doc.Root, &k, &diags)
	return k.Terms(doc, []string{"as-is", "rules"}, &diags), diags.Sort()
}

func TestTerms(t *testing.T) {
	got, diags := read(`
build: {rules: {low: 10, likely: 20, high: 50}}
run_a_year: 5
wage: 34/h
cases_a_year: {likely: 1000, high: 2000}
realised: 0.5
working_days: 210
hours_a_day: 8
ramp_up_months: 4
discount_rate: 0.05
years: 5
`)
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	one := func(x float64) *Amount { return &Amount{Low: x, Likely: x, High: x} }
	want := &Terms{
		Build: map[string]Amount{"rules": {Low: 10, Likely: 20, High: 50}}, RunAYear: map[string]Amount{"": *one(5)},
		Wage: one(34), CasesAYear: &Amount{Low: 1000, Likely: 1000, High: 2000}, Realised: one(0.5),
		Days: one(210), HoursADay: one(8), RampUp: one(4), Discount: one(0.05), Years: 5,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestTermsRefused(t *testing.T) {
	for _, c := range []struct{ why, text, want string }{
		{"no number", "wage: much", `s.yaml:1:7: "wage" is "much", want a number from 0 to 1e+06, or {low: 1, likely: 2, high: 3}`},
		{"out of bounds", "realised: 1.2", `s.yaml:1:11: "realised" is "1.2", want a number from 0 to 1, or {low: 1, likely: 2, high: 3}`},
		{"not a number at all", "discount_rate: .nan", `s.yaml:1:16: "discount_rate" is ".nan"`},
		{"ends the wrong way", "wage: {low: 3, likely: 2, high: 9}", `s.yaml:1:7: "wage": low 3, likely 2 and high 9 are not in order`},
		{"the upper end below the middle", "wage: {low: 1, likely: 5, high: 3}", `s.yaml:1:7: "wage": low 1, likely 5 and high 3 are not in order`},
		{"a range without its middle", "wage: {low: 3, high: 9}", `missing key "likely"`},
		{"an unknown key", "wages: 3", `s.yaml:1:1: unknown key "wages"`},
		{"an unknown design", "build: {ruels: 3}", `s.yaml:1:9: "build": the scenario has no design "ruels" (did you mean "rules"?)`},
		{"a list", "build: [3]", `s.yaml:1:8: "build" wants a number, or {low: 1, likely: 2, high: 3}`},
		{"years in parts", "years: 2.5", `s.yaml:1:8: "years" is "2.5", want a whole number from 1 to 20`},
		{"no years", "years: 0", `want a whole number from 1 to 20`},
	} {
		_, diags := read(c.text)
		err := diags.Err()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.why, err, c.want)
		}
	}
}
