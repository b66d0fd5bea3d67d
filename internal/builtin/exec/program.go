package exec

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	osexec "os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/secret"
)

// program is what is started, as the design says it.
type program struct {
	run    []string
	dir    string // the workflow's folder
	files  []file
	env    []string // names of variables
	memory uint64   // bytes; 0 for no limit
	digest string   // of the files
}

// file is a file or a folder of the program: its name in the workflow's
// folder, and where its content lies, which is another place for a promoted
// design.
type file struct{ name, path string }

// has says whether a word of the command line is a file of the workflow's.
func (p *program) has(word string) bool {
	if word == "" || path.IsAbs(word) || !localName(word) {
		return false
	}
	_, err := os.Stat(filepath.Join(p.dir, filepath.FromSlash(word)))
	return err == nil
}

// digestFiles is the SHA-256 of the names and the content of all files.
func (p *program) digestFiles() (string, error) {
	h := sha256.New()
	for _, f := range p.files {
		err := filepath.WalkDir(f.path, func(at string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			inside, err := filepath.Rel(f.path, at)
			if err != nil {
				return err
			}
			sum, err := digestOf(at)
			if err == nil {
				fmt.Fprintf(h, "%q %q %s\n", f.name, filepath.ToSlash(inside), sum)
			}
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func digestOf(path string) (string, error) {
	f, err := regular.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// find is the path of the program on this machine, dir being the folder that
// it runs in.
func (p *program) find(dir string) (string, error) {
	name := p.run[0]
	if strings.Contains(name, "/") {
		dir, err := filepath.Abs(dir)
		if err != nil {
			return "", err
		}
		return osexec.LookPath(filepath.Join(dir, filepath.FromSlash(name)))
	}
	at, err := osexec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("no program %q on the PATH", name)
	}
	return filepath.Abs(at)
}

// environment is what the program sees, and which of it is secret.
func (p *program) environment() (env []string, secrets secret.Set, err error) {
	for _, name := range append([]string{"PATH", "HOME"}, p.env...) {
		value, ok := os.LookupEnv(name)
		named := name != "PATH" && name != "HOME"
		switch {
		case ok:
			env = append(env, name+"="+value)
		case named:
			return nil, secrets, fmt.Errorf("the environment has no %s", name)
		}
		if named {
			secrets.Add(value)
		}
	}
	return env, secrets, nil
}

// place is the folder to run in: the workflow's, or, where the files lie
// elsewhere, a new one that holds nothing else, which remove removes.
func (p *program) place() (dir string, remove func() error, err error) {
	elsewhere := false
	for _, f := range p.files {
		same, err := filepath.Rel(filepath.Join(p.dir, filepath.FromSlash(f.name)), f.path)
		elsewhere = elsewhere || err != nil || same != "."
	}
	if !elsewhere {
		return p.dir, func() error { return nil }, nil
	}
	if dir, err = os.MkdirTemp("", "rehearse-exec-*"); err != nil {
		return "", nil, err
	}
	remove = func() error { return os.RemoveAll(dir) }
	for _, f := range p.files {
		if err := lay(f.path, filepath.Join(dir, filepath.FromSlash(f.name))); err != nil {
			_ = remove() // what matters is why there is no copy
			return "", nil, err
		}
	}
	return dir, remove, nil
}

// lay copies a file or a folder to a place, so that it can be run there.
func lay(from, to string) error {
	if info, err := os.Stat(from); err != nil || info.IsDir() {
		if err != nil {
			return err
		}
		return os.CopyFS(to, os.DirFS(from))
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	data, err := regular.Read(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o700)
}
