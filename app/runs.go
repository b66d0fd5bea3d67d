package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/internal/gate"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/report"
)

func runsCommand(s *streams) *cobra.Command {
	var limit int
	var asJSON bool
	c := &cobra.Command{
		Use:   "runs [WORKFLOW]",
		Short: "List what has been run, newest first, with headline figures",
		Long: `Runs lists the runs in reports/runs, or those of one workflow, with what was
found when they were last scored: nothing is scored again. A folder there that
is no run, or cannot be read, is named and passed over.`,
		Example: join(s.program, "%s runs", "%s runs invoice --limit 5", "%s runs --json"),
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			if limit < 0 {
				return withCode(ExitUsage, fmt.Errorf("--limit %d: want a number from 0 up", limit))
			}
			workflow := ""
			if len(a) == 1 {
				workflow = filepath.Base(a[0])
			}
			list, err := listRuns(workflow)
			if err != nil {
				return err
			}
			if limit > 0 && len(list.Runs) > limit {
				list.More = len(list.Runs) - limit
				list.Runs = list.Runs[:limit]
			}
			if asJSON {
				return list.JSON(s.out)
			}
			return list.Text(s.out, textOptions(s.out), time.Now())
		},
	}
	c.Flags().IntVar(&limit, "limit", 20, "the newest `N` runs; 0 for all")
	c.Flags().BoolVar(&asJSON, "json", false, "print the list as JSON")
	return c
}

// listRuns are the runs of a workflow, or of all of them where it is "".
func listRuns(workflow string) (*report.Runs, error) {
	list := &report.Runs{Runs: []report.RunLine{}}
	entries, err := os.ReadDir(runsDir())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	known := workflowNames()
	for _, e := range entries {
		dir := filepath.Join(runsDir(), e.Name())
		if info, err := os.Stat(dir); err != nil || !info.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		run, err := record.Open(dir)
		if err != nil {
			list.Problems = append(list.Problems, strings.ReplaceAll(err.Error(), dir, relative(dir)))
			continue
		}
		line, err := runLine(run)
		if err != nil {
			list.Problems = append(list.Problems, strings.ReplaceAll(err.Error(), dir, relative(dir)))
		}
		known = append(known, line.Workflow)
		if workflow == "" || line.Workflow == workflow {
			list.Runs = append(list.Runs, line)
		}
	}
	slices.Sort(known)
	if known = slices.Compact(known); workflow != "" && !slices.Contains(known, workflow) {
		return nil, withCode(ExitInput, fmt.Errorf("no workflow %q, and no run of one%s", workflow, oneOf(known)))
	}
	// As latest has it: the one written last comes first.
	written := func(l report.RunLine) time.Time { return modified(filepath.Join(runsDir(), l.Run, "run.json")) }
	slices.SortStableFunc(list.Runs, func(a, b report.RunLine) int { return written(b).Compare(written(a)) })
	return list, nil
}

// runLine is what the list shows of a run.
func runLine(run *record.Run) (report.RunLine, error) {
	h := run.Header
	line := report.RunLine{
		Run: filepath.Base(run.Dir), Dir: relative(run.Dir), Workflow: filepath.Base(filepath.Dir(filepath.FromSlash(h.Workflow.Path))),
		State: h.State, Started: h.Started, Written: h.Finished, Cases: h.Data.Cases, Split: h.Data.Split,
		Dataset: filepath.Base(filepath.Dir(filepath.FromSlash(h.Data.Card.Path))),
	}
	if line.Written.IsZero() {
		line.Written = modified(filepath.Join(run.Dir, "run.json"))
	}
	for _, d := range h.Designs {
		name := d.Name
		if d.Variant != "" {
			name += " (" + d.Variant + ")"
		}
		line.Designs = append(line.Designs, name)
	}
	var err error
	if h.State != record.Complete {
		line.Cases, err = run.Kept()
		return line, err
	}
	path := filepath.Join(run.Dir, summaryFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return line, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &line.Summary)
	}
	if err != nil {
		line.Summary = nil
		return line, fmt.Errorf("%s: %w: make it again by 'report'", path, err)
	}
	return line, nil
}

// summaryFile is the headline figures of a run, in its folder.
const summaryFile = "summary.json"

// summarise keeps a run's headline figures with it, as they are now. A folder
// that cannot be written keeps those that it has: nothing else hangs on them.
func (r *reportData) summarise(run *record.Run) {
	var judged *gate.Result
	if len(r.workflow.Gate.Thresholds) > 0 {
		judged, _ = gate.Run(run.Header, r.workflow, r.Score, r.Compare, nil) // none of variants, or without candidates
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	if enc.Encode(report.Summarise(r.Score, judged)) != nil {
		return
	}
	path := filepath.Join(run.Dir, summaryFile)
	if had, err := os.ReadFile(path); err != nil || !bytes.Equal(had, b.Bytes()) {
		record.WriteFile(path, b.Bytes())
	}
}
