package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/regular"
)

// production is what of production.yaml decides how a case is run.
type production struct {
	Workflow string `yaml:"workflow"`
	Design   string `yaml:"design"`
	Config   struct {
		DesignDigest string         `yaml:"design_digest"`
		Params       map[string]any `yaml:"params"`
	} `yaml:"config"`
	Files    []promotedFile `yaml:"files"`
	Evidence struct {
		Seed uint64 `yaml:"seed"`
	} `yaml:"evidence"`
}

type promotedFile struct {
	Role   string `yaml:"role"` // workflow, design, read or learnt
	Path   string `yaml:"path"` // relative to the workflow's folder
	Step   string `yaml:"step"` // of a learnt one
	SHA256 string `yaml:"sha256"`
	Stored bool   `yaml:"stored"` // kept beside production.yaml, by digest
}

// Load loads what was promoted of a workflow: dir is its production folder, or
// the production.yaml in it or in its history. r knows the step kinds. Every file
// is held against its digest, so that what runs is what was measured. Steps that
// reach out keep what was paid for below the session's folder; session may be
// the zero value where none does.
func Load(ctx context.Context, dir string, r *flow.Registry, session flow.Session, options ...Option) (*Promoted, error) {
	if filepath.Base(dir) == "production.yaml" {
		dir = filepath.Dir(dir)
	}
	name := filepath.Join(dir, "production.yaml")
	data, err := regular.Read(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: nothing was promoted there", dir)
	}
	if err != nil {
		return nil, err
	}
	var p production
	if err := yaml.Unmarshal(data, &p); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	l := loading{dir: dir, files: p.Files}
	if above := filepath.Dir(dir); filepath.Base(above) == "history" {
		l.dir = filepath.Dir(above) // what was in production before shares its files
	}
	plan, err := l.plan(&p, r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	session.Seed = p.Evidence.Seed
	return Start(ctx, plan, session, options...)
}

// loading finds the files of a promoted design.
type loading struct {
	dir   string
	files []promotedFile
}

// plan compiles the design and gives its steps what they had learnt.
func (l loading) plan(p *production, r *flow.Registry) (*design.Plan, error) {
	workflow, data, err := l.only("workflow")
	if err != nil {
		return nil, err
	}
	w, problems := design.ParseWorkflow(workflow, data)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	// models.yaml is the project's: production has its own endpoints and keys.
	w.Root = design.ProjectRoot(filepath.Dir(l.dir))
	file, data, err := l.only("design")
	if err != nil {
		return nil, err
	}
	set := make(map[string]string, len(p.Config.Params))
	for name, value := range p.Config.Params {
		set[name] = paramText(value)
	}
	var broken error
	plan, problems := design.Parse(file, data, w, r, design.Options{Set: set, Place: func(name string) (string, bool) {
		for _, f := range l.files {
			if f.Role == "read" && f.Path == path.Clean(filepath.ToSlash(name)) {
				at, _, err := l.read(f)
				broken = errors.Join(broken, err)
				return at, true
			}
		}
		return "", false
	}, Under: l.under})
	if broken != nil {
		return nil, broken
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	if plan.Design.Digest != p.Config.DesignDigest {
		return nil, errors.New("the design is not the one that was measured: its digest is another")
	}
	for _, f := range l.files {
		if f.Role != "learnt" {
			continue
		}
		_, data, err := l.read(f)
		if err != nil {
			return nil, err
		}
		if err := teach(plan, f.Step, data); err != nil {
			return nil, err
		}
	}
	return plan, nil
}

// teach gives a step the state that it had learnt.
func teach(plan *design.Plan, step string, data []byte) error {
	for n := range plan.Working() {
		if n.Name != step {
			continue
		}
		a, ok := n.Step.(flow.Artifact)
		if !ok {
			return fmt.Errorf("step %q learns nothing", step)
		}
		if err := a.UnmarshalArtifact(data); err != nil {
			return fmt.Errorf("step %q: what it had learnt: %w", step, err)
		}
		return nil
	}
	return fmt.Errorf("the design has no step %q, for which something learnt was promoted", step)
}

// under are the files that steps read in a folder, sorted.
func (l loading) under(folder string) []string {
	var out []string
	for _, f := range l.files {
		if f.Role == "read" && strings.HasPrefix(f.Path, path.Clean(filepath.ToSlash(folder))+"/") && !strings.Contains("/"+f.Path, "/.") {
			out = append(out, f.Path)
		}
	}
	slices.Sort(out)
	return out
}

// only is the one file of a role.
func (l loading) only(role string) (string, []byte, error) {
	for _, f := range l.files {
		if f.Role == role {
			return l.read(f)
		}
	}
	return "", nil, fmt.Errorf("it names no %s", role)
}

// read is a file's place and content, held against its digest.
func (l loading) read(f promotedFile) (string, []byte, error) {
	at := filepath.Join(l.dir, "files", StoredName(filepath.Base(f.SHA256), f.Path))
	if !f.Stored {
		at = filepath.Join(filepath.Dir(l.dir), filepath.FromSlash(f.Path))
	}
	data, err := regular.Read(at)
	if err != nil {
		return "", nil, fmt.Errorf("%s: %w", f.Path, err)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != f.SHA256 {
		return "", nil, fmt.Errorf("%s is not what was promoted: its digest is another", f.Path)
	}
	return at, data, nil
}

// StoredName is what a promoted file is called where it is kept by digest: the
// digest, with the endings of the file's own name.
func StoredName(sha256, name string) string {
	base := path.Base(filepath.ToSlash(name))
	if dot := strings.IndexByte(base, '.'); dot >= 0 {
		return sha256 + base[dot:]
	}
	return sha256
}

// paramText is a param as --set would give it.
func paramText(v any) string {
	switch x := v.(type) {
	case float64:
		return strconv.FormatFloat(x, 'g', -1, 64)
	case int:
		return strconv.Itoa(x)
	}
	return fmt.Sprint(v)
}
