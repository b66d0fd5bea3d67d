package app

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/diagram"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/regular"
)

func diagramCommand(r *flow.Registry, s *streams) *cobra.Command {
	var format, output, run string
	c := &cobra.Command{
		Use:   "diagram DESIGN|SYSTEM",
		Short: "Draw a design, or a system of workflows",
		Long: `Diagram draws a design as Mermaid, for Markdown pages, or as SVG: steps as boxes
by actor, decision points, the teams that cases go to, the systems that actions
write into, and, dashed, what happens when a handoff breaks.

DESIGN is a design's file, its name, or workflow/name where several workflows
have one of that name. With --run it is drawn as it was run, edges as thick as
they were used and coloured by how many handoffs broke.

SYSTEM is the file of a system of workflows, or its name where no design has it:
the workflows are drawn with the links between them.`,
		Example: join(s.program,
			"%s diagram invoice/rules > rules.mmd",
			"%s diagram invoice/model-cutoff --format svg --output design.svg",
			"%s diagram invoice/rules --run latest --format svg --output handoffs.svg",
			"%s diagram systems/customers.yaml"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			write, ok := map[string]func(*diagram.Graph, io.Writer) error{
				"mermaid": (*diagram.Graph).Mermaid,
				"svg":     func(g *diagram.Graph, w io.Writer) error { return g.SVG(w, diagram.Options{}) },
			}[format]
			if !ok {
				return withCode(ExitUsage, fmt.Errorf("--format %q: want mermaid or svg", format))
			}
			var g *diagram.Graph
			var err error
			if path, ok := systemPath(a[0]); ok && run == "" {
				g, err = drawnSystem(r, path)
			} else {
				g, err = drawn(r, a[0], run)
			}
			if err != nil {
				return err
			}
			if output == "" {
				return write(g, s.out)
			}
			return regular.Replace(output, func(w io.Writer) error { return write(g, w) })
		},
	}
	c.Flags().StringVar(&format, "format", "mermaid", "mermaid or svg")
	c.Flags().StringVarP(&output, "output", "o", "", "write to this `file`")
	c.Flags().StringVar(&run, "run", "", "draw what happened in this `RUN`")
	return c
}

// drawn is the graph of a design as it is now, or as it was in a run with what
// happened there.
func drawn(r *flow.Registry, name, inRun string) (*diagram.Graph, error) {
	if inRun == "" {
		file, w, err := findDesign(name)
		if err != nil {
			return nil, err
		}
		p, problems := design.Load(file, w, design.Outlines(r), design.Options{})
		if err := problems.Err(); err != nil {
			return nil, err
		}
		return diagram.Of(p), nil
	}
	run, err := findRun(inRun)
	if err != nil {
		return nil, err
	}
	return handoffMap(r, run, strings.TrimSuffix(filepath.Base(name), ".yaml"))
}

// handoffMap is the graph of a design as it was run, with its counts.
func handoffMap(r *flow.Registry, run *record.Run, name string) (*diagram.Graph, error) {
	var names []string
	for _, d := range run.Header.Designs {
		names = append(names, d.Name)
	}
	i := slices.Index(names, name)
	if i < 0 {
		return nil, withCode(ExitInput, fmt.Errorf("run %s has no design %q%s", run.Header.Run, name, oneOf(slices.Compact(names))))
	}
	w, problems := design.LoadWorkflow(kept(run, run.Header.Workflow))
	if err := problems.Err(); err != nil {
		return nil, err
	}
	p, err := planAsRun(r, run, w, run.Header.Designs[i])
	if err != nil {
		return nil, err
	}
	g := diagram.Of(p)
	for t, err := range run.Trials(w.Outcome) {
		if err == nil {
			err = g.Count(t)
		}
		if err != nil {
			return nil, withCode(ExitInput, fmt.Errorf("run %s: %w", run.Header.Run, err))
		}
	}
	return g, nil
}

// planAsRun is a design as it was when the run was made, to look at.
func planAsRun(r *flow.Registry, run *record.Run, w *design.Workflow, was record.Design) (*design.Plan, error) {
	// The copy does not bring other workflows that it hands cases to.
	dir := filepath.Dir(fileOf(run, run.Header.Workflow.Path))
	beside := func(name string) (string, bool) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		_, err := os.Stat(path)
		return path, err == nil
	}
	p, problems := design.Load(kept(run, was.File), w, design.Outlines(r), design.Options{Place: beside})
	if err := problems.Err(); err != nil {
		return nil, err
	}
	for _, now := range p.Design.Files {
		if slices.ContainsFunc(was.Files, func(then design.FileDigest) bool { return then.Path == now.Path && then.SHA256 != now.SHA256 }) {
			return nil, withCode(ExitInput, fmt.Errorf("%s changed since run %s: its designs cannot be drawn as they were", filepath.Join(dir, now.Path), run.Header.Run))
		}
	}
	return p, nil
}

// findDesign is the file of the design that a user names, and its workflow.
func findDesign(name string) (file string, w *design.Workflow, err error) {
	if file, err = designFile(name); err != nil {
		return "", nil, err
	}
	w, err = findWorkflow(filepath.Dir(file))
	return file, w, err
}

// designFile is the file of a design that is given as its file, its name, or
// workflow/name.
func designFile(name string) (string, error) {
	if info, err := os.Stat(name); err == nil && !info.IsDir() {
		return name, nil
	}
	workflow, stem, ok := strings.Cut(strings.TrimSuffix(name, ".yaml"), "/")
	if !ok {
		workflow, stem = "", workflow
	}
	var found, names, known []string
	for _, w := range workflowNames() {
		if workflow != "" && w != workflow {
			continue
		}
		files, err := design.Files(filepath.Join(projectRoot("."), "workflows", w))
		if err != nil {
			return "", err
		}
		for _, f := range files {
			have := strings.TrimSuffix(filepath.Base(f), ".yaml")
			known = append(known, w+"/"+have)
			if have == stem {
				found, names = append(found, f), append(names, w+"/"+have)
			}
		}
	}
	switch len(found) {
	case 1:
		return relative(found[0]), nil
	case 0:
		return "", withCode(ExitInput, fmt.Errorf("no design %q%s", name, oneOf(known)))
	}
	return "", withCode(ExitInput, fmt.Errorf("several workflows have a design %q: say which%s", name, oneOf(names)))
}
