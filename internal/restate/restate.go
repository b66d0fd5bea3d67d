// Package restate says a case's input otherwise without changing what it means:
// fields in another order, other blanks, dates and amounts written in another
// way, capitals. It sees inputs alone, so that no label can have a say in it,
// and gives the same for the same.
//
// It changes texts: strings of several lines, or of five words and more. A
// shorter one may be a key or a name, which means what it is letter by letter.
package restate

import (
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
)

// Prefix begins the names of the variants of a run that restate inputs.
const Prefix = "restated:"

// Kind is one way of restating.
type Kind struct {
	Name string
	// Title is what it does, in a few words.
	Title string
	text  func(string) string
}

// Kinds are all ways of restating, in the order of reports.
var Kinds = []Kind{
	{"order", "named fields in the opposite order", order},
	{"blanks", "other line ends, and blanks where none are seen", blanks},
	{"dates", "dates in another unambiguous form", dates},
	{"amounts", "amounts with marks of thousands, or without", amounts},
	{"capitals", "words in capitals", capitals},
}

// Variant is what a record calls trials of inputs that are restated so.
func (k Kind) Variant() string { return Prefix + k.Name }

// Of is the kind of a record's variant; ok is false where it is none.
func Of(variant string) (k Kind, ok bool) {
	for _, k := range Kinds {
		if k.Variant() == variant {
			return k, true
		}
	}
	return Kind{}, false
}

// Input restates an input. The values are new ones; ok is false where nothing of
// the input can be said otherwise in this way.
func (k Kind) Input(m flow.Message) (values []any, ok bool) {
	for i, f := range m.Schema.Fields() {
		s, text := m.Values[i].(string)
		if !text || f.Type.Kind != flow.String || !isText(s) {
			continue
		}
		other := k.text(s)
		if other == s {
			continue
		}
		if values == nil {
			values = append(values, m.Values...)
		}
		values[i] = other
	}
	return values, values != nil
}

// textWords is from how many words on a line is a text.
const textWords = 5

// isText says whether a string is something to read, and not a key.
func isText(s string) bool {
	return strings.ContainsRune(strings.TrimSpace(s), '\n') || len(strings.Fields(s)) >= textWords || isJSON(s)
}
