package promote

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/gate"
	"github.com/rehearse-dev/rehearse/internal/ledger"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// Case is the case for promoting a design: the run that measured it, and the
// verdict on it.
type Case struct {
	Header  *record.Header
	Design  string
	Verdict *gate.Result // of the design alone
	Card    *dataset.Card
	Looks   []ledger.Look
	Ledger  string // path relative to the project
	At      time.Time
	By      string
	Approve *Approval
}

// Production is what would be written, without its files; an error says why
// the case does not hold. That design, workflow and data are those of the run
// is for the caller to check.
func (c *Case) Production() (*Production, error) {
	h := c.Header
	i := slices.IndexFunc(h.Designs, func(d record.Design) bool { return d.Name == c.Design })
	if i < 0 {
		return nil, fmt.Errorf("run %s has no design %q", h.Run, c.Design)
	}
	if err := c.holds(); err != nil {
		return nil, err
	}
	d := h.Designs[i]
	candidate := c.Verdict.Candidates[0]
	looks, runs := ledger.Count(c.Looks, ledger.HeldOut)
	p := &Production{
		FormatVersion: FormatVersion, Workflow: c.Verdict.Workflow, Design: d.Name,
		Promoted: Promotion{At: c.At.UTC().Format(time.RFC3339), By: c.By, Approval: c.Approve},
		Config:   Config{DesignDigest: d.Digest, WorkflowDigest: h.Workflow.SHA256, Params: d.Params, Outside: d.Outside},
		Evidence: Evidence{
			Run: h.Run, Started: h.Started.UTC().Format(time.RFC3339), Seed: h.Seed, Repeats: h.Repeats, Baseline: h.Baseline,
			Tool: Tool{Version: h.Tool.Version, Go: h.Tool.Go, Commit: h.Tool.Commit, Dirty: h.Tool.Dirty},
			Data: Data{
				Dataset: c.Card.Name, Card: dataFile(h.Data.Card), Sources: dataFiles(h.Data.Sources),
				Split: ledger.HeldOut, Window: window(c.Card), Cases: int64(c.Verdict.Cases), Labels: c.Card.LabelSource,
			},
			Gate: Gate{Verdict: string(candidate.Verdict), Reason: candidate.Reason},
		},
		Looks: Looks{Ledger: c.Ledger, Split: ledger.HeldOut, Count: looks, Runs: runs},
	}
	p.DriftBaseline = DriftBaseline{Run: h.Run, Card: p.Evidence.Data.Card, Sources: p.Evidence.Data.Sources, Split: ledger.HeldOut, Cases: p.Evidence.Data.Cases}
	for i := range candidate.Lines {
		p.Evidence.Gate.Thresholds = append(p.Evidence.Gate.Thresholds, threshold(&candidate.Lines[i]))
	}
	return p, nil
}

// holds says whether the run is evidence for production.
func (c *Case) holds() error {
	h := c.Header
	switch {
	case h.State != record.Complete:
		return fmt.Errorf("run %s is not complete: go on with 'eval run --resume %s'", h.Run, h.Run)
	case len(h.Data.Split) != 1 || h.Data.Split[0] != ledger.HeldOut:
		return fmt.Errorf("run %s is not of the held-out split alone: promotion needs a run of 'eval run %s --split %s'", h.Run, c.Verdict.Workflow, ledger.HeldOut)
	case h.Data.Limit > 0 || len(h.Data.Where) > 0:
		return fmt.Errorf("run %s is of a part of the held-out split: promotion needs all of it, without --limit and --where", h.Run)
	case len(c.Verdict.Candidates) != 1 || c.Verdict.Candidates[0].Design != c.Design:
		return fmt.Errorf("there is no verdict on design %q alone", c.Design)
	case c.Verdict.Candidates[0].Verdict != gate.Pass:
		return &NotPassed{c.Verdict.Candidates[0]}
	}
	return nil
}

// NotPassed is the error of a run that could be evidence, and whose gate does
// not pass the design.
type NotPassed struct{ Candidate gate.Candidate }

func (e *NotPassed) Error() string {
	return fmt.Sprintf("the gate's verdict on design %q is %s: %s", e.Candidate.Design, e.Candidate.Verdict, e.Candidate.Reason)
}

func dataFile(f record.File) DataFile { return DataFile{Path: f.Path, SHA256: f.SHA256} }

func dataFiles(files []record.File) []DataFile {
	var out []DataFile
	for _, f := range files {
		out = append(out, dataFile(f))
	}
	return out
}

// window is the time of the held-out split, where the card states it.
func window(card *dataset.Card) *Window {
	for _, w := range card.Splits.Windows {
		if w.Split == ledger.HeldOut {
			return &Window{From: moment(w.From), To: moment(w.To)}
		}
	}
	return nil
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func threshold(l *gate.Line) Threshold {
	t := Threshold{
		Tier: string(l.Tier), Metric: l.Metric, Segment: l.Where(), Rule: string(l.Rule), Limit: l.Limit, Method: l.Bounds.Method,
		Numerator: l.Numerator, Denominator: l.Denominator, Cases: l.Cases, Verdict: string(l.Verdict),
	}
	if l.Bounds.Estimate.Valid {
		t.Estimate = &l.Bounds.Estimate.Value
	}
	if !math.IsInf(l.Bounds.Lower, 0) {
		t.Lower = &l.Bounds.Lower
	}
	if !math.IsInf(l.Bounds.Upper, 0) {
		t.Upper = &l.Bounds.Upper
	}
	return t
}
