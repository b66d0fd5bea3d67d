package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/gate"
	"github.com/rehearse-dev/rehearse/internal/ledger"
	"github.com/rehearse-dev/rehearse/internal/promote"
	"github.com/rehearse-dev/rehearse/internal/record"
)

func promoteCommand(r *flow.Registry, s *streams) *cobra.Command {
	var runName, rollback string
	var approval promote.Approval
	c := &cobra.Command{
		Use:   "promote DESIGN --run RUN",
		Short: "Put a design that passed the gate on held-out cases into production",
		Long: `Promote writes workflows/<workflow>/production/: the design with every file it
needs by digest, what its steps learnt, and the evidence for it. It refuses
unless the run is complete and of the whole held-out split (test), the gate
passes, and workflow, design and data are what they were when the run was made.

What was in production before is kept in its history; --rollback puts it back.`,
		Example: join(s.program,
			"%s promote model-cutoff --run latest",
			"%s promote model-cutoff --run latest --approve ada --reason agreed",
			"%s promote --rollback invoice"),
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			switch {
			case rollback != "" && (len(a) > 0 || runName != ""):
				return withCode(ExitUsage, errors.New("--rollback takes a workflow, and neither a design nor --run"))
			case rollback != "":
				return rollBack(s, rollback)
			case len(a) == 0 || runName == "":
				return withCode(ExitUsage, fmt.Errorf("which design, and by which run? usage: %s", c.UseLine()))
			case (approval.By == "") != (approval.Reason == ""):
				return withCode(ExitUsage, errors.New("--approve and --reason belong together"))
			}
			run, err := findRun(runName)
			if err != nil {
				return err
			}
			var approved *promote.Approval
			if approval.By != "" {
				approved = &approval
			}
			return promoteDesign(c.Context(), r, s, run, a[0], approved)
		},
	}
	c.Flags().StringVar(&runName, "run", "", "the `run` that measured it: folder, id or latest")
	c.Flags().StringVar(&approval.By, "approve", "", "`name` of who approves it")
	c.Flags().StringVar(&approval.Reason, "reason", "", "why it is approved")
	c.Flags().StringVar(&rollback, "rollback", "", "put back what was in production of this `workflow` before")
	return c
}

func promoteDesign(ctx context.Context, r *flow.Registry, s *streams, run *record.Run, name string, approved *promote.Approval) error {
	h := run.Header
	i := slices.IndexFunc(h.Designs, func(d record.Design) bool { return d.Name == name })
	if i < 0 {
		return withCode(ExitInput, fmt.Errorf("run %s has no design %q", h.Run, name))
	}
	w, err := findWorkflow(fileOf(run, h.Workflow.Path))
	if err != nil {
		return err
	}
	root := projectRoot(w.Dir)
	if err := asMeasured(ctx, r, h, i, w); err != nil {
		return err
	}
	rep, err := buildReport(ctx, run, "promote")
	if err != nil {
		return err
	}
	verdict, err := gate.Run(h, rep.workflow, rep.Score, rep.Compare, []string{name})
	if err != nil {
		return withCode(ExitInput, err)
	}
	looks, err := ledger.Read(rep.card.Dir)
	if err != nil {
		return err
	}
	held := promote.Case{
		Header: h, Design: name, Verdict: verdict, Card: rep.card, Looks: looks, Ledger: projectPath(root, ledger.Path(rep.card.Dir)),
		At: time.Now(), By: whoami(), Approve: approved,
	}
	p, err := held.Production()
	if err != nil {
		code := ExitInput
		var verdict *promote.NotPassed
		if errors.As(err, &verdict) {
			code = exitCode(verdictCode(verdict.Candidate.Verdict))
		}
		return withCode(code, fmt.Errorf("not promoted: %w", err))
	}
	sources, err := promote.Sources(h, &h.Designs[i], w.Dir, filepath.Join(stateDir(root), "fits"))
	if err != nil {
		return withCode(ExitInput, fmt.Errorf("not promoted: %w", err))
	}
	dir := promote.Folder(w.Dir)
	if err := promote.Write(dir, p, sources); err != nil {
		return fmt.Errorf("not promoted: %w", err)
	}
	fmt.Fprintf(s.out, "promoted %s of %s by run %s: %s\n%s\ncheck it with: %s verify %s\n",
		name, w.Name, h.Run, p.Evidence.Gate.Reason, relative(dir), s.program, relative(dir))
	return nil
}

// asMeasured refuses a design whose workflow, files or data are not those of
// the run.
func asMeasured(ctx context.Context, r *flow.Registry, h *record.Header, i int, w *design.Workflow) error {
	card, err := findCard(w, filepath.Join(projectRoot(w.Dir), filepath.FromSlash(h.Data.Card.Path)))
	if err != nil {
		return err
	}
	set, err := parseSet(splitSetting(h.Settings["set"]))
	if err != nil {
		return err
	}
	path := filepath.Join(w.Dir, filepath.Base(filepath.FromSlash(h.Designs[i].File.Path)))
	plan, problems := design.Load(path, w, r, design.Options{Set: set})
	if err := problems.Err(); err != nil {
		return err
	}
	alone := *h
	alone.Designs = h.Designs[i : i+1]
	return unchanged(ctx, &alone, w, []*design.Plan{plan}, card)
}

// whoami is who promotes, as the machine knows them.
func whoami() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "unknown"
}

func rollBack(s *streams, workflow string) error {
	w, err := findWorkflow(workflow)
	if err != nil {
		return err
	}
	p, err := promote.Rollback(promote.Folder(w.Dir))
	if err != nil {
		return withCode(ExitInput, fmt.Errorf("not rolled back: %w", err))
	}
	fmt.Fprintf(s.out, "in production of %s again: %s, promoted %s\n", p.Workflow, p.Design, p.Promoted.At)
	return nil
}

func verifyCommand(s *streams) *cobra.Command {
	return &cobra.Command{
		Use:   "verify PATH",
		Short: "Check that what is in production is what was promoted, byte for byte",
		Long: `Verify reads a production folder (or the production.yaml in it), recomputes
every digest, and names every field and file that is not as it was promoted.
Exit code 3 where something was changed.`,
		Example: join(s.program, "%s verify workflows/invoice/production", "%s verify workflows/invoice/production/production.yaml"),
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			dir := a[0]
			if info, err := os.Stat(dir); err == nil && !info.IsDir() {
				dir = filepath.Dir(dir)
			}
			p, problems := promote.Verify(dir)
			if err := problems.Err(); err != nil {
				return withCode(ExitInput, err)
			}
			fmt.Fprintf(s.out, "%s %s, promoted %s by %s: %s, as promoted (gate: %s)\n",
				p.Workflow, p.Design, p.Promoted.At, p.Promoted.By, count(len(p.Files), "file"), p.Evidence.Gate.Reason)
			return nil
		},
	}
}
