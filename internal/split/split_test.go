package split

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/internal/dataset"
)

func day(n int) time.Time { return time.Date(2025, 1, 1, 12, 0, 0, 0, time.UTC).AddDate(0, 0, n) }

func TestByTime(t *testing.T) {
	days := func(n int) (out []time.Time) {
		for i := range n {
			out = append(out, day((i*7)%n)) // in no order
		}
		return out
	}
	same := []time.Time{day(0), day(0), day(0), day(0)}
	for _, tc := range []struct {
		why   string
		parts Parts
		times []time.Time
		want  string
	}{
		{"cuts at midnight where that keeps the shares", Parts{0.5, 0, 0.5}, days(10), "{by: time, train: ..2025-01-06, dev: 2025-01-06..}"},
		{"all four, in their order", Parts{0.4, 0.1, 0.2, 0.3}, days(10), "{by: time, train: ..2025-01-05, calibration: 2025-01-05..2025-01-06, dev: 2025-01-06..2025-01-08, test: 2025-01-08..}"},
		{"what no share claims is the latest", Parts{0.5}, days(10), "{by: time, train: ..2025-01-06}"},
		{"one day only: cut within it", Parts{0.5, 0, 0.5}, []time.Time{day(0), day(0).Add(time.Hour), day(0).Add(2 * time.Hour), day(0).Add(3 * time.Hour)}, "{by: time, train: ..2025-01-01T14:00:00Z, dev: 2025-01-01T14:00:00Z..}"},
		{"one time only", Parts{0.25, 0.25, 0.5}, same, "calibration would be empty: too many cases have one time"},
		{"no times", Parts{1}, nil, "no case has a time to split by"},
	} {
		t.Run(tc.why, func(t *testing.T) {
			got, err := tc.parts.ByTime(tc.times)
			if err != nil {
				got = err.Error()
			}
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	for _, tc := range []struct {
		why   string
		parts Parts
		ok    bool
	}{
		{"all of them", Parts{0.7, 0.1, 0.1, 0.1}, true},
		{"some of them", Parts{0.1}, true},
		{"none", Parts{}, false},
		{"more than there are", Parts{0.7, 0.4}, false},
		{"less than nothing", Parts{0.7, -0.1}, false},
		{"no number", Parts{math.NaN()}, false},
	} {
		if err := tc.parts.Check(); (err == nil) != tc.ok {
			t.Errorf("%s: %v", tc.why, err)
		}
	}
}

// card writes a dataset with these splits and reads its card.
func card(t interface {
	Fatal(...any)
	Helper()
}, dir, splits, rows string) *dataset.Card {
	t.Helper()
	text := "source: cases.csv\ntime: at\ncluster: who\n" + splits
	if err := os.WriteFile(filepath.Join(dir, "cases.csv"), []byte("id,at,who,label\n"+rows), 0o600); err != nil {
		t.Fatal(err)
	}
	c, diags := dataset.Parse(filepath.Join(dir, "dataset.yaml"), []byte(text))
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSummarise(t *testing.T) {
	c := card(t, t.TempDir(), "splits: {by: time, train: ..2025-01-03, dev: 2025-01-03..2025-01-09, test: 2025-02-01..}\n",
		"1,2025-01-01,a,yes\n2,2025-01-02,a,no\n3,2025-01-03,a,yes\n4,2025-01-04,b,yes\n5,2025-01-20,b,\n")
	got, err := Summarise(context.Background(), c, "label")
	if err != nil {
		t.Fatal(err)
	}
	at := func(d int) time.Time { return time.Date(2025, 1, d, 0, 0, 0, 0, time.UTC) }
	want := &Summary{
		Dataset: c.Name, Cases: 5, Label: "label", Labels: []string{"yes", "", "no"}, Clusters: 2, Straddling: 1,
		Parts: []Part{
			{Name: "train", Cases: 2, Labels: []int64{1, 0, 1}, Clusters: 1, First: at(1), Last: at(2)},
			{Name: "dev", Cases: 2, Labels: []int64{2, 0, 0}, Clusters: 2, First: at(3), Last: at(4)},
			{Name: "test", Labels: []int64{0, 0, 0}},
			{Cases: 1, Labels: []int64{0, 1, 0}, Clusters: 1, First: at(20), Last: at(20)},
		},
		Warnings: []string{
			"1 of 2 clusters (50 %) have cases in more than one split: what is learnt from train meets the same who again",
			`split dev has no case labelled "no"`,
			"split test has no cases",
			"1 of 5 cases are in no split and are not replayed",
		},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if _, err := Summarise(context.Background(), c, "lable"); err == nil || !strings.Contains(err.Error(), `did you mean "label"?`) {
		t.Errorf("a column that is not there: %v", err)
	}
}

// Whatever the shares and the data, a proposal is one that a card takes, that
// keeps clusters whole where it is by hash, and gives every case to a split.
func TestProposalsHold(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(8, 60).Draw(t, "cases")
		var rows strings.Builder
		for i := range n {
			fmt.Fprintf(&rows, "%d,%s,c%d,l%d\n", i, day(rapid.IntRange(0, 400).Draw(t, "day")).Format(time.RFC3339), rapid.IntRange(0, 20).Draw(t, "cluster"), i%3)
		}
		parts := rapid.SampledFrom([]Parts{{0.5, 0, 0.5}, {0.6, 0.1, 0.1, 0.2}, {0, 0, 0.3, 0.7}, {1}}).Draw(t, "parts")
		c := card(t, dir, "", rows.String())
		times, members, labels, err := Survey(context.Background(), c, "label")
		if err != nil {
			t.Fatal(err)
		}
		byTime, err := parts.ByTime(times)
		if err == nil {
			check(t, card(t, dir, "splits: "+byTime+"\n", rows.String()), n)
		}
		for _, stratified := range []bool{false, true} {
			value := parts.ByHash(members, labels, rapid.Uint64Range(0, 9).Draw(t, "seed"), stratified)
			if s := check(t, card(t, dir, "splits: "+value+"\n", rows.String()), n); s.Straddling > 0 {
				t.Fatalf("%s parts %d clusters", value, s.Straddling)
			}
		}
	})
}

func check(t *rapid.T, c *dataset.Card, cases int) *Summary {
	s, err := Summarise(context.Background(), c, "label")
	if err != nil {
		t.Fatal(err)
	}
	total := int64(0)
	for _, p := range s.Parts {
		if p.Name == "" {
			t.Fatalf("%d cases are in no split", p.Cases)
		}
		total += p.Cases
	}
	if total != int64(cases) {
		t.Fatalf("%d of %d cases are in splits", total, cases)
	}
	return s
}

// Of the seeds tried, a stratified split takes none that is worse than the
// first.
func TestStratifiedIsNearer(t *testing.T) {
	var members []Member
	for i := range 400 {
		members = append(members, Member{dataset.KeyOf(fmt.Sprint(i)), int32(i % 10 / 9)})
	}
	parts := Parts{0.8, 0, 0.2}
	seed := func(value string) (s uint64) {
		if _, err := fmt.Sscanf(value, "{by: hash, seed: %d,", &s); err != nil {
			t.Fatal(value, err)
		}
		return s
	}
	plain := distance(parts.shares(), members, 2, seed(parts.ByHash(members, 2, 5, false)))
	best := distance(parts.shares(), members, 2, seed(parts.ByHash(members, 2, 5, true)))
	if !(best < plain/2) {
		t.Errorf("the chosen seed is %.3g from the shares, the first %.3g", best, plain)
	}
}
