package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/promote"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// inProduction is the name by which the design in production is a baseline.
const inProduction = "production"

// gateBaseline is the design that a run's candidates are held against in place of
// the workflow's baseline.
type gateBaseline struct {
	run    *record.Run
	design int    // in its header
	name   string // as it is shown
	// copied: the design in production is this design of the run by every digest,
	// which stays a candidate.
	copied bool
	note   string
	drop   func() error // forgets a replay that was not whole; nil where there is none
}

// gateRun is the run that a name means, and the design where it is one's: RUN,
// RUN:DESIGN, or DESIGN in the newest run that has it.
func gateRun(name string) (run *record.Run, only string, err error) {
	ch := &choice{}
	switch at, ok, err := ch.runDesign(name); {
	case err != nil:
		return nil, "", err
	case ok:
		return ch.runs[at[0]], ch.name(at), nil
	case isRun(name):
		run, err := findRun(name)
		return run, "", err
	}
	run, err = newestOf(name, nil)
	return run, name, err
}

// newestOf is the newest complete run that has the design, of the same workflow as
// another run where one is given.
func newestOf(name string, like *record.Run) (*record.Run, error) {
	return latestRun(func(run *record.Run) bool {
		return run.Header.State == record.Complete && designOf(run, name) >= 0 &&
			(like == nil || run.Header.Workflow.Path == like.Header.Workflow.Path)
	}, fmt.Errorf("%q is no run, and no complete run in %s has a design of that name: make one with 'eval run WORKFLOW'", name, relative(runsDir())))
}

// baselineOf finds what the candidates of a run are to be held against: the design
// in production, a design of this run, another run's, or the newest one's.
func baselineOf(ctx context.Context, r *flow.Registry, s *streams, run *record.Run, name string) (*gateBaseline, error) {
	if name == inProduction && designOf(run, name) < 0 {
		return productionBaseline(ctx, r, s, run)
	}
	b := &gateBaseline{run: run, design: designOf(run, name)}
	if b.design < 0 {
		ch := &choice{}
		at, ok, err := ch.runDesign(name)
		switch {
		case err != nil:
			return nil, err
		case ok:
			b.run, b.design = ch.runs[at[0]], at[1]
		case isRun(name):
			if b.run, err = findRun(name); err != nil {
				return nil, err
			}
			if b.design = 0; len(b.run.Header.Designs) != 1 {
				return nil, withCode(ExitUsage, fmt.Errorf("run %s has %d designs: name the baseline as %s:DESIGN", b.run.Header.Run, len(b.run.Header.Designs), name))
			}
		default:
			if b.run, err = newestOf(name, run); err != nil {
				return nil, err
			}
			b.design = designOf(b.run, name)
		}
	}
	switch h := b.run.Header; {
	case h.State != record.Complete:
		return nil, withCode(ExitInput, fmt.Errorf("run %s is not complete: its cases are the first, and no baseline", h.Run))
	case h.Workflow.Path != run.Header.Workflow.Path:
		return nil, withCode(ExitInput, fmt.Errorf("run %s is of %s, and run %s of %s: a baseline is of the same workflow", h.Run, h.Workflow.Path, run.Header.Run, run.Header.Workflow.Path))
	}
	d := b.run.Header.Designs[b.design]
	if b.run.Header.CutShort(d.Name) {
		return nil, withCode(ExitInput, fmt.Errorf("design %q was cut short by the race of run %s: a baseline has been measured whole", d.Name, b.run.Header.Run))
	}
	b.name = score.DesignName(d.Name, d.Variant)
	if b.run.Header.ID() != run.Header.ID() {
		b.name += " @ " + b.run.Header.Run
	}
	return b, nil
}

