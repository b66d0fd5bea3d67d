package normalise

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestNumber(t *testing.T) {
	for _, tc := range []struct {
		in   string
		mark DecimalMark
		want float64
		ok   bool
		why  string
	}{
		{"1.234,56", Inferred, 1234.56, true, "German"},
		{"1,234.56", Inferred, 1234.56, true, "English"},
		{"1 234.56", Inferred, 1234.56, true, "a space between thousands"},
		{"1\u00a0234,56", Inferred, 1234.56, true, "a space that does not break"},
		{"1\u202f234\u202f567,8", Inferred, 1234567.8, true, "French"},
		{"1'234.50", Inferred, 1234.5, true, "Swiss"},
		{"12,34,567.00", Inferred, 1234567, true, "Indian"},
		{"1,234,567", Inferred, 1234567, true, "thousands only"},
		{"1.234", Inferred, 1234, true, "three digits after the only mark are thousands"},
		{"1.234", Point, 1.234, true, "unless the mark is said to be one of fractions"},
		{"1,234", Comma, 1.234, true, "the comma likewise"},
		{"1,234", Point, 1234, true, "and then the other is one of thousands"},
		{"0.125", Inferred, 0.125, true, "no thousands begin with nought"},
		{"12,5", Inferred, 12.5, true, "one digit after the mark"},
		{".50", Inferred, 0.5, true, "no digit before it"},
		{"€ 12.50", Inferred, 12.5, true, "a sign before"},
		{"12,50 €", Inferred, 12.5, true, "a sign behind"},
		{"USD 1,000.00", Inferred, 1000, true, "a code before"},
		{"Rs. 500", Inferred, 500, true, "an abbreviation before"},
		{"1.000,00 EUR.", Inferred, 1000, true, "the end of a sentence"},
		{"CHF 5.-", Inferred, 5, true, "no fraction, the Swiss way"},
		{"5.--", Inferred, 5, true, "no fraction, on a price tag"},
		{"5,–", Inferred, 5, true, "no fraction, the German way"},
		{"-12.50", Inferred, -12.5, true, "a minus before"},
		{"12.50-", Inferred, -12.5, true, "a minus behind"},
		{"−12.50", Inferred, -12.5, true, "a real minus"},
		{"(12.50)", Inferred, -12.5, true, "brackets"},
		{"", Inferred, 0, false, "nothing"},
		{"EUR", Inferred, 0, false, "no digits"},
		{"12.34.56", Inferred, 0, false, "a date"},
		{"1,23,4", Inferred, 0, false, "groups of no country"},
		{"12 34", Inferred, 0, false, "two numbers"},
		{"1.234,56,7", Inferred, 0, false, "two fractions"},
		{"12a50", Inferred, 0, false, "a letter inside"},
		{"reference 12", Inferred, 0, false, "a word before"},
		{"1234567890123456", Inferred, 0, false, "more digits than a number holds exactly"},
	} {
		got, ok := Number(tc.in, tc.mark)
		if ok != tc.ok || ok && got != tc.want {
			t.Errorf("%s: Number(%q, %q) = %v, %v; want %v, %v", tc.why, tc.in, tc.mark, got, ok, tc.want, tc.ok)
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
		if got, ok := Number(text, Inferred); !ok || fmt.Sprintf("%.2f", got) != fmt.Sprintf("%d.%02d", cents/100, cents%100) {
			t.Fatalf("Number(%q) = %v, %v", text, got, ok)
		}
	})
}

func TestDate(t *testing.T) {
	for _, tc := range []struct {
		in    string
		order DateOrder
		want  string
		why   string
	}{
		{"2025-03-01", DayFirst, "2025-03-01", "ISO"},
		{"2025/3/1", DayFirst, "2025-03-01", "year first"},
		{"20250301", DayFirst, "2025-03-01", "no marks"},
		{"25032018", DayFirst, "2018-03-25", "no marks, the year last"},
		{"03252018", DayFirst, "2018-03-25", "it can only be the other order"},
		{"(06/12/2016)", DayFirst, "2016-12-06", "brackets around"},
		{"01.03.2025", DayFirst, "2025-03-01", "German"},
		{"03/04/2025", DayFirst, "2025-04-03", "day first"},
		{"03/04/2025", MonthFirst, "2025-03-04", "month first"},
		{"13/04/2025", MonthFirst, "2025-04-13", "it can only be the other order"},
		{"04/13/2025", DayFirst, "2025-04-13", "it can only be the other order"},
		{"3/1/25", DayFirst, "2025-01-03", "a year of two digits"},
		{"1/1/70", DayFirst, "1970-01-01", "the last century"},
		{"1 March 2025", DayFirst, "2025-03-01", "English"},
		{"March 1st, 2025", DayFirst, "2025-03-01", "the name first"},
		{"Sat, 1 Mar 2025", DayFirst, "2025-03-01", "with the day of the week"},
		{"01-Mar-25", DayFirst, "2025-03-01", "a short year behind a name"},
		{"2025 March 1", DayFirst, "2025-03-01", "the year first"},
		{"1. März 2025", DayFirst, "2025-03-01", "German"},
		{"3 août 2025", DayFirst, "2025-08-03", "French"},
		{"3 de mayo de 2025", DayFirst, "2025-05-03", "Spanish"},
		{"12 okt 2025", DayFirst, "2025-10-12", "a short name"},
		{"30/02/2025", DayFirst, "", "a day that does not exist"},
		{"32/13/2025", DayFirst, "", "no day and no month"},
		{"1/2", DayFirst, "", "no year"},
		{"1 2 3 4", DayFirst, "", "too many numbers"},
		{"12.34", DayFirst, "", "an amount"},
		{"Martini 1 2025", DayFirst, "", "no month"},
		{"1 jui 2025", DayFirst, "", "June or July"},
		{"\xff1/2/2025", DayFirst, "", "no text at all"},
	} {
		got, ok := Date(tc.in, tc.order)
		if ok != (tc.want != "") || ok && got.Format(time.DateOnly) != tc.want {
			t.Errorf("%s: Date(%q, %s) = %v, %v; want %q", tc.why, tc.in, tc.order, got, ok, tc.want)
		}
	}
}

func TestCurrency(t *testing.T) {
	for in, want := range map[string]string{"€ 5": "EUR", "5 usd": "USD", "GBP12": "GBP", "eurozone": "", "12": "", "total £3": "GBP"} {
		if got := Currency(in); got != want {
			t.Errorf("Currency(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzNormalise(f *testing.F) {
	for _, s := range []string{"1.234,56", "(12)", "1 March 2025", "03/04/2025", "€", "\xff", "1’000", "-", "12,-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, mark := range []DecimalMark{Inferred, Point, Comma} {
			if x, ok := Number(s, mark); ok && !(x < 1e16 && x > -1e16) {
				t.Errorf("Number(%q) = %v", s, x)
			}
		}
		for _, order := range []DateOrder{DayFirst, MonthFirst} {
			if d, ok := Date(s, order); ok && (d.Hour() != 0 || d.Year() < 1900 || d.Year() > 2199) {
				t.Errorf("Date(%q) = %v", s, d)
			}
		}
		Currency(s)
	})
}
