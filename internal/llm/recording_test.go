package llm

import (
	"bytes"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// FuzzRecording: no file that calls itself a recording makes the reader panic,
// and what it takes holds together.
func FuzzRecording(f *testing.F) {
	c, err := OpenCache(f.TempDir() + "/cache.db")
	if err != nil {
		f.Fatal(err)
	}
	defer c.Close()
	e := Entry{
		Question: Question{BaseURL: "https://h/v1", Asked: "small", Repeat: 1}, Model: "small-1", Usage: Usage{In: 10, Out: 5},
		Body: []byte(`{"model":"small-1","choices":[{"message":{"content":"a"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5}}`),
	}
	if _, err := c.Put(e.Key(), e); err != nil {
		f.Fatal(err)
	}
	var whole bytes.Buffer
	if err := c.Export(f.Context(), &whole, "", &Provenance{}); err != nil {
		f.Fatal(err)
	}
	r, err := zstd.NewReader(&whole)
	if err != nil {
		f.Fatal(err)
	}
	var lines bytes.Buffer
	if _, err := r.WriteTo(&lines); err != nil {
		f.Fatal(err)
	}
	f.Add(lines.Bytes())
	f.Add([]byte("{\"recording\":1}\n{}\n"))
	w, err := zstd.NewWriter(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, lines []byte) {
		n := 0
		p, err := ReadRecording(bytes.NewReader(w.EncodeAll(lines, nil)), func(k Key, e Entry) error {
			if e.Key() != k {
				t.Errorf("an answer under a key that is not its own: %s", k)
			}
			n++
			return nil
		})
		if err == nil && p.Answers != n {
			t.Errorf("%d answers read, %d announced", n, p.Answers)
		}
	})
}
