package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/joint"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/replay"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/system"
)

// systemRunFlags are the flags of eval system run.
type systemRunFlags struct {
	splits   []string
	set      []string
	limit    int64
	seed     uint64
	parallel int
	out      string
	offline  bool
	brief    bool
	quiet    bool
	format   string
	output   string
}

func systemRunCommand(r *flow.Registry, s *streams) *cobra.Command {
	var f systemRunFlags
	c := &cobra.Command{
		Use:   "run SYSTEM",
		Short: "Replay cases from the first workflow to the last",
		Long: `Run replays the first workflow's cases, makes of their outcomes what the next
workflows receive, replays those, and so on, each with the design that the
system names. It prints accuracy, escalation and cost end to end, what became of
every handoff between workflows, and which workflow loses the cases: each
workflow's outcome is replaced by its label, and what follows is replayed.

The record goes into reports/systems/<id>/: system.json, handoffs.jsonl, one
ordinary run for each workflow under runs/, what came to it under data/, the
replays with a corrected workflow under corrected-<workflow>/, and the report as
report.html, report.md and report.json. An interrupted system is begun again.`,
		Example: join(s.program,
			"%s system run customers",
			"%s system run customers --limit 200 --no-corrections",
			"%s system run customers --format md --output customers.md"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error { return f.run(c.Context(), r, s, a[0], c) },
	}
	flags := c.Flags()
	flags.StringArrayVar(&f.splits, "split", nil, "replay this split of the datasets that have splits (repeatable; default dev)")
	flags.StringArrayVar(&f.set, "rule", nil, "another value for a shared rule, `name=value` (repeatable)")
	flags.Int64Var(&f.limit, "limit", 0, "stop after this many cases of the first workflow")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of all random draws")
	flags.IntVar(&f.parallel, "parallel", 0, "cases worked on at once (default one a core; 16 where steps call models)")
	flags.StringVar(&f.out, "out", "", "folder of the record (default reports/systems/<id>)")
	flags.BoolVar(&f.offline, "offline", false, "call nothing outside: stored answers must do")
	flags.BoolVar(&f.brief, "no-corrections", false, "do not ask which workflow loses the cases")
	flags.BoolVar(&f.quiet, "quiet", false, "print the result only")
	answerFlags(flags, &f.format, &f.output)
	return c
}

func (f *systemRunFlags) run(ctx context.Context, r *flow.Registry, s *streams, name string, c *cobra.Command) error {
	write, err := printer(s, f.format, f.output)
	if err != nil {
		return err
	}
	if f.limit < 0 || f.parallel < 0 || f.parallel > maxParallel {
		return withCode(ExitUsage, fmt.Errorf("--limit takes numbers from 0 up, --parallel those from 0 to %d", maxParallel))
	}
	set, err := parseSet(f.set)
	if err != nil {
		return withCode(ExitUsage, err)
	}
	sys, err := findSystem(r, name, set)
	if err != nil {
		return err
	}
	job := &joint.Job{System: sys, Limit: f.limit, Seed: f.seed, Corrections: !f.brief, Splits: map[string][]string{}}
	if err := f.ready(s, job); err != nil {
		return err
	}
	started := time.Now().UTC().Truncate(time.Second)
	if job.Dir = f.out; job.Dir == "" {
		job.Dir = unused(filepath.Join(projectRoot(sys.Root), "reports", "systems", started.Format("20060102-150405")+"-"+sys.Name))
	}
	if err := os.MkdirAll(filepath.Dir(job.Dir), 0o777); err != nil {
		return err
	}
	if err := os.Mkdir(job.Dir, 0o777); errors.Is(err, os.ErrExist) {
		return withCode(ExitInput, fmt.Errorf("%s is there already: name another folder with --out", relative(job.Dir)))
	} else if err != nil {
		return err
	}
	job.Stage = func(what string) {
		if !f.quiet && f.format != "json" {
			fmt.Fprintln(s.err, what)
		}
	}
	job.Replay = func(ctx context.Context, m *system.Member, card *dataset.Card, dir string) (*record.Run, error) {
		return f.replay(ctx, r, s, m, card, dir, c)
	}
	head := f.header(sys, job, set, started)
	if err := head.Write(job.Dir); err != nil {
		return err
	}
	result, err := joint.Run(ctx, job)
	if err != nil {
		return f.stopped(ctx, s, head, job, err)
	}
	head.State, head.Finished = record.Complete, time.Now().UTC().Truncate(time.Second)
	if err := head.Write(job.Dir); err != nil {
		return err
	}
	result.Run = head.Run
	out := report.System{Result: result}
	for _, m := range sys.Members {
		ids, _ := redact.Names(m.Card)
		out.HideIDs = out.HideIDs || ids
		if err := countLook(&record.Header{Run: head.Run, Data: record.Data{Split: job.Splits[m.Name]}, Designs: []record.Design{{Name: m.Plan.Design.Name}}}, m.Workflow, m.Card, "system run"); err != nil {
			return err
		}
	}
	if err := keep(job.Dir, "report", out); err != nil {
		return err
	}
	if err := write(out); err != nil {
		return err
	}
	if !f.quiet && f.format == "text" && f.output == "" {
		fmt.Fprintf(s.out, "\nrecord and report: %s\n", relative(job.Dir))
	}
	return nil
}

// stopped says what is kept of a system that did not come to its end.
func (f *systemRunFlags) stopped(ctx context.Context, s *streams, head *joint.Header, job *joint.Job, err error) error {
	if runs, _ := filepath.Glob(filepath.Join(job.Dir, "runs", "*", "run.json")); len(runs) == 0 {
		os.RemoveAll(job.Dir) // it holds what this command put there, and no case
		return err
	}
	head.State = record.Interrupted
	if werr := head.Write(job.Dir); werr != nil {
		return errors.Join(err, werr)
	}
	fmt.Fprintf(s.err, "stopped; what was done is kept in %s\n", relative(job.Dir))
	if ctx.Err() != nil {
		return silently(ExitInterrupted)
	}
	return err
}

// ready finds out before anything is replayed whether every workflow can be,
// and chooses the splits.
func (f *systemRunFlags) ready(s *streams, job *joint.Job) error {
	for i, m := range job.System.Members {
		if len(m.Card.SplitNames()) > 0 || i == 0 && len(f.splits) > 0 {
			splits, err := chooseSplits(m.Card, f.splits)
			if err != nil {
				return err
			}
			job.Splits[m.Name] = splits
		}
		plans := []*design.Plan{m.Plan}
		session := (&runFlags{offline: f.offline}).session(m.Plan.Workflow, f.seed)
		if _, err := readyPlans(s, plans, true, session); err != nil {
			return err
		}
		if _, err := takeRecordings(s, projectRoot(m.Workflow.Dir), plans); err != nil {
			return err
		}
		learns := slices.ContainsFunc(m.Plan.Nodes, func(n *design.Node) bool { _, ok := n.Step.(flow.Fitter); return ok })
		if own, err := findCard(m.Workflow, ""); learns && (err != nil || !slices.Contains(own.SplitNames(), "train")) {
			return withCode(ExitInput, fmt.Errorf("design %q of workflow %q learns, and the workflow's dataset has no split train: within a system it cannot learn in folds, which change with what comes", m.Plan.Design.Name, m.Name))
		}
	}
	return nil
}

// header is the record's header.
func (f *systemRunFlags) header(sys *system.System, job *joint.Job, set map[string]string, started time.Time) *joint.Header {
	root := projectRoot(sys.Root)
	h := &joint.Header{
		FormatVersion: joint.FormatVersion, Run: filepath.Base(job.Dir), State: record.Running, Started: started, Tool: tool(root),
		System: record.File{Path: projectPath(root, sys.File), SHA256: sys.Digest}, Seed: f.seed, Limit: f.limit,
	}
	for _, r := range sys.Rules {
		if r.Value == "" {
			continue
		}
		if h.Rules == nil {
			h.Rules = map[string]string{}
		}
		h.Rules[r.Name] = r.Value
		if v, ok := set[r.Name]; ok {
			h.Rules[r.Name] = v
		}
	}
	for _, m := range sys.Members {
		h.Workflows = append(h.Workflows, joint.Member{
			Name: m.Name, Design: m.Plan.Design.Name, Digest: m.Plan.Design.Digest, Card: projectPath(root, m.Card.File), Split: job.Splits[m.Name],
			Run: "runs/" + m.Name, Data: "data/" + m.Name,
		})
	}
	return h
}

// replay runs one workflow of a system over what came to it.
func (f *systemRunFlags) replay(ctx context.Context, r *flow.Registry, s *streams, m *system.Member, card *dataset.Card, dir string, c *cobra.Command) (*record.Run, error) {
	w := m.Plan.Workflow
	// Steps that learnt or were opened are not used again.
	plan, problems := design.Load(m.Plan.Design.File, w, r, design.Options{Set: m.Set})
	if err := problems.Err(); err != nil {
		return nil, err
	}
	plans := []*design.Plan{plan}
	h, err := header(ctx, w, plans, card)
	if err != nil {
		return nil, err
	}
	h.Seed, h.Repeats = f.seed, 1
	h.Settings, h.Defaulted = settings(c)
	learn, err := learnsFrom(w, card, h)
	if err != nil {
		return nil, err
	}
	job := &replay.Job{Plans: plans, Card: card, Learn: learn, Seed: f.seed, Repeats: 1, Dir: stateDir(projectRoot(w.Dir)), Offline: f.offline}
	if err := os.MkdirAll(filepath.Dir(dir), 0o777); err != nil {
		return nil, err
	}
	return replayInto(ctx, s, job, h, dir, f.parallel, f.quiet || f.format == "json", w, plans)
}
