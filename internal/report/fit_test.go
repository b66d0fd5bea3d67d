package report

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestFitted(t *testing.T) {
	rates := table{
		head:  []string{"design", "accuracy", "escalated", "reasons"},
		right: []bool{false, true, true, false},
		rows:  [][]string{{"rules", "97.0%\n94.3 to 98.6", "19.0%", "unsure 33, policy 19, broken handoff 5, low confidence 2"}},
	}
	for _, row := range []struct {
		why     string
		width   int
		columns [][]string // heads of each piece
		reasons string
	}{
		{"nobody says how wide: as it is", 0, [][]string{{"design", "accuracy", "escalated", "reasons"}}, "unsure 33, policy 19, broken handoff 5, low confidence 2"},
		{"there is room", 120, [][]string{{"design", "accuracy", "escalated", "reasons"}}, "unsure 33, policy 19, broken handoff 5, low confidence 2"},
		{"the text has room on two lines", 80, [][]string{{"design", "accuracy", "escalated", "reasons"}}, "unsure 33, policy 19, broken handoff 5, low\nconfidence 2"},
		{"a text too narrow to read goes on below", 40, [][]string{{"design", "accuracy", "escalated"}, {"design", "reasons"}}, "unsure 33, policy 19, broken\nhandoff 5, low confidence 2"},
	} {
		var heads [][]string
		var reasons string
		for _, g := range rates.fitted(row.width) {
			heads = append(heads, g.head)
			if at := slices.Index(g.head, "reasons"); at >= 0 {
				reasons = g.rows[0][at]
			}
		}
		if !slices.EqualFunc(heads, row.columns, slices.Equal) || reasons != row.reasons {
			t.Errorf("%s: at %d: %q with %q, want %q with %q", row.why, row.width, heads, reasons, row.columns, row.reasons)
		}
	}
}

// At any width every word of a table is printed, in its column and its row, and
// no line is longer than the terminal as far as it need not be.
func TestFittedLosesNothing(t *testing.T) {
	word := rapid.StringMatching(`[a-z0-9%.]{1,12}`)
	rapid.Check(t, func(t *rapid.T) {
		columns, rows := rapid.IntRange(1, 9).Draw(t, "columns"), rapid.IntRange(0, 4).Draw(t, "rows")
		in := table{prose: map[int]int{}}
		text := func(n int) string {
			return strings.Join(rapid.SliceOfN(word, 1, n).Draw(t, "text"), rapid.SampledFrom([]string{" ", "\n"}).Draw(t, "between"))
		}
		for j := range columns {
			in.head = append(in.head, text(3))
			in.right = append(in.right, j > 0 && rapid.Bool().Draw(t, "right"))
			if rapid.Bool().Draw(t, "prose") {
				in.prose[j] = 46
			}
		}
		for range rows {
			row := make([]string, columns)
			for j := range row {
				row[j] = text(9)
			}
			in.rows = append(in.rows, row)
		}
		width := rapid.IntRange(20, 140).Draw(t, "width")
		seen := map[int]bool{}
		for _, g := range in.fitted(width) {
			if g.width() > width && len(g.head) > 3 {
				t.Fatalf("%d columns are %d wide, on %d", len(g.head), g.width(), width)
			}
			for j, head := range g.head {
				at := -1
				for k := range in.head {
					if head != in.head[k] {
						continue
					}
					same := true
					for i := range g.rows {
						same = same && slices.Equal(strings.Fields(g.rows[i][j]), strings.Fields(in.rows[i][k]))
					}
					if same {
						at = k
						seen[k] = true
					}
				}
				if at < 0 {
					t.Fatalf("column %q is not of the table", head)
				}
			}
		}
		if len(seen) != columns {
			t.Fatalf("%d of %d columns are printed", len(seen), columns)
		}
	})
}
