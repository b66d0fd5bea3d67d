// Package scaffold writes a new project: a workflow, first designs, the card of
// its data, and what checks changes to them. Everything follows from a proposal
// that [inspect] made of a file.
package scaffold

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/inspect"
)

//go:embed templates
var templates embed.FS

// Plan is a project to be written.
type Plan struct {
	Proposal *inspect.Proposal
	// Data is the file that the proposal was made of.
	Data string
	// Schemas are JSON Schemas by the kind of file: workflow, design, tests, dataset.
	Schemas map[string][]byte
}

// Project is what was written.
type Project struct {
	Workflow string
	Files    []string // by slashes, relative to the project
	Designs  []Design
	Copied   bool // the data, which stay where they are where they are large
	Notes    []string
}

// Design is one of the first designs.
type Design struct{ Name, About string }

// MaxCopied is up to how many bytes data are copied into a project.
const MaxCopied = 100 << 20

// ErrNothing is that of data which no workflow can be made of.
var ErrNothing = errors.New("nothing to rehearse")

// writer writes the files of a project into a folder.
type writer struct {
	plan    *Plan
	dir     string
	project *Project
	inputs  []inspect.Field
	outcome *inspect.Field
	classes []string
	tested  bool // there are tests of designs
}

// Write writes the project into an empty folder. What it decides is in the
// files' comments and in the project's notes.
func Write(ctx context.Context, dir string, p *Plan) (*Project, error) {
	w := &writer{plan: p, dir: dir, project: &Project{Workflow: p.Proposal.Name}, inputs: p.Proposal.Input, outcome: p.Proposal.Outcome, classes: p.Proposal.Classes()}
	if err := w.check(); err != nil {
		return nil, err
	}
	if err := w.data(); err != nil {
		return nil, err
	}
	if err := w.file(path.Join("datasets", w.folder(), "dataset.yaml"), modeline("dataset")+p.Proposal.Card()); err != nil {
		return nil, err
	}
	list, err := w.learn(ctx)
	if err != nil {
		return nil, err
	}
	designs := w.designs(list)
	for _, d := range designs {
		w.project.Designs = append(w.project.Designs, d.Design)
		if err := w.file(path.Join("workflows", w.folder(), d.Name+".yaml"), modeline("design")+d.text); err != nil {
			return nil, err
		}
		if d.tests == "" {
			continue
		}
		w.tested = true
		if err := w.file(path.Join("workflows", w.folder(), d.Name+"_test.yaml"), modeline("tests")+d.tests); err != nil {
			return nil, err
		}
	}
	if err := w.file(path.Join("workflows", w.folder(), "workflow.yaml"), modeline("workflow")+w.workflow(designs)); err != nil {
		return nil, err
	}
	for _, kind := range slices.Sorted(maps.Keys(p.Schemas)) {
		if err := w.file("schemas/"+kind+".schema.json", string(p.Schemas[kind])); err != nil {
			return nil, err
		}
	}
	return w.project, w.rest()
}

// check refuses what no workflow can be made of.
func (w *writer) check() error {
	switch {
	case w.plan.Proposal.Rows == 0:
		return fmt.Errorf("%w: %s has no rows", ErrNothing, w.plan.Data)
	case w.outcome == nil:
		return fmt.Errorf("%w: no column of %s looks like the right answer; name it with --label", ErrNothing, w.plan.Data)
	case w.outcome.Column.Distinct == 0:
		return fmt.Errorf("%w: the label %q has no value in any row of %s; name another with --label", ErrNothing, w.outcome.Column.Name, w.plan.Data)
	case len(w.inputs) == 0:
		return fmt.Errorf("%w: no column of %s is left that a design could see beside the label %q; name another with --label", ErrNothing, w.plan.Data, w.outcome.Column.Name)
	}
	switch w.outcome.Type {
	case "enum", "string", "number", "integer", "boolean":
		return nil
	}
	return fmt.Errorf("%w: the label %q is a %s, and first designs are made for classes, texts and numbers; name another with --label", ErrNothing, w.outcome.Column.Name, w.outcome.Type)
}

