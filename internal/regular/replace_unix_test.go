//go:build unix

package regular

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestReplace(t *testing.T) {
	old := syscall.Umask(0o027)
	defer syscall.Umask(old)
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	say := func(content string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, content); return err }
	}
	check := func(why, content string, mode os.FileMode) {
		t.Helper()
		got, err := os.ReadFile(path)
		info, serr := os.Stat(path)
		if err != nil || serr != nil || string(got) != content || info.Mode().Perm() != mode {
			t.Errorf("%s: %q, mode %v, want %q, %v (%v)", why, got, info.Mode(), content, mode, err)
		}
	}
	if err := Replace(path, say("one")); err != nil {
		t.Fatal(err)
	}
	check("a new file", "one", 0o640)
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink("file", link); err != nil {
		t.Fatal(err)
	}
	if err := Replace(link, say("two")); err != nil {
		t.Fatal(err)
	}
	check("behind a link, with the mode it had", "two", 0o600)
	broken := errors.New("broken")
	err := Replace(path, func(w io.Writer) error {
		if err := say("thr")(w); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), path+": ") {
		t.Errorf("a writer that breaks: %v", err)
	}
	check("after a writer that breaks", "two", 0o600)
	if err := Replace("/dev/null", say("gone")); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat("/dev/null"); err != nil || info.Mode().IsRegular() {
		t.Errorf("/dev/null is %v (%v)", info.Mode(), err)
	}
	if err := Replace(filepath.Join(dir, "none", "file"), say("x")); err == nil || strings.Contains(err.Error(), ".file.") {
		t.Errorf("a folder that is not there: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("files left behind: %v", left)
	}
}
