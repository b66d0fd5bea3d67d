package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/flow"
)

// Whatever the order of ids, a repeated one is found, and none that is not.
func TestRepeatedIDs(t *testing.T) {
	dir := t.TempDir()
	card := filepath.Join(dir, "dataset.yaml")
	if err := os.WriteFile(card, []byte("dataset: d\nsource: d.csv\nid: id\ninput: {x: x}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfN(rapid.IntRange(0, 40), 1, 30).Draw(t, "ids")
		if rapid.Bool().Draw(t, "sorted") {
			slices.Sort(ids)
		}
		var b strings.Builder
		b.WriteString("id,x\n")
		want := ""
		seen := map[int]bool{}
		for _, id := range ids {
			fmt.Fprintf(&b, "c%02d,1\n", id)
			if seen[id] && want == "" {
				want = fmt.Sprintf("id %q was there already", fmt.Sprintf("c%02d", id))
			}
			seen[id] = true
		}
		if err := os.WriteFile(filepath.Join(dir, "d.csv"), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		c, problems := Load(card)
		if err := problems.Err(); err != nil {
			t.Fatal(err)
		}
		r, err := c.Open(Request{})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		n := 0
		buf := make([]flow.Case, 7)
		for err == nil {
			var got int
			got, err = r.Next(t.Context(), buf)
			n += got
		}
		switch {
		case want == "" && n != len(ids):
			t.Fatalf("%d cases of %d: %v", n, len(ids), err)
		case want != "" && !strings.Contains(err.Error(), want):
			t.Fatalf("got %v, want %s", err, want)
		}
	})
}
