package app

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/designtest"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/models"
	"github.com/rehearse-dev/rehearse/internal/scenario"
	"github.com/rehearse-dev/rehearse/internal/stress"
	"github.com/rehearse-dev/rehearse/internal/system"
)

func lintCommand(r *flow.Registry, s *streams) *cobra.Command {
	var format, explain string
	var rules, strict bool
	c := &cobra.Command{
		Use:   "lint [PATH]...",
		Short: "Check workflows, designs, their tests, scenarios, systems, dataset cards and models before anything runs",
		Long: `Lint reads the files at the given paths (folders are walked; default
workflows, datasets, systems and models.yaml) and prints everything that is wrong with them as
file:line:column, with the rule that found it. Errors end with exit code 3, with
--strict warnings too. A comment allows what a rule finds in one line:

  # lint: allow RULE because REASON`,
		Example: join(s.program,
			"%s lint",
			"%s lint workflows/invoice --strict",
			"%s lint workflows/invoice/rules.yaml --format github",
			"%s lint --rules",
			"%s lint --explain open-route"),
		RunE: func(c *cobra.Command, paths []string) error {
			switch {
			case rules:
				return listRules(s.out)
			case explain != "":
				return explainRule(s.out, explain)
			}
			write, ok := lintFormats[format]
			if !ok {
				return withCode(ExitUsage, fmt.Errorf("unknown format %q, want %s", format, strings.Join(slices.Sorted(maps.Keys(lintFormats)), ", ")))
			}
			paths, err := lintPaths(paths)
			if err != nil {
				return err
			}
			problems, files, err := lint(c.Context(), r, paths)
			if err != nil {
				return err
			}
			if err := write(s.out, problems); err != nil {
				return err
			}
			errors, warnings, advice := problems.Count(diag.Error), problems.Count(diag.Warning), problems.Count(diag.Advice)
			said := []string{count(files, "file"), count(errors, "error"), count(warnings, "warning")}
			if advice > 0 {
				said = append(said, fmt.Sprintf("%d of advice", advice))
			}
			fmt.Fprintln(s.err, strings.Join(said, ", "))
			if errors > 0 || strict && warnings > 0 {
				return silently(ExitInput)
			}
			return nil
		},
	}
	c.Flags().StringVar(&format, "format", "text", "how to print what is found: text, json, github (annotations of a workflow there) or sarif")
	c.Flags().StringVar(&explain, "explain", "", "print what a `RULE` finds, with a wrong and a right example")
	c.Flags().BoolVar(&rules, "rules", false, "list the rules")
	c.Flags().BoolVar(&strict, "strict", false, "let warnings fail, too")
	c.MarkFlagsMutuallyExclusive("rules", "explain")
	return c
}

// lintPaths are the paths to check: those given, or what a project has.
func lintPaths(paths []string) ([]string, error) {
	if len(paths) > 0 {
		return paths, nil
	}
	root := projectRoot(".")
	for _, sub := range []string{"workflows", "datasets", system.Folder, models.FileName} {
		if _, err := os.Stat(filepath.Join(root, sub)); err == nil {
			paths = append(paths, relative(filepath.Join(root, sub)))
		}
	}
	if len(paths) == 0 {
		return nil, withCode(ExitInput, fmt.Errorf("nothing to check: there is no workflows or datasets folder here"))
	}
	return paths, nil
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// lint checks every file at or below the paths. It looks between files whether it
// is to stop: what it does in one is bounded.
func lint(ctx context.Context, r *flow.Registry, paths []string) (diag.List, int, error) {
	var problems diag.List
	seen := map[string]bool{}
	workflows := map[string]*design.Workflow{} // by folder; nil where broken
	plans := map[string][]*design.Plan{}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, 0, withCode(ExitInput, fmt.Errorf("%s: there is no such file or folder", path))
		}
		files := []string{path}
		if info.IsDir() {
			if files, err = yamlFiles(path); err != nil {
				return nil, 0, err
			}
			if len(files) == 0 {
				return nil, 0, withCode(ExitInput, fmt.Errorf("%s: no workflow, design, system or dataset card in it", path))
			}
		}
		for _, f := range files {
			if seen[f] {
				continue
			}
			seen[f] = true
			problems = append(problems, lintFile(r, f, workflows, plans)...)
			if err := ctx.Err(); err != nil {
				return nil, 0, err
			}
		}
	}
	// What designs are to each other can be said where all were read.
	if problems.Err() == nil {
		for dir, w := range workflows {
			if w != nil && seen[filepath.Join(dir, "workflow.yaml")] {
				problems = append(append(problems, design.RepeatedNames(plans[dir])...), design.UnknownBaseline(w, plans[dir])...)
			}
		}
	}
	return problems.Sort(), len(seen), nil
}

