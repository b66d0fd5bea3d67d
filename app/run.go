package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/estimate"
	"github.com/rehearse-dev/rehearse/internal/race"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/replay"
	"github.com/rehearse-dev/rehearse/internal/scaffold"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// runFlags are the flags of eval run.
type runFlags struct {
	designs  []string
	data     string
	splits   []string
	where    []string
	set      []string
	parallel int
	repeat   int
	seed     uint64
	limit    int64
	out      string
	resume   string
	offline  bool
	live     bool
	budget   float64
	quiet    bool
	json     bool
	noReport bool
	changed  bool
	recall   string
	race     raceFlags
}

func runCommand(r *flow.Registry, s *streams) *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run WORKFLOW",
		Short: "Replay labelled cases through a workflow's designs and compare them",
		Long: `Run replays the cases of the workflow's dataset through its designs, writes
the run record into reports/runs/<id>/, and prints the comparison, which is
also kept there as report.html, report.md and report.json.

Without --split it replays the dev split, or every case where the card declares
no splits. The same inputs and responses give the same trials, byte for byte,
at any --parallel. A run that was interrupted or killed goes on with --resume
and replays no finished case.

With --changed it replays only what changed: a design whose trials a complete run
in reports/runs/ holds, with nothing changed since by any digest, is left out, and
the report says so. eval gate holds the others against a baseline that was left out.

With --race cases come in random order and designs that another one has beaten
take no further part: see docs/race.md. --stop-when decided ends the run when
one design is left. The figures of such a run are no evidence for a gate.

With --budget the run stops, with exit code 6, before the calls of its steps
cost more; calls in flight are counted at what they may cost at most. It goes
on with --resume and a larger --budget, of which what was spent is a part.

Models with 'batch: true' in models.yaml are asked in batches, which may take up
to a day. The run waits for them; stopped or killed, it goes on waiting for the
same ones with --resume. --live asks such models now, at their other prices.`,
		Example: join(s.program,
			"%s run invoice",
			"%s run invoice --design rules --design model-cutoff --set cutoff=0.9",
			"%s run invoice --where channel=paper --limit 200",
			"%s run invoice --recall latest --set cutoff=0.9   # no step works again",
			"%s run invoice --design llm --parallel 16 --budget 5.00",
			"%s run invoice --changed",
			"%s run invoice --race --stop-when decided",
			"%s run --resume latest"),
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			if err := f.checkBudget(c.Flags().Changed("budget")); err != nil {
				return err
			}
			if err := f.race.check(c.Flags(), f.resume != ""); err != nil {
				return err
			}
			switch {
			case f.parallel < 0 || f.parallel > maxParallel:
				return withCode(ExitUsage, fmt.Errorf("--parallel takes numbers from 0 to %d", maxParallel))
			case f.resume != "" && len(a) > 0:
				return withCode(ExitUsage, errors.New("--resume goes on with a run as it was started: name no workflow"))
			case f.resume != "" && f.changed:
				return withCode(ExitUsage, errors.New("--resume goes on with a run as it was started: leave out --changed"))
			case f.resume != "":
				return resumeRun(c.Context(), r, s, &f)
			case f.changed && f.race.on:
				return withCode(ExitUsage, errors.New("--changed takes trials from earlier runs, and a race has its own cases: one of --changed and --race"))
			case len(a) == 0:
				here := ""
				if names := workflowNames(); len(names) > 0 {
					here = fmt.Sprintf(" (here: %s)", shown(strings.Join(names, ", ")))
				}
				return withCode(ExitUsage, fmt.Errorf("which workflow?%s usage: %s", here, c.UseLine()))
			}
			return startRun(c.Context(), r, s, &f, a[0], c)
		},
	}
	flags := c.Flags()
	f.selection(flags)
	f.race.add(flags)
	flags.StringVar(&f.out, "out", "", "folder of the run (default reports/runs/<id>)")
	flags.StringVar(&f.resume, "resume", "", "go on with this `run` (folder, id or latest)")
	flags.BoolVar(&f.offline, "offline", false, "call nothing outside: stored answers must do")
	flags.Float64Var(&f.budget, "budget", 0, "stop before calls cost more than this `amount` (default no limit)")
	flags.BoolVar(&f.changed, "changed", false, "leave out designs whose trials an earlier run holds by every digest")
	flags.BoolVar(&f.quiet, "quiet", false, "print the result only")
	flags.BoolVar(&f.json, "json", false, "print the result as JSON")
	flags.BoolVar(&f.noReport, "no-report", false, "write the record and score nothing")
	return c
}

