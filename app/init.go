package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/inspect"
	"github.com/rehearse-dev/rehearse/internal/scaffold"
)

func initCommand(r *flow.Registry, s *streams) *cobra.Command {
	var from, label, name string
	c := &cobra.Command{
		Use:   "init DIR",
		Short: "Write a new project that runs at once: workflow, designs, dataset card, CI",
		Long: `Init writes a project into a folder: a workflow, first designs, the card of a
dataset, a check for CI and JSON Schemas for your editor. It overwrites nothing.

With --from the project is made for your own cases, in a Parquet, CSV or JSONL
file: the card is proposed as by 'dataset inspect', the input and the outcome
follow from it, and the first designs are a decision list made on the training
cases, a classifier, and what people decided where the file tells. Without it
the project holds a small example of drawn support tickets.`,
		Example: join(s.program, "%s init rehearsal", "%s init rehearsal-invoices --from invoices.csv --label decision"),
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			return initProject(c.Context(), r, s, a[0], from, label, name)
		},
	}
	c.Flags().StringVar(&from, "from", "", "`file` of recorded cases: Parquet, CSV or JSONL")
	c.Flags().StringVar(&label, "label", "", "its `column` of the right answers, where names do not tell")
	c.Flags().StringVar(&name, "name", "", "name of the workflow (default the file's)")
	return c
}

func initProject(ctx context.Context, r *flow.Registry, s *streams, dir, from, label, name string) error {
	if from == "" && label != "" {
		return withCode(ExitUsage, errors.New("--label names a column of the file that --from names"))
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return fmt.Errorf("%s is a file: name a folder", dir)
	}
	draft, err := beside(dir)
	if err != nil {
		return err
	}
	defer os.RemoveAll(draft)
	if from == "" {
		if from, err = scaffold.Example(filepath.Join(draft, "example")); err != nil {
			return err
		}
		label = "queue"
	}
	card, err := dataset.Bare(from)
	if err != nil {
		return err
	}
	result, err := inspect.Run(ctx, card, inspect.Options{Label: label})
	if err != nil {
		return inspectError(err)
	}
	p := proposal(result, from, "")
	if name != "" {
		p.Name = name
	}
	p.Name = scaffold.Folder(p.Name)
	project, err := scaffold.Write(ctx, filepath.Join(draft, "project"), &scaffold.Plan{Proposal: p, Data: from, Schemas: schemaFiles(r)})
	if errors.Is(err, scaffold.ErrNothing) {
		text := err.Error()
		for _, w := range result.Warnings {
			text += "\n  " + shown(w)
		}
		return withCode(ExitInput, errors.New(text))
	}
	if err != nil {
		// Nobody has seen the draft's folder.
		return withCode(exitCode(err), errors.New(strings.ReplaceAll(err.Error(), filepath.Join(draft, "project"), dir)))
	}
	problems, _, err := lint(ctx, r, []string{filepath.Join(draft, "project")})
	if err != nil {
		return err
	}
	if err := problems.Err(); err != nil {
		return fmt.Errorf("the project that would be written does not pass lint, which is a fault of this program: %w", err)
	}
	if err := scaffold.Move(filepath.Join(draft, "project"), dir, project.Files); err != nil {
		return err
	}
	printInit(s, dir, result, p, project)
	return nil
}

// beside makes a folder for a draft near a folder that is still to be written, so
// that what fails leaves nothing.
func beside(dir string) (string, error) {
	near, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for near = filepath.Dir(near); ; near = filepath.Dir(near) {
		if _, err := os.Stat(near); err == nil || near == filepath.Dir(near) {
			break
		}
	}
	return os.MkdirTemp(near, ".init-*")
}

// printInit says what was decided and why, and what to do next.
func printInit(s *streams, dir string, r *inspect.Result, p *inspect.Proposal, project *scaffold.Project) {
	line := func(what, format string, a ...any) { fmt.Fprintf(s.out, "%-10s %s\n", what, fmt.Sprintf(format, a...)) }
	because := func(c *inspect.Column) string { return fmt.Sprintf("%s (%s)", shown(c.Name), c.Why) }
	line("workflow", "%s, from %d rows", project.Workflow, p.Rows)
	line("label", "%s", because(p.Outcome.Column))
	var inputs []string
	for _, f := range p.Input {
		inputs = append(inputs, f.Name)
	}
	line("input", "%s", strings.Join(inputs, ", "))
	for _, x := range []struct {
		what   string
		column *inspect.Column
	}{{"id", p.ID}, {"time", p.Time}, {"cluster", p.Cluster}, {"people", p.Person}} {
		if x.column != nil {
			line(x.what, "%s", because(x.column))
		}
	}
	for _, c := range r.With(inspect.After) {
		line("not input", "%s", because(c))
	}
	if p.Splits.By == "" {
		line("splits", "none: %s", p.Splits.Why)
	} else {
		var parts []string
		for _, part := range p.Splits.Parts {
			parts = append(parts, part.Name+" "+part.Text)
		}
		line("splits", "by %s: %s (%s)", p.Splits.By, strings.Join(parts, ", "), p.Splits.Why)
	}
	for _, d := range project.Designs {
		line("design", "%s: %s", d.Name, d.About)
	}
	for _, n := range append(project.Notes, r.Warnings...) {
		line("note", "%s", shown(n))
	}
	fmt.Fprintf(s.out, "\nWritten: %s in %s. Next:\n\n  cd %s\n  %s run %s\n  %s dataset inspect %s\n",
		count(len(project.Files), "file"), dir, scaffold.Shell(dir), s.called, scaffold.Shell(project.Workflow), s.called, scaffold.Shell(project.Workflow))
}