// yamlFiles are the files below a folder that lint knows: a workflow.yaml with
// its designs, their tests, its scenarios and stress files, systems, dataset cards and
// models.yaml.
func yamlFiles(dir string) ([]string, error) {
	var out []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := e.Name()
		if e.IsDir() {
			if path != dir && (strings.HasPrefix(name, ".") || slices.Contains([]string{"production", "scenarios", "stress", "schemas", "prompts", "reference", "testdata"}, name)) {
				return fs.SkipDir
			}
			return nil
		}
		if slices.Contains([]string{"dataset.yaml", "workflow.yaml", models.FileName}, name) || isSystem(path) {
			out = append(out, path)
		}
		if name == "workflow.yaml" {
			designs, err := design.Files(filepath.Dir(path))
			if err != nil {
				return err
			}
			out = append(out, designs...)
			tests, err := designtest.Files(filepath.Dir(path))
			if err != nil {
				return err
			}
			out = append(out, tests...)
			for _, folder := range []string{"scenarios", "stress"} {
				found, err := filepath.Glob(filepath.Join(filepath.Dir(path), folder, "*.yaml"))
				if err != nil {
					return err
				}
				out = append(out, found...)
			}
		}
		return nil
	})
	slices.Sort(out)
	return out, err
}

func lintFile(r *flow.Registry, path string, workflows map[string]*design.Workflow, plans map[string][]*design.Plan) diag.List {
	switch filepath.Base(path) {
	case "dataset.yaml":
		_, problems := dataset.Load(path)
		return problems
	case models.FileName:
		_, problems := models.Load(filepath.Dir(path))
		return problems
	case "workflow.yaml":
		w, problems := design.LoadWorkflow(path)
		workflows[filepath.Dir(path)] = w
		return problems
	}
	if isSystem(path) {
		_, problems := system.Load(path, r, nil)
		return problems
	}
	dir := filepath.Dir(path)
	folder := filepath.Base(dir)
	if folder == "scenarios" || folder == "stress" {
		dir = filepath.Dir(dir)
	}
	w, known := workflows[dir]
	if !known {
		var problems diag.List
		if w, problems = design.LoadWorkflow(filepath.Join(dir, "workflow.yaml")); problems.Err() != nil {
			w = nil
		}
		workflows[dir] = w
	}
	if w == nil {
		return diag.List{{Pos: flow.Pos{File: path}, Message: "the workflow beside it could not be read", Hint: "mend " + filepath.Join(dir, "workflow.yaml") + " first"}}
	}
	switch folder {
	case "scenarios":
		_, problems := scenario.Load(path, w)
		return problems
	case "stress":
		_, problems := stress.Load(path, w)
		return problems
	}
	if strings.HasSuffix(path, designtest.Suffix) {
		_, problems := designtest.Load(path, w, r)
		return problems
	}
	p, problems := design.Load(path, w, r, design.Options{})
	if p != nil {
		plans[dir] = append(plans[dir], p)
	}
	return problems
}
