package app

import (
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/gate"
	"github.com/rehearse-dev/rehearse/internal/ledger"
	"github.com/rehearse-dev/rehearse/internal/promote"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// promotionCase gathers what speaks for a design of a run, and against it. A
// workflow, design or data that are not those of the run are an error.
func promotionCase(ctx context.Context, r *flow.Registry, s *streams, run *record.Run, i int, w *design.Workflow) (*promote.Case, error) {
	h := run.Header
	name := h.Designs[i].Name
	if err := asMeasured(ctx, r, h, i, w); err != nil {
		return nil, err
	}
	rep, err := buildReport(ctx, run, "promote")
	if err != nil {
		return nil, err
	}
	verdict, err := gate.Run(h, rep.workflow, rep.Score, rep.Compare, []string{name})
	if err != nil {
		return nil, withCode(ExitInput, err)
	}
	if err := regressed(ctx, r, s, run, w, rep.card, verdict); err != nil {
		return nil, err
	}
	looks, err := ledger.Read(rep.card.Dir)
	if err != nil {
		return nil, err
	}
	answered, err := promote.Answered(run.Trials(w.Outcome), name)
	if err != nil {
		return nil, err
	}
	root := projectRoot(w.Dir)
	now := tool(root)
	held := &promote.Case{
		Header: h, Design: name, Verdict: verdict, Gate: rep.workflow.Gate, Card: rep.card,
		Looks: looks, Ledger: projectPath(root, ledger.Path(rep.card.Dir)), Answered: answered,
		Uncommitted: uncommitted(root, measuredFiles(root, w, h, &h.Designs[i])), Commit: now.Commit, At: time.Now(),
	}
	if !now.SameProgram(h.Tool) && h.State == record.Complete {
		held.Recomputed, err = recomputed(ctx, r, s, run, name, now)
	}
	return held, err
}

// asMeasured refuses a design whose workflow, files or data are not those of
// the run.
func asMeasured(ctx context.Context, r *flow.Registry, h *record.Header, i int, w *design.Workflow) error {
	card, err := findCard(w, filepath.Join(projectRoot(w.Dir), filepath.FromSlash(h.Data.Card.Path)))
	if err != nil {
		return err
	}
	set, err := parseSet(splitSetting(h.Settings["set"]))
	if err != nil {
		return err
	}
	path := filepath.Join(w.Dir, filepath.Base(filepath.FromSlash(h.Designs[i].File.Path)))
	plan, problems := design.Load(path, w, r, design.Options{Set: set})
	if err := problems.Err(); err != nil {
		return err
	}
	alone := *h
	alone.Designs = h.Designs[i : i+1]
	return unchanged(ctx, &alone, w, []*design.Plan{plan}, card)
}

// measuredFiles are the files of the project that the evidence rests on,
// relative to it.
func measuredFiles(root string, w *design.Workflow, h *record.Header, d *record.Design) []string {
	files := []string{h.Workflow.Path, d.File.Path, h.Data.Card.Path}
	for _, f := range h.Data.Sources {
		files = append(files, f.Path)
	}
	for _, f := range d.Files {
		if !strings.HasPrefix(f.Path, "${") {
			files = append(files, projectPath(root, filepath.Join(w.Dir, filepath.FromSlash(f.Path))))
		}
	}
	return slices.DeleteFunc(files, func(f string) bool { return strings.HasPrefix(f, "../") || filepath.IsAbs(f) })
}

// uncommitted are those of the files, relative to the project, that its
// repository does not hold as they are. Files that it ignores are held by their
// digest alone. Without a repository there are none.
func uncommitted(root string, files []string) []string {
	args := []string{"--literal-pathspecs", "-C", root, "status", "--porcelain", "--no-renames", "-z", "--"}
	out, err := exec.Command("git", append(args, files...)...).Output()
	if err != nil {
		return nil
	}
	var changed []string
	for _, entry := range strings.Split(string(out), "\x00") {
		if len(entry) > 3 {
			changed = append(changed, entry[3:])
		}
	}
	slices.Sort(changed)
	return changed
}
