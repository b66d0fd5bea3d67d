package promote

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/regular"
)

// Verify checks a production folder: every field of production.yaml and of the
// history, every byte of the files that they name, the signatures, and that
// nothing was taken out of the history. The list is empty where all is as it was
// promoted; whether it may be deployed is for [Production.Objections].
func Verify(dir string) (*Production, diag.List) {
	path := filepath.Join(dir, configName)
	data, err := regular.Read(path)
	if err != nil {
		return nil, missing(path, err)
	}
	p, problems := check(path, data)
	problems = append(problems, checkFiles(dir, path, p)...)
	problems = append(problems, checkSignature(dir, path, p, data)...)
	problems = append(problems, checkHistory(dir, path, p)...)
	return p, append(problems, checkStored(dir)...)
}

// VerifyDeployed checks a copy of what is in production, without its history.
func VerifyDeployed(dir string) (*Production, diag.List) {
	path := filepath.Join(dir, configName)
	data, err := regular.Read(path)
	if err != nil {
		return nil, missing(path, err)
	}
	p, problems := check(path, data)
	problems = append(problems, checkFiles(dir, path, p)...)
	return p, append(problems, checkSignature(dir, path, p, data)...)
}

func missing(path string, err error) diag.List {
	if errors.Is(err, fs.ErrNotExist) {
		return diag.List{{Pos: flow.Pos{File: path}, Message: "there is no such file", Hint: "promote a design first"}}
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return diag.List{{Pos: flow.Pos{File: path}, Message: err.Error(), Hint: "want the production.yaml that eval promote wrote"}}
}

// checkHistory checks each config of the history, and that every config names
// one that is there for the one before it.
func checkHistory(dir, path string, now *Production) diag.List {
	var problems diag.List
	entries, err := History(dir)
	if err != nil {
		problems.Add(flow.Pos{File: dir}, err.Error(), "")
	}
	type named struct {
		path string
		p    *Production
	}
	have := map[string]bool{}
	configs := []named{{path, now}}
	for i, e := range entries {
		if e.Number != i+1 {
			problems.Add(flow.Pos{File: filepath.Join(dir, historyName)}, fmt.Sprintf("number %d is missing from the history", i+1), "")
			break
		}
	}
	for _, e := range entries {
		data, err := regular.Read(e.Path)
		if err != nil {
			problems.Add(flow.Pos{File: e.Path}, "it is missing from the history", "")
			continue
		}
		p, found := check(e.Path, data)
		problems = append(append(problems, found...), checkSignature(dir, e.Path, p, data)...)
		configs = append(configs, named{e.Path, p})
		have[sum(data)] = true
	}
	problems = append(problems, checkList(dir)...)
	for _, c := range configs {
		if c.p != nil && c.p.Promoted.Previous != "" && !have[c.p.Promoted.Previous] {
			problems.Add(flow.Pos{File: c.path, Line: 1, Column: 1}, fmt.Sprintf("what was in force before it, with the digest %.12s, is missing from the history", c.p.Promoted.Previous), "take it from version control")
		}
	}
	return problems
}

// checkList says where the history is not what its list has. An interrupted
// promotion may have put there what is still in force, and not listed it yet.
func checkList(dir string) diag.List {
	var problems diag.List
	path := filepath.Join(dir, sumsName)
	data, err := regular.Read(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		problems.Add(flow.Pos{File: path}, err.Error(), "")
	}
	have, err := historyList(dir)
	if err != nil {
		return problems // what cannot be read is named already
	}
	names := slices.Collect(strings.Lines(string(data)))
	for i, line := range names {
		if !slices.Contains(have, line) {
			problems.Add(flow.Pos{File: path, Line: i + 1, Column: 1}, fmt.Sprintf("%q is not in the history", strings.TrimSpace(line)), "take the history from version control")
		}
	}
	now, _ := digestOf(filepath.Join(dir, configName))
	for i, line := range have {
		if !slices.Contains(names, line) && (i < len(have)-1 || !strings.HasPrefix(line, now)) {
			problems.Add(flow.Pos{File: path}, fmt.Sprintf("%q of the history is not on the list", strings.TrimSpace(line)), "take it from version control")
		}
	}
	return problems
}

// checkFiles says which of the files that a config names is missing or, where
// it is not stored, changed in its place.
func checkFiles(dir, config string, p *Production) diag.List {
	var problems diag.List
	if p == nil {
		return nil
	}
	at := flow.Pos{File: config, Line: 1, Column: 1}
	for _, f := range p.Files {
		path := filepath.Join(dir, filesName, f.StoredName())
		if !f.Stored {
			path = place(filepath.Dir(dir), f.Path)
		} else if !isDigest(f.SHA256) {
			continue // a changed field, which is named already
		}
		got, err := digestOf(path)
		switch {
		case err != nil:
			problems.Add(at, fmt.Sprintf("%s file %q is missing: there is no %s", f.Role, f.Path, path), "")
		case got != f.SHA256:
			problems.Add(at, fmt.Sprintf("%s file %q was changed: %s", f.Role, f.Path, path), "")
		}
	}
	return problems
}

// checkStored says which of the stored files, those of the history among them,
// is not what its name says.
func checkStored(dir string) diag.List {
	var problems diag.List
	entries, err := os.ReadDir(filepath.Join(dir, filesName))
	if err != nil {
		problems.Add(flow.Pos{File: filepath.Join(dir, filesName)}, "there is no such folder", "")
	}
	for _, e := range entries {
		path := filepath.Join(dir, filesName, e.Name())
		if got, err := digestOf(path); err != nil || got != strings.SplitN(e.Name(), ".", 2)[0] {
			problems.Add(flow.Pos{File: path}, "its content is not what its name says", "take it from version control, or promote again")
		}
	}
	return problems
}

func isDigest(s string) bool {
	_, err := hex.DecodeString(s)
	return err == nil && len(s) == sha256.Size*2
}

func digestReader(r io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
