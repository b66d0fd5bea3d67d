package app

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// projectRoot is the nearest folder at or above dir that has workflows/ in it,
// else dir.
func projectRoot(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return dir
	}
	for at := abs; ; {
		if info, err := os.Stat(filepath.Join(at, "workflows")); err == nil && info.IsDir() {
			return at
		}
		up := filepath.Dir(at)
		if up == at {
			return abs
		}
		at = up
	}
}

// findWorkflow loads a workflow by its name in the project, by its folder or
// by its file.
func findWorkflow(name string) (*design.Workflow, error) {
	for _, path := range []string{name, filepath.Join(name, "workflow.yaml"), filepath.Join(projectRoot("."), "workflows", name, "workflow.yaml")} {
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			w, problems := design.LoadWorkflow(path)
			if err := problems.Err(); err != nil {
				return nil, err
			}
			return w, nil
		}
	}
	return nil, withCode(ExitInput, fmt.Errorf("no workflow %q: there is no such file, folder or workflows/%s/workflow.yaml%s", name, name, oneOf(workflowNames())))
}

// workflowNames are the names of the project's workflows, sorted.
func workflowNames() []string {
	known, _ := filepath.Glob(filepath.Join(projectRoot("."), "workflows", "*", "workflow.yaml"))
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = filepath.Base(filepath.Dir(k))
	}
	return names
}

// oneOf lists choices for the end of a message.
func oneOf(names []string) string {
	if len(names) == 0 {
		return ""
	}
	slices.Sort(names)
	return " (there is: " + strings.Join(names, ", ") + ")"
}

// findCard loads the dataset card of a workflow, or the one that is named.
func findCard(w *design.Workflow, name string) (*dataset.Card, error) {
	root := projectRoot(w.Dir)
	paths := []string{name, filepath.Join(name, "dataset.yaml"), filepath.Join(root, "datasets", name, "dataset.yaml")}
	if name == "" {
		data := w.Data
		if data == "" {
			data = filepath.Join("datasets", w.Name, "dataset.yaml")
		}
		paths = []string{filepath.Join(root, data), filepath.Join(root, data, "dataset.yaml"), filepath.Join(w.Dir, "dataset.yaml")}
	}
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			card, problems := dataset.Load(path)
			if err := problems.Err(); err != nil {
				return nil, err
			}
			return card, nil
		}
	}
	if name == "" {
		return nil, withCode(ExitInput, fmt.Errorf("workflow %q has no dataset: there is no %s; name a card with --data", w.Name, paths[0]))
	}
	return nil, withCode(ExitInput, fmt.Errorf("no dataset card %q", name))
}

// loadPlans compiles the designs of a workflow: those named, or all of them.
// The baseline comes first.
func loadPlans(r *flow.Registry, w *design.Workflow, names []string, set map[string]string) ([]*design.Plan, error) {
	files, err := design.Files(w.Dir)
	if err != nil {
		return nil, err
	}
	var plans []*design.Plan
	var problems diag.List
	byName := map[string]bool{}
	for _, file := range files {
		stem := strings.TrimSuffix(filepath.Base(file), ".yaml")
		if len(names) > 0 && !slices.Contains(names, stem) && !slices.Contains(names, file) {
			byName[stem] = true
			continue
		}
		p, found := design.Load(file, w, r, design.Options{Set: set})
		problems = append(problems, found...)
		if p != nil {
			plans = append(plans, p)
			byName[p.Design.Name] = true
		}
	}
	problems = append(problems, design.RepeatedNames(plans)...)
	if len(names) == 0 {
		problems = append(problems, design.UnknownBaseline(w, plans)...)
	}
	if err := problems.Sort().Err(); err != nil {
		return nil, err
	}
	for _, n := range names {
		if !slices.ContainsFunc(plans, func(p *design.Plan) bool {
			return p.Design.Name == n || p.Design.File == n || strings.TrimSuffix(filepath.Base(p.Design.File), ".yaml") == n
		}) {
			var known []string
			for k := range byName {
				known = append(known, k)
			}
			return nil, withCode(ExitInput, fmt.Errorf("workflow %q has no design %q%s", w.Name, n, oneOf(known)))
		}
	}
	if err := checkSet(plans, set); err != nil {
		return nil, err
	}
	if len(plans) == 0 {
		return nil, withCode(ExitInput, fmt.Errorf("workflow %q has no designs: put a design's YAML file into %s", w.Name, w.Dir))
	}
	slices.SortStableFunc(plans, func(a, b *design.Plan) int {
		return rank(a, w.Baseline) - rank(b, w.Baseline)
	})
	return plans, nil
}

