package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/opsim"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// Simulate runs the simulate program with the steps of a registry and gives its
// exit code. args[0] is the name it was called by, which its help shows.
func Simulate(r *flow.Registry, args []string, in io.Reader, out, errOut io.Writer) int {
	s := &streams{in: in, out: out, err: errOut, program: filepath.Base(args[0])}
	return execute(simulateCommand(r, s), s, args[1:])
}

// simulateCommand is the simulate program with all that it can be asked.
func simulateCommand(r *flow.Registry, s *streams) *cobra.Command {
	root := &cobra.Command{
		Use:   s.program,
		Short: "Show how designs behave in operation: queues, teams, service level, trouble",
		Long: `Simulate draws cases from a run that eval made, lets them arrive through the
week, and gives those that a design escalates to a team with working hours:
turnaround, backlog, utilisation and cost, with an interval on everything.`,
		Example: join(s.program,
			"%s stress invoice/rules        # what happens when things go wrong",
			"%s run invoice/peak            # workflows/invoice/scenarios/peak.yaml",
			"%s staff invoice/peak          # the cheapest people that keep the service level",
			"%s check loans.csv             # whether a simulation of an event log can be trusted",
			"%s compare invoice/peak        # designs against the baseline, on the same cases",
			"%s sweep invoice/peak          # volume against headcount, and where the service level breaks",
			"%s cutoff invoice/peak --design model-cutoff    # the cheapest cutoff when people are few",
			"%s business invoice/peak       # hours and money a year, pay-back, what drives it"),
	}
	root.AddCommand(simulateStressCommand(r, s))
	root.AddCommand(simulateRunCommand(s), simulateStaffCommand(s), simulateCheckCommand(s), simulateCompareCommand(s), simulateSweepCommand(r, s), simulateCutoffCommand(r, s), simulateBusinessCommand(s), versionCommand(s))
	return root
}

// simulateFlags are the flags of every question about a scenario.
type simulateFlags struct {
	run          string
	designs      []string
	seed         uint64
	replications int
	parallel     int
	format       string
	output       string
}

func (f *simulateFlags) register(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.run, "run", "", "the `run` that gives the cases: a folder, an id in reports/runs, or latest")
	flags.StringSliceVar(&f.designs, "design", nil, "only this `design` of the run; may be repeated")
	flags.Uint64Var(&f.seed, "seed", 0, "seed of all random draws, in place of the scenario's")
	flags.IntVar(&f.replications, "replications", 0, "replications, in place of the scenario's; at least 2")
	flags.IntVar(&f.parallel, "parallel", runtime.GOMAXPROCS(0), "replications at a time; the answer is the same at any number")
	answerFlags(flags, &f.format, &f.output)
}

const scenarioHelp = `SCENARIO is a scenario file, WORKFLOW/NAME for workflows/WORKFLOW/scenarios/NAME.yaml,
or NAME alone where one workflow has it.`

func simulateRunCommand(s *streams) *cobra.Command {
	var f simulateFlags
	var drivers bool
	c := &cobra.Command{
		Use:   "run SCENARIO",
		Short: "Simulate the designs of a run in a scenario",
		Long: `Run simulates weeks of operation: cases as they were replayed, drawn whole, and
the teams of the scenario. A team that gets more work than it can do is said to,
with the growth of its backlog, before anything is averaged.

--drivers moves every quantity that nobody measured to the ends of its range, and
says what that does to the service level and to the cost: which of the assumptions
to find out about first.

` + scenarioHelp,
		Example: join(s.program,
			"%s run invoice/peak",
			"%s run invoice/peak --drivers --design rules",
			"%s run invoice/peak --run latest --format md --output peak.md"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			return f.answer(c, s, a[0], func(ctx context.Context, sc *scenario.Scenario, p *opsim.Profile, warnings []string) (printable, error) {
				res, err := opsim.Simulate(ctx, sc, p, f.parallel)
				if err != nil {
					return nil, err
				}
				if err := opsim.Uncertain(ctx, sc, p, res, f.parallel); err != nil {
					return nil, err
				}
				if err := opsim.Incidents(ctx, sc, p, res, f.parallel); err != nil {
					return nil, err
				}
				if drivers {
					if err := opsim.Drivers(ctx, sc, p, res, f.parallel); err != nil {
						return nil, err
					}
				}
				res.Warnings = append(res.Warnings, warnings...)
				return report.Operation{Result: res}, nil
			})
		},
	}
	f.register(c)
	c.Flags().BoolVar(&drivers, "drivers", false, "also move every quantity that nobody measured, one at a time, and rank what they do")
	return c
}

// answer reads a scenario and its profile, has the question answered, and
// prints the answer.
func (f *simulateFlags) answer(c *cobra.Command, s *streams, name string, ask func(context.Context, *scenario.Scenario, *opsim.Profile, []string) (printable, error)) error {
	return f.print(c, s, name, func(ctx context.Context, sc *scenario.Scenario) (printable, error) {
		p, warnings, err := f.profile(ctx, sc)
		if err != nil {
			return nil, err
		}
		found, err := ask(ctx, sc, p, warnings)
		return found, withCode(ExitInput, err)
	})
}

