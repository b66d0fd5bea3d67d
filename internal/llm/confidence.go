package llm

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// TokenLogprob is one output token with the natural logarithm of its
// probability and the alternatives the endpoint listed.
type TokenLogprob struct {
	Token   string // its bytes; may be part of a character
	Logprob float64
	Top     []Alternative
}

// Alternative is a token that could have come instead.
type Alternative struct {
	Token   string
	Logprob float64
}

// Confidence is what token probabilities say about a choice between classes.
type Confidence struct {
	Class         string
	Probability   float64            // of Class, normalised over the classes
	Probabilities map[string]float64 // of every class; sums to 1
	// Listed is the least share of probability, over the tokens that decided,
	// that the listed alternatives gave to the classes. Near 1 the rest is
	// known; well below 1, ask for more top_logprobs or distrust Probability.
	Listed float64
}

// ClassConfidence reads, from the tokens of a JSON answer, how sure the model
// was of the class it wrote at path (object keys from the top; empty for an
// answer that is a bare value).
//
// The answer is walked token by token along the chosen class. At each token
// that overlaps the value, the listed alternatives are put in its place and
// compared with every class that still fits what was written before: an
// alternative that keeps the chosen class possible stays, one that fits only
// other classes leaves. With s and l their probabilities summed, the token
// contributes s/(s+l), and the confidence is the product of these factors: the
// probability of the chosen class if decoding could only have spelled classes.
// What left is credited to the classes it fits, in equal parts where it fits
// several. Alternatives that spell no class (other spacing, other fields) and,
// beside the token really written, those that fit the chosen class and others
// alike are left out, as what would have followed them is not known. Tokens
// that every remaining class shares contribute 1.
func ClassConfidence(answer string, tokens []TokenLogprob, path []string, classes []string) (Confidence, error) {
	if len(tokens) == 0 {
		return Confidence{}, errors.New("the answer carries no token probabilities: ask for logprobs, or take the confidence from a field")
	}
	starts := make([]int, 0, len(tokens)+1)
	var all strings.Builder
	for _, t := range tokens {
		starts = append(starts, all.Len())
		all.WriteString(t.Token)
	}
	starts = append(starts, all.Len())
	// Some servers list the end-of-turn token too, so the answer may be a prefix.
	if !strings.HasPrefix(all.String(), answer) {
		return Confidence{}, errors.New("the tokens do not spell the answer: their probabilities cannot be placed")
	}
	from, to, chosen, err := locate(answer, path)
	if err != nil {
		return Confidence{}, err
	}
	spelled, at, err := spellings(answer[:from], answer[from:to], chosen, classes)
	if err != nil {
		return Confidence{}, err
	}

	out := Confidence{Class: chosen, Probabilities: make(map[string]float64, len(classes)), Listed: 1}
	still := 1.0 // probability of being on the chosen class's path
	for i, t := range tokens {
		if starts[i+1] <= from || starts[i] >= to {
			continue
		}
		stay, leaves := 0.0, map[int]float64{}
		for _, alt := range withChosen(t) {
			fits := fitting(spelled, answer[:starts[i]], alt.Token)
			p := math.Exp(alt.Logprob)
			switch {
			case alt.Token == t.Token, len(fits) == 1 && fits[0] == at:
				stay += p
			case slices.Contains(fits, at):
			default:
				for _, f := range fits {
					leaves[f] += p / float64(len(fits))
				}
			}
		}
		if len(leaves) == 0 {
			continue
		}
		total := stay
		for _, p := range leaves {
			total += p
		}
		if !(total > 0) {
			return Confidence{}, fmt.Errorf("the probabilities of token %d (%q) vanish: they cannot be normalised", i+1, t.Token)
		}
		for f, p := range leaves {
			out.Probabilities[classes[f]] += still * p / total
		}
		still *= stay / total
		out.Listed = min(out.Listed, total)
	}
	out.Probability = still
	for _, c := range classes {
		out.Probabilities[c] += 0 // every class is named, the unlisted ones with 0
	}
	out.Probabilities[chosen] = still
	return out, nil
}

// withChosen lists a token's alternatives and the token itself, which servers
// that sample may leave out of the list.
func withChosen(t TokenLogprob) []Alternative {
	for _, a := range t.Top {
		if a.Token == t.Token {
			return t.Top
		}
	}
	return append([]Alternative{{t.Token, t.Logprob}}, t.Top...)
}

// spellings gives the answer up to the end of its value as it would read for
// each class, and the index of the chosen one.
func spellings(before, literal, chosen string, classes []string) ([]string, int, error) {
	at := -1
	out := make([]string, len(classes))
	for i, c := range classes {
		out[i] = before + c
		if strings.HasPrefix(literal, `"`) {
			out[i] = before + quoted(c)
		}
		if c == chosen {
			if at >= 0 {
				return nil, 0, fmt.Errorf("class %q is listed twice", c)
			}
			at = i
		}
	}
	if at < 0 {
		return nil, 0, fmt.Errorf("the answer is %q, which is none of the classes %q", chosen, classes)
	}
	if out[at] != before+literal {
		return nil, 0, fmt.Errorf("the answer spells class %q as %s: its tokens cannot be compared with other classes", chosen, literal)
	}
	return out, at, nil
}

// quoted is a JSON string without the HTML escapes that models do not write.
func quoted(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic(err) // a string always encodes
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// fitting lists the classes whose spelling agrees with what was written and
// then token. A token may run past the end of a value, but a bare value ends
// only at a delimiter: 1 is not the start of 10.
func fitting(spelled []string, written, token string) []int {
	text := written + token
	var out []int
	for i, s := range spelled {
		if strings.HasPrefix(s, text) {
			out = append(out, i)
			continue
		}
		if rest, ok := strings.CutPrefix(text, s); ok && (strings.HasSuffix(s, `"`) || strings.ContainsAny(rest[:1], ",}] \t\r\n")) {
			out = append(out, i)
		}
	}
	return out
}

// locate finds the value at path in a JSON text: the bytes of its literal and,
// for a string, what it says, for any other scalar the literal itself.
func locate(text string, path []string) (from, to int, value string, err error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	for _, key := range path {
		if t, err := dec.Token(); err != nil || t != json.Delim('{') {
			return 0, 0, "", fmt.Errorf("the answer has no object to look up %q in", key)
		}
		found := false
		for dec.More() && !found {
			t, err := dec.Token()
			if err != nil {
				return 0, 0, "", fmt.Errorf("the answer is not JSON: %w", err)
			}
			if t == key {
				found = true
				break
			}
			var skipped json.RawMessage
			if err := dec.Decode(&skipped); err != nil {
				return 0, 0, "", fmt.Errorf("the answer is not JSON: %w", err)
			}
		}
		if !found {
			return 0, 0, "", fmt.Errorf("the answer has no field %q", key)
		}
	}
	var raw json.RawMessage
	if err := dec.Decode(&raw); err != nil {
		return 0, 0, "", fmt.Errorf("the answer is not JSON: %w", err)
	}
	to = int(dec.InputOffset())
	from = to - len(raw)
	switch raw[0] {
	case '{', '[':
		return 0, 0, "", fmt.Errorf("the value at %q is not a class but %s", strings.Join(path, "."), quoteStart(string(raw)))
	case '"':
		if err := json.Unmarshal(raw, &value); err != nil {
			return 0, 0, "", fmt.Errorf("the answer is not JSON: %w", err)
		}
	default:
		value = string(raw)
	}
	return from, to, value, nil
}
