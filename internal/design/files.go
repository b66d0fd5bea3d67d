package design

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/regular"
)

// Files are the design files of a workflow's folder, sorted: every *.yaml but
// the workflow itself, a dataset card and the models beside it, and the tests
// of designs.
func Files(workflowDir string) ([]string, error) {
	entries, err := os.ReadDir(workflowDir)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || filepath.Ext(name) != ".yaml" || name == "workflow.yaml" || name == "dataset.yaml" || name == "models.yaml" || strings.HasSuffix(name, "_test.yaml") || strings.HasPrefix(name, ".") {
			continue
		}
		out = append(out, filepath.Join(workflowDir, name))
	}
	return out, nil
}

// ProjectRoot is the folder of the project that a workflow's folder belongs
// to: the one that holds `workflows`, or the workflow's own where it stands
// alone.
func ProjectRoot(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return dir
	}
	if parent := filepath.Dir(abs); filepath.Base(parent) == "workflows" {
		return filepath.Dir(parent)
	}
	return abs
}

// CardPath is the card of the data that the workflow is replayed on where no
// other is named.
func (w *Workflow) CardPath() (string, error) {
	if w.Data == "" {
		return filepath.Join(w.Root, "datasets", w.Name, "dataset.yaml"), nil
	}
	path, outside, err := expand(w.Data, os.LookupEnv)
	if err != nil {
		return "", err
	}
	if outside || filepath.IsAbs(path) {
		return path, nil
	}
	return filepath.Join(w.Root, path), nil
}

// expand replaces a ${NAME} at the start of a path by that variable of the
// environment, which may lead out of the project.
func expand(path string, lookup func(string) (string, bool)) (expanded string, outside bool, err error) {
	rest, ok := strings.CutPrefix(path, "${")
	if !ok {
		return filepath.FromSlash(path), false, nil
	}
	name, rest, ok := strings.Cut(rest, "}")
	if !ok || !identifier.MatchString(name) || rest != "" && rest[0] != '/' {
		return "", false, fmt.Errorf("%q does not start with a variable like ${NAME}/", path)
	}
	value, ok := lookup(name)
	if !ok || value == "" {
		return "", false, fmt.Errorf("%q: the environment has no %s", path, name)
	}
	return filepath.Join(value, filepath.FromSlash(rest)), true, nil
}

// resolver finds the files that a design names, and keeps their digests.
type resolver struct {
	dir    string // of the workflow
	root   string // of the project
	lookup func(string) (string, bool)
	place  func(string) (string, bool)
	under  func(string) []string
	seen   map[string]FileDigest // by Path
}

// find is the path of an existing file or folder inside the project.
func (r *resolver) find(name string) (path, shown string, err error) {
	if strings.TrimSpace(name) == "" {
		return "", "", errors.New("the name of a file is missing")
	}
	if r.place != nil {
		if path, ok := r.place(name); ok {
			return path, name, nil
		}
	}
	path, outside, err := expand(name, r.lookup)
	if err != nil {
		return "", "", err
	}
	if outside {
		if _, err := os.Stat(path); err != nil {
			return "", "", fmt.Errorf("%q: %s", name, regular.Problem(err))
		}
		return path, name, nil
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.dir, path)
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", "", fmt.Errorf("%q: %s", name, regular.Problem(err))
	}
	root, err := filepath.EvalSymlinks(r.root)
	if err != nil {
		return "", "", err
	}
	if real, err = filepath.Abs(real); err != nil {
		return "", "", err
	}
	if inside, err := filepath.Rel(root, real); err != nil || !filepath.IsLocal(inside) {
		return "", "", fmt.Errorf("%q is outside the project; a path that starts with ${NAME}/ may lead out of it", name)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", "", err
	}
	dir, err := filepath.Abs(r.dir)
	if err != nil {
		return "", "", err
	}
	shown, err = filepath.Rel(dir, abs)
	return path, filepath.ToSlash(shown), err
}

// read is the content of a file, whose digest is kept.
func (r *resolver) read(name string) ([]byte, error) {
	path, shown, err := r.find(name)
	if err != nil {
		return nil, err
	}
	data, err := regular.Read(path)
	if err != nil {
		return nil, fmt.Errorf("%q: %s", name, regular.Problem(err))
	}
	r.seen[shown] = FileDigest{Path: shown, SHA256: digest(data), Bytes: int64(len(data))}
	return data, nil
}

// path is the path of a file, or of a folder, whose digests are kept.
func (r *resolver) path(name string) (string, error) {
	path, shown, err := r.find(name)
	if err != nil {
		return "", err
	}
	err = filepath.WalkDir(path, func(at string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		inside, err := filepath.Rel(path, at)
		if err != nil {
			return err
		}
		key := shown
		if inside != "." {
			key += "/" + filepath.ToSlash(inside)
		}
		return r.hash(at, key)
	})
	if err != nil {
		return "", fmt.Errorf("%q: %s", name, regular.Problem(err))
	}
	return path, nil
}

// files are the files of a folder, or the one file of that name, whose digests
// are kept, sorted by name.
func (r *resolver) files(name string) ([]flow.File, error) {
	if r.under != nil {
		var out []flow.File
		for _, inside := range r.under(name) {
			path, err := r.path(inside)
			if err != nil {
				return nil, err
			}
			out = append(out, flow.File{Name: inside, Path: path})
		}
		if len(out) > 0 {
			return out, nil
		}
	}
	root, shown, err := r.find(name)
	if err != nil {
		return nil, err
	}
	var out []flow.File
	err = filepath.WalkDir(root, func(at string, e fs.DirEntry, err error) error {
		hidden := at != root && strings.HasPrefix(e.Name(), ".")
		switch {
		case err != nil:
			return err
		case hidden && e.IsDir():
			return fs.SkipDir
		case hidden || e.IsDir():
			return nil
		}
		inside, err := filepath.Rel(root, at)
		if err != nil {
			return err
		}
		f := flow.File{Name: path.Join(shown, filepath.ToSlash(inside)), Path: at}
		out = append(out, f)
		return r.hash(f.Path, f.Name)
	})
	if err != nil {
		return nil, fmt.Errorf("%q: %s", name, regular.Problem(err))
	}
	slices.SortFunc(out, func(a, b flow.File) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// hash keeps the digest of one file, read in pieces.
func (r *resolver) hash(path, shown string) error {
	if _, done := r.seen[shown]; done {
		return nil
	}
	f, err := regular.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return err
	}
	r.seen[shown] = FileDigest{Path: shown, SHA256: hex.EncodeToString(h.Sum(nil)), Bytes: n}
	return nil
}

// digests are those of all files that were asked for, sorted by path.
func (r *resolver) digests() []FileDigest {
	out := make([]FileDigest, 0, len(r.seen))
	for _, d := range r.seen {
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b FileDigest) int { return strings.Compare(a.Path, b.Path) })
	return out
}
