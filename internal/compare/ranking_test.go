package compare

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestTogether(t *testing.T) {
	for _, test := range []struct {
		why     string
		n       int
		differs [][2]int
		want    [][]int
	}{
		{"nothing differs: one group", 3, nil, [][]int{{0, 1, 2}}},
		{"all differ: each alone", 3, [][2]int{{0, 1}, {0, 2}, {1, 2}}, [][]int{{0}, {1}, {2}}},
		{"the ends differ, and the middle is like both", 3, [][2]int{{0, 2}}, [][]int{{0, 1}, {1, 2}}},
		{"the best stands out", 4, [][2]int{{0, 1}, {0, 2}, {0, 3}}, [][]int{{0}, {1, 2, 3}}},
	} {
		if diff := cmp.Diff(test.want, together(pairsOf(test.n, test.differs))); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.why, diff)
		}
	}
}

func pairsOf(n int, list [][2]int) [][]bool {
	out := make([][]bool, n)
	for i := range out {
		out[i] = make([]bool, n)
	}
	for _, p := range list {
		out[p[0]][p[1]] = true
	}
	return out
}

// Two designs share a group exactly if they do not differ.
func TestTogetherSaysWhatDiffers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 7).Draw(t, "designs")
		differs := pairsOf(n, nil)
		for i := range n {
			for j := i + 1; j < n; j++ {
				differs[i][j] = rapid.Bool().Draw(t, "differs")
			}
		}
		groups := together(differs)
		for i := range n {
			for j := i; j < n; j++ {
				shared := slices.ContainsFunc(groups, func(g []int) bool { return slices.Contains(g, i) && slices.Contains(g, j) })
				if shared == differs[i][j] {
					t.Fatalf("%d and %d: differ %v, share a group %v of %v", i, j, differs[i][j], shared, groups)
				}
			}
		}
	})
}