// productionBaseline is the design in production, on the cases of the run. It is
// replayed only where nothing holds its trials yet: a design of the run that it is
// by every digest, or an earlier replay of the same.
func productionBaseline(ctx context.Context, r *flow.Registry, s *streams, run *record.Run) (*gateBaseline, error) {
	w, err := findWorkflow(fileOf(run, run.Header.Workflow.Path))
	if err != nil {
		return nil, err
	}
	folder := promote.Folder(w.Dir)
	if _, err := os.Stat(filepath.Join(folder, "production.yaml")); errors.Is(err, fs.ErrNotExist) {
		return nil, withCode(ExitInput, fmt.Errorf("nothing is in production of %s: 'eval promote DESIGN --run RUN' puts a design there", w.Name))
	}
	p, problems := promote.Verify(folder)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	b := &gateBaseline{run: run, name: fmt.Sprintf("%s (%s)", inProduction, p.Design)}
	b.design = slices.IndexFunc(run.Header.Designs, func(d record.Design) bool { return samePromoted(p, run.Header, d) })
	why := "no run holds its trials by every digest"
	switch measured := (record.Tool{Go: p.Evidence.Tool.Go, Program: p.Evidence.Tool.Program}); {
	case b.design >= 0 && !run.Header.Tool.SameProgram(measured):
		why = "this run has the same design by every digest, but was made by a program that is not proven to be that of the evidence"
	case b.design >= 0:
		b.copied = true
		b.note = fmt.Sprintf("production was not replayed: its design %s is that of this run by every digest (design, workflow, files, what it learnt, what it asks, program)", p.Design)
		return b, nil
	}
	root := projectRoot(folder)
	card, problems := dataset.Load(fileOf(run, run.Header.Data.Card.Path))
	if err := problems.Err(); err != nil {
		return nil, err
	}
	if err := sameData(ctx, card, run.Header); err != nil {
		return nil, err
	}
	dir := filepath.Join(stateDir(root), inProduction, replayKey(p, run.Header))
	b.design, b.drop = 0, func() error { return os.RemoveAll(dir) }
	if b.run, err = record.Open(dir); err == nil && b.run.Header.State == record.Complete && b.run.Header.Tool.SameProgram(tool(root)) {
		b.note = fmt.Sprintf("production (%s) was not replayed again: its trials are those of %s, since when no digest changed", p.Design, b.run.Header.Finished.UTC().Format("2006-01-02 15:04"))
		return b, nil
	}
	if b.run, err = replayOn(ctx, r, s, folder, card, run.Header, dir); err != nil {
		return nil, err
	}
	b.note = fmt.Sprintf("production (%s) was replayed on the cases of this run: %s", p.Design, why)
	return b, nil
}

// samePromoted says whether digests prove a design of a run to be that in
// production, the program aside.
func samePromoted(p *promote.Production, h *record.Header, d record.Design) bool {
	learnt := map[string]string{}
	for _, f := range p.Files {
		if f.Role == promote.LearntFile {
			learnt[f.Step+"\x00"+f.Key] = f.SHA256
		}
	}
	for _, l := range d.Learnt {
		if learnt[l.Step+"\x00"+l.Key] != l.SHA256 {
			return false
		}
		delete(learnt, l.Step+"\x00"+l.Key)
	}
	return len(learnt) == 0 && d.Name == p.Design && d.Variant == "" && d.Digest == p.Config.DesignDigest && h.Workflow.SHA256 == p.Config.WorkflowDigest &&
		maps.Equal(d.Outside, p.Config.Outside) && fmt.Sprint(d.Params) == fmt.Sprint(p.Config.Params)
}

// sameData refuses a dataset that is no longer the one that was replayed.
func sameData(ctx context.Context, card *dataset.Card, h *record.Header) error {
	same, err := asReplayed(ctx, card, h)
	if err == nil && !same {
		err = withCode(ExitInput, fmt.Errorf("the dataset changed since run %s, so that what is in production cannot be replayed on its cases: run it again", h.Run))
	}
	return err
}

// asReplayed says whether a dataset's card and sources are still those of a run.
func asReplayed(ctx context.Context, card *dataset.Card, h *record.Header) (bool, error) {
	now, err := card.Digests(ctx)
	if err != nil {
		return false, err
	}
	then := h.Data
	return card.Digest == then.Card.SHA256 && slices.EqualFunc(now.Sources, then.Sources, func(a dataset.FileDigest, b record.File) bool { return a.SHA256 == b.SHA256 }), nil
}

