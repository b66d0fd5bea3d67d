package regular

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := func(name, to string) string {
		path := filepath.Join(dir, name)
		if err := os.Symlink(to, path); err != nil {
			t.Skip(err)
		}
		return path
	}
	for _, tc := range []struct{ why, path, want, problem string }{
		{"a file", file, "content", ""},
		{"a link to a file", link("link", file), "content", ""},
		{"nothing", filepath.Join(dir, "none"), "", "none"},
		{"a folder", dir, "", "is a directory"},
		{"a link to itself", link("loop", "loop"), "", "loop"},
		{"a device that never ends", link("zero", "/dev/zero"), "", "want a file"},
	} {
		t.Run(tc.why, func(t *testing.T) {
			if _, err := os.Stat("/dev/zero"); err != nil && strings.Contains(tc.why, "device") {
				t.Skip(err)
			}
			got, err := Read(tc.path)
			if string(got) != tc.want || (err == nil) != (tc.problem == "") || err != nil && !strings.Contains(err.Error(), tc.problem) {
				t.Errorf("%q, error %v; want %q, error %q", got, err, tc.want, tc.problem)
			}
		})
	}
}