// print reads a scenario, has the question answered, and prints the answer.
func (f *simulateFlags) print(c *cobra.Command, s *streams, name string, ask func(context.Context, *scenario.Scenario) (printable, error)) error {
	write, err := printer(s, f.format, f.output)
	if err != nil {
		return err
	}
	if c.Flags().Changed("replications") && (f.replications < 2 || f.replications > 10_000) {
		return withCode(ExitUsage, fmt.Errorf("--replications %d: want 2 to 10000; one alone has no interval", f.replications))
	}
	if f.parallel < 1 {
		return withCode(ExitUsage, fmt.Errorf("--parallel %d: want 1 or more", f.parallel))
	}
	sc, err := findScenario(name)
	if err != nil {
		return err
	}
	if c.Flags().Changed("seed") {
		sc.Seed = f.seed
	}
	if f.replications > 0 {
		sc.Replications = f.replications
	}
	for i, d := range f.designs {
		if slices.Contains(f.designs[:i], d) {
			return withCode(ExitUsage, fmt.Errorf("--design %q: named twice", d))
		}
	}
	if len(f.designs) > 0 {
		sc.Designs = f.designs
	}
	if sc.Cases != nil && (f.run != "" || len(f.designs) > 0) {
		return withCode(ExitUsage, fmt.Errorf("--run and --design: the scenario %s states its cases", sc.Name))
	}
	found, err := simulated(c.Context(), s, func(ctx context.Context) (printable, error) { return ask(ctx, sc) })
	if err != nil {
		return err
	}
	return write(found)
}

// findScenario loads a scenario by its file or its name, and its workflow.
func findScenario(name string) (*scenario.Scenario, error) {
	root := projectRoot(".")
	found := scenarioFiles(root, name)
	if len(found) > 1 {
		return nil, withCode(ExitInput, fmt.Errorf("%d workflows have a scenario %q%s", len(found), name, oneOf(scenarioNames(root))))
	}
	paths := append([]string{name}, found...)
	for _, path := range paths {
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			continue
		}
		w, err := scenarioWorkflow(path)
		if err != nil {
			return nil, err
		}
		sc, problems := scenario.Load(relative(path), w)
		if err := problems.Err(); err != nil {
			return nil, err
		}
		return sc, nil
	}
	why := ""
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		why = ": that is a folder, want a file"
	} else if strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") {
		why = ": there is no such file"
	}
	return nil, withCode(ExitInput, fmt.Errorf("no scenario %q%s%s", name, why, oneOf(scenarioNames(root))))
}

// scenarioFiles are the files of the project's scenarios of a name, which may be
// that of a workflow and a scenario: invoice/busy.
func scenarioFiles(root, name string) []string {
	workflow, scenario, ok := strings.Cut(name, "/")
	if ok && scenario != "" {
		return []string{filepath.Join(root, "workflows", workflow, "scenarios", scenario+".yaml")}
	}
	found, _ := filepath.Glob(filepath.Join(root, "workflows", "*", "scenarios", name+".yaml"))
	return found
}

func scenarioNames(root string) []string {
	found, _ := filepath.Glob(filepath.Join(root, "workflows", "*", "scenarios", "*.yaml"))
	names := make([]string, len(found))
	for i, path := range found {
		workflow := filepath.Base(filepath.Dir(filepath.Dir(path)))
		names[i] = workflow + "/" + strings.TrimSuffix(filepath.Base(path), ".yaml")
	}
	return names
}

// scenarioWorkflow loads the workflow in whose folder scenarios/ is; nil for a
// scenario that stands alone.
func scenarioWorkflow(path string) (*design.Workflow, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(filepath.Dir(filepath.Dir(abs)), "workflow.yaml")
	if filepath.Base(filepath.Dir(abs)) != "scenarios" {
		return nil, nil
	}
	if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	w, problems := design.LoadWorkflow(relative(file))
	return w, problems.Err()
}

// runWarnings say where a run is less than the workflow's cases.
func runWarnings(run *record.Run, w *design.Workflow, sc *scenario.Scenario) []string {
	var out []string
	h := run.Header
	if h.State != record.Complete {
		out = append(out, fmt.Sprintf("the run is %s: its later cases are missing", h.State))
	}
	if w.Digest != sc.Workflow.Digest {
		out = append(out, "the workflow was changed after the run: cases are judged by the workflow as it was, and worked on by its teams as they are")
	}
	var part []string
	if len(h.Data.Where) > 0 {
		part = append(part, "where "+strings.Join(h.Data.Where, " and "))
	}
	if h.Data.Limit > 0 {
		part = append(part, fmt.Sprintf("the first %d", h.Data.Limit))
	}
	if slices.ContainsFunc(h.Designs, func(d record.Design) bool { return h.CutShort(d.Name) }) {
		part = append(part, "a race that was cut short")
	}
	if len(part) > 0 && sc.Arrivals.Week == nil && sc.Arrivals.PerWeek == 0 {
		out = append(out, fmt.Sprintf("the run has a part of the cases only (%s), and so has the volume: state arrivals: {per_week: ...}", strings.Join(part, ", ")))
	}
	return out
}

// findRunOf is findRun, with latest the latest of a workflow's runs.
func findRunOf(name string, w *design.Workflow) (*record.Run, error) {
	if name != "latest" {
		return findRun(name)
	}
	return latestRun(func(run *record.Run) bool {
		copied, _ := design.LoadWorkflow(filepath.Join(run.Dir, filepath.FromSlash(run.Header.Workflow.Copy)))
		return copied != nil && copied.Name == w.Name
	}, fmt.Errorf("no run of workflow %q can be read: make one with 'eval run %s'", w.Name, w.Name))
}