// replayKey stands for all that the trials of the design in production on a run's
// cases hang on, beside the program.
func replayKey(p *promote.Production, h *record.Header) string {
	of, err := json.Marshal([]any{p.Digest, h.Data.Card.SHA256, h.Data.Sources, h.Data.Split, h.Data.Where, h.Data.Limit, h.Seed, h.Repeats})
	if err != nil {
		panic(err) // strings and numbers
	}
	sum := sha256.Sum256(of)
	return hex.EncodeToString(sum[:8])
}

// replayOn replays the design in production on the cases of a run, and keeps the
// record in a folder that is there whole or not at all.
func replayOn(ctx context.Context, r *flow.Registry, s *streams, folder string, card *dataset.Card, of *record.Header, dir string) (*record.Run, error) {
	plan, err := promotedPlan(ctx, r, folder)
	if err != nil {
		return nil, err
	}
	if _, err := takeRecordings(s, projectRoot(folder), []*design.Plan{plan}); err != nil {
		return nil, err
	}
	where, err := dataset.ParseWhere(of.Data.Where)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, err
	}
	draft, err := os.MkdirTemp(filepath.Dir(dir), ".draft-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(draft)
	request := dataset.Request{Splits: of.Data.Split, Where: where, Limit: of.Data.Limit}
	if _, err := replayPromoted(ctx, s, plan, card, request, of.Seed, of.Repeats, filepath.Join(draft, inProduction)); err != nil {
		return nil, err
	}
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	if err := os.Rename(filepath.Join(draft, inProduction), dir); err != nil {
		return nil, err
	}
	return record.Open(dir)
}

// against scores the run again, beside the baseline in place of the workflow's, on
// the cases that both have for what is relative, and names the candidates: all
// designs but the baseline and the workflow's.
func (rep *reportData) against(ctx context.Context, run *record.Run, b *gateBaseline) ([]string, error) {
	own, err := score.RunInDetail(ctx, run, rep.workflow, rep.card)
	if err != nil {
		return nil, err
	}
	other, warnings := own, rep.Score.Warnings
	if b.note != "" {
		warnings = append(warnings, b.note)
	}
	if b.run.Header.ID() != run.Header.ID() {
		w, card, err := runInputs(b.run)
		if err != nil {
			return nil, err
		}
		if other, err = score.RunInDetail(ctx, b.run, w, card); err != nil {
			return nil, err
		}
		if err := countLook(b.run.Header, w, card, "gate"); err != nil {
			return nil, err
		}
		if b.drop != nil && other.Designs[0].Dispositions[score.NotMeasured] > 0 {
			if err := b.drop(); err != nil { // answers may be stored by the next time
				return nil, err
			}
		}
	}
	var choices []compare.Choice
	var candidates []string
	for i, d := range own.Designs {
		if other == own && i == b.design && !b.copied {
			continue
		}
		choices = append(choices, compare.Choice{Result: own, Design: i})
		if !d.Baseline {
			candidates = append(candidates, d.Name)
		}
	}
	names := make([]string, len(choices), len(choices)+1)
	for i, c := range choices {
		names[i] = own.Designs[c.Design].Name
	}
	joined, _, residues, err := compare.Join(append(choices, compare.Choice{Result: other, Design: b.design}))
	if err != nil {
		return nil, withCode(ExitInput, err)
	}
	if other != own {
		for _, x := range append(compare.Residues([]*record.Header{run.Header, b.run.Header}), residues...) {
			warnings = append(warnings, fmt.Sprintf("the runs differ in: %s (%s; the baseline's: %s)", x.What, x.First, x.Other))
		}
	}
	for i, name := range append(names, b.name) {
		joined.Designs[i].Name, joined.Designs[i].Baseline = name, i == len(names)
	}
	joined.Baseline, joined.Cases, joined.Warnings = b.name, own.Cases, warnings
	rep.Score = joined
	if rep.Compare, err = compare.Run(joined, b.name, margins(rep.workflow)); err != nil {
		return nil, err
	}
	if b.copied {
		rep.Compare.Same = []string{run.Header.Designs[b.design].Name}
	}
	return candidates, nil
}