// checkSet refuses a --set that no design has a param for.
func checkSet(plans []*design.Plan, set map[string]string) error {
	var known []string
	for _, p := range plans {
		for _, param := range p.Design.Params {
			if !slices.Contains(known, param.Name) {
				known = append(known, param.Name)
			}
		}
	}
	for name := range set {
		if !slices.Contains(known, name) {
			return withCode(ExitUsage, fmt.Errorf("--set %s: none of the designs has a param %q%s", name, name, oneOf(known)))
		}
	}
	return nil
}

func rank(p *design.Plan, baseline string) int {
	if p.Design.Name == baseline {
		return 0
	}
	return 1
}

// runsDir is where runs go where no folder is named.
func runsDir() string { return filepath.Join(projectRoot("."), "reports", "runs") }

// findRun opens a run by its folder, its id in reports/runs, or "latest".
func findRun(name string) (*record.Run, error) {
	dirs := []string{name, filepath.Join(runsDir(), name)}
	if name == "latest" {
		return latestRun(func(*record.Run) bool { return true }, errors.New("there is no run that can be read: make one with 'eval run WORKFLOW'"))
	}
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(dir, "run.json")); err == nil {
			run, err := record.Open(dir)
			return run, withCode(ExitInput, err)
		}
	}
	return nil, withCode(ExitInput, fmt.Errorf("no run %q: give a run's folder, its id in %s, or latest", name, relative(runsDir())))
}

// fileOf is a file that a run's header names: of the project that the run lies
// in, else of the one that we are in.
func fileOf(run *record.Run, path string) string {
	path = filepath.FromSlash(path)
	if filepath.IsAbs(path) {
		return path
	}
	own := filepath.Join(projectRoot(run.Dir), path)
	if _, err := os.Stat(own); err == nil {
		return own
	}
	return filepath.Join(projectRoot("."), path)
}

// latestRun is the run written last that fits, else the error none. A run that was
// written later and cannot be read may be the one: it is not passed over in silence.
func latestRun(fits func(*record.Run) bool, none error) (*record.Run, error) {
	var unread error
	for run, err := range latestRuns() {
		switch {
		case err != nil:
			unread = cmp.Or(unread, err)
		case !fits(run):
		case unread != nil:
			return nil, withCode(ExitInput, fmt.Errorf("%w; name the run that is meant, or take that folder away", unread))
		default:
			return run, nil
		}
	}
	if unread != nil {
		none = fmt.Errorf("%w; %w", none, unread)
	}
	return nil, withCode(ExitInput, none)
}

// latestRuns are the runs in reports/runs, the one written last first, and an
// error for each that cannot be read. Runs of variants, which stand beside the run
// that they were made of, are passed over.
func latestRuns() iter.Seq2[*record.Run, error] {
	found, _ := filepath.Glob(filepath.Join(runsDir(), "*", "run.json"))
	slices.SortFunc(found, func(a, b string) int { return modified(b).Compare(modified(a)) })
	return func(yield func(*record.Run, error) bool) {
		for _, path := range found {
			run, err := record.Open(filepath.Dir(path))
			if err != nil {
				err = fmt.Errorf("the run in %s cannot be read, and may be the latest: %w", relative(filepath.Dir(path)), err)
			}
			if err == nil && slices.ContainsFunc(run.Header.Designs, func(d record.Design) bool { return d.Variant != "" }) {
				continue
			}
			if !yield(run, err) {
				return
			}
		}
	}
}

// relative is a path as short as a person would write it.
func relative(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(wd, abs); err == nil && !strings.HasPrefix(rel, ".."+string(filepath.Separator)+"..") {
		return rel
	}
	return path
}
