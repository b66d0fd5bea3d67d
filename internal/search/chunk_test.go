package search

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSplit(t *testing.T) {
	for _, tc := range []struct {
		why  string
		cut  Cut
		doc  Document
		want []Chunk
	}{
		{"a short text is one chunk", Cut{Size: 100}, Document{ID: "a", Text: "One.\n\nTwo.\n"}, []Chunk{{"a", 1, "", "One.\n\nTwo."}}},
		{"nothing is no chunk", Cut{Size: 100}, Document{ID: "a", Text: " \n\n"}, nil},
		{
			"Markdown is cut at headings, which a chunk knows with those above", Cut{Size: 100},
			Document{ID: "a", Title: "Shop", Markdown: true, Text: "Intro\n# Returns #\nR\n## Refunds\nF\n# Post\nP\n"},
			[]Chunk{{"a", 1, "Shop", "Intro"}, {"a", 2, "Shop > Returns", "R"}, {"a", 3, "Shop > Returns > Refunds", "F"}, {"a", 4, "Shop > Post", "P"}},
		},
		{
			"what looks like a heading in code is none", Cut{Size: 100},
			Document{ID: "a", Markdown: true, Text: "# H\n~~~~sh\n# no\n~~~\n# no\n~~~~\n#no\n"},
			[]Chunk{{"a", 1, "H", "~~~~sh\n# no\n~~~\n# no\n~~~~\n#no"}},
		},
		{"text has no headings", Cut{Size: 100}, Document{ID: "a", Text: "# H\nx"}, []Chunk{{"a", 1, "", "# H\nx"}}},
		{"paragraphs stay whole where they fit", Cut{Size: 12}, Document{ID: "a", Text: "One two.\n\nThree four."}, []Chunk{{"a", 1, "", "One two."}, {"a", 2, "", "Three four."}}},
		{"a long paragraph is cut between sentences", Cut{Size: 12}, Document{ID: "a", Text: "One two. Three four. Five."}, []Chunk{{"a", 1, "", "One two."}, {"a", 2, "", "Three four."}, {"a", 3, "", "Five."}}},
		{"a long sentence between words", Cut{Size: 8}, Document{ID: "a", Text: "one two three"}, []Chunk{{"a", 1, "", "one two"}, {"a", 2, "", "three"}}},
		{"a long word between characters", Cut{Size: 4}, Document{ID: "a", Text: "äöüßabc"}, []Chunk{{"a", 1, "", "äöüß"}, {"a", 2, "", "abc"}}},
		{"the overlap is whole sentences", Cut{Size: 12, Overlap: 6}, Document{ID: "a", Text: "One. Two. Three. Four."}, []Chunk{{"a", 1, "", "One. Two."}, {"a", 2, "", "Two. Three."}, {"a", 3, "", "Four."}}},
		{"bytes that are no text", Cut{Size: 10}, Document{ID: "a", Text: "a\xff"}, []Chunk{{"a", 1, "", "a\uFFFD"}}},
	} {
		t.Run(tc.why, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, tc.cut.Split(tc.doc)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestSplitLosesNothing holds chunks of any text to what they promise.
func TestSplitLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cut := Cut{Size: rapid.IntRange(20, 60).Draw(t, "size")}
		cut.Overlap = rapid.IntRange(0, cut.Size-1).Draw(t, "overlap")
		var text strings.Builder // of words that are all different, so that each has its place
		for i, word := range rapid.SliceOfN(rapid.StringMatching(`[a-zäß文]{0,9}`), 0, 60).Draw(t, "words") {
			text.WriteString(fmt.Sprintf("%s%03d%s", word, i, rapid.SampledFrom([]string{" ", ". ", "\n", "\n\n", "。", "! "}).Draw(t, "end")))
		}
		d := Document{ID: "d", Text: text.String()}
		checkSplit(t, cut, d)
		checkOrder(t, cut, d)
	})
}

type failer interface{ Errorf(string, ...any) }

// checkSplit says whether chunks are within their size, and taken from the
// document.
func checkSplit(t failer, cut Cut, d Document) {
	for i, c := range cut.Split(d) {
		if n := utf8.RuneCountInString(c.Text); n > cut.Size || n == 0 {
			t.Errorf("chunk %d has %d characters, want 1 to %d: %q", i, n, cut.Size, c.Text)
		}
		if c.Number != i+1 || c.Document != d.ID {
			t.Errorf("chunk %d is number %d of %q", i, c.Number, c.Document)
		}
		if !strings.Contains(strings.ToValidUTF8(d.Text, "\uFFFD"), c.Text) {
			t.Errorf("chunk %d is not in the document: %q", i, c.Text)
		}
	}
}

// checkOrder says whether each chunk goes on where the one before ended, or
// within the overlap before that, until nothing is left. A chunk is looked for
// only where it would hold something new: one of a full stop alone is in many
// places.
func checkOrder(t failer, cut Cut, d Document) {
	done := 0
	for i, c := range cut.Split(d) {
		back := []rune(d.Text[:done])
		start := max(len(string(back[:max(0, len(back)-cut.Overlap)])), done-len(c.Text)+1)
		from := strings.Index(d.Text[start:], c.Text) + start
		if from < start {
			t.Errorf("chunk %d repeats more than the overlap of %d, or holds nothing new: %q", i, cut.Overlap, c.Text)
			return
		}
		if from > done && strings.TrimSpace(d.Text[done:from]) != "" {
			t.Errorf("left out before chunk %d: %q", i, d.Text[done:from])
		}
		done = from + len(c.Text)
	}
	if strings.TrimSpace(d.Text[done:]) != "" {
		t.Errorf("in no chunk: %q", d.Text[done:])
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("# A\n\nText one. Text two.\n\n## B\n```\n# x\n```\n", 20, 5, true)
	f.Add("äöü\xff 中文。\r\n\r\nx", 3, 2, false)
	f.Fuzz(func(t *testing.T, text string, size, overlap int, markdown bool) {
		if size < 1 || size > 1000 || overlap < 0 || overlap >= size || len(text) > 1<<14 {
			return
		}
		checkSplit(t, Cut{Size: size, Overlap: overlap}, Document{ID: "d", Text: text, Markdown: markdown})
	})
}
