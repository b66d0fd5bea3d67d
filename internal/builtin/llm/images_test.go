package llm

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/kindtest"
	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
)

// TestImages shows pictures of the dataset's folder and, where that is allowed,
// addresses; nothing else that a case may name.
func TestImages(t *testing.T) {
	png := "\x89PNG\r\n\x1a\n" + strings.Repeat("x", 100)
	outside := t.TempDir()
	data := kindtest.Files(t, map[string]string{
		"scans/a.png": png, "notes.txt": "secret", "empty.png": "", "long.png": png + string(bytes.Repeat([]byte("x"), longestImage)),
	})
	if err := os.WriteFile(filepath.Join(outside, "b.png"), []byte(png), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(outside, "b.png"), filepath.Join(data, "link.png")); err != nil {
		t.Fatal(err)
	}
	shown := "data:image/png;base64,"
	tests := []struct {
		why, value string
		urls       bool
		want       string // how the picture's address begins; "" for a refusal
	}{
		{"a file", "scans/a.png", false, shown},
		{"a file by a long way", "scans/../scans/a.png", false, shown},
		{"an address that is allowed", "https://example.com/a.png", true, "https://example.com/a.png"},
		{"an address that is not", "https://example.com/a.png", false, ""},
		{"an address in the clear", "http://example.com/a.png", true, ""},
		{"an address with a password", "https://me:pw@example.com/a.png", true, ""},
		{"content in place of an address", "data:image/png;base64,AAAA", true, ""},
		{"a file by address", "file:///etc/passwd", true, ""},
		{"a way out", "../" + filepath.Base(outside) + "/b.png", false, ""},
		{"another way out", filepath.Join(outside, "b.png"), false, ""},
		{"a link out", "link.png", false, ""},
		{"a folder", "scans", false, ""},
		{"no such file", "scans/b.png", false, ""},
		{"no picture", "notes.txt", false, ""},
		{"nothing in it", "empty.png", false, ""},
		{"too long", "long.png", false, ""},
	}
	says := map[string]string{
		"notes.txt": "scan: the file holds text/plain; charset=utf-8, want one of image/png, image/jpeg, image/gif, image/webp",
		"empty.png": "scan: the file is empty",
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			s := serve(t, llmtest.Text(`{"decision":"hold","confidence":1}`))
			yaml := "prompt: prompt.md\nimages: [scan]"
			if tt.urls {
				yaml += "\nimage_urls: true"
			}
			c := config(t, yaml, "user:\n{{ text }}", out)
			c.InSchema = kindtest.Schema(t, "text: string, scan: string?")
			step := opened(t, Kind(), c, s, flow.Session{Data: data})
			got, err := step.Do(context.Background(), kindtest.Input(c.InSchema, "x", tt.value))
			if tt.want == "" {
				var e *flow.StepError
				if !errors.As(err, &e) || e.Class != flow.ErrRejected || e.Detail != badImage || s.Received() != 0 {
					t.Errorf("%v, %v after %d calls, want a refusal before any", got.Values, err, s.Received())
				} else if want := says[tt.value]; want != "" && e.Err.Error() != want {
					t.Errorf("%q, want %q", e.Err, want)
				} else if strings.Contains(err.Error(), tt.value) && tt.value != "scans" {
					t.Errorf("the error repeats the case: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			m := s.Calls()[0].Messages[0]
			if m.Content != "x" || len(m.Images) != 1 || !strings.HasPrefix(m.Images[0], tt.want) {
				t.Errorf("shown %q with %.60q", m.Content, m.Images)
			}
		})
	}
}
