package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/drift"
	"github.com/rehearse-dev/rehearse/internal/ledger"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// driftFlags are the flags of eval drift.
type driftFlags struct {
	fresh, design  string
	splits, where  []string
	since          string
	alarms, checks float64
	ledger         string
	prometheus     string
	schedule       bool
	out            string
	format, output string
	parallel       int
	quiet          bool
}

func driftCommand(r *flow.Registry, s *streams) *cobra.Command {
	var f driftFlags
	c := &cobra.Command{
		Use:   "drift RUN|PRODUCTION --fresh CARD|AUDITLOG",
		Short: "Check whether fresh cases still look like those a design was judged on",
		Long: `Drift replays a design on fresh cases and compares them with those of RUN, its
baseline: accuracy where the fresh cases have labels, escalations, confidence,
broken handoffs, accuracy estimated from confidence, outcomes, and every input
column; then the same in every segment. A signal moved when it is more than
chance, adjusted over the whole check, and large enough to matter. Inputs that
moved while accuracy is seen to hold are information, no alarm.

Given a production.yaml or its folder, the promoted design, with what it had
learnt, is replayed on the rows that its evidence names by digest, and on the
fresh cases. Where those rows are gone or changed there is not enough data. The
cases of an audit log are taken as they were served; --since chooses them.

Every check is written into a ledger: drift.jsonl beside production.yaml, or in
reports/drift for runs. It says how often checks are made, so that however many
there are, those without drift raise no more false alarms a year than were asked
for, and since when a signal has moved.

The verdict is one of three, each with its exit code: no drift seen (0), drift
(4), not enough data (5).`,
		Example: join(s.program,
			"%s drift workflows/invoice/production/production.yaml --fresh invoice-fresh",
			"%s drift latest --fresh invoice-fresh --design model-cutoff",
			"%s drift latest --fresh invoice-fresh --design rules --checks-per-year 365 --format md",
			"%s drift workflows/invoice/production/production.yaml --fresh invoice-fresh --schedule"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			return checkDrift(c, r, s, &f, a[0])
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.fresh, "fresh", "", "dataset card of the fresh cases, a file, a folder or a name; or an audit log's folder")
	flags.StringVar(&f.design, "design", "", "the design to check (default the run's only candidate)")
	flags.StringArrayVar(&f.splits, "split", nil, "take this split of the fresh cases (repeatable; default all)")
	flags.StringArrayVar(&f.where, "where", nil, "only fresh cases with `column=value` (repeatable)")
	flags.StringVar(&f.since, "since", "", "of an audit log, cases sent since this `time`: 2026-11-01, 7d, or last for the last check")
	flags.Float64Var(&f.alarms, "alarms-per-year", 1, "false alarms a year that are acceptable")
	flags.Float64Var(&f.checks, "checks-per-year", 0, "checks made a year (default by the ledger, else 52)")
	flags.StringVar(&f.ledger, "ledger", "", "`file` with every check (default drift.jsonl beside production.yaml, or in reports/drift)")
	flags.StringVar(&f.prometheus, "prometheus", "", "also write the check as metrics to this `file`, for node_exporter's textfile collector")
	flags.BoolVar(&f.schedule, "schedule", false, "check nothing: print a line for cron and a workflow for CI that make this check")
	flags.StringVar(&f.out, "out", "", "folder of the fresh run (default reports/drift/<id>)")
	answerFlags(flags, &f.format, &f.output)
	flags.IntVar(&f.parallel, "parallel", 0, "cases worked on at once (default one a core)")
	flags.BoolVar(&f.quiet, "quiet", false, "print the result only")
	return c
}

func checkDrift(c *cobra.Command, r *flow.Registry, s *streams, f *driftFlags, name string) error {
	write, err := printer(s, f.format, f.output)
	if err != nil {
		return err
	}
	if f.fresh == "" {
		return withCode(ExitUsage, errors.New("which fresh cases? name their dataset card, or an audit log, with --fresh"))
	}
	if f.parallel < 0 || !(f.alarms > 0) || !(f.checks >= 0 && f.checks <= math.MaxFloat64) || f.alarms >= cmp.Or(f.checks, drift.Weekly) {
		return withCode(ExitUsage, errors.New("--parallel takes a number from 0 up, --alarms-per-year more than 0, --checks-per-year more than that"))
	}
	if f.schedule {
		return printSchedule(s, f, name)
	}
	if _, err := dataset.ParseWhere(f.where); err != nil {
		return withCode(ExitUsage, err)
	}
	dir := f.out
	if dir == "" {
		// Not among the runs: latest stays the latest of those.
		dir = unused(filepath.Join(projectRoot("."), "reports", "drift", time.Now().UTC().Format("20060102-150405")))
	}
	b, err := findBaseline(c.Context(), r, s, f, name, filepath.Join(dir, "baseline"))
	if err != nil {
		return err
	}
	if f.ledger != "" {
		b.ledger = f.ledger
	}
	result, err := b.checkFresh(c, s, f, dir)
	if err != nil {
		return err
	}
	out := report.Drift{Result: result}
	if err := os.MkdirAll(dir, 0o755); err != nil { // nothing was replayed into it
		return err
	}
	if err := keep(dir, "drift", out); err != nil {
		return err
	}
	if f.prometheus != "" {
		if err := regular.Replace(f.prometheus, func(w io.Writer) error { return out.Prometheus(w) }); err != nil {
			return err
		}
	}
	if err := write(out); err != nil {
		return err
	}
	switch result.Verdict {
	case drift.Drift:
		return silently(ExitFailed)
	case drift.NotEnough:
		return silently(ExitInconclusive)
	}
	return nil
}

// checkFresh checks the fresh cases, and writes the check into the ledger.
func (b *baseline) checkFresh(c *cobra.Command, s *streams, f *driftFlags, dir string) (*drift.Result, error) {
	all, err := ledger.ReadChecks(b.ledger)
	if err != nil {
		return nil, withCode(ExitInput, err)
	}
	earlier := drift.Earlier(all, b.workflow, b.design, b.digest)
	now := time.Now().UTC()
	// Whatever is in production, the year has one budget.
	spenders := drift.Earlier(all, b.workflow, b.design, "")
	if b.promoted {
		spenders = drift.Earlier(all, b.workflow, "", "")
	}
	budget, err := drift.NewBudget(f.alarms, f.checks, spenders, now)
	if err != nil {
		return nil, withCode(ExitUsage, err)
	}
	since, err := sinceWhen(f.since, earlier, now)
	if err != nil {
		return nil, err
	}
	if b.gone != "" {
		return b.inconclusive(b.gone, budget, now)
	}
	fresh, err := b.freshFrom(c.Context(), c, s, f, filepath.Join(dir, "fresh"), since)
	if err != nil {
		return nil, err
	}
	base, err := b.gather(c.Context(), fresh)
	if err != nil {
		return nil, err
	}
	is, err := drift.Gather(c.Context(), fresh.source, b.of, fresh.seed, fresh.names)
	if err != nil {
		return nil, err
	}
	if is.Cases == 0 {
		return b.inconclusive("no fresh case: "+f.fresh+" has none that is asked for", budget, now)
	}
	before, again := drift.Same(earlier, is)
	if again {
		budget.Alpha = before.Alpha
	}
	result, err := drift.Check(c.Context(), base, is, drift.Settings{Budget: budget, Promised: b.promised(), Seed: fresh.seed})
	if err != nil {
		return nil, err
	}
	b.name(result, fresh)
	entry := result.Entry(now, b.digest, is)
	entry.Again = again
	result.Remember(earlier, entry)
	return result, b.note(entry)
}

// note writes a check into the ledger.
func (b *baseline) note(entry ledger.Check) error {
	if err := os.MkdirAll(filepath.Dir(b.ledger), 0o755); err != nil {
		return err
	}
	return ledger.AddCheck(b.ledger, entry)
}

// inconclusive is a check in which nothing was compared, so that it spends nothing
// of the budget.
func (b *baseline) inconclusive(why string, budget drift.Budget, now time.Time) (*drift.Result, error) {
	budget.Alpha = 0
	r := drift.Inconclusive(b.workflow, b.design, why, drift.Settings{Budget: budget})
	return r, b.note(r.Entry(now, b.digest, nil))
}

// gather reads the baseline's rows, with what the fresh cases have too.
func (b *baseline) gather(ctx context.Context, fresh *freshCases) (*drift.Sample, error) {
	return drift.Gather(ctx, drift.Recorded{Run: b.run, Workflow: b.of, Card: b.card, Design: b.design}, b.of, b.run.Header.Seed,
		drift.Names{Tags: b.card.Tags, Use: fresh.names.Use, Apart: fresh.names.Apart, Personal: append(b.card.PersonalFields(), b.card.Personal...)})
}

// promised is the automated accuracy that the workflow's gate asks for; 0 for
// none.
func (b *baseline) promised() float64 {
	promised := 0.0
	for _, t := range b.of.Gate.Thresholds {
		if t.Metric == score.AutomatedAccuracy && t.AtLeast != nil && t.Segment == "" {
			promised = *t.AtLeast
		}
	}
	return promised
}

// name says what was compared.
func (b *baseline) name(r *drift.Result, fresh *freshCases) {
	r.Workflow, r.Design = b.workflow, b.design
	r.Baseline.Run, r.Baseline.Dataset, r.Baseline.Split = b.run.Header.Run, b.card.Name, b.run.Header.Data.Split
	r.Fresh.Run, r.Fresh.Dataset, r.Fresh.Split = fresh.side.Run, fresh.side.Dataset, fresh.side.Split
	r.Warnings = append(r.Warnings, fresh.notes()...)
	for _, tag := range fresh.names.Apart {
		if b.card.Afterwards(tag) {
			r.NotCompared = append(r.NotCompared, tag+" (tag): known only once a case was decided, so that it makes segments alone")
		}
	}
	if l := r.LabelsWanted; l != nil && fresh.replay != "" {
		l.How = fmt.Sprintf("eval review queue %s --audit %d --more 0", shellWord(relative(fresh.replay)), l.Cases)
	}
}
