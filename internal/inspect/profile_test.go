package inspect

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/dataset"
)

// bare writes a file and gives its card.
func bare(t testing.TB, name, content string) *dataset.Card {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	card, err := dataset.Bare(path)
	if err != nil {
		t.Fatal(err)
	}
	return card
}

func TestTypes(t *testing.T) {
	for _, c := range []struct {
		why    string
		values string // separated by bars
		want   string // type, as, order of dates
	}{
		{"whole numbers", "1|2|30", "integer"},
		{"one has a fraction", "1|2.5|30", "number"},
		{"whole numbers that are written with a fraction", "1.0|2.0", "integer"},
		{"leading zeros carry meaning", "00123|04567", "string"},
		{"a zero alone is a number", "0|0.5", "number"},
		{"codes with a number in them", "V-12|V-13", "string"},
		{"amounts with a currency", "EUR 1.234,50|12,00 €", "number money"},
		{"decimal commas", "1,5|2,75", "number money"},
		{"yes and no", "yes|No|y", "boolean"},
		{"dates", "2025-01-03|2025-02-04", "date"},
		{"times", "2025-01-03|2025-02-04T10:00:00Z", "time"},
		{"days first", "13/01/2025|02/03/2025", "date date dmy"},
		{"months first", "01/13/2025|02/03/2025", "date date mdy"},
		{"no value tells the order", "01/02/2025|02/03/2025", "date date dmy unsure"},
		{"both orders", "01/13/2025|13/03/2025", "date date dmy mixed"},
		{"months by name", "25 MAR 2018|3 April 2019", "date date dmy unsure"},
		{"numbers and texts", "1|two|3", "string mixed"},
		{"numbers, and a text that stands for none", "1|N/A|3", "string mixed"},
		{"absent values say nothing", "|1|", "integer"},
		{"no value at all", "||", ""},
	} {
		p := newProfile("x")
		for _, v := range strings.Split(c.values, "|") {
			p.add(v, v)
		}
		got := p.done()
		out := strings.TrimSpace(fmt.Sprint(got.Type, " ", strings.TrimSpace(got.As+" "+got.Dates)))
		if got.DatesUnsure {
			out += " unsure"
		}
		if got.Mixed {
			out += " mixed"
		}
		if out != c.want {
			t.Errorf("%s: %q is %q, want %q", c.why, c.values, out, c.want)
		}
	}
}

// The number of different values is exact where there are few, and within a
// few standard errors, which are 1.6 %, where there are many.
func TestDistinct(t *testing.T) {
	for _, n := range []int{0, 1, 2000, exactDistinct, exactDistinct + 1, 300_000} {
		d := newDistinct()
		for range 2 {
			for i := range n {
				d.add(hash64(fmt.Sprint("value ", i)))
			}
		}
		got, estimated := d.count()
		if estimated != (n > exactDistinct) {
			t.Errorf("%d values: estimated is %v", n, estimated)
		}
		if off := float64(got-int64(n)) / max(float64(n), 1); off > 0.06 || off < -0.06 || !estimated && off != 0 {
			t.Errorf("%d values: counted %d", n, got)
		}
	}
}

// Every row has the same chance to be in the sample.
func TestReservoir(t *testing.T) {
	const size, rows = 1000, 50_000
	r := reservoir{size: size}
	kept := make([]int, size)
	for i := range rows {
		if at := r.place(); at >= 0 {
			kept[at] = i
		}
	}
	var early int
	for _, row := range kept {
		if row < rows/2 {
			early++
		}
	}
	if early < 420 || early > 580 { // 500 ± 5 standard deviations of 15.8
		t.Errorf("%d of %d rows are of the first half", early, size)
	}
}