// selection are the flags that say what is replayed.
func (f *runFlags) selection(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.designs, "design", nil, "replay this design only (repeatable; default all)")
	flags.StringVar(&f.data, "data", "", "dataset card, folder or name (default the workflow's own)")
	flags.StringArrayVar(&f.splits, "split", nil, "replay this split (repeatable; default dev)")
	flags.StringArrayVar(&f.where, "where", nil, "only cases with `column=value` (repeatable)")
	flags.StringArrayVar(&f.set, "set", nil, "override a design's param, `name=value` (repeatable)")
	flags.IntVar(&f.parallel, "parallel", 0, "cases worked on at once (default one a core; 16 where steps call models)")
	flags.IntVar(&f.repeat, "repeat", 0, "how often each case is replayed (default 1, or the recorded repeats)")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of all random draws")
	flags.Int64Var(&f.limit, "limit", 0, "stop after this many cases")
	flags.BoolVar(&f.live, "live", false, "ask models now that models.yaml has asked in batches")
	flags.StringVar(&f.recall, "recall", "", "take steps' answers from this earlier `run` where nothing that decides them changed")
}

// Every case at once, and every repeat of a case, is held in memory.
const (
	maxParallel = 100_000
	maxRepeats  = 10_000
)

// session is what steps that reach out are told of the run.
func (f *runFlags) session(w *design.Workflow, seed uint64) flow.Session {
	return flow.Session{
		Dir: stateDir(projectRoot(w.Dir)), Seed: seed, Offline: f.offline, Programs: true,
		Budget: flow.NewBudget(f.budget, flow.Spending{}, nil),
	}
}

// estimateFrom is how many cases tell what a run will cost before it begins.
// `eval plan` takes all: it is asked for nothing else.
const estimateFrom = 2000

// startRun begins a new run.
func startRun(ctx context.Context, r *flow.Registry, s *streams, f *runFlags, workflow string, c *cobra.Command) error {
	p, err := prepare(ctx, r, s, f, workflow, c)
	if err != nil {
		return err
	}
	h, w := p.header, p.workflow
	if f.changed {
		if err := p.onlyChanged(); err != nil {
			return err
		}
		if len(p.plans) == 0 {
			for _, u := range h.Unchanged {
				fmt.Fprintf(s.out, "%s: unchanged, its trials are those of run %s\n", u.Design, u.Run)
			}
			fmt.Fprintln(s.out, "nothing to replay")
			return nil
		}
	}
	if !f.offline {
		steps, err := p.estimate(ctx, f.parallel, estimateFrom)
		if err != nil {
			return err
		}
		if len(steps) > 0 {
			total := estimate.Total(steps)
			h.Estimate = &total
		}
	}
	dir := f.out
	if dir == "" {
		dir = newRunDir(w.Name, h.Started)
	}
	h.Run = filepath.Base(dir)
	if root := projectRoot(w.Dir); root != projectRoot(dir) && root != projectRoot(".") {
		// Neither the run nor whoever reads it here is in the project.
		h.Workflow.Path = filepath.ToSlash(filepath.Join(root, h.Workflow.Path))
		h.Data.Card.Path = filepath.ToSlash(filepath.Join(root, h.Data.Card.Path))
	}
	writer, err := record.Create(dir, h)
	if err != nil {
		return err
	}
	if err := copyFiles(writer, w, p.plans, p.card); err != nil {
		writer.Abort()
		return err
	}
	job := &replay.Job{
		Plans: p.plans, Card: p.card, Learn: p.learn, Recall: p.recall, Seed: h.Seed, Repeats: h.Repeats, Parallel: f.parallel, Writer: writer,
		Request: p.request,
	}
	if p.race != nil {
		enter(job, p.race)
	}
	return finishRun(ctx, r, s, f, job, w, p.total)
}

