package app

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/crypto/ssh"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/promote"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/sshsig"
)

// promoteFlags are the flags of eval promote.
type promoteFlags struct {
	run                          string
	approval                     promote.Approval
	override, dryRun             bool
	expires, sign                string
	rollback, list, diff, export string // a workflow each
	splits                       []string
	format, output               string
}

func promoteCommand(r *flow.Registry, s *streams) *cobra.Command {
	var f promoteFlags
	c := &cobra.Command{
		Use:   "promote DESIGN --run RUN",
		Short: "Put a design that passed the gate on held-out cases into production",
		Long: `Promote writes workflows/<workflow>/production/: the design with every file it
needs by digest, what its steps learnt, and the evidence for it. It refuses

  - a run that is not complete, or not of the whole held-out split (test)
  - a workflow, a design, a file it reads, or data that are not those of the run
  - a model or system that is not the one asked, or answered under several names
  - a gate that does not pass, such as by too many trials not measured
  - files behind the evidence that are not committed, where there is a repository
  - a run of another version of this program, if a replay by this one differs

The last four of these can be overridden, if only one model was asked for: with
--override, and the --approve and --reason that stay in the evidence for ever.
--dry-run checks all of it, says what would change on the run's cases, and
writes nothing.

What was in production before is kept in its history. --rollback puts it back,
--list prints it, and --diff replays both and says what changed in behaviour, on
which cases. --export prints one document for a deployment.

--sign takes an SSH key: a private key, or the public half of one that an
ssh-agent holds. ssh-keygen -Y verify -n rehearse-production checks it.`,
		Example: join(s.program,
			"%s promote model-cutoff --run latest",
			"%s promote model-cutoff --run latest --approve ada --reason agreed --expires 180d",
			"%s promote model-cutoff --run latest --dry-run",
			"%s promote --list invoice",
			"%s promote --diff invoice",
			"%s promote --rollback invoice",
			"%s promote --export invoice --format configmap"),
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			if err := f.check(c, a); err != nil {
				return withCode(ExitUsage, err)
			}
			switch {
			case f.rollback != "":
				return rollBack(s, f.rollback)
			case f.list != "":
				return listPromoted(s, f.list)
			case f.diff != "":
				return diffPromoted(c.Context(), r, s, &f)
			case f.export != "":
				return exportPromoted(s, &f)
			}
			run, err := findRun(f.run)
			if err != nil {
				return err
			}
			return promoteDesign(c.Context(), r, s, &f, run, a[0])
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.run, "run", "", "the `run` that measured it: folder, id or latest")
	flags.StringVar(&f.approval.By, "approve", "", "`name` of who approves it")
	flags.StringVar(&f.approval.Reason, "reason", "", "why it is approved")
	flags.BoolVar(&f.override, "override", false, "promote it although it is refused, on the word of --approve and --reason")
	flags.StringVar(&f.expires, "expires", "365d", "until when the evidence holds: a `date` such as 2027-01-31, a number of days such as 90d, or never")
	flags.StringVar(&f.sign, "sign", "", "sign it with this SSH `key`: a private key file, or a public one of an ssh-agent")
	flags.BoolVar(&f.dryRun, "dry-run", false, "check it, say what would change on the run's cases, and write nothing")
	flags.StringVar(&f.rollback, "rollback", "", "put back what was in production of this `workflow` before")
	flags.StringVar(&f.list, "list", "", "print what is and was in production of this `workflow`")
	flags.StringVar(&f.diff, "diff", "", "say what the last promotion of this `workflow` changed in behaviour, on which cases")
	flags.StringArrayVar(&f.splits, "split", []string{"dev"}, "for --diff: replay this split (repeatable)")
	flags.StringVar(&f.export, "export", "", "print what is in production of this `workflow` as one document")
	flags.StringVar(&f.format, "format", "yaml", "for --export: yaml, json or configmap (Kubernetes)")
	flags.StringVarP(&f.output, "output", "o", "", "for --export: write to this `file`")
	return c
}

