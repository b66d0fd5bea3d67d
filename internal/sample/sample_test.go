package sample

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/internal/convert"
	"github.com/rehearse-dev/rehearse/internal/dataset"
)

type failer interface {
	Fatal(...any)
	Helper()
}

func card(t failer, dir, keys, rows string) *dataset.Card {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "cases.csv"), []byte("id,who,kind,w\n"+rows), 0o600); err != nil {
		t.Fatal(err)
	}
	c, diags := dataset.Parse(filepath.Join(dir, "dataset.yaml"), []byte("source: cases.csv\ncluster: who\n"+keys))
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	return c
}

// take draws and reads what was drawn: a row each, the weight last.
func take(t failer, c *dataset.Card, p Plan) (*Drawn, [][]string) {
	t.Helper()
	d, err := Draw(context.Background(), c, p)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := convert.Run(context.Background(), c, &out, convert.Options{Format: dataset.CSV, Keep: d.Keep, Weights: "weight", Weight: d.Weight}); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return d, rows[1:]
}

// Whatever is drawn: as many as wanted, the weights add up to the whole in
// every stratum, clusters are whole, and the same seed draws the same cases
// from rows in another order.
func TestDraw(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 80).Draw(t, "rows")
		var rows []string
		have := map[string]float64{}
		clusters := map[string]int{}
		for i := range n {
			kind := rapid.SampledFrom([]string{"a", "a", "a", "b", "c", ""}).Draw(t, "kind")
			who := fmt.Sprint("c", rapid.IntRange(0, 9).Draw(t, "cluster"))
			w := rapid.IntRange(1, 3).Draw(t, "weight")
			rows = append(rows, fmt.Sprintf("%03d,%s,%s,%d\n", i, who, kind, w))
			have[kind]++
			clusters[who]++
		}
		p := Plan{Cases: rapid.Int64Range(1, 90).Draw(t, "cases"), Seed: rapid.Uint64().Draw(t, "seed")}
		switch rapid.IntRange(0, 3).Draw(t, "what") {
		case 1:
			p.Stratify = "kind"
		case 2:
			p.Stratify, p.Equal = "kind", true
		case 3:
			p.Clusters = true
		}
		d, got := take(t, card(t, dir, "", strings.Join(rows, "")), p)
		if int64(len(got)) != d.Cases {
			t.Fatalf("%d rows, %d drawn", len(got), d.Cases)
		}
		want := min(p.Cases, int64(n))
		strata := int64(len(have))
		switch {
		case p.Clusters && d.Cases < want, !p.Clusters && p.Stratify == "" && d.Cases != want, p.Equal && d.Cases != want:
			t.Fatalf("%d drawn of %d, want %d", d.Cases, n, want)
		case p.Stratify != "" && (d.Cases < want || d.Cases > max(want, want+strata)):
			t.Fatalf("%d drawn of %d in %d strata, want %d", d.Cases, n, strata, want)
		}
		sums := map[string]float64{}
		seen := map[string]int{}
		ids := map[string]bool{}
		for _, r := range got {
			w, err := strconv.ParseFloat(r[4], 64)
			if err != nil {
				t.Fatal(err)
			}
			sums[r[2]] += w
			seen[r[1]]++
			ids[r[0]] = true
		}
		if p.Stratify != "" {
			for kind, n := range have {
				if s := sums[kind]; s != 0 && math.Abs(s-n) > 1e-9*n {
					t.Fatalf("the weights of %q add up to %v of %v", kind, s, n)
				}
			}
		}
		if p.Clusters {
			for who, n := range seen {
				if n != clusters[who] {
					t.Fatalf("%d of %d cases of cluster %s", n, clusters[who], who)
				}
			}
		}
		shuffled := rapid.Permutation(rows).Draw(t, "order")
		_, again := take(t, card(t, dir, "", strings.Join(shuffled, "")), p)
		if len(again) != len(got) {
			t.Fatalf("%d cases in another order, %d before", len(again), len(got))
		}
		for _, r := range again {
			if !ids[r[0]] {
				t.Fatalf("case %s is drawn in another order of the rows alone", r[0])
			}
		}
	})
}

// A sample has nothing to do with a split by hash of the same seed.
func TestDrawIsNoSplit(t *testing.T) {
	var rows strings.Builder
	for i := range 4000 {
		fmt.Fprintf(&rows, "%d,c%d,a,1\n", i, i)
	}
	c := card(t, t.TempDir(), "splits: {by: hash, seed: 7, train: 0.5, dev: 0.5}\n", rows.String())
	_, got := take(t, c, Plan{Cases: 1000, Seed: 7})
	train := 0
	for _, r := range got {
		if i := dataset.ShareOf(c.Splits.Shares, dataset.KeyOf(r[1]).Draw(7)); i == 0 {
			train++
		}
	}
	if train < 430 || train > 570 { // 500 ± 4.5 standard deviations
		t.Errorf("%d of 1000 sampled cases are in train, want about 500", train)
	}
}

// A weight that the card has already is carried on.
func TestWeightsMultiply(t *testing.T) {
	c := card(t, t.TempDir(), "weight: w\n", "1,x,a,2\n2,x,a,2\n3,x,b,5\n")
	_, got := take(t, c, Plan{Cases: 2, Stratify: "kind", Equal: true})
	for _, r := range got {
		if want := map[string]string{"a": "4.0", "b": "5.0"}[r[2]]; r[4] != want {
			t.Errorf("case %s of stratum %s has the weight %s, want %s", r[0], r[2], r[4], want)
		}
	}
}

func TestRefused(t *testing.T) {
	dir := t.TempDir()
	bare := func() *dataset.Card {
		c, err := dataset.Bare(filepath.Join(dir, "cases.csv"))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	whole := card(t, dir, "", "1,x,a,2\n")
	for _, tc := range []struct {
		why  string
		card *dataset.Card
		plan Plan
		want string
	}{
		{"a column that is not there", whole, Plan{Cases: 1, Stratify: "knid"}, `no column "knid" (did you mean "kind"?)`},
		{"clusters without a column for them", bare(), Plan{Cases: 1, Clusters: true}, "names no cluster column"},
	} {
		if _, err := Draw(context.Background(), tc.card, tc.plan); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %s", tc.why, err, tc.want)
		}
	}
	if _, err := Draw(context.Background(), card(t, dir, "", ""), Plan{Cases: 1}); err == nil || !strings.Contains(err.Error(), "no rows to draw from") {
		t.Errorf("no rows: %v", err)
	}
}
