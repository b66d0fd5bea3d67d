package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/replay"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/stress"
)

// stressFlags are how a design is stressed.
type stressFlags struct {
	file           string
	only           []string
	data           string
	splits         []string
	where, set     []string
	cases          int
	seed           uint64
	calls          bool
	budget         float64
	quiet          bool
	parallel       int
	format, output string
}

// defaultStressCases is how many cases are drawn where nobody says.
const defaultStressCases = 300

func simulateStressCommand(r *flow.Registry, s *streams) *cobra.Command {
	var f stressFlags
	c := &cobra.Command{
		Use:   "stress DESIGN",
		Short: "Replay cases through a design while things go wrong",
		Long: `Stress draws cases, replays them as they are, and again under every fault at
every strength: damaged data, look-ups that find nothing, people who err or are
away, systems that fail or are slow, documents that mean harm. It shows by how much results
get worse on the same cases, whether the design asked for help, what failed
without a sound, and what hurts most.

--faults names a stress file, which chooses faults and has some of your own, or
its NAME for workflows/WORKFLOW/stress/NAME.yaml. --only takes the names of faults,
or their beginnings as 'outage:*'.

Steps that ask a model take stored answers. Where a fault changes what a model is
asked, there is none: such trials are not measured. --calls asks, which may cost
money; --budget stops before it costs more, with exit code 6. Stopped by that, or
by Ctrl-C, it prints what the cases so far say. What was paid for is stored.

DESIGN is a file, WORKFLOW/NAME, or NAME alone where one workflow has it.`,
		Example: join(s.program,
			"%s stress invoice/rules",
			"%s stress invoice/rules --only ocr --only stale-lookups --cases 100",
			"%s stress invoice/rules --format html --output stress.html"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error { return stressDesign(c, r, s, &f, a[0]) },
	}
	flags := c.Flags()
	flags.StringVar(&f.file, "faults", "", "a stress `file`, or its name")
	flags.StringArrayVar(&f.only, "only", nil, "only this `fault`, or those that begin so with a * (repeatable)")
	flags.IntVar(&f.cases, "cases", defaultStressCases, "how many cases to draw, stratified by the right decision; 0 for all")
	flags.StringVar(&f.data, "data", "", "dataset card, folder or name (default the workflow's own)")
	flags.StringArrayVar(&f.splits, "split", nil, "draw from this `split` (repeatable; default dev)")
	flags.StringArrayVar(&f.where, "where", nil, "only cases with this `column=value` (repeatable)")
	flags.StringArrayVar(&f.set, "set", nil, "give a param another value, as `name=value` (repeatable)")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of the sample and of all faults")
	flags.BoolVar(&f.calls, "calls", false, "ask what is not stored, which may cost money")
	flags.Float64Var(&f.budget, "budget", 0, "stop before calls cost more than this `amount` (default no limit)")
	flags.BoolVar(&f.quiet, "quiet", false, "show no progress")
	flags.IntVar(&f.parallel, "parallel", 0, "cases worked on at once (default one a core); the answer is the same at any number")
	answerFlags(flags, &f.format, &f.output)
	return c
}

func stressDesign(c *cobra.Command, r *flow.Registry, s *streams, f *stressFlags, name string) error {
	ctx := c.Context()
	write, err := printer(s, f.format, f.output)
	if err != nil {
		return err
	}
	if f.cases < 0 || f.parallel < 0 {
		return withCode(ExitUsage, errors.New("--cases and --parallel take numbers from 0 up"))
	}
	run := &runFlags{
		data: f.data, splits: f.splits, where: f.where, set: f.set, seed: f.seed, repeat: 1, offline: !f.calls, budget: f.budget,
	}
	if err := run.checkBudget(c.Flags().Changed("budget")); err != nil {
		return err
	}
	if f.budget > 0 && !f.calls {
		return withCode(ExitUsage, errors.New("--budget bounds what --calls may cost: give both, or none"))
	}
	path, w, err := findDesign(name)
	if err != nil {
		return err
	}
	file, err := f.stressFile(w, c.Flags().Changed("cases"), c.Flags().Changed("seed"))
	if err != nil {
		return err
	}
	run.seed, run.designs = f.seed, []string{strings.TrimSuffix(filepath.Base(path), ".yaml")}
	p, err := prepare(ctx, r, s, run, w.File, c)
	if err != nil && !f.calls && exitCode(err) == ExitCannot {
		return withCode(ExitCannot, fmt.Errorf("%w: --calls lets its steps ask", err))
	}
	if err != nil {
		return err
	}
	if len(p.plans) != 1 {
		return withCode(ExitInput, fmt.Errorf("%q names %d designs, want one", name, len(p.plans)))
	}
	result, stopped := f.stressed(ctx, r, s, p, file)
	if result == nil {
		return stopped
	}
	if err := countLook(p.header, p.workflow, p.card, "stress"); err != nil {
		return err
	}
	if personal, _ := redact.Names(p.card); personal {
		result.HideExamples()
	}
	if err := write(report.Stress{Result: result}); err != nil {
		return err
	}
	switch {
	case ctx.Err() != nil:
		return silently(ExitInterrupted)
	case errors.Is(stopped, flow.ErrBudget):
		return withCode(ExitInterrupted, stopped)
	case stopped != nil:
		return stopped
	case result.Measured == 0, result.Untried != "":
		return silently(ExitInconclusive)
	}
	return nil
}

// stressFile is the stress file that is named, or an empty one. What it says of
// the sample holds where the command line does not.
func (f *stressFlags) stressFile(w *design.Workflow, cases, seed bool) (*stress.File, error) {
	file := new(stress.File)
	if f.file != "" {
		path := f.file
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			named := filepath.Join(w.Dir, "stress", f.file+".yaml")
			if _, err := os.Stat(named); err != nil {
				return nil, withCode(ExitInput, fmt.Errorf("no stress file %q: there is no such file, nor %s%s", f.file, relative(named), oneOf(stressNames(w))))
			}
			path = named
		}
		var problems error
		found, list := stress.Load(relative(path), w)
		if problems = list.Err(); problems != nil {
			return nil, problems
		}
		file = found
	}
	if file.Cases > 0 && !cases {
		f.cases = file.Cases
	}
	if file.Seed != nil && !seed {
		f.seed = *file.Seed
	}
	return file, nil
}

