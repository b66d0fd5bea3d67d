package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/discover"
	"github.com/rehearse-dev/rehearse/internal/eventlog"
	"github.com/rehearse-dev/rehearse/internal/normalise"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/scaffold"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// logFlags say how an event log is read, and what is made of it.
type logFlags struct {
	columns  eventlog.Columns
	zone     string
	dates    string
	granule  time.Duration
	against  string
	reps     int
	seed     uint64
	parallel int
	hide     bool
}

func (f *logFlags) register(c *cobra.Command) {
	flags := c.Flags()
	for _, x := range []struct {
		to         *string
		name, what string
	}{
		{&f.columns.Case, "case", "of the case"},
		{&f.columns.Activity, "activity", "of what was done"},
		{&f.columns.Resource, "resource", "of who did it"},
		{&f.columns.Start, "start", "of when it began"},
		{&f.columns.End, "end", "of when it ended"},
		{&f.columns.Lifecycle, "lifecycle", "that says start or complete, where begin and end are rows of their own"},
	} {
		flags.StringVar(x.to, x.name, "", "`column` "+x.what+" (default by its name)")
	}
	flags.StringVar(&f.zone, "zone", "UTC", "time `zone` whose clock hours of work are by, and times that name none")
	flags.StringVar(&f.dates, "dates", "dmy", "what 03/04/2025 is: dmy or mdy")
	flags.DurationVar(&f.granule, "granule", discover.DefaultGranule*time.Minute, "the finest part of hours of work")
	flags.StringVar(&f.against, "against", "", "a later `log` of the process to hold the simulation against (default: the last fifth of the cases)")
	flags.IntVar(&f.reps, "replications", discover.DefaultReplications, fmt.Sprintf("simulated logs of the replay check; at least %d", discover.FewestReplications))
	flags.Uint64Var(&f.seed, "seed", 1, "seed of all random draws")
	flags.BoolVar(&f.hide, "hide-people", false, "call people P1, P2 and so on, in the place of their names")
	flags.IntVar(&f.parallel, "parallel", runtime.GOMAXPROCS(0), "simulations at a time; the answer is the same at any number")
}

// process checks the flags, then discovers the process of a log.
func (f *logFlags) process(c *cobra.Command, path string) (*discover.Result, error) {
	zone, err := time.LoadLocation(f.zone)
	if err != nil || f.zone == "" || f.zone == "Local" {
		return nil, withCode(ExitUsage, fmt.Errorf("--zone %q: unknown time zone, want a name such as Europe/Berlin or UTC", f.zone))
	}
	if f.dates != string(normalise.DayFirst) && f.dates != string(normalise.MonthFirst) {
		return nil, withCode(ExitUsage, fmt.Errorf("--dates %q: want dmy or mdy", f.dates))
	}
	minutes := int(f.granule / time.Minute)
	if f.granule%time.Minute != 0 || minutes < 5 || 24*60%minutes != 0 {
		return nil, withCode(ExitUsage, fmt.Errorf("--granule %v: want 5m or more, and a day to be a multiple of it", f.granule))
	}
	if f.reps < discover.FewestReplications || f.reps > 1000 {
		return nil, withCode(ExitUsage, fmt.Errorf("--replications %d: want %d to 1000; with fewer, every log is within chance", f.reps, discover.FewestReplications))
	}
	if f.parallel < 1 {
		return nil, withCode(ExitUsage, fmt.Errorf("--parallel %d: want 1 or more", f.parallel))
	}
	return unlessInterrupted(c.Context(), func(ctx context.Context) (*discover.Result, error) {
		return f.discover(ctx, path, zone)
	})
}

