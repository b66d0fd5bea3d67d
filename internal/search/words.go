package search

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/arabic"
	"github.com/blevesearch/snowballstem/danish"
	"github.com/blevesearch/snowballstem/dutch"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/finnish"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/hungarian"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/norwegian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/romanian"
	"github.com/blevesearch/snowballstem/russian"
	"github.com/blevesearch/snowballstem/spanish"
	"github.com/blevesearch/snowballstem/swedish"
	"github.com/blevesearch/snowballstem/turkish"
	"github.com/clipperhouse/uax29/v2/words"
	"golang.org/x/text/unicode/norm"
)

// stemmers are those of Snowball, by ISO 639-1 code.
var stemmers = map[string]func(*snowballstem.Env) bool{
	"ar": arabic.Stem, "da": danish.Stem, "de": german.Stem, "en": english.Stem, "es": spanish.Stem, "fi": finnish.Stem,
	"fr": french.Stem, "hu": hungarian.Stem, "it": italian.Stem, "nl": dutch.Stem, "no": norwegian.Stem, "pt": portuguese.Stem,
	"ro": romanian.Stem, "ru": russian.Stem, "sv": swedish.Stem, "tr": turkish.Stem,
}

// NoLanguage leaves words as they are, but for their case.
const NoLanguage = "none"

// Languages are those that [NewWords] knows, sorted.
func Languages() []string {
	return append(slices.Sorted(maps.Keys(stemmers)), NoLanguage)
}

// Words finds the terms of a text: its words by Unicode's rules (UAX #29), in
// NFC and small letters, without stop words, as stems of a language (Snowball).
type Words struct {
	stem func(*snowballstem.Env) bool // nil leaves words as they are
	stop map[string]bool
}

// NewWords makes the reader of a language's words. Stop words are compared
// before stemming.
func NewWords(language string, stop []string) (*Words, error) {
	w := &Words{stop: make(map[string]bool, len(stop))}
	if language != NoLanguage {
		if w.stem = stemmers[language]; w.stem == nil {
			return nil, fmt.Errorf("unknown language %q, want one of %s", language, strings.Join(Languages(), ", "))
		}
	}
	for _, s := range stop {
		w.stop[folded(s)] = true
	}
	return w, nil
}

// longest is how many bytes a term may have: more is no word, but the line
// of an encoded picture.
const longest = 100

// each calls f with every word of a text, folded, before stemming.
func (w *Words) each(text string, f func(word string)) {
	for it := words.FromString(text); it.Next(); {
		word := it.Value()
		if len(word) > longest || !hasLetter(word) {
			continue
		}
		f(folded(word))
	}
}

func hasLetter(word string) bool {
	for _, r := range word {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return true
		}
	}
	return false
}

// folded is a word in NFC and small letters.
func folded(word string) string {
	for i := range len(word) {
		if word[i] >= utf8.RuneSelf {
			return strings.ToLower(norm.NFC.String(word))
		}
	}
	return strings.ToLower(word)
}

// term is the stem of a folded word, "" for a stop word.
func (w *Words) term(word string) string {
	if w.stop[word] {
		return ""
	}
	if w.stem == nil {
		return word
	}
	env := snowballstem.NewEnv(word)
	w.stem(env)
	return env.Current()
}
