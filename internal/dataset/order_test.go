package dataset

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/flow"
)

// A drawn order holds every case that was asked for once, clusters whole and in
// themselves as the sources have them, and is the same however it is read.
func TestDrawnOrder(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(rt, "cases")
		clusters := rapid.IntRange(1, 20).Draw(rt, "clusters")
		var rows strings.Builder
		rows.WriteString("id,customer,even\n")
		for i := range n {
			fmt.Fprintf(&rows, "c%02d,k%d,%d\n", i, rapid.IntRange(1, clusters).Draw(rt, "cluster"), i%2)
		}
		write(t, dir, "a.csv", rows.String())
		c := loadCard(t, dir, "source: a.csv\nid: id\ncluster: customer\n")
		request := Request{Order: &Order{Seed: rapid.Uint64().Draw(rt, "seed")}}
		if rapid.Bool().Draw(rt, "filtered") {
			request.Where = []Where{{"even", "1"}}
		}
		got := named(mustRead(t, c, request))

		plain := request
		plain.Order = nil
		want := named(mustRead(t, c, plain))
		sorted := slices.Clone(got)
		slices.SortFunc(sorted, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
		if diff := cmp.Diff(want, sorted); diff != "" {
			rt.Fatalf("other cases (-want +got):\n%s", diff)
		}
		done := map[string]bool{}
		for i, c := range got {
			if i > 0 && got[i-1][1] == c[1] {
				if got[i-1][0] > c[0] {
					rt.Fatalf("%s comes after %s", c[0], got[i-1][0])
				}
				continue
			}
			if done[c[1]] {
				rt.Fatalf("cluster %s comes in two pieces: %v", c[1], got)
			}
			done[c[1]] = true
		}

		small, err := c.open(request)
		if err != nil {
			rt.Fatal(err)
		}
		small.drawn.atOnce = 7
		var inPieces []flow.Case
		if err := small.each(rt.Context(), func(c *flow.Case) error { inPieces = append(inPieces, *c); return nil }); err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(got, named(inPieces)); diff != "" {
			rt.Fatalf("seven at a time (-want +got):\n%s", diff)
		}
		if len(want) == 0 {
			return
		}
		request.Limit = rapid.Int64Range(1, int64(len(want))).Draw(rt, "limit")
		if diff := cmp.Diff(got[:request.Limit], named(mustRead(t, c, request))); diff != "" {
			rt.Fatalf("the first %d (-want +got):\n%s", request.Limit, diff)
		}
	})
}

// Seeds give other orders, and one does not give that of the file.
func TestDrawnOrdersDiffer(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.csv", "id\n"+strings.Join(strings.Split("abcdefghijklmnopqrst", ""), "\n"))
	c := loadCard(t, dir, "source: a.csv\nid: id\n")
	seen := map[string]bool{fmt.Sprint(named(mustRead(t, c, Request{}))): true}
	for seed := range uint64(20) {
		order := fmt.Sprint(named(mustRead(t, c, Request{Order: &Order{Seed: seed}})))
		if seen[order] {
			t.Errorf("seed %d gives an order that was there before", seed)
		}
		seen[order] = true
	}
}

// named are the ids and clusters of cases.
func named(cases []flow.Case) [][2]string {
	var out [][2]string
	for _, c := range cases {
		out = append(out, [2]string{c.ID, c.Cluster})
	}
	return out
}
