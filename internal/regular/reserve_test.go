package regular

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestReserve(t *testing.T) {
	dir := t.TempDir()
	input, link, other := filepath.Join(dir, "input"), filepath.Join(dir, "link"), filepath.Join(dir, "other")
	for _, path := range []string{input, other} {
		if err := os.WriteFile(path, []byte("kept"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("input", link); err != nil {
		t.Skip(err)
	}
	over := func(w io.Writer) error { _, err := io.WriteString(w, "lost"); return err }
	r := Reserve(link)
	if _, err := Read(other); err != nil || r.WasRead() {
		t.Errorf("another file: %v, read is %v", err, r.WasRead())
	}
	if err := Replace(other, over); err != nil {
		t.Errorf("another file is written over: %v", err)
	}
	if _, err := Read(filepath.Join(dir, ".", "input")); !errors.Is(err, ErrReserved) || !r.WasRead() {
		t.Errorf("the file by another path: %v, read is %v", err, r.WasRead())
	}
	if err := Replace(input, over); !errors.Is(err, ErrReserved) {
		t.Errorf("it is written over although it was to be read: %v", err)
	}
	r.Release()
	if got, err := Read(input); string(got) != "kept" || err != nil {
		t.Errorf("released, the file holds %q (%v)", got, err)
	}
	unread := Reserve(input)
	defer unread.Release()
	if err := Replace(input, over); err != nil || unread.WasRead() {
		t.Errorf("a file that nobody reads is not written over: %v", err)
	}
	for why, path := range map[string]string{"a folder": dir, "no file": filepath.Join(dir, "none"), "a device": "/dev/null"} {
		if got := Reserve(path); got != nil {
			t.Errorf("%s is reserved", why)
		}
	}
}
