package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/queue"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/report/form"
)

// queueFlags are those of review queue.
type queueFlags struct {
	design, audit, out string
	more               int
	seed               uint64
	proposed, personal bool
}

func reviewQueueCommand(s *streams) *cobra.Command {
	var f queueFlags
	c := &cobra.Command{
		Use:   "queue RUN|AUDITLOG",
		Short: "Draw cases for people to review, with sampling weights",
		Long: `Queue draws the cases of one design that people should review, from a run or from
the audit log of what was promoted, and writes them into a folder: form.html to be opened in a browser, queue.csv to be
filled in, and queue.jsonl, which the program reads when decisions come back.

First comes the audit: a random share of the cases that the design automated.
Then come, at most --more, escalated, failed and doubtful cases, most informative
first: by how likely the answer is wrong, what that would cost, and how little is
known of its segments. Each case has a sampling weight, the inverse of the
probability with which it came to be there, so that accuracy is estimated without
bias.

Reviewers do not see what the design proposed; with --proposed they do, but for
cases of the audit. Personal values are hidden unless --personal is given; of an
audit log they were never kept, and the files say which inputs are missing. Cases
that a reviewer has ended are in the audit alone.`,
		Example: join(s.program,
			"%s review queue latest --design rules",
			"%s review queue latest --design model-cutoff --audit 10% --more 20 --out to-review"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			plan, err := f.plan()
			if err != nil {
				return err
			}
			return writeQueue(c.Context(), s, a[0], &f, plan)
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.design, "design", "", "whose cases (needed where a run has several that are not the baseline)")
	flags.StringVar(&f.audit, "audit", "5%", "of the automated cases at random: a `number`, or a share as 5% or 0.05")
	flags.IntVar(&f.more, "more", 50, "at most so many for what they are: escalated, failed or doubtful")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of the draw")
	flags.BoolVar(&f.proposed, "proposed", false, "show what the design proposed, but in the audit")
	flags.BoolVar(&f.personal, "personal", false, "show personal values")
	flags.StringVar(&f.out, "out", "", "write into this new `folder` (default reports/reviews/<time>-<workflow>)")
	return c
}

func (f *queueFlags) plan() (queue.Plan, error) {
	audit, err := queue.ParseAmount(f.audit)
	if err != nil {
		return queue.Plan{}, withCode(ExitUsage, fmt.Errorf("--audit: %w", err))
	}
	if f.more < 0 {
		return queue.Plan{}, withCode(ExitUsage, fmt.Errorf("--more %d: want a number from 0 up", f.more))
	}
	return queue.Plan{Audit: audit, More: f.more, Seed: f.seed}, nil
}

// writeQueue draws a queue from a run or an audit log and writes its folder.
func writeQueue(ctx context.Context, s *streams, name string, f *queueFlags, plan queue.Plan) error {
	from, err := sourceOf(ctx, name, f.design)
	if err != nil {
		return err
	}
	w := from.workflow
	h, err := from.header(ctx, name)
	if err != nil {
		return err
	}
	h.Made, h.Personal = time.Now().UTC().Truncate(time.Second), f.personal
	var policy *redact.Policy
	if !f.personal {
		if policy, err = from.policy(); err != nil {
			return err
		}
	}
	q, err := queue.Make(ctx, from, w, policy, h, plan)
	if err != nil {
		return err
	}
	if fr := q.Header.Frame; fr.Automated+fr.Escalated+fr.Failed == 0 {
		return withCode(ExitInput, fmt.Errorf("%s has no measured case of design %q", name, from.design))
	}
	if len(q.Entries) == 0 {
		return withCode(ExitInconclusive, fmt.Errorf("nothing to review: of %s none was asked for", count(q.Header.Frame.Automated+q.Header.Frame.Escalated+q.Header.Frame.Failed, "case")))
	}
	dir := f.out
	if dir == "" {
		dir = unused(filepath.Join(reviewsDir(), time.Now().Format("20060102-150405")+"-"+w.Name))
	}
	if err := saveQueue(dir, q, w, f.proposed); err != nil {
		return err
	}
	fr := q.Header.Frame
	fmt.Fprintf(s.out, "%s to review in %s\n", count(len(q.Entries), "case"), relative(dir))
	fmt.Fprintf(s.out, "  audit     %d of %s that %s automated, at random\n", fr.Audit, count(fr.Automated, "case"), from.design)
	for _, why := range []queue.Reason{queue.Escalated, queue.Failed, queue.Doubtful} {
		n := 0
		for i := range q.Entries {
			if q.Entries[i].For == why {
				n++
			}
		}
		if n > 0 {
			fmt.Fprintf(s.out, "  %-9s %d\n", why, n)
		}
	}
	fmt.Fprintf(s.out, "Open %s, or fill in %s; then '%s review import' takes the decisions.\n", relative(filepath.Join(dir, queue.Form)), relative(filepath.Join(dir, queue.Table)), s.program)
	if f.personal {
		fmt.Fprintln(s.err, "personal values are shown in these files: keep them as you keep the data")
	}
	return nil
}

// reviewsDir is where queues go where no folder is named.
func reviewsDir() string { return filepath.Join(projectRoot("."), "reports", "reviews") }

// queueDesign is the design of a run whose cases are reviewed.
func queueDesign(run *record.Run, name string) (string, error) {
	var candidates, all []string
	for _, d := range run.Header.Designs {
		if d.Variant != "" {
			continue
		}
		all = append(all, d.Name)
		if d.Name != run.Header.Baseline {
			candidates = append(candidates, d.Name)
		}
	}
	switch {
	case name != "" && !slices.Contains(all, name):
		return "", withCode(ExitInput, fmt.Errorf("run %s has no design %q%s", run.Header.Run, name, oneOf(all)))
	case name != "":
		return name, nil
	case len(candidates) == 1:
		return candidates[0], nil
	case len(candidates) == 0 && len(all) == 1:
		return all[0], nil
	}
	return "", withCode(ExitUsage, fmt.Errorf("whose cases? name one with --design%s", oneOf(all)))
}

// saveQueue writes a queue's files into a new folder.
func saveQueue(dir string, q *queue.Queue, w *design.Workflow, proposed bool) error {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return withCode(ExitInput, fmt.Errorf("%s is there already: a queue takes a new folder", relative(dir)))
	}
	mode := os.FileMode(0o777)
	if q.Header.Personal {
		mode = 0o700 // its files are its owner's alone
	}
	if err := os.MkdirAll(dir, mode); err != nil {
		return err
	}
	var problems []error
	for _, file := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{queue.Form, func(out io.Writer) error { return form.Write(out, q, w, form.Options{Proposed: proposed}) }},
		{queue.Table, func(out io.Writer) error { return q.WriteCSV(out, proposed) }},
		{queue.File, q.WriteJSONL},
	} {
		problems = append(problems, regular.Replace(filepath.Join(dir, file.name), file.write))
	}
	return errors.Join(problems...)
}
