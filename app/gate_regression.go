package app

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/gate"
	"github.com/rehearse-dev/rehearse/internal/ledger"
	"github.com/rehearse-dev/rehearse/internal/promote"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// regressed adds to a verdict how its candidates do on the dataset's regression
// split, which is replayed with the designs as the run had them, from stored
// answers alone. Cases that they pass are written down.
func regressed(ctx context.Context, r *flow.Registry, s *streams, run *record.Run, w *design.Workflow, card *dataset.Card, verdict *gate.Result) error {
	if len(card.Regression) == 0 || len(verdict.Candidates) == 0 {
		return nil
	}
	found, err := replayRegression(ctx, r, s, run, verdict)
	if err != nil {
		var e *exitError
		if !errors.As(err, &e) || e.code != ExitInput {
			return err
		}
		for _, c := range verdict.Candidates { // the verdict says why nothing tells
			verdict.Regress(c.Design, gate.Regression{Cases: len(card.Regression), Verdict: gate.Inconclusive, Reason: "regression: the split cannot be replayed: " + err.Error()})
		}
		return nil
	}
	hide, _ := redact.Names(card)
	production := ""
	if p, problems := promote.Verify(promote.Folder(filepath.Dir(fileOf(run, run.Header.Workflow.Path)))); problems.Err() == nil && p != nil {
		production = p.Design
	}
	leaked, err := regressionLearnt(ctx, run, card)
	if err != nil {
		return err
	}
	for _, c := range slices.Clone(verdict.Candidates) {
		passed, err := ledger.Passed(card.Dir, w.Name, c.Design, production)
		if err != nil {
			return err
		}
		g := gate.Regression{Cases: len(card.Regression)}
		pass := ledger.Pass{Workflow: w.Name, Design: c.Design, Run: run.Header.Run}
		for _, id := range sortedKeys(card.Regression) {
			shown := id
			if hide {
				shown = redact.Personal
			}
			if slices.Contains(leaked[c.Design], id) {
				g.Learnt = append(g.Learnt, shown)
			}
			switch d := found[[2]string{c.Design, id}]; {
			case d == score.AutomatedWrong || d == score.Failed:
				if passed[id] {
					g.Broken = append(g.Broken, shown)
				} else {
					g.Still = append(g.Still, shown)
				}
			case d == "" || d == score.NotMeasured || d == score.AutomatedUnknown:
				g.Open = append(g.Open, shown)
			default:
				pass.Cases = append(pass.Cases, id)
			}
		}
		g.Decide()
		verdict.Regress(c.Design, g)
		if err := ledger.AddPasses(card.Dir, pass, time.Now()); err != nil {
			return err
		}
	}
	return nil
}

// regressionLearnt are the cases of the regression split that a run's designs learnt
// from, by design.
func regressionLearnt(ctx context.Context, run *record.Run, card *dataset.Card) (map[string][]string, error) {
	out := map[string][]string{}
	if run.Header.Data.FitCard != nil {
		return out, nil // they learnt from another dataset
	}
	for _, d := range run.Header.Designs {
		if slices.ContainsFunc(d.Learnt, func(l record.Learnt) bool { return l.Fold < 0 && l.Examples+l.Calibration > 0 }) {
			out[d.Name] = nil
		}
	}
	if len(out) == 0 {
		return out, nil
	}
	splits, err := splitsOf(ctx, card, sortedKeys(card.Regression))
	for name := range out {
		out[name] = learntFrom(splits)
	}
	return out, err
}

// replayRegression replays the regression split by the candidates, and gives what
// came of each case; of several repeats, the worst.
func replayRegression(ctx context.Context, r *flow.Registry, s *streams, run *record.Run, verdict *gate.Result) (map[[2]string]score.Disposition, error) {
	var names []string
	for _, c := range verdict.Candidates {
		names = append(names, c.Design)
	}
	w, card, plans, err := sameInputs(ctx, r, run, names)
	if err != nil {
		return nil, err
	}
	job, err := againJob(run, card, plans)
	if err != nil {
		return nil, err
	}
	job.Dir, job.Offline = stateDir(projectRoot(w.Dir)), true
	job.Request = dataset.Request{Splits: []string{dataset.Regression}}
	h, err := header(ctx, w, plans, card)
	if err != nil {
		return nil, err
	}
	h.Seed, h.Repeats, h.Data.Split, h.Baseline = job.Seed, job.Repeats, job.Request.Splits, ""
	if _, err := takeRecordings(s, projectRoot(w.Dir), plans); err != nil {
		return nil, err
	}
	tmp, remove, err := scratchFolder()
	if err != nil {
		return nil, err
	}
	defer remove()
	again, err := replayInto(ctx, s, job, h, filepath.Join(tmp, dataset.Regression), 0, true, w, plans)
	if err != nil {
		return nil, err
	}
	out := map[[2]string]score.Disposition{}
	worst := []score.Disposition{score.AutomatedWrong, score.Failed, score.NotMeasured, score.AutomatedUnknown}
	err = score.Each(ctx, again, w, card, func(t *flow.Trial, g score.Judgement) error {
		key := [2]string{t.Design, t.Case}
		had, seen := out[key]
		if at := slices.Index(worst, g.Disposition); !seen || at >= 0 && (at < slices.Index(worst, had) || !slices.Contains(worst, had)) {
			out[key] = g.Disposition
		}
		return nil
	})
	return out, err
}
