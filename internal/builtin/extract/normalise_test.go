package extract

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseNumber(t *testing.T) {
	for _, tc := range []struct {
		in   string
		mark decimalMark
		want float64
		ok   bool
		why  string
	}{
		{"1.234,56", inferred, 1234.56, true, "German"},
		{"1,234.56", inferred, 1234.56, true, "English"},
		{"1 234.56", inferred, 1234.56, true, "a space between thousands"},
		{"1\u00a0234,56", inferred, 1234.56, true, "a space that does not break"},
		{"1\u202f234\u202f567,8", inferred, 1234567.8, true, "French"},
		{"1'234.50", inferred, 1234.5, true, "Swiss"},
		{"12,34,567.00", inferred, 1234567, true, "Indian"},
		{"1,234,567", inferred, 1234567, true, "thousands only"},
		{"1.234", inferred, 1234, true, "three digits after the only mark are thousands"},
		{"1.234", point, 1.234, true, "unless the mark is said to be one of fractions"},
		{"1,234", comma, 1.234, true, "the comma likewise"},
		{"1,234", point, 1234, true, "and then the other is one of thousands"},
		{"0.125", inferred, 0.125, true, "no thousands begin with nought"},
		{"12,5", inferred, 12.5, true, "one digit after the mark"},
		{".50", inferred, 0.5, true, "no digit before it"},
		{"€ 12.50", inferred, 12.5, true, "a sign before"},
		{"12,50 €", inferred, 12.5, true, "a sign behind"},
		{"USD 1,000.00", inferred, 1000, true, "a code before"},
		{"Rs. 500", inferred, 500, true, "an abbreviation before"},
		{"1.000,00 EUR.", inferred, 1000, true, "the end of a sentence"},
		{"CHF 5.-", inferred, 5, true, "no fraction, the Swiss way"},
		{"5.--", inferred, 5, true, "no fraction, on a price tag"},
		{"5,–", inferred, 5, true, "no fraction, the German way"},
		{"-12.50", inferred, -12.5, true, "a minus before"},
		{"12.50-", inferred, -12.5, true, "a minus behind"},
		{"−12.50", inferred, -12.5, true, "a real minus"},
		{"(12.50)", inferred, -12.5, true, "brackets"},
		{"", inferred, 0, false, "nothing"},
		{"EUR", inferred, 0, false, "no digits"},
		{"12.34.56", inferred, 0, false, "a date"},
		{"1,23,4", inferred, 0, false, "groups of no country"},
		{"12 34", inferred, 0, false, "two numbers"},
		{"1.234,56,7", inferred, 0, false, "two fractions"},
		{"12a50", inferred, 0, false, "a letter inside"},
		{"reference 12", inferred, 0, false, "a word before"},
		{"1234567890123456", inferred, 0, false, "more digits than a number holds exactly"},
	} {
		got, ok := parseNumber(tc.in, tc.mark)
		if ok != tc.ok || ok && got != tc.want {
			t.Errorf("%s: parseNumber(%q, %q) = %v, %v; want %v, %v", tc.why, tc.in, tc.mark, got, ok, tc.want, tc.ok)
		}
	}
}

// TestNumberRoundTrip writes cents in the ways of several countries.
func TestNumberRoundTrip(t *testing.T) {
	group := func(digits, sep string) string {
		var parts []string
		for len(digits) > 3 {
			parts = append([]string{digits[len(digits)-3:]}, parts...)
			digits = digits[:len(digits)-3]
		}
		return strings.Join(append([]string{digits}, parts...), sep)
	}
	rapid.Check(t, func(t *rapid.T) {
		cents := rapid.Int64Range(0, 99_999_999_999).Draw(t, "cents")
		style := rapid.SampledFrom([][2]string{{".", ","}, {",", "."}, {" ", ","}, {" ", "."}, {"'", "."}, {"", "."}, {"", ","}}).Draw(t, "style")
		text := fmt.Sprintf("%s%s%02d", group(fmt.Sprint(cents/100), style[0]), style[1], cents%100)
		if got, ok := parseNumber(text, inferred); !ok || fmt.Sprintf("%.2f", got) != fmt.Sprintf("%d.%02d", cents/100, cents%100) {
			t.Fatalf("parseNumber(%q) = %v, %v", text, got, ok)
		}
	})
}

func TestParseDate(t *testing.T) {
	for _, tc := range []struct {
		in    string
		order dateOrder
		want  string
		why   string
	}{
		{"2025-03-01", dayFirst, "2025-03-01", "ISO"},
		{"2025/3/1", dayFirst, "2025-03-01", "year first"},
		{"20250301", dayFirst, "2025-03-01", "no marks"},
		{"01.03.2025", dayFirst, "2025-03-01", "German"},
		{"03/04/2025", dayFirst, "2025-04-03", "day first"},
		{"03/04/2025", monthFirst, "2025-03-04", "month first"},
		{"13/04/2025", monthFirst, "2025-04-13", "it can only be the other order"},
		{"04/13/2025", dayFirst, "2025-04-13", "it can only be the other order"},
		{"3/1/25", dayFirst, "2025-01-03", "a year of two digits"},
		{"1/1/70", dayFirst, "1970-01-01", "the last century"},
		{"1 March 2025", dayFirst, "2025-03-01", "English"},
		{"March 1st, 2025", dayFirst, "2025-03-01", "the name first"},
		{"Sat, 1 Mar 2025", dayFirst, "2025-03-01", "with the day of the week"},
		{"01-Mar-25", dayFirst, "2025-03-01", "a short year behind a name"},
		{"2025 March 1", dayFirst, "2025-03-01", "the year first"},
		{"1. März 2025", dayFirst, "2025-03-01", "German"},
		{"3 août 2025", dayFirst, "2025-08-03", "French"},
		{"3 de mayo de 2025", dayFirst, "2025-05-03", "Spanish"},
		{"12 okt 2025", dayFirst, "2025-10-12", "a short name"},
		{"30/02/2025", dayFirst, "", "a day that does not exist"},
		{"32/13/2025", dayFirst, "", "no day and no month"},
		{"1/2", dayFirst, "", "no year"},
		{"1 2 3 4", dayFirst, "", "too many numbers"},
		{"12.34", dayFirst, "", "an amount"},
		{"Martini 1 2025", dayFirst, "", "no month"},
		{"1 jui 2025", dayFirst, "", "June or July"},
		{"\xff1/2/2025", dayFirst, "", "no text at all"},
	} {
		got, ok := parseDate(tc.in, tc.order)
		if ok != (tc.want != "") || ok && got.Format(time.DateOnly) != tc.want {
			t.Errorf("%s: parseDate(%q, %s) = %v, %v; want %q", tc.why, tc.in, tc.order, got, ok, tc.want)
		}
	}
}

