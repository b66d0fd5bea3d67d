package app

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/gate"
	"github.com/rehearse-dev/rehearse/internal/promote"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/replay"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// recomputed replays a design of a run that another program, or one that is
// not proven the same, made, from stored answers, and counts the trials that come to something else.
func recomputed(ctx context.Context, r *flow.Registry, s *streams, run *record.Run, name string, now record.Tool) (*promote.Recomputed, error) {
	w, card, plans, err := sameInputs(ctx, r, run, []string{name})
	if err != nil {
		return nil, err
	}
	job, err := againJob(run, card, plans)
	if err != nil {
		return nil, err
	}
	job.Dir, job.Offline = stateDir(projectRoot(w.Dir)), true
	h, err := header(ctx, w, plans, card)
	if err != nil {
		return nil, err
	}
	sameCases(h, run)
	tmp, remove, err := scratchFolder()
	if err != nil {
		return nil, err
	}
	defer remove()
	again, err := replayInto(ctx, s, job, h, filepath.Join(tmp, "again"), 0, true, w, plans)
	if err != nil {
		return nil, err
	}
	diff, err := promote.Compare(promote.Of(run.Trials(w.Outcome), name), again.Trials(w.Outcome), w.Outcome)
	if err != nil {
		return nil, withCode(ExitInput, err)
	}
	return &promote.Recomputed{Version: now.Version, Go: now.Go, Trials: diff.Trials, Differ: diff.Differ}, nil
}

// recheck replays what is in production, and the baseline that it was held
// against, on the rows of the evidence, and holds every threshold's counts and
// bounds against those on record.
func recheck(ctx context.Context, r *flow.Registry, s *streams, dir string, p *promote.Production) error {
	plan, err := promotedPlan(ctx, r, dir)
	if err != nil {
		return err
	}
	root := projectRoot(dir)
	card, err := baselineRows(ctx, root, p)
	if err != nil {
		return err
	}
	job := &replay.Job{
		Plans: []*design.Plan{plan}, Fitted: []bool{true}, Card: card, Seed: p.Evidence.Seed, Repeats: p.Evidence.Repeats,
		Request: dataset.Request{Splits: []string{p.Evidence.Data.Split}}, Dir: stateDir(root), Offline: true,
	}
	if p.Evidence.Baseline != "" && p.Evidence.Baseline != p.Design {
		baseline, err := promotedAgainst(r, filepath.Dir(dir), p)
		if err != nil {
			return err
		}
		job.Plans, job.Fitted = append(job.Plans, baseline), append(job.Fitted, false)
	}
	h, err := header(ctx, plan.Workflow, job.Plans, card)
	if err != nil {
		return err
	}
	h.Run = p.Evidence.Run
	h.Seed, h.Repeats, h.Data.Split, h.Baseline = job.Seed, job.Repeats, job.Request.Splits, p.Evidence.Baseline
	if job.Learn, err = learnsFrom(plan.Workflow, card, h); err != nil {
		return err
	}
	if _, err := takeRecordings(s, root, job.Plans); err != nil {
		return err
	}
	tmp, remove, err := scratchFolder()
	if err != nil {
		return err
	}
	defer remove()
	run, err := replayInto(ctx, s, job, h, filepath.Join(tmp, "again"), 0, true, plan.Workflow, job.Plans)
	if err != nil {
		return err
	}
	scored, err := scoreForGate(ctx, run, plan.Workflow, card)
	if err != nil {
		return err
	}
	compared, err := compare.Run(scored, scored.Baseline, margins(plan.Workflow))
	if err != nil {
		return err
	}
	if err := countLook(run.Header, plan.Workflow, card, "verify"); err != nil {
		return err
	}
	verdict, err := gate.Run(run.Header, plan.Workflow, scored, compared, []string{p.Design})
	if err != nil {
		return err
	}
	lost := verdict.Candidates[0].Lines
	if i := slices.IndexFunc(lost, func(l gate.Line) bool { return l.Metric == score.NotMeasuredRate }); i >= 0 && lost[i].Numerator > p.Evidence.Numerator(score.NotMeasuredRate) {
		return withCode(ExitInconclusive, fmt.Errorf("not enough data: %.0f of %.0f trials could not be measured again, as no answer to what they ask is stored: 'eval cache import' takes in answers, and recordings/ is read", lost[i].Numerator, lost[i].Denominator))
	}
	if differ := p.Evidence.Differ(&verdict.Candidates[0]); len(differ) > 0 {
		return withCode(ExitFailed, fmt.Errorf("%s: a replay comes to something else than the evidence: %s", dir, strings.Join(differ, "; ")))
	}
	fmt.Fprintf(s.out, "replayed on %s: all %s as in the evidence\n", count(verdict.Cases, "case"), count(len(p.Evidence.Gate.Thresholds), "threshold"))
	return nil
}

// promotedAgainst is the baseline of a promotion's evidence, as it is in the
// workflow's folder, if it is still that.
func promotedAgainst(r *flow.Registry, folder string, p *promote.Production) (*design.Plan, error) {
	changed := withCode(ExitInconclusive, fmt.Errorf("the baseline %s or its workflow is not what the design was held against any more: it cannot be replayed", p.Evidence.Baseline))
	w, err := findWorkflow(folder)
	if err != nil || w.Digest != p.Config.WorkflowDigest {
		return nil, changed
	}
	plans, err := loadPlans(r, w, []string{p.Evidence.Baseline}, nil)
	if err != nil || plans[0].Design.Digest != p.Evidence.BaselineDigest {
		return nil, changed
	}
	return plans[0], nil
}
