package regular

import (
	"errors"
	"io/fs"
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

func TestWritable(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.WriteFile(file, []byte("kept"), 0o444); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		why, path string
		want      error
	}{
		{"a new file", filepath.Join(dir, "new"), nil},
		{"a file that is replaced, whatever its mode", file, nil},
		{"a link to it", link, nil},
		{"no file at all", "/dev/null", nil},
		{"a folder", dir, ErrFolder},
		{"a folder that is not there", filepath.Join(dir, "nosuch", "new"), fs.ErrNotExist},
	} {
		if err := Writable(tt.path); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.why, err, tt.want)
		}
	}
	if data, err := os.ReadFile(file); err != nil || string(data) != "kept" {
		t.Errorf("the file holds %q (%v)", data, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("it leaves %v (%v)", left, err)
	}
}
