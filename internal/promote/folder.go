package promote

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/regular"
)

const (
	configName     = "production.yaml"
	filesName      = "files"
	historyName    = "history"
	sumsName       = "history.sha256"
	signaturesName = "signatures"
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

// Write puts a production config in force, signed where there is a key. Its
// files come first, then its signature and the history, then production.yaml in
// one rename: whoever reads the folder at any moment finds the old config or the
// new one, whole.
func Write(dir string, p *Production, sources []Source, key ssh.Signer) error {
	if err := os.MkdirAll(filepath.Join(dir, filesName), 0o755); err != nil {
		return err
	}
	p.Files, p.Config.Texts = nil, nil
	for _, s := range sources {
		f, content, err := store(dir, s)
		if err != nil {
			return err
		}
		p.Files = append(p.Files, f)
		if err := p.Config.show(f, content); err != nil {
			return err
		}
	}
	if err := syncDir(filepath.Join(dir, filesName)); err != nil {
		return err
	}
	before, err := regular.Read(filepath.Join(dir, configName))
	switch {
	case err == nil:
		p.Promoted.Previous = sum(before)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if key != nil {
		p.Promoted.SignedBy = ssh.FingerprintSHA256(key.PublicKey())
	}
	if err := p.seal(); err != nil {
		return err
	}
	data, err := p.encode()
	if err != nil {
		return err
	}
	if key != nil {
		if err := sign(dir, data, key); err != nil {
			return err
		}
	}
	// What is written can be read again, or is not written.
	if _, problems := check(configName, data); len(problems) > 0 {
		return fmt.Errorf("the design cannot be written down: %w", problems.Err())
	}
	return replace(dir, data)
}

// replace keeps what is in force in the history and puts other content there.
func replace(dir string, data []byte) error {
	path := filepath.Join(dir, configName)
	old, err := regular.Read(path)
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
		if data, err := regular.Read(last.Path); err == nil && string(data) == string(old) {
			return list(dir, last.Number, old)
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
	if err := errors.Join(syncDir(to), syncDir(filepath.Dir(to))); err != nil {
		return err
	}
	return list(dir, next, old)
}

// list adds a config of the history to the list of them, as sha256sum writes it,
// so that none can be taken out unseen after a rollback either: then what is in
// force names what was before it, and nothing newer. Nothing leaves the list.
func list(dir string, number int, content []byte) error {
	path := filepath.Join(dir, sumsName)
	data, err := regular.Read(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	line := listed(number, sum(content))
	if strings.Contains(string(data), line) {
		return nil
	}
	return record.WriteFile(path, append(data, line...))
}

func listed(number int, digest string) string {
	return fmt.Sprintf("%s  %s/%04d/%s\n", digest, historyName, number, configName)
}

// historyList has a line for each config of the history, oldest first.
func historyList(dir string) ([]string, error) {
	entries, err := History(dir)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		digest, err := digestOf(e.Path)
		if err != nil {
			return nil, err
		}
		out = append(out, listed(e.Number, digest))
	}
	return out, nil
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

// Before is the entry of the history that was in force before the present
// config: the newest whose content differs.
func Before(dir string) (Entry, error) {
	now, err := regular.Read(filepath.Join(dir, configName))
	if err != nil {
		return Entry{}, fmt.Errorf("nothing is in production: there is no %s", filepath.Join(dir, configName))
	}
	entries, err := History(dir)
	if err != nil {
		return Entry{}, err
	}
	for _, e := range slices.Backward(entries) {
		data, err := regular.Read(e.Path)
		if err != nil {
			return Entry{}, err
		}
		if string(data) != string(now) {
			return e, nil
		}
	}
	return Entry{}, fmt.Errorf("nothing was in production before: %s is empty", filepath.Join(dir, historyName))
}

// Rollback puts back what was in force before the present config. It is refused
// where that is not as it was promoted. The present config is kept in the
// history as well, so that a second rollback undoes the first.
func Rollback(dir string) (*Production, error) {
	e, err := Before(dir)
	if err != nil {
		return nil, err
	}
	data, err := regular.Read(e.Path)
	if err != nil {
		return nil, err
	}
	p, problems := check(e.Path, data)
	problems = append(problems, checkFiles(dir, e.Path, p)...)
	problems = append(problems, checkSignature(dir, e.Path, p, data)...)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return p, replace(dir, data)
}

// Listed is one config that is or was in production.
type Listed struct {
	Number     int // in the history; 0 for what is in production
	Production *Production
}

// List is what was in production, oldest first, and last what is. What is not as
// it was promoted is a problem.
func List(dir string) ([]Listed, diag.List) {
	now, problems := Verify(dir)
	if len(problems) > 0 {
		return nil, problems
	}
	entries, err := History(dir)
	if err != nil {
		problems.Add(flow.Pos{File: dir}, err.Error(), "")
	}
	var out []Listed
	for _, e := range entries {
		data, err := regular.Read(e.Path)
		if err != nil {
			problems.Add(flow.Pos{File: e.Path}, err.Error(), "")
			continue
		}
		p, found := check(e.Path, data)
		problems = append(problems, found...)
		out = append(out, Listed{e.Number, p})
	}
	return append(out, Listed{0, now}), problems
}

// store copies a file into files/ under its digest, which has to be the one
// that was measured. Of a large file, which stays where it is, there is no
// content.
func store(dir string, s Source) (File, []byte, error) {
	f := s.File
	info, err := os.Stat(s.From)
	if err != nil {
		return f, nil, fmt.Errorf("%s: it was there when the run was made, and is not now", s.From)
	}
	f.Bytes = info.Size()
	if f.Stored = f.Bytes <= MaxStored || f.Role == LearntFile; !f.Stored {
		got, err := digestOf(s.From)
		if err == nil && got != f.SHA256 {
			err = changed(s.From)
		}
		return f, nil, err
	}
	data, err := regular.Read(s.From)
	if err != nil {
		return f, nil, err
	}
	if sum(data) != f.SHA256 {
		return f, nil, changed(s.From)
	}
	return f, data, record.WriteFile(filepath.Join(dir, filesName, f.StoredName()), data)
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