// resumeRun goes on with a run that was interrupted or killed.
func resumeRun(ctx context.Context, r *flow.Registry, s *streams, f *runFlags) error {
	run, err := findRun(f.resume)
	if err != nil {
		return err
	}
	h := run.Header
	if h.State == record.Complete {
		return withCode(ExitInput, fmt.Errorf("run %s is complete: there is nothing to resume", h.Run))
	}
	for _, d := range h.Designs {
		if d.Variant != "" {
			return withCode(ExitInput, fmt.Errorf("run %s holds variants (%s), which are not resumed: make it again", h.Run, d.Variant))
		}
	}
	w, err := findWorkflow(fileOf(run, h.Workflow.Path))
	if err != nil {
		return err
	}
	card, err := findCard(w, fileOf(run, h.Data.Card.Path))
	if err != nil {
		return err
	}
	set, err := parseSet(splitSetting(h.Settings["set"]))
	if err != nil {
		return err
	}
	var names []string
	for _, d := range h.Designs {
		names = append(names, d.Name)
	}
	plans, err := loadPlans(r, w, names, set)
	if err != nil {
		return err
	}
	f.offline = f.offline || h.Settings["offline"] == "true"
	f.live = f.live || h.Settings["live"] == "true"
	if err := f.resumeBudget(h); err != nil {
		return err
	}
	if plans, err = readyPlans(s, plans, true, f.session(w, h.Seed)); err != nil {
		return err
	}
	if err := unchanged(ctx, h, w, plans, card); err != nil {
		return err
	}
	request, err := score.Cases(h)
	if err != nil {
		return err
	}
	total, err := cases(ctx, card, w, request)
	if err != nil {
		return err
	}
	recordings, err := takeRecordings(s, projectRoot(w.Dir), plans)
	if err != nil {
		return err
	}
	writer, done, err := record.Resume(run.Dir, w.Outcome)
	if err != nil {
		return err
	}
	writer.Header().Recordings = recordings
	learn, err := learnsFrom(w, card, h)
	if err != nil {
		writer.Abort()
		return err
	}
	job := &replay.Job{
		Plans: plans, Card: card, Learn: learn, Seed: h.Seed, Repeats: h.Repeats, Parallel: f.parallel, Writer: writer, Skip: done,
		Request: request,
	}
	if h.Race != nil {
		raced, err := race.Resume(ctx, writer.Header(), run, w, card, done)
		if err != nil {
			writer.Abort()
			return err
		}
		// A race that was over may have closed its last segment early.
		job.Skip = raced.Cases()
		enter(job, raced)
	}
	return finishRun(ctx, r, s, f, job, w, total)
}