// check refuses flags that do not go together.
func (f *promoteFlags) check(c *cobra.Command, a []string) error {
	asked := 0
	for _, w := range []string{f.rollback, f.list, f.diff, f.export} {
		if w != "" {
			asked++
		}
	}
	switch {
	case asked > 1:
		return errors.New("one of --rollback, --list, --diff and --export at a time")
	case asked == 1 && (len(a) > 0 || f.run != ""):
		return errors.New("--rollback, --list, --diff and --export take a workflow, and neither a design nor --run")
	case asked == 0 && (len(a) == 0 || f.run == ""):
		return fmt.Errorf("which design, and by which run? usage: %s", c.UseLine())
	case (f.approval.By == "") != (f.approval.Reason == ""):
		return errors.New("--approve and --reason belong together")
	case f.override && f.approval.By == "":
		return errors.New("--override takes a person's word: give --approve and --reason")
	case exporters[f.format] == nil:
		return fmt.Errorf("--format %q: want yaml, json or configmap", f.format)
	}
	_, err := expiry(f.expires, time.Now())
	return err
}

// expiry is the moment that --expires means; zero for never.
func expiry(text string, now time.Time) (time.Time, error) {
	if text == "never" {
		return time.Time{}, nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n < 100_000 {
			return now.AddDate(0, 0, n), nil
		}
	} else if day, err := time.Parse(time.DateOnly, text); err == nil {
		if !day.After(now) {
			return day, fmt.Errorf("--expires %s is over already", text)
		}
		return day, nil
	}
	return time.Time{}, fmt.Errorf("--expires %q: want a date such as 2027-01-31, a number of days such as 90d, or never", text)
}

func promoteDesign(ctx context.Context, r *flow.Registry, s *streams, f *promoteFlags, run *record.Run, name string) error {
	h := run.Header
	i := slices.IndexFunc(h.Designs, func(d record.Design) bool { return d.Name == name })
	if i < 0 {
		return withCode(ExitInput, fmt.Errorf("run %s has no design %q", h.Run, name))
	}
	w, err := findWorkflow(fileOf(run, h.Workflow.Path))
	if err != nil {
		return err
	}
	held, err := promotionCase(ctx, r, s, run, i, w)
	if err != nil {
		return err
	}
	held.By, held.Override = whoami(), f.override
	if held.Expires, err = expiry(f.expires, held.At); err != nil {
		return withCode(ExitUsage, err)
	}
	if f.approval.By != "" {
		held.Approve = &f.approval
	}
	p, err := held.Production()
	if err != nil {
		return notPromoted(err)
	}
	sources, err := promote.Sources(h, &h.Designs[i], w.Dir, filepath.Join(stateDir(projectRoot(w.Dir)), "fits"))
	if err != nil {
		return withCode(ExitInput, fmt.Errorf("not promoted: %w", err))
	}
	dir := promote.Folder(w.Dir)
	if f.dryRun {
		return dryRun(ctx, r, s, run, held, p, dir)
	}
	var key ssh.Signer
	if f.sign != "" {
		signer, done, err := sshsig.Key(f.sign)
		if err != nil {
			return withCode(ExitInput, fmt.Errorf("not promoted: %w", err))
		}
		defer func() { _ = done() }()
		key = signer
	}
	if err := promote.Write(dir, p, sources, key); err != nil {
		return fmt.Errorf("not promoted: %w", err)
	}
	fmt.Fprintf(s.out, "promoted %s of %s by run %s: %s\n", name, w.Name, h.Run, p.Evidence.Gate.Reason)
	if o := p.Promoted.Override; o != nil {
		fmt.Fprintf(s.out, "by an override of %s, which stays in the evidence: %s\n", o.By, strings.Join(o.Refused, "; "))
	}
	if p.Promoted.SignedBy != "" {
		fmt.Fprintf(s.out, "signed by %s\n", p.Promoted.SignedBy)
	}
	fmt.Fprintf(s.out, "%s\ncheck it with: %s verify %s\n", relative(dir), s.program, relative(dir))
	return nil
}

// notPromoted is the error of a refusal, with its exit code: the gate's where
// the gate alone speaks against the design.
func notPromoted(err error) error {
	code, hint := ExitInput, ""
	var refused *promote.Refused
	if errors.As(err, &refused) {
		if refused.Verdict != "" {
			code = exitCode(verdictCode(refused.Verdict))
		}
		if !refused.Final {
			hint = "; a person may override this with --override --approve NAME --reason TEXT"
		}
	}
	return withCode(code, fmt.Errorf("not promoted: %w%s", err, hint))
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
	for _, o := range p.Objections(time.Now(), true) {
		fmt.Fprintf(s.err, "it should not be deployed: %s\n", o)
	}
	return nil
}
