package app

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sort"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/regular"
)

// segmentCases is how many cases a segment of the record holds: what a crash
// can lose at most.
const segmentCases = 128 * record.BlockCases

// header says what a run is made of.
func header(ctx context.Context, w *design.Workflow, plans []*design.Plan, card *dataset.Card) (*record.Header, error) {
	root := projectRoot(w.Dir)
	h := &record.Header{
		FormatVersion: record.FormatVersion, State: record.Running, Started: time.Now().UTC().Truncate(time.Second),
		Tool: tool(root), SegmentCases: segmentCases, Baseline: w.Baseline,
		Workflow: record.File{Path: projectPath(root, w.File), Copy: "files/workflow.yaml", SHA256: w.Digest},
	}
	digests, err := card.Digests(ctx)
	if err != nil {
		return nil, err
	}
	h.Data = record.Data{
		Card: record.File{Path: projectPath(root, card.File), Copy: "files/dataset.yaml", SHA256: card.Digest},
		Tags: card.Tags,
	}
	for _, d := range digests.Sources {
		h.Data.Sources = append(h.Data.Sources, record.File{Path: projectPath(root, d.Path), SHA256: d.SHA256})
	}
	for _, p := range plans {
		h.Designs = append(h.Designs, recorded(root, p))
	}
	return h, nil
}

// recorded is what a header says of a design.
func recorded(root string, p *design.Plan) record.Design {
	params := make(map[string]any)
	for _, param := range p.Design.Params {
		params[param.Name] = param.Value
	}
	return record.Design{
		Name: p.Design.Name, Digest: p.Design.Digest, Params: params, Files: p.Design.Files, Outside: outside(p),
		File: record.File{Path: projectPath(root, p.Design.File), Copy: "files/" + filepath.Base(p.Design.File), SHA256: p.Design.SHA256},
	}
}

// copyFiles keeps the workflow, the card and the designs with the run, so that
// it can be read when they have changed.
func copyFiles(w *record.Writer, wf *design.Workflow, plans []*design.Plan, card *dataset.Card) error {
	h := w.Header()
	copies := map[string]string{h.Workflow.Copy: wf.File, h.Data.Card.Copy: card.File}
	for _, p := range plans {
		for _, d := range h.Designs {
			if d.Name == p.Design.Name {
				copies[d.File.Copy] = p.Design.File
			}
		}
	}
	for to, from := range copies {
		content, err := regular.Read(from)
		if err != nil {
			return err
		}
		if err := w.CopyFile(to, content); err != nil {
			return err
		}
	}
	return nil
}

// unchanged refuses to go on with a run whose parts are not what they were.
func unchanged(ctx context.Context, h *record.Header, w *design.Workflow, plans []*design.Plan, card *dataset.Card) error {
	changed := func(what string) error {
		return withCode(ExitInput, fmt.Errorf("%s changed since the run was started: begin a new run", what))
	}
	if w.Digest != h.Workflow.SHA256 {
		return changed(relative(w.File))
	}
	for i, p := range plans {
		if i >= len(h.Designs) || p.Design.Digest != h.Designs[i].Digest {
			return changed(relative(p.Design.File) + " or a file it reads")
		}
		for step, now := range outside(p) {
			if was := h.Designs[i].Outside[step]; was != now {
				return withCode(ExitInput, fmt.Errorf("design %q, step %q: the run was started with %s, and this is %s: set the environment as it was, or begin a new run", p.Design.Name, step, was, now))
			}
		}
	}
	if card.Digest != h.Data.Card.SHA256 {
		return changed(relative(card.File))
	}
	digests, err := card.Digests(ctx)
	if err != nil {
		return err
	}
	for i, d := range digests.Sources {
		if i >= len(h.Data.Sources) || d.SHA256 != h.Data.Sources[i].SHA256 {
			return changed(relative(d.Path))
		}
	}
	return nil
}

// tool is what made a run: this program, and the state of the project's
// repository.
func tool(root string) record.Tool {
	t := record.Tool{Version: "devel", Go: runtime.Version(), Program: program()}
	if info, ok := debug.ReadBuildInfo(); ok && stamped(&info.Main) {
		t.Version = info.Main.Version
	}
	git := func(args ...string) (string, bool) {
		out, err := exec.Command("git", append([]string{"-C", root}, args...)...).Output()
		return strings.TrimSpace(string(out)), err == nil
	}
	if commit, ok := git("rev-parse", "HEAD"); ok {
		t.Commit = commit
		changes, ok := git("status", "--porcelain", "--untracked-files=no")
		t.Dirty = !ok || changes != ""
	}
	return t
}

// settings are the flags that were given, and the values of those that were
// not.
func settings(c *cobra.Command) (given, defaulted map[string]string) {
	given, defaulted = map[string]string{}, map[string]string{}
	c.Flags().VisitAll(func(f *pflag.Flag) {
		value := f.Value.String()
		if slice, ok := f.Value.(pflag.SliceValue); ok {
			value = strings.Join(slice.GetSlice(), settingSeparator)
		}
		if f.Changed {
			given[f.Name] = value
		} else if f.Name != "help" {
			defaulted[f.Name] = value
		}
	})
	return given, defaulted
}

// settingSeparator stands between the values of a repeated flag.
const settingSeparator = "\n"

func splitSetting(value string) []string {
	if value == "" {
		return nil
	}
	return strings.Split(value, settingSeparator)
}

// projectPath is a path relative to the project, with slashes.
func projectPath(root, path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return filepath.ToSlash(path)
	}
	if rel, err := filepath.Rel(root, abs); err == nil {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(path)
}

// newRunDir is a folder for a run of the workflow that does not exist yet.
func newRunDir(workflow string, at time.Time) string {
	return unused(filepath.Join(runsDir(), at.Format("20060102-150405")+"-"+workflow))
}

// unused is a folder's name that is not taken, the one asked for or the next
// with a number.
func unused(base string) string {
	dir := base
	for n := 2; ; n++ {
		if _, err := os.Stat(dir); err != nil {
			return dir
		}
		dir = fmt.Sprintf("%s-%d", base, n)
	}
}

func modified(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// sortedKeys are the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
