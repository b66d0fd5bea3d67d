package app

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/ledger"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/replay"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/tune"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// write puts the chosen cutoffs into the design's file, and what share of the
// calibration split they leave to confidence maps.
func (t *tuning) write(result *tune.Result) error {
	file := t.plan.Design.File
	text, err := regular.Read(file)
	if err != nil {
		return err
	}
	for i, v := range result.Best().Values {
		if result.Cutoffs[i].Was == v {
			continue
		}
		if text, err = yamldoc.Replace(file, text, []string{"params", result.Cutoffs[i].Param}, strconv.FormatFloat(v, 'g', -1, 64)); err != nil {
			return withCode(ExitInput, err)
		}
	}
	if share := t.plan.Design.CalibrationShare; t.maps && share != t.share {
		if text, err = yamldoc.Set(file, text, "calibration_share", strconv.FormatFloat(share, 'g', -1, 64)); err != nil {
			return withCode(ExitInput, fmt.Errorf("%s: %w", file, err))
		}
	}
	return record.WriteFile(file, text)
}

// test shows the written design on the held-out split, which the ledger counts.
func (t *tuning) test(c *cobra.Command, r *flow.Registry, s *streams, f *tuneFlags, result *tune.Result) (*report.TestedTune, error) {
	ctx := c.Context()
	p, err := f.on(c, r, s, t.workflow, t.plan.Design.File, ledger.HeldOut)
	if err != nil {
		return nil, err
	}
	job := &replay.Job{
		Plans: p.plans, Card: p.card, Learn: p.learn, Seed: p.header.Seed, Repeats: 1, Request: p.request,
		Dir: p.stateDir(), Offline: true,
	}
	run, err := replayInto(ctx, s, job, p.header, newRunDir(p.workflow.Name, p.header.Started), f.parallel, true, p.workflow, p.plans)
	if err != nil {
		return nil, err
	}
	rep, err := buildReport(ctx, run, "tune")
	if err != nil {
		return nil, err
	}
	if err := keep(run.Dir, "report", rep); err != nil {
		return nil, err
	}
	looks, err := ledger.Read(p.card.Dir)
	if err != nil {
		return nil, err
	}
	t.tested = run.Dir
	d := &rep.Score.Designs[0]
	out := &report.TestedTune{Run: run.Header.Run, Cases: d.Cases}
	out.Looks, out.Runs = ledger.Count(looks, ledger.HeldOut)
	for _, name := range []string{score.AutomatedAccuracy, score.AutomationRate, score.EscalationRate, score.SystemAccuracy, score.CostPerCase, score.MinutesPerCase} {
		if m, ok := d.Metric(name); ok {
			out.Metrics = append(out.Metrics, m)
		}
	}
	if m, ok := d.Metric(score.AutomatedAccuracy); ok && m.Exact != nil && m.Estimate.Valid {
		out.Broken = m.Exact.Upper.Upper < 1-result.Error
	}
	if n := d.Dispositions[score.NotMeasured]; n > 0 {
		out.Warnings = append(out.Warnings, fmt.Sprintf("%d of %d trials of the split test were not measured, since an answer is not stored: %s asks for them", n, d.Trials, t.asking(ledger.HeldOut)))
	}
	return out, nil
}