// checkOnly says whether there is a fault of the design for all that --only names.
func (f *stressFlags) checkOnly(names []string) error {
	for _, o := range f.only {
		if !slices.ContainsFunc(names, func(name string) bool { return stress.Matches(o, name) }) {
			return withCode(ExitUsage, fmt.Errorf("--only %s: there is no such fault%s", o, oneOf(names)))
		}
	}
	return nil
}

// stressNames are the names of a workflow's stress files.
func stressNames(w *design.Workflow) []string {
	found, _ := filepath.Glob(filepath.Join(w.Dir, "stress", "*.yaml"))
	for i, path := range found {
		found[i] = strings.TrimSuffix(filepath.Base(path), ".yaml")
	}
	return found
}

// stressed runs the design under the faults. What there is of a result stands
// beside an error too.
func (f *stressFlags) stressed(ctx context.Context, r *flow.Registry, s *streams, p *prepared, file *stress.File) (result *stress.Result, err error) {
	if err := f.checkOnly(append(stress.NamesFor(p.plans[0]), file.OwnNames()...)); err != nil {
		return nil, err
	}
	faults, end, err := stress.Choose(ctx, file, f.only, p.plans[0], r)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, end()) }()
	if len(faults) == 0 {
		return nil, withCode(ExitInput, fmt.Errorf("no fault is chosen: %s names none that the design has", relative(file.Path)))
	}
	dir, err := os.MkdirTemp("", "rehearse-stress-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	writer, err := record.Create(dir, p.header)
	if err != nil {
		return nil, err
	}
	defer writer.Abort()
	state := stateDir(projectRoot(p.workflow.Dir))
	private := redact.New(p.card, p.workflow, nil).Private
	job := &replay.Job{
		Plans: p.plans, Card: p.card, Learn: p.learn, Seed: p.header.Seed, Repeats: 1, Writer: writer, Request: p.request,
		Dir: state, Fits: filepath.Join(state, "fits"), Offline: !f.calls, Private: private,
		Budget: flow.NewBudget(f.budget, flow.Spending{}, nil),
	}
	runners, closeAll, err := replay.Runners(ctx, job)
	if err != nil && !f.calls && replay.ReachesOut(p.plans[0]) {
		return nil, fmt.Errorf("%w: --calls lets its steps ask", err)
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	stressing := &stress.Job{
		Workflow: p.workflow, Card: p.card, Request: p.request, Faults: faults, Cases: f.cases, Seed: f.seed, Parallel: f.parallel, Private: private,
	}
	if stressing.Parallel == 0 {
		stressing.Parallel = replay.Parallel(p.plans)
	}
	shown := f.watch(s, stressing, p)
	result, err = stressing.Run(ctx, runners[0])
	shown.stop(err == nil)
	if result == nil {
		return nil, err
	}
	result.Dataset, result.Title = p.card.Name, file.Title
	if file.Path != "" {
		result.File = filepath.ToSlash(file.Path)
	}
	result.Warnings = append(slices.Clone(p.header.Warnings), result.Warnings...)
	return result, err
}

// watch shows on a terminal how far it got.
func (f *stressFlags) watch(s *streams, job *stress.Job, p *prepared) display {
	if f.quiet || !live(s.err) {
		return noDisplay{}
	}
	total := p.total
	if f.cases > 0 {
		total = min(total, int64(f.cases))
	}
	var tried atomic.Int64
	job.Done = func() { tried.Add(1) }
	return newBars(s, total, []watched{{name: p.plans[0].Design.Name, done: tried.Load, say: func(since time.Duration) string {
		rate, left := pace(tried.Load(), 0, total, since)
		return fmt.Sprintf("%d/%d cases  %.1f/s%s", tried.Load(), total, rate, left)
	}}})
}
