package promote

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/rehearse-dev/rehearse/internal/record"
)

const (
	configName  = "production.yaml"
	filesName   = "files"
	historyName = "history"
)

// MaxStored is the size up to which a file is copied; a larger one is named by
// its digest and stays where it is. What a step learnt is always copied.
const MaxStored = 8 << 20

// Source is a file to promote and where its content is now.
type Source struct {
	File
	From string
}

// Folder is the production folder of a workflow.
func Folder(workflowDir string) string { return filepath.Join(workflowDir, "production") }

// Write puts a production config in force. Its files come first, then the
// history, then production.yaml in one rename: whoever reads the folder at any
// moment finds the old config or the new one, whole.
func Write(dir string, p *Production, sources []Source) error {
	if err := os.MkdirAll(filepath.Join(dir, filesName), 0o755); err != nil {
		return err
	}
	p.Files = nil
	for _, s := range sources {
		f, err := store(dir, s)
		if err != nil {
			return err
		}
		p.Files = append(p.Files, f)
	}
	if err := syncDir(filepath.Join(dir, filesName)); err != nil {
		return err
	}
	if err := p.seal(); err != nil {
		return err
	}
	data, err := p.encode()
	if err != nil {
		return err
	}
	return replace(dir, data)
}

// replace keeps what is in force in the history and puts other content there.
func replace(dir string, data []byte) error {
	path := filepath.Join(dir, configName)
	old, err := os.ReadFile(path)
	switch {
	case err == nil:
		if err := keep(dir, old); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := record.WriteFile(path, data); err != nil {
		return err
	}
	return syncDir(dir)
}

// keep adds a config to the history, unless an interrupted promotion has
// already done so.
func keep(dir string, old []byte) error {
	entries, err := History(dir)
	if err != nil {
		return err
	}
	next := 1
	if len(entries) > 0 {
		last := entries[len(entries)-1]
		if data, err := os.ReadFile(last.Path); err == nil && string(data) == string(old) {
			return nil
		}
		next = last.Number + 1
	}
	to := filepath.Join(dir, historyName, fmt.Sprintf("%04d", next))
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	if err := record.WriteFile(filepath.Join(to, configName), old); err != nil {
		return err
	}
	return errors.Join(syncDir(to), syncDir(filepath.Dir(to)))
}

// Entry is one config of the history.
type Entry struct {
	Number int
	Path   string // of its production.yaml
}

// History is what was in production before, oldest first.
func History(dir string) ([]Entry, error) {
	found, err := os.ReadDir(filepath.Join(dir, historyName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var out []Entry
	for _, e := range found {
		if n, err := strconv.Atoi(e.Name()); err == nil && e.IsDir() {
			out = append(out, Entry{n, filepath.Join(dir, historyName, e.Name(), configName)})
		}
	}
	slices.SortFunc(out, func(a, b Entry) int { return a.Number - b.Number })
	return out, nil
}

// Rollback puts back what was in force before the present config: the one
// before it in the history, whose content differs. It is refused where that is
// not as it was promoted. The present config is kept in the history as well, so
// that a second rollback undoes the first.
func Rollback(dir string) (*Production, error) {
	now, err := os.ReadFile(filepath.Join(dir, configName))
	if err != nil {
		return nil, fmt.Errorf("nothing is in production: there is no %s", filepath.Join(dir, configName))
	}
	entries, err := History(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range slices.Backward(entries) {
		data, err := os.ReadFile(e.Path)
		if err != nil {
			return nil, err
		}
		if string(data) == string(now) {
			continue
		}
		p, problems := check(e.Path, data)
		problems = append(problems, checkFiles(dir, e.Path, p)...)
		if err := problems.Err(); err != nil {
			return nil, err
		}
		return p, replace(dir, data)
	}
	return nil, fmt.Errorf("nothing was in production before: %s is empty", filepath.Join(dir, historyName))
}

// store copies a file into files/ under its digest, which has to be the one
// that was measured.
func store(dir string, s Source) (File, error) {
	f := s.File
	info, err := os.Stat(s.From)
	if err != nil {
		return f, fmt.Errorf("%s: it was there when the run was made, and is not now", s.From)
	}
	f.Bytes = info.Size()
	if f.Stored = f.Bytes <= MaxStored || f.Role == LearntFile; !f.Stored {
		got, err := digestOf(s.From)
		if err == nil && got != f.SHA256 {
			err = changed(s.From)
		}
		return f, err
	}
	data, err := os.ReadFile(s.From)
	if err != nil {
		return f, err
	}
	if sum(data) != f.SHA256 {
		return f, changed(s.From)
	}
	return f, record.WriteFile(filepath.Join(dir, filesName, f.StoredName()), data)
}

func changed(path string) error {
	return fmt.Errorf("%s changed since the run was made: measure it again", path)
}

// digestOf is the sha256 of a file of any size.
func digestOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return digestReader(f)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
