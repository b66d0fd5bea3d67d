package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/designtest"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/report"
)

func testCommand(r *flow.Registry, s *streams) *cobra.Command {
	var only, format string
	var cover, verbose bool
	c := &cobra.Command{
		Use:   "test [WORKFLOW|DESIGN|FILE]...",
		Short: "Run the unit tests of designs",
		Long: `Test runs the files <design>_test.yaml beside designs: given a case, with some
steps mocked, a test expects a route, an outcome, a broken handoff. It needs no
network and trains nothing: a step that would has to be mocked. An argument is
a workflow, a design, or a file or folder; the default is all of the project.

Exit codes: 0 all tests passed, 4 a test failed, 3 a file is wrong, 5 no test
was run.`,
		Example: join(s.program, "%s test", "%s test invoice", "%s test rules --run large --verbose", "%s test invoice --cover"),
		RunE: func(c *cobra.Command, names []string) error {
			pattern, err := regexp.Compile(only)
			if err != nil {
				return withCode(ExitUsage, fmt.Errorf("--run %q: %w", only, err))
			}
			if !slices.Contains([]string{"text", "json", "junit"}, format) {
				return withCode(ExitUsage, fmt.Errorf("--format %q: want text, json or junit", format))
			}
			files, err := testFiles(names)
			if err != nil {
				return err
			}
			loaded, err := loadTests(r, files)
			if err != nil {
				return err
			}
			out, err := runTests(c.Context(), loaded, pattern, cover)
			if err != nil {
				return err
			}
			out.Verbose, out.Text = verbose, textOptions(s.out)
			print := out.Print
			switch format {
			case "json":
				print = out.JSON
			case "junit":
				print = out.JUnit
			}
			if err := print(s.out); err != nil {
				return err
			}
			passed, all := out.Counts()
			switch {
			case all == 0:
				fmt.Fprintln(s.err, nothingTested(only, len(files)))
				return silently(ExitInconclusive)
			case passed < all:
				return silently(ExitFailed)
			}
			return nil
		},
	}
	c.Flags().StringVar(&only, "run", "", "run only tests whose name matches this regular `expression`")
	c.Flags().StringVar(&format, "format", "text", "text, json or junit")
	c.Flags().BoolVar(&cover, "cover", false, "say which branches, reasons, broken handoffs and tools no test reached")
	c.Flags().BoolVarP(&verbose, "verbose", "v", false, "name the tests that passed, too")
	return c
}

func nothingTested(only string, files int) string {
	if files > 0 {
		return fmt.Sprintf("no test was run: none has a name that matches %q", only)
	}
	return "no test was run: there is no file that ends in " + designtest.Suffix
}

// testFiles are the files of tests that arguments stand for: all of the
// project where there are none.
func testFiles(names []string) ([]string, error) {
	workflows := filepath.Join(projectRoot("."), "workflows")
	if len(names) == 0 {
		if _, err := os.Stat(workflows); err != nil {
			return nil, withCode(ExitInput, errors.New("nothing to test: there is no workflows folder here"))
		}
		return testsBelow(relative(workflows))
	}
	var out []string
	for _, n := range names {
		found, err := testsOf(n, workflows)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// testsOf are the files that one argument stands for.
func testsOf(name, workflows string) ([]string, error) {
	if info, err := os.Stat(name); err == nil {
		switch {
		case info.IsDir():
			return testsBelow(name)
		case strings.HasSuffix(name, designtest.Suffix):
			return []string{name}, nil
		case filepath.Base(name) == "workflow.yaml":
			return designtest.Files(filepath.Dir(name))
		}
		return testsOfDesigns(name)
	}
	if _, err := os.Stat(filepath.Join(workflows, name, "workflow.yaml")); err == nil {
		return testsBelow(relative(filepath.Join(workflows, name)))
	}
	designs, err := filepath.Glob(filepath.Join(workflows, "*", name+".yaml"))
	if err != nil || len(designs) == 0 {
		return nil, withCode(ExitInput, fmt.Errorf("there is no workflow, design or file %q", name))
	}
	for i := range designs {
		designs[i] = relative(designs[i])
	}
	if strings.HasSuffix(name+".yaml", designtest.Suffix) {
		return designs, nil // the file of tests itself, without its ending
	}
	return testsOfDesigns(designs...)
}

// testsOfDesigns are the files of tests beside the files of designs.
func testsOfDesigns(designs ...string) ([]string, error) {
	var out []string
	for _, d := range designs {
		file := strings.TrimSuffix(d, ".yaml") + designtest.Suffix
		if _, err := os.Stat(file); err == nil {
			out = append(out, file)
		}
	}
	if len(out) == 0 {
		return nil, withCode(ExitInput, fmt.Errorf("%s has no tests: there is no %s", designs[0], strings.TrimSuffix(designs[0], ".yaml")+designtest.Suffix))
	}
	return out, nil
}

// testsBelow are the files of tests of the workflows in a folder.
func testsBelow(dir string) ([]string, error) {
	files, err := yamlFiles(dir)
	return slices.DeleteFunc(files, func(f string) bool { return !strings.HasSuffix(f, designtest.Suffix) }), err
}

// loadTests reads files of tests, and their workflows once each. It names all
// that is wrong in any.
func loadTests(r *flow.Registry, files []string) ([]*designtest.File, error) {
	var problems diag.List
	var out []*designtest.File
	workflows := map[string]*design.Workflow{}
	for _, file := range files {
		dir := filepath.Dir(file)
		w, known := workflows[dir]
		if !known {
			var found diag.List
			if w, found = design.LoadWorkflow(filepath.Join(dir, "workflow.yaml")); found.Err() != nil {
				problems, w = append(problems, found.Errors()...), nil
			}
			workflows[dir] = w
		}
		if w == nil {
			continue
		}
		f, found := designtest.Load(file, w, r)
		problems = append(problems, found...)
		if f != nil {
			out = append(out, f)
		}
	}
	return out, problems.Sort().Err()
}

// runTests runs the tests whose names match.
func runTests(ctx context.Context, files []*designtest.File, only *regexp.Regexp, cover bool) (*report.Tests, error) {
	out := &report.Tests{}
	covered := map[string]*designtest.Coverage{}
	for _, f := range files {
		s := report.TestSuite{Path: f.Path, Workflow: f.Workflow, Design: f.Plan.Design.Name}
		c := covered[f.Plan.Design.File]
		if c == nil && cover {
			c = designtest.NewCoverage(f.Plan)
			covered[f.Plan.Design.File] = c
			out.Coverage = append(out.Coverage, c)
		}
		for _, t := range f.Tests {
			if !only.MatchString(t.Name) {
				continue
			}
			result, err := t.Run(ctx)
			if err != nil {
				return nil, err
			}
			if s.Results = append(s.Results, result); c != nil {
				c.Add(result)
			}
		}
		if len(s.Results) > 0 {
			out.Suites = append(out.Suites, s)
		}
	}
	return out, nil
}
