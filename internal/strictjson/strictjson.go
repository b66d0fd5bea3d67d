// Package strictjson reads JSON that others send: keys as they are written and
// none twice, and faults told by key, in words for people who do not know this
// program's types.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// Key is a key that an object may have.
type Key struct {
	Name string
	Want string // in words, such as "a text"
	Into any    // a pointer, as [json.Unmarshal] takes it; untouched where the key is absent
}

// Object reads one object, which may have these keys and no others.
func Object(data []byte, keys ...Key) error {
	if !utf8.Valid(data) {
		return errors.New("not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	var raw map[string]json.RawMessage
	if err := dec.Decode(&raw); err != nil {
		return plain(err)
	}
	if raw == nil {
		return errors.New("want a JSON object, not null")
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("more than one JSON object")
	}
	if key, is := Twice(data); is {
		return fmt.Errorf("key %q twice", key)
	}
	for _, k := range keys {
		text, there := raw[k.Name]
		if !there {
			continue
		}
		if err := json.Unmarshal(text, k.Into); err != nil {
			return fmt.Errorf("%s: want %s", k.Name, k.Want)
		}
		delete(raw, k.Name)
	}
	for name := range raw {
		return fmt.Errorf("unknown key %q", name)
	}
	return nil
}

// plain says what is wrong with a text that is no JSON object.
func plain(err error) error {
	var syntax *json.SyntaxError
	var other *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("want a JSON object: the text ends before it does")
	case errors.As(err, &syntax):
		return fmt.Errorf("want a JSON object: byte %d: %w", syntax.Offset, err)
	case errors.As(err, &other):
		return fmt.Errorf("want a JSON object, not a JSON %s", other.Value)
	}
	return fmt.Errorf("want a JSON object: %w", err)
}

// Twice finds a key that an object somewhere in a value has twice: nobody says
// which of its values is meant. The text is valid JSON.
func Twice(data []byte) (key string, is bool) { return twice(json.NewDecoder(bytes.NewReader(data))) }

func twice(d *json.Decoder) (key string, is bool) {
	open, _ := d.Token()
	object := open == json.Delim('{')
	if !object && open != json.Delim('[') {
		return "", false
	}
	seen := map[string]bool{}
	for d.More() {
		if object {
			token, _ := d.Token()
			key, _ = token.(string)
			if seen[key] {
				return key, true
			}
			seen[key] = true
		}
		if within, is := twice(d); is {
			return within, true
		}
	}
	_, _ = d.Token() // the closing bracket
	return "", false
}