func TestFixDigits(t *testing.T) {
	for _, tc := range []struct{ in, want, why string }{
		{"1O3.S0", "103.50", "an amount"},
		{"PO-l042", "PO-1042", "words without digits stay"},
		{"INV-2O25-00l7", "INV-2025-0017", "several words"},
		{"Oslo", "Oslo", "no digit at all"},
		{"B2B", "828", "what looks like a number is one"},
		{"12 Oak", "12 Oak", "a word with other letters stays"},
		{"", "", "nothing"},
	} {
		if got := fixDigits(tc.in); got != tc.want {
			t.Errorf("%s: fixDigits(%q) = %q, want %q", tc.why, tc.in, got, tc.want)
		}
	}
}

func TestCurrency(t *testing.T) {
	for in, want := range map[string]string{"€ 5": "EUR", "5 usd": "USD", "GBP12": "GBP", "eurozone": "", "12": "", "total £3": "GBP"} {
		if got := currency(in); got != want {
			t.Errorf("currency(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestShortcuts compares what is found by the needed word and line by line
// with what the expression alone finds.
func TestShortcuts(t *testing.T) {
	for _, tc := range []struct {
		src, need string
		line      bool
		why       string
	}{
		{`(?i)total due +(\S+)`, "total due", true, "a word in any case"},
		{`total\s+(\S+)`, "total", false, "it may cross lines"},
		{`(?m)^po: (.+)$`, "po: ", true, "ends of lines"},
		{`(\S+) EUR`, " EUR", true, "a word behind"},
		{`(?:total|sum) (\d+)`, " ", true, "alternatives need none"},
		{`(\d+)`, "", false, "no word"},
		{`^total (\d+)`, "total ", false, "the beginning of the text"},
		{`(?i)größe (\d+)`, "", false, "letters outside ASCII are not looked for"},
		{`größe (\d+)`, "größe ", true, "letters outside ASCII in their own case are"},
		{`(?i)task (\d+)`, "task ", true, "letters that others fold to"},
		{`(?:a\n)?total (\d+)`, "total ", false, "an end of line written out"},
	} {
		p, err := newPattern(tc.src)
		if err != nil {
			t.Fatal(err)
		}
		if p.need != tc.need || p.line != tc.line {
			t.Fatalf("%s: %q needs %q (by line: %v), want %q (%v)", tc.why, tc.src, p.need, p.line, tc.need, tc.line)
		}
		re := regexp.MustCompile(tc.src)
		rapid.Check(t, func(t *rapid.T) {
			piece := rapid.SampledFrom([]string{"total due ", "TOTAL DUE  ", "total ", "sum ", "po: ", "12", "7 EUR", " EUR", "\n", "\r\n", "x", "größe 5", "ta\u017f\u212a 4", "task 3", "a\n", " "})
			text := strings.Join(rapid.SliceOfN(piece, 0, 20).Draw(t, "pieces"), "")
			var want, got []string
			for _, m := range re.FindAllStringSubmatch(text, -1) {
				want = append(want, m[1])
			}
			p.matches(&document{text: text}, func(s string) bool { got = append(got, s); return true })
			if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
				t.Fatalf("%q in %q: %q, want %q", tc.src, text, got, want)
			}
		})
	}
}

func FuzzNormalisers(f *testing.F) {
	for _, s := range []string{"1.234,56", "(12)", "1 March 2025", "03/04/2025", "PO-l042", "€", "\xff", "1’000", "-", "12,-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, mark := range []decimalMark{inferred, point, comma} {
			if x, ok := parseNumber(s, mark); ok && !(x < 1e16 && x > -1e16) {
				t.Errorf("parseNumber(%q) = %v", s, x)
			}
		}
		for _, order := range []dateOrder{dayFirst, monthFirst} {
			if d, ok := parseDate(s, order); ok && (d.Hour() != 0 || d.Year() < 1900 || d.Year() > 2199) {
				t.Errorf("parseDate(%q) = %v", s, d)
			}
		}
		if fixed := fixDigits(s); fixDigits(fixed) != fixed {
			t.Errorf("fixDigits(%q) = %q, and again %q", s, fixed, fixDigits(fixed))
		}
		if id := identifier(s); identifier(id) != id {
			t.Errorf("identifier(%q) = %q, and again %q", s, id, identifier(id))
		}
		currency(s)
		squeeze(s)
	})
}
