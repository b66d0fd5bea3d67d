package restate

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode"
)

// order turns the fields of a JSON object around, else those of every paragraph
// that is nothing but lines of different names with their values.
func order(s string) string {
	if isJSON(s) {
		return orderJSON(s)
	}
	paragraphs := strings.Split(s, "\n\n")
	for i, p := range paragraphs {
		body := strings.Trim(p, "\n")
		lines := strings.Split(body, "\n")
		if len(lines) < 2 || !areFields(lines) {
			continue
		}
		slices.Reverse(lines)
		paragraphs[i] = strings.Replace(p, body, strings.Join(lines, "\n"), 1)
	}
	return strings.Join(paragraphs, "\n\n")
}

// areFields says whether every line is a name with its value, each another.
func areFields(lines []string) bool {
	seen := map[string]bool{}
	for _, l := range lines {
		at := strings.IndexAny(l, ":=")
		if at < 0 {
			return false
		}
		name := strings.ToLower(strings.TrimSpace(l[:at]))
		if !isName(name) || seen[name] {
			return false
		}
		seen[name] = true
	}
	return true
}

// isName says whether a text could be the name of a field: a few words.
func isName(s string) bool {
	const words, letters = 4, 40
	return strings.ContainsFunc(s, unicode.IsLetter) && len([]rune(s)) <= letters && len(strings.Fields(s)) <= words
}

func isJSON(s string) bool {
	s = strings.TrimSpace(s)
	return strings.HasPrefix(s, "{") && json.Valid([]byte(s))
}

// orderJSON turns the keys of every object around. A text with a key twice in
// one object is left as it is: which of the two holds is a matter of order.
func orderJSON(s string) string {
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var out bytes.Buffer
	if !turned(d, &out) {
		return s
	}
	return out.String()
}

// turned writes the next value of d with the keys of its objects turned around.
func turned(d *json.Decoder, out *bytes.Buffer) bool {
	token, err := d.Token()
	if err != nil {
		return false
	}
	delim, nested := token.(json.Delim)
	if !nested {
		return write(token, out)
	}
	object := delim == '{'
	var parts []string
	seen := map[string]bool{}
	for d.More() {
		var part bytes.Buffer
		if object {
			key, err := d.Token()
			name, _ := key.(string)
			if err != nil || seen[name] || !write(name, &part) {
				return false
			}
			seen[name] = true
			part.WriteByte(':')
		}
		if !turned(d, &part) {
			return false
		}
		parts = append(parts, part.String())
	}
	if _, err := d.Token(); err != nil { // its end
		return false
	}
	open, end := byte('['), byte(']')
	if object {
		slices.Reverse(parts)
		open, end = '{', '}'
	}
	out.WriteByte(open)
	out.WriteString(strings.Join(parts, ","))
	out.WriteByte(end)
	return true
}

// write appends one JSON value as it is, without escapes for HTML.
func write(v any, out *bytes.Buffer) bool {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return false
	}
	out.Truncate(out.Len() - 1) // the line's end
	return true
}
