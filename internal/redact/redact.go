// Package redact keeps what a dataset's card marks as personal out of what is
// shown of a case: under its own name, and where its value travels on into what
// steps give, routes read, actions send and errors say.
package redact

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// Personal stands for a value that is, or holds, a personal one.
const Personal = "(personal, not shown)"

// Unclear stands for a text that cannot be told from a personal one.
const Unclear = "(not shown, may be personal)"

// Policy says which fields are personal. A nil policy shows everything.
type Policy struct {
	// Personal are names of fields and columns.
	Personal []string
	// Public are names of fields that the card reads from columns which it does
	// not mark: whoever wrote it looked at them. A field of no column, such as
	// one that only a step gives, is in neither.
	Public []string
	// Words are texts that the project's authors wrote, such as the design: a
	// value that stands in them came from there.
	Words []string
	// ID says that the cases' ids are personal, Cluster the clusters' names.
	ID, Cluster bool
}

// Case is what may be shown of one case.
type Case struct {
	policy *Policy
	// secrets are the personal values and their telling words.
	secrets []string
	numbers map[string]bool // the digits of the numbers in them
	public  string          // the words of all that is not personal
}

// Of prepares what may be shown of a case. It returns nil, which shows
// everything, where nothing is personal.
func (p *Policy) Of(c *flow.Case) *Case {
	if p == nil || len(p.Personal) == 0 && !p.ID && !p.Cluster {
		return nil
	}
	k := &Case{policy: p, numbers: map[string]bool{}}
	public := append([]string(nil), p.Words...)
	messages := append([]flow.Message{c.Input}, c.Recorded...)
	if c.Label != nil {
		messages = append(messages, c.Label.Outcome, c.Label.Person)
		for _, step := range slices.Sorted(maps.Keys(c.Label.Steps)) {
			messages = append(messages, c.Label.Steps[step])
		}
	}
	var hidden []string
	for i, m := range messages {
		if m.Schema == nil {
			continue
		}
		for j, f := range m.Schema.Fields() {
			if j >= len(m.Values) || m.Values[j] == nil {
				continue
			}
			texts := leaves(nil, m.Values[j])
			switch {
			case slices.Contains(p.Personal, f.Name):
				hidden = append(hidden, texts...)
			case i == 0:
				public = append(public, texts...)
			}
		}
	}
	if p.ID {
		hidden = append(hidden, c.ID)
	}
	if p.Cluster {
		hidden = append(hidden, c.Cluster)
	}
	k.public = " " + strings.Join(foldAll(public), " | ") + " "
	for _, text := range hidden {
		k.hide(text)
	}
	// The longest first, so that no part of it is left over.
	slices.SortFunc(k.secrets, func(a, b string) int { return len(b) - len(a) })
	k.secrets = slices.Compact(k.secrets)
	return k
}

// hide takes in a personal value.
func (k *Case) hide(text string) {
	whole := strings.ReplaceAll(score.Fold(text), " ", "")
	if len(whole) >= shortest {
		k.secrets = append(k.secrets, whole)
	}
	for _, n := range numbers(text) {
		k.numbers[n] = true
	}
	words := strings.Fields(text)
	if len(words) > nameWords {
		return // running text: its single words tell of nobody
	}
	for _, w := range words {
		folded := strings.ReplaceAll(score.Fold(w), " ", "")
		if telling(w, folded) && !k.isPublic(folded) {
			k.secrets = append(k.secrets, folded)
		}
	}
}

const (
	shortest  = 3 // letters and digits below which a value is found everywhere
	nameWords = 8 // words up to which a value is a name, an address or a number
)

// telling says whether a word of a short value tells of somebody by itself.
func telling(word, folded string) bool {
	if len(folded) < shortest {
		return false
	}
	return len(folded) >= 5 || word[0] >= 'A' && word[0] <= 'Z' || strings.ContainsAny(word, "0123456789")
}

func (k *Case) isPublic(folded string) bool {
	return folded == "" || strings.Contains(k.public, " "+folded+" ")
}

// Hides says whether a field is personal by its name. The name may be a
// reference: its last part counts.
func (k *Case) Hides(field string) bool {
	return k != nil && slices.Contains(k.policy.Personal, last(field))
}

func last(reference string) string { return reference[strings.LastIndexByte(reference, '.')+1:] }

// Value is what may be shown of a field's value: the value itself, or a text
// that says why not.
func (k *Case) Value(field string, v any) any {
	switch {
	case k == nil || v == nil:
		return v
	case k.Hides(field):
		return Personal
	}
	return k.leaf(last(field), v)
}

func (k *Case) leaf(field string, v any) any {
	public := slices.Contains(k.policy.Public, field)
	switch x := v.(type) {
	case string:
		struck := k.Text(x)
		switch {
		case public:
			return struck
		case struck != x:
			return Personal
		case k.isPublic(score.Fold(x)):
			return x
		}
		return Unclear
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = k.leaf(field, e)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(x))
		for name, e := range x {
			out[k.Text(name)] = k.Value(name, e)
		}
		return out
	}
	if !public {
		for _, n := range numbers(string(flow.AppendValue(nil, v, false))) {
			if k.numbers[n] {
				return Personal
			}
		}
	}
	return v
}

// JSON is a JSON object with what may be shown of each field, in its order.
// Anything that is no object is not shown at all.
func (k *Case) JSON(object []byte) []byte {
	if k == nil || object == nil {
		return object
	}
	dec := json.NewDecoder(bytes.NewReader(object))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return flow.AppendValue(nil, Unclear, false)
	}
	out := []byte{'{'}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return flow.AppendValue(nil, Unclear, false)
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return flow.AppendValue(nil, Unclear, false)
		}
		field, _ := key.(string)
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(flow.AppendValue(out, k.Text(field), false), ':')
		out = append(out, k.raw(field, raw)...)
	}
	return append(out, '}')
}

// raw is a field of a JSON object. A value that may be shown keeps its bytes.
func (k *Case) raw(field string, raw json.RawMessage) []byte {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return flow.AppendValue(nil, Unclear, false)
	}
	before := flow.AppendValue(nil, v, false)
	after := flow.AppendValue(nil, k.Value(field, v), false)
	if bytes.Equal(before, after) {
		return raw
	}
	return after
}

// Message is running text that the program wrote, such as an error: quoted
// parts of it may come from the case, and are shown as values are.
func (k *Case) Message(s string) string {
	if k == nil {
		return s
	}
	parts := strings.Split(s, `"`)
	for i := range parts {
		parts[i] = k.Text(parts[i])
		if i%2 == 1 && !k.isPublic(score.Fold(parts[i])) {
			parts[i] = Unclear
		}
	}
	return strings.Join(parts, `"`)
}

// CaseID is what a case is called.
func (k *Case) CaseID(id string) string {
	if k != nil && k.policy.ID {
		return Personal
	}
	return id
}

// Cluster is what a cluster is called.
func (k *Case) Cluster(name string) string {
	if k != nil && k.policy.Cluster {
		return Personal
	}
	return name
}

// leaves are the texts of a value, in all its depth.
func leaves(out []string, v any) []string {
	switch x := v.(type) {
	case nil, bool:
		return out
	case string:
		return append(out, x)
	case []any:
		for _, e := range x {
			out = leaves(out, e)
		}
		return out
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(x)) {
			out = leaves(out, x[key])
		}
		return out
	}
	return append(out, strings.Trim(string(flow.AppendValue(nil, v, false)), `"`))
}
