package app

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/audit"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/forget"
	"github.com/rehearse-dev/rehearse/internal/promote"
)

func datasetForgetCommand(s *streams) *cobra.Command {
	var yes, clusters bool
	var by, why string
	c := &cobra.Command{
		Use:   "forget CASE...",
		Short: "Take a person's cases out of everything that the project keeps of them",
		Long: `Forget takes cases out of every dataset of the project and what is beside it
(reviewed labels, the regression split, changelogs, recordings), run records,
review queues and decisions, audit logs and their payloads, and removes what was
made of them: reports, stored answers, what designs learnt. With --cluster the
names are those of clusters, such as persons, and all of their cases go.

It says first what it would do, and what that invalidates: runs, and promotions
whose evidence is of the data. With --yes it does so, file by file, each whole or
not at all. Files that people write and that hold a value of the cases are named,
and left to them. What is not reached is said at the end: copies outside the
project, such as logs and the history of a repository, what a promoted design
learnt, and the places that the cases had.`,
		Example: join(s.program,
			"%s dataset forget inv-00032 inv-00034",
			"%s dataset forget inv-00032 --why request-17"),
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			return forgetCases(c.Context(), s, forget.Asked{IDs: a, Clusters: clusters}, yes, by, why)
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do it, rather than say what would be done")
	c.Flags().BoolVar(&clusters, "cluster", false, "the names are those of clusters: all of their cases")
	c.Flags().StringVar(&by, "by", whoami(), "`name` of who does it, for the changelogs")
	c.Flags().StringVar(&why, "why", "asked to be forgotten", "why, for the changelogs")
	return c
}

// notReached is what no plan holds.
const notReached = "not reached: copies outside this folder (logs, exports, backups, a repository's history); weights that a promoted design learnt, until it is promoted again; the places that the cases had in queues and records"

func forgetCases(ctx context.Context, s *streams, asked forget.Asked, yes bool, by, why string) error {
	root := projectRoot(".")
	cases, err := forget.Find(ctx, root, asked)
	if err != nil {
		return err
	}
	plan, err := forget.Make(ctx, root, cases, auditNames)
	if err != nil {
		return err
	}
	if len(cases.Held) == 0 && !slices.ContainsFunc(plan.Steps, func(x forget.Step) bool { return filepath.Base(x.Path) != ".rehearse" }) {
		return withCode(ExitInput, fmt.Errorf("nothing in %s is of %s", relative(root), quoted(asked.IDs)))
	}
	for _, h := range cases.Held {
		fmt.Fprintf(s.out, "%s in %s\n", count(h.Cases, "case"), relative(h.Card.File))
	}
	for _, step := range plan.Steps {
		fmt.Fprintf(s.out, "  %s: %s\n", relative(step.Path), step.What)
	}
	invalidated := invalidates(root, cases, plan)
	if len(invalidated) > 0 {
		fmt.Fprintln(s.out, "No longer evidence:")
	}
	for _, line := range invalidated {
		fmt.Fprintf(s.out, "  %s\n", line)
	}
	for _, path := range plan.Left {
		fmt.Fprintf(s.out, "mend it by hand, it holds a value of the cases: %s\n", relative(path))
	}
	fmt.Fprintln(s.out, notReached)
	if !yes {
		fmt.Fprintln(s.out, "nothing was done: --yes does it")
		return nil
	}
	before := map[string]dataset.Digests{}
	for _, h := range cases.Held {
		if before[h.Card.File], err = h.Card.Digests(ctx); err != nil {
			return err
		}
	}
	if err := plan.Do(); err != nil {
		return err
	}
	for _, h := range cases.Held {
		if err := changed(ctx, h.Card.File, before[h.Card.File], dataset.Change{Did: "forget", By: []string{by}, Why: why, Gone: h.Cases}); err != nil {
			return err
		}
	}
	fmt.Fprintf(s.out, "forgotten on %s\n", time.Now().UTC().Format(time.DateOnly))
	return nil
}

// auditNames are what the audit log in a folder may call a case.
func auditNames(dir, id string) []string {
	r, err := audit.Read(dir, flow.NewSchema(), flow.NewSchema())
	if err != nil {
		return []string{id}
	}
	return r.Aliases(id)
}

// invalidates says what is no longer evidence: runs whose record held the cases,
// and promotions that rest on a file that did.
func invalidates(root string, cases *forget.Cases, plan *forget.Plan) []string {
	var out []string
	for _, dir := range plan.Runs {
		out = append(out, fmt.Sprintf("run %s, and every gate and comparison of it", relative(dir)))
	}
	touched := map[string]bool{}
	for _, h := range cases.Held {
		for _, source := range h.Sources {
			touched[projectPath(root, source)] = true
		}
	}
	found, _ := filepath.Glob(filepath.Join(root, "workflows", "*", "production"))
	for _, dir := range found {
		p, problems := promote.Verify(dir)
		if problems.Err() != nil || p == nil {
			continue
		}
		if !slices.ContainsFunc(p.DriftBaseline.Sources, func(f promote.DataFile) bool { return touched[f.Path] }) {
			continue
		}
		line := fmt.Sprintf("the promotion of %s in %s (%s): its evidence and drift baseline are of data that is another now; measure and promote it again", p.Design, p.Workflow, relative(dir))
		var learnt []string
		for _, f := range p.Files {
			if f.Role == promote.LearntFile {
				learnt = append(learnt, f.Step)
			}
		}
		if len(learnt) > 0 {
			line += fmt.Sprintf("; what %s learnt from that data stays in it until then", strings.Join(learnt, " and "))
		}
		out = append(out, line)
	}
	return out
}
