package strictjson

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestObject(t *testing.T) {
	for _, tt := range []struct{ why, text, want string }{
		{"all keys", `{"name":"a","at":"2026-11-21T09:00:00Z","rest":{"name":1}}`, ""},
		{"none of them", ` {} `, ""},
		{"nothing", ``, "want a JSON object: the text ends before it does"},
		{"half of it", `{"name":`, "want a JSON object: the text ends before it does"},
		{"no JSON", `{"name":what}`, "want a JSON object: byte 9: invalid character 'w' looking for beginning of value"},
		{"a list", `[]`, "want a JSON object, not a JSON array"},
		{"null", `null`, "want a JSON object, not null"},
		{"two", `{}{}`, "more than one JSON object"},
		{"another type is told without types of Go", `{"name":1}`, "name: want a text"},
		{"a time that is none", `{"at":"soon"}`, "at: want a time such as 2026-11-21T09:00:00Z"},
		{"a key twice, of which a decoder takes the last", `{"name":"a","name":"b"}`, `key "name" twice`},
		{"the same, written otherwise", `{"name":"a","\u006eame":"b"}`, `key "name" twice`},
		{"within a value", `{"rest":[{"x":{"y":1,"y":2}}]}`, `key "y" twice`},
		{"the same key in several objects", `{"rest":[{"y":1},{"y":2}]}`, ""},
		{"a key in other letters, which a decoder would take", `{"Name":"a"}`, `unknown key "Name"`},
		{"bytes that a decoder would replace", "{\"name\":\"\xff\"}", "not UTF-8"},
	} {
		var name string
		var at time.Time
		var rest json.RawMessage
		err := Object([]byte(tt.text), Key{"name", "a text", &name}, Key{"at", "a time such as 2026-11-21T09:00:00Z", &at}, Key{"rest", "anything", &rest})
		switch {
		case tt.want == "" && err != nil, tt.want != "" && (err == nil || err.Error() != tt.want):
			t.Errorf("%s: %v, want %s", tt.why, err, tt.want)
		}
	}
}

func FuzzObject(f *testing.F) {
	f.Add([]byte(`{"name":"a","rest":[{"x":{"y":1,"y":2}}]}`))
	f.Add([]byte(strings.Repeat("[", 100)))
	f.Fuzz(func(t *testing.T, data []byte) {
		var name string
		var rest any
		err := Object(data, Key{"name", "a text", &name}, Key{"rest", "anything", &rest})
		if err == nil && !json.Valid(data) {
			t.Errorf("%q was taken", data)
		}
		if err != nil && strings.Contains(err.Error(), "Go ") {
			t.Errorf("%q: %v", data, err)
		}
	})
}
