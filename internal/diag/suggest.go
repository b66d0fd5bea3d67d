package diag

import (
	"fmt"
	"slices"
	"strings"
)

// Suggest is a hint for a word that is none of the choices: the nearest one,
// or all of them where they are few, or "".
func Suggest(word string, choices []string) string {
	if near := Nearest(word, choices); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(choices) == 0 || len(choices) > 12 {
		return ""
	}
	quoted := make([]string, 0, len(choices))
	for _, c := range choices {
		quoted = append(quoted, fmt.Sprintf("%q", c))
	}
	slices.Sort(quoted)
	if len(quoted) == 1 {
		return "want " + quoted[0]
	}
	return "one of " + strings.Join(quoted, ", ")
}

// Nearest is the choice that is a slip of the finger away from word: at most
// a third of its letters changed, left out, added or swapped. It is "" where
// none is.
func Nearest(word string, choices []string) string {
	if len(word) > 100 {
		return ""
	}
	best, at := "", len(word)/3+1
	if len(word) <= 2 {
		at = 1
	}
	for _, c := range choices {
		if len(c) > 100 {
			continue
		}
		if d := distance(strings.ToLower(word), strings.ToLower(c)); d <= at && (best == "" || d < at) {
			best, at = c, d
		}
	}
	return best
}

// distance is the optimal string alignment distance: edits and swaps of
// neighbours (Damerau 1964).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, prev, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, prev, row = prev, row, before
	}
	return prev[len(y)]
}
