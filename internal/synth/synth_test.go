package synth

import (
	"strings"
	"testing"
	"time"
)

func TestDrawDependsOnItsKeyAlone(t *testing.T) {
	a, b := NewDraw(1, "x", 2), NewDraw(1, "x", 2)
	for range 100 {
		if a.Int(0, 1<<30) != b.Int(0, 1<<30) {
			t.Fatal("the same key gave two streams")
		}
	}
	c, d := NewDraw(1, "x", 3), NewDraw(1, "x2")
	if c.Digits(20) == NewDraw(1, "x", 2).Digits(20) || c.Digits(20) == d.Digits(20) {
		t.Error("different keys gave one stream")
	}
}

func TestIndexFollowsTheWeights(t *testing.T) {
	d := NewDraw(7, "index")
	var n [3]int
	for range 10_000 {
		n[d.Index([]float64{1, 0, 3})]++
	}
	if n[1] != 0 || n[0] < 2300 || n[0] > 2700 {
		t.Errorf("counts %v of weights 1, 0, 3", n)
	}
}

func TestMoney(t *testing.T) {
	tests := []struct {
		style NumberStyle
		cents int64
		want  string
		why   string
	}{
		{PointComma, 123456789, "1.234.567,89", "two separators"},
		{SpaceComma, 123456, "1 234,56", "one separator"},
		{CommaPoint, 99999, "999.99", "below a thousand"},
		{QuotePoint, 100000, "1'000.00", "just a thousand"},
		{PlainPoint, 5, "0.05", "below one"},
		{PlainComma, -123456, "-1234,56", "negative"},
	}
	for _, tt := range tests {
		if got := tt.style.Money(tt.cents); got != tt.want {
			t.Errorf("Money(%d) = %q, want %q (%s)", tt.cents, got, tt.want, tt.why)
		}
	}
}

func TestFormatDate(t *testing.T) {
	day := time.Date(2025, 3, 4, 0, 0, 0, 0, time.UTC)
	tests := []struct{ style, language, want, why string }{
		{"02.01.2006", "de", "04.03.2025", "day first"},
		{"01/02/2006", "en", "03/04/2025", "month first"},
		{LongDate, "de", "4. März 2025", "ordinal point in German"},
		{LongDate, "es", "4 marzo 2025", "named month"},
		{LongDate, "pl", "4 March 2025", "English where the language is not known"},
	}
	for _, tt := range tests {
		if got := FormatDate(day, tt.style, tt.language); got != tt.want {
			t.Errorf("FormatDate(%q, %q) = %q, want %q (%s)", tt.style, tt.language, got, tt.want, tt.why)
		}
	}
}

func TestNoise(t *testing.T) {
	text := strings.Repeat("Total: 1.050,80 EUR\n", 200)
	if got := Noise(NewDraw(1, "noise"), text, 0); got != text {
		t.Error("no noise changed the text")
	}
	got := Noise(NewDraw(1, "noise"), text, 0.05)
	if strings.Count(got, "\n") != 200 {
		t.Error("noise ate line breaks")
	}
	if same := strings.Count(got, "Total: 1.050,80 EUR\n"); same == 200 || same < 40 {
		t.Errorf("%d of 200 lines survive a rate of 0.05", same)
	}
}

func TestRateMovesOverTheYearAndJumpsAfterIt(t *testing.T) {
	r := Move("x", 10, 20, 70)
	for _, tt := range []struct {
		at   time.Time
		want float64
		why  string
	}{
		{YearStart, 10, "the first day"},
		{YearStart.Add(FreshStart.Sub(YearStart) / 2), 15, "half way"},
		{FreshStart.Add(-time.Nanosecond), 20, "the last moment"},
		{FreshStart, 70, "the fresh sample"},
	} {
		if got := r.At(tt.at); got < tt.want-1e-6 || got > tt.want+1e-6 {
			t.Errorf("At(%s) = %g, want %g (%s)", tt.at, got, tt.want, tt.why)
		}
	}
}

func TestArrivalsFollowTheRhythm(t *testing.T) {
	times := Office.Arrivals(1, "x", 5000, YearStart, FreshStart)
	weekend, night := 0, 0
	for i, at := range times {
		if at.Before(YearStart) || Fresh(at) || i > 0 && at.Before(times[i-1]) {
			t.Fatalf("arrival %d at %s: out of order or of the year", i, at)
		}
		if at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
			weekend++
		}
		if at.Hour() < 5 {
			night++
		}
	}
	if weekend < 100 || weekend > 250 || night > 60 {
		t.Errorf("%d at weekends and %d at night of 5000", weekend, night)
	}
}

func TestDecideErrsAtTheGivenRates(t *testing.T) {
	n := map[string]int{}
	for i := range 10_000 {
		n[Decide(NewDraw(1, "decide", i), "a", []Mistake{Slip("b", 0.1), Slip("c", 0.2)})]++
	}
	if n["b"] < 900 || n["b"] > 1100 || n["c"] < 1850 || n["c"] > 2150 {
		t.Errorf("%v of chances 0.1 and 0.2", n)
	}
}

func TestPhrases(t *testing.T) {
	got := Phrases("# none\n[a de]\n one \ntwo\n\n[b]\nthree")
	if len(got) != 2 || len(got["a de"]) != 2 || got["a de"][0] != "one" || got["b"][0] != "three" {
		t.Errorf("sections %q", got)
	}
}

// Every country can be drawn from every pool.
func TestPoolsCoverTheCountries(t *testing.T) {
	for country, language := range Countries {
		d := NewDraw(1, country)
		given, family := Person(d, language)
		if Company(d, language, country) == "" || Address(d, language, country) == "" || given == "" || family == "" {
			t.Errorf("country %s has an empty pool", country)
		}
	}
}