// finishRun replays so many cases, scores and reports.
func finishRun(ctx context.Context, r *flow.Registry, s *streams, f *runFlags, job *replay.Job, w *design.Workflow, total int64) error {
	session := f.session(w, job.Seed)
	job.Dir, job.Offline = session.Dir, session.Offline
	job.Fits = filepath.Join(session.Dir, "fits")
	job.Private = redact.New(job.Card, w, nil).Private
	if !f.live && !f.offline && job.Race == nil { // a race does not ask of all cases beforehand
		job.Scratch = func() (*record.Writer, func(), error) { return scratch(job.Writer.Header()) }
	}
	var err error
	if job.Budget, err = f.purse(job.Writer); err != nil {
		job.Writer.Abort()
		return err
	}
	if job.Race != nil {
		// What it decides by are the labels, whether or not they are reported.
		if err := countLook(job.Writer.Header(), w, job.Card, "race"); err != nil {
			job.Writer.Abort()
			return err
		}
	}
	display := newProgress(s, f, job, total)
	err = replay.Run(ctx, job)
	display.stop(err == nil)
	dir := job.Writer.Dir()
	if err != nil {
		var source *dataset.SourceError
		paid := job.Budget.Spent() != (flow.Spending{}) // also where a full disk left no room to say that it was interrupted
		if ctx.Err() == nil && (!paid && !resumable(dir) || errors.As(err, &source)) {
			if job.Skip == 0 && empty(dir) && !paid {
				os.RemoveAll(dir) // it holds what this command put there, and no case
			}
			return err // data that is mended is other data: a new run
		}
		more := ""
		if errors.Is(err, flow.ErrBudget) {
			more = " --budget AMOUNT"
		}
		fmt.Fprintf(s.err, "stopped; what was done is kept in %s\ngo on with: %s run --resume %s%s\n", relative(dir), s.program, relative(dir), more)
		switch {
		case ctx.Err() != nil:
			return silently(ExitInterrupted)
		case errors.Is(err, flow.ErrBudget):
			return withCode(ExitInterrupted, err)
		}
		return err
	}
	run, err := record.Open(dir)
	if err != nil {
		return err
	}
	if f.offline {
		if err := missing(s.err, run, w.Outcome); err != nil {
			return err
		}
	}
	if f.noReport {
		if !f.quiet {
			fmt.Fprintf(s.out, "record: %s\n", relative(dir))
		}
		return nil
	}
	// A report that was cut short can be made again; the record is whole.
	rep, err := buildReport(context.WithoutCancel(ctx), run, "run")
	if err != nil {
		return err
	}
	if err := rep.readHandoffs(context.WithoutCancel(ctx), r, run); err != nil {
		return err
	}
	if err := rep.readScorecard(context.WithoutCancel(ctx), r, run); err != nil {
		return err
	}
	if err := rep.readForPage(context.WithoutCancel(ctx), r, run); err != nil {
		return err
	}
	if err := keep(dir, "report", rep); err != nil {
		return fmt.Errorf("%w; the record is whole: '%s report %s' prints its report", err, s.program, relative(dir))
	}
	if f.json {
		return rep.JSON(s.out)
	}
	glance := textOptions(s.out)
	glance.Brief = true
	if err := rep.Text(s.out, glance); err != nil {
		return err
	}
	if !f.quiet {
		suggest(s, dir, rep)
	}
	return nil
}

// empty says whether a run has no case.
func empty(dir string) bool {
	run, err := record.Open(dir)
	if err != nil {
		return false
	}
	segments, err := run.Segments()
	return err == nil && len(segments) == 0
}

func resumable(dir string) bool {
	found, err := record.Open(dir)
	return err == nil && found.Header.State == record.Interrupted
}

// suggest names three commands to go on with.
func suggest(s *streams, dir string, rep *reportData) {
	id := filepath.Base(dir)
	if filepath.Dir(relative(dir)) != relative(runsDir()) {
		id = relative(dir)
	}
	example := shown(scaffold.Shell(rep.exampleCase()))
	fmt.Fprintf(s.out, "\nrecord and report: %s\nnext:\n", relative(dir))
	fmt.Fprintf(s.out, "  %s report %s   all of it: fields, classes, segments, costs\n", s.program, id)
	fmt.Fprintf(s.out, "  %s trace %s %s   one case, step by step\n", s.program, id, example)
	fmt.Fprintf(s.out, "  %s run %s --where COLUMN=VALUE --set PARAM=VALUE   fewer cases, another cutoff\n", s.program, rep.Score.Workflow)
}
