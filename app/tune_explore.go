package app

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/replay"
	"github.com/rehearse-dev/rehearse/internal/tune"
)

// explore runs the cases that certify with every setting.
func (t *tuning) explore(ctx context.Context, r *flow.Registry, f *tuneFlags, job *replay.Job, written *engine.Runner, grid *tune.Grid) (*tune.Explored, error) {
	settings := make([]*engine.Runner, grid.Len())
	for i := range settings {
		set := map[string]string{}
		for k, v := range grid.Setting(i) {
			set[grid.Cutoffs[k].Param] = strconv.FormatFloat(v, 'g', -1, 64)
		}
		moved, problems := design.Load(t.plan.Design.File, t.workflow, r, design.Options{Set: set})
		if err := problems.Err(); err != nil {
			return nil, err
		}
		var err error
		if settings[i], err = written.Moved(moved); err != nil {
			return nil, withCode(ExitInput, err)
		}
	}
	recorded, err := t.recorded()
	if err != nil {
		return nil, err
	}
	return tune.Explorer{
		Workflow: t.workflow, Card: t.card, Request: t.request, Takes: t.certifies, Recorded: recorded, Private: job.Private, Seed: job.Seed, Parallel: f.parallel,
	}.Explore(ctx, written, grid, settings)
}

// certifies says whether a calibration case is one that no confidence map was
// fitted on.
func (t *tuning) certifies(c *flow.Case) bool {
	return !t.maps || !dataset.Calibrates(c, t.plan.Design.CalibrationShare)
}

// recorded are the trials of the run that answers are taken from; nil for no
// such run.
func (t *tuning) recorded() (func(*flow.Case, uint64) (*flow.Trial, []bool), error) {
	if t.recall == nil {
		return nil, nil
	}
	trials := map[string]*flow.Trial{}
	for trial, err := range t.recall.Run.Trials(t.workflow.Outcome) {
		if err != nil {
			return nil, err
		}
		if trial.Design == t.plan.Design.Name && trial.Variant == "" && trial.Repeat == 0 {
			kept := *trial
			trials[trial.Case] = &kept
		}
	}
	return func(c *flow.Case, input uint64) (*flow.Trial, []bool) {
		if trial := trials[c.ID]; trial != nil && trial.InputDigest == input {
			return trial, t.recall.Steps[0]
		}
		return nil, nil
	}, nil
}

// seen are the cases that certify and that the design knew before, in words.
func (t *tuning) seen(ctx context.Context) ([]string, error) {
	files := map[string][]byte{}
	for _, file := range t.plan.Design.Files {
		const longest = 1 << 20 // a table of reference data is no prompt
		if file.Bytes > longest {
			continue
		}
		data, err := regular.Read(filepath.Join(t.workflow.Dir, filepath.FromSlash(file.Path)))
		if err != nil {
			return nil, err
		}
		files[file.Path] = data
	}
	trained := slices.ContainsFunc(t.plan.Nodes, func(n *design.Node) bool {
		_, learns := n.Step.(flow.Fitter)
		return learns
	}) && t.learn == nil && slices.Contains(t.card.SplitNames(), "train")
	return tune.Seen(ctx, t.card, t.plan, files, t.certifies, trained)
}