// discover reads a log, and the one that it is held against, and discovers its process.
func (f *logFlags) discover(ctx context.Context, path string, zone *time.Location) (*discover.Result, error) {
	read := eventlog.Options{Columns: f.columns, Zone: zone, Dates: normalise.DateOrder(f.dates)}
	log, err := eventlog.Read(ctx, path, read)
	if err != nil {
		return nil, err
	}
	if f.hide {
		for i := range log.Resources {
			log.Resources[i] = fmt.Sprintf("P%d", i+1)
		}
	}
	o := discover.Options{Granule: int(f.granule / time.Minute), Replications: f.reps, Workers: f.parallel, Seed: f.seed}
	if f.against != "" {
		if o.Against, err = eventlog.Read(ctx, f.against, read); err != nil {
			return nil, err
		}
	}
	return discover.Run(ctx, log, o)
}

func discoverCommand(r *flow.Registry, s *streams) *cobra.Command {
	var f logFlags
	var format, output, folder, name string
	c := &cobra.Command{
		Use:   "discover LOG",
		Short: "Map the process that an event log shows, and propose its as-is design, teams and hours",
		Long: `Discover reads an event log: who did what on which case, from when to when. It
maps the process as it is (what follows what, how long work takes and cases wait,
who hands cases to whom, what is done again), groups people by what they do, and
finds their hours of work. A simulation of the last cases, estimated from those
before, says how far the map can be trusted.

LOG is ` + eventlog.Formats + `.
Columns are found by their names, or named by flags; --end is a log's only time
where it has one.

--write puts a project into a folder: the workflow, its as-is design, the cases as
a dataset, a scenario of the traced time with the people and their hours, and one
for every role. It overwrites nothing.`,
		Example: join(s.program,
			"%s discover loans.csv",
			"%s discover loans.csv --zone Europe/Berlin --format html --output process.html",
			"%s discover loans.csv --write mapped"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			write, err := printer(s, format, output)
			if err != nil {
				return err
			}
			res, err := f.process(c, a[0])
			if err != nil {
				return err
			}
			if folder != "" {
				if err := writeProcess(c.Context(), r, s, res, folder, name); err != nil {
					return err
				}
			}
			return write(report.Process{Result: res})
		},
	}
	f.register(c)
	answerFlags(c.Flags(), &format, &output)
	c.Flags().StringVar(&folder, "write", "", "write the proposed project into this `folder`")
	c.Flags().StringVar(&name, "name", "", "name of the proposed workflow (default the log's)")
	return c
}

// writeProcess writes the project that a process proposes, once it passes lint.
func writeProcess(ctx context.Context, r *flow.Registry, s *streams, res *discover.Result, dir, name string) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return fmt.Errorf("%s is a file: name a folder", dir)
	}
	if name == "" {
		name = filepath.Base(res.Log)
		for ext := filepath.Ext(name); ext != "" && ext != name; ext = filepath.Ext(name) {
			name = strings.TrimSuffix(name, ext)
		}
	}
	name = scaffold.Folder(name)
	draft, err := beside(dir)
	if err != nil {
		return err
	}
	defer os.RemoveAll(draft)
	proposed, err := unlessInterrupted(ctx, func(context.Context) ([]discover.File, error) { return res.Propose(name), nil })
	if err != nil {
		return err
	}
	var files []string
	for _, f := range proposed {
		at := filepath.Join(draft, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(at, []byte(f.Text), 0o644); err != nil {
			return err
		}
		files = append(files, f.Path)
	}
	problems, _, err := lint(ctx, r, []string{draft})
	if err != nil {
		return err
	}
	for _, path := range files {
		if strings.HasPrefix(path, "scenarios/") { // those that stand alone
			_, more := scenario.Load(filepath.Join(draft, filepath.FromSlash(path)), nil)
			problems = append(problems, more...)
		}
	}
	if err := problems.Err(); err != nil {
		return fmt.Errorf("the project that would be written does not pass lint, which is a fault of this program: %w", err)
	}
	if err := scaffold.Move(draft, dir, files); err != nil {
		return err
	}
	fmt.Fprintf(s.err, "%s written into %s: %s\n", count(len(files), "file"), dir, strings.Join(files, ", "))
	return nil
}