var unfit = regexp.MustCompile(`[^\pL\pN._-]+`)

// Folder makes a name fit for a folder: letters, digits, ., _ and -.
func Folder(name string) string {
	name = strings.Trim(unfit.ReplaceAllString(strings.ToValidUTF8(name, ""), "-"), "-.")
	if len(name) > 60 {
		name = strings.ToValidUTF8(name[:60], "")
	}
	if name == "" {
		return "cases"
	}
	return name
}

func (w *writer) folder() string { return w.plan.Proposal.Name }

func modeline(kind string) string {
	return "# yaml-language-server: $schema=../../schemas/" + kind + ".schema.json\n"
}

// file writes a file that is not there yet.
func (w *writer) file(name, text string) error {
	at := filepath.Join(w.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	mode := os.FileMode(0o644)
	if strings.HasSuffix(name, ".sh") {
		mode = 0o755
	}
	if err := os.WriteFile(at, []byte(text), mode); err != nil {
		return err
	}
	w.project.Files = append(w.project.Files, name)
	return nil
}

// data copies the file beside its card; a large one stays where it is.
func (w *writer) data() error {
	info, err := os.Stat(w.plan.Data)
	if err != nil {
		return err
	}
	if info.Size() > MaxCopied {
		at, err := filepath.Abs(w.plan.Data)
		if err != nil {
			return err
		}
		w.plan.Proposal.Source = filepath.ToSlash(at)
		w.project.Notes = append(w.project.Notes, fmt.Sprintf("the data stay where they are, for they have %d MB: %s", info.Size()>>20, at))
		return nil
	}
	w.plan.Proposal.Source = filepath.Base(w.plan.Data)
	name := path.Join("datasets", w.folder(), w.plan.Proposal.Source)
	at := filepath.Join(w.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	from, err := os.Open(w.plan.Data)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(at, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	if cerr := to.Close(); err == nil {
		err = cerr
	}
	w.project.Copied = true
	w.project.Files = append(w.project.Files, name)
	return err
}

// card is the card as it was written, read again.
func (w *writer) card() (*dataset.Card, error) {
	card, problems := dataset.Load(filepath.Join(w.dir, "datasets", w.folder(), "dataset.yaml"))
	return card, problems.Err()
}

// rest writes what does not depend on the data.
func (w *writer) rest() error {
	values := struct {
		Title, Folder, Arg string
		Designs            []Design
		Tests              bool
	}{w.plan.Proposal.Name, w.folder(), Shell(w.folder()), w.project.Designs, w.tested}
	for _, f := range []struct{ template, name string }{
		{"README.md", "README.md"}, {"gitignore", ".gitignore"}, {"rehearse.sh", "ci/rehearse.sh"}, {"rehearse.yml", ".github/workflows/rehearse.yml"},
	} {
		t, err := template.ParseFS(templates, "templates/"+f.template)
		if err != nil {
			return err
		}
		var b strings.Builder
		if err := t.Execute(&b, values); err != nil {
			return err
		}
		if err := w.file(f.name, b.String()); err != nil {
			return err
		}
	}
	return nil
}

// Shell quotes an argument where a shell needs it.
func Shell(s string) string {
	if strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-/", r))
	}) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// Move moves the files of a project to where they belong, and overwrites none.
func Move(from, to string, files []string) error {
	var there []string
	for _, name := range files {
		if _, err := os.Lstat(filepath.Join(to, filepath.FromSlash(name))); err == nil {
			there = append(there, name)
		}
	}
	if len(there) > 0 {
		return fmt.Errorf("%s has these files already, and nothing is overwritten: %s", to, strings.Join(there, ", "))
	}
	for _, name := range files {
		at := filepath.Join(to, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return err
		}
		if err := os.Rename(filepath.Join(from, filepath.FromSlash(name)), at); err != nil {
			return err
		}
	}
	return nil
}
