package scaffold

import (
	"fmt"
	"slices"
	"testing"

	"github.com/rehearse-dev/rehearse/flow"
)

// A rule made from personal texts says words of the trade, and no name that a
// few people's cases have.
func TestWordsOfPersonalTexts(t *testing.T) {
	var cases []flow.Case
	for i := range 40 {
		text := "please refund this order"
		if i < 20 {
			text += " yours miller" // many cases of two customers
		}
		cases = append(cases, flow.Case{Input: flow.Message{Values: []any{text}}})
	}
	for i := range cases[:20] {
		cases[i].Cluster = fmt.Sprint(i % 2)
	}
	for i := range cases[20:] {
		cases[20+i].Cluster = fmt.Sprint(100 + i)
	}
	for _, test := range []struct {
		why      string
		clusters int
		want     []string
	}{
		{"any word that is frequent enough", 0, []string{"order", "please", "refund", "this", "miller", "yours"}},
		{"words that many customers use", commonWord, []string{"order", "please", "refund", "this"}},
	} {
		if got := wordsOf(cases, 0, 10, test.clusters); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.why, got, test.want)
		}
	}
}
