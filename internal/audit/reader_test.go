package audit

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// TestReadErrors names the line that is wrong.
func TestReadErrors(t *testing.T) {
	received := `{"schema":1,"event":"case","time":"2026-11-21T09:00:00Z","case":"c","trial":"t","input":{"kept":{"amount":1}}}` + "\n"
	ended := `{"schema":1,"event":"end","time":"2026-11-21T09:00:00Z","case":"c","trial":"t","status":"automated","wall_ms":1,"input_digest":"0000000000000001","steps":0,"routes":0,"handoffs":0}` + "\n"
	for _, tt := range []struct {
		why, text string
		want      string // "" for none
	}{
		{"a case and its end", received + ended, ""},
		{"a line that another program added in its own form", received + `{"event": "end", "schema": 1, "trial": "t", "input_digest": "0000000000000001"}` + "\n", ""},
		{"an event that is not known yet", received + `{"schema":1,"event":"later","x":[]}` + "\n" + ended, ""},
		{"a blank line", received + "\n" + ended, ""},
		{"no JSON", received + "what\n" + ended, "audit-00001.jsonl:2:1: invalid character"},
		{"a later schema", received + `{"schema":2,"event":"end"}` + "\n", "audit-00001.jsonl:2:1: schema version 2, want 1"},
		{"an end without a beginning", ended, `audit-00001.jsonl:1:1: trial "t" ends and never began`},
		{"a value of another type", strings.Replace(received, `"amount":1`, `"amount":"x"`, 1), `audit-00001.jsonl:1:1: input: field "amount": is a string in JSON, want number?`},
		{"a handoff that is gone", received + strings.Replace(ended, `"handoffs":0`, `"handoffs":1`, 1), `audit-00001.jsonl:2:1: trial of case "c" ends with 0 steps, 0 routes and 1 handoffs, and has lines of 0, 0 and 0`},
		{"a digest that is a number", received + strings.Replace(ended, `"0000000000000001"`, `"1"`, 1), `"1" is no digest of 16 hex digits`},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, fileName(1)), []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Read(dir, input, outcome)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, e := range r.Cases(context.Background()) {
			if err = e; err == nil {
				n++
			}
		}
		switch {
		case tt.want == "" && (err != nil || n != 1):
			t.Errorf("%s: %d cases, %v", tt.why, n, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: %v, want %s", tt.why, err, tt.want)
		}
	}
	if _, err := Read(t.TempDir(), input, outcome); err == nil || !strings.Contains(err.Error(), "no audit log: it has no file audit-00001.jsonl") {
		t.Errorf("an empty folder: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	dir := f.TempDir()
	l, err := Open(options(dir))
	if err != nil {
		f.Fatal(err)
	}
	c := aCase("c1")
	e, err := l.Receive(c)
	if err == nil {
		err = e.End(aTrial(c), 1, 1)
	}
	if err == nil {
		err = e.Shadow("model", "d2", aTrial(c), 1, 1)
	}
	if err == nil {
		_, err = l.Decide(Review{Case: "c1", Trial: e.Trial(), Reviewer: "ada", Outcome: []any{"pay", nil}, Entry: e})
	}
	if err == nil {
		err = l.Act(Action{Case: "c1", Trial: e.Trial(), Step: "pay", Key: "k", State: Begun})
	}
	if err != nil {
		f.Fatal(err)
	}
	if err := l.Close(); err != nil {
		f.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, fileName(1)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"schema":1,"event":"case","input":{"kept":null}}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &Reader{dir: "log", folder: fstest.MapFS{fileName(1): {Data: data}}, input: input, outcome: outcome, tags: []string{"region"}}
		for c, err := range r.Cases(context.Background()) {
			if err == nil && (len(c.Input.Values) != input.Len() || len(c.Tags) != 1) {
				t.Errorf("a case of another form: %+v", c)
			}
		}
		for range r.Shadows(context.Background()) {
		}
		for range r.Actions(context.Background()) {
		}
		end, size, err := whole(bytes.NewReader(data))
		if err != nil || size != int64(len(data)) || end > size || end > 0 && data[end-1] != '\n' {
			t.Errorf("whole lines end at %d of %d, %v", end, size, err)
		}
	})
}
