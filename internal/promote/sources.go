package promote

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/record"
)

// place is where a file that a design names is: in the workflow's folder, or
// below a ${NAME} of the environment.
func place(workflowDir, name string) string {
	if strings.HasPrefix(name, "${") {
		return filepath.FromSlash(os.ExpandEnv(name))
	}
	return filepath.Join(workflowDir, filepath.FromSlash(name))
}

// Sources are the files of a design of a run, with where they are now: the
// workflow's folder, and the folder where fits are kept.
func Sources(h *record.Header, d *record.Design, workflowDir, fits string) ([]Source, error) {
	base := func(f record.File) string { return filepath.Base(filepath.FromSlash(f.Path)) }
	out := []Source{
		{File{Role: WorkflowFile, Path: base(h.Workflow), SHA256: h.Workflow.SHA256}, filepath.Join(workflowDir, base(h.Workflow))},
		{File{Role: DesignFile, Path: base(d.File), SHA256: d.File.SHA256}, filepath.Join(workflowDir, base(d.File))},
	}
	for _, f := range d.Files {
		out = append(out, Source{File{Role: ReadFile, Path: f.Path, SHA256: f.SHA256}, place(workflowDir, f.Path)})
	}
	for _, l := range d.Learnt {
		switch {
		case l.Fold != -1:
			return nil, fmt.Errorf("step %q of design %q learnt in folds, each for other cases: no one state of it was measured; give the dataset a split train", l.Step, d.Name)
		case l.Key == "":
			return nil, fmt.Errorf("step %q of design %q learnt what it cannot write down, so that production would not run what was measured", l.Step, d.Name)
		}
		name := l.Key + ".fit"
		out = append(out, Source{
			File{Role: LearntFile, Path: name, Step: l.Step, Key: l.Key, Examples: l.Examples, Calibration: l.Calibration, SHA256: l.SHA256},
			filepath.Join(fits, name),
		})
	}
	return out, nil
}
