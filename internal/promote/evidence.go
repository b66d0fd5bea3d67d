package promote

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
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
	Gate    design.Gate
	Card    *dataset.Card
	Looks   []ledger.Look
	Ledger  string // path relative to the project
	// Answered are, by step, the models that answered; see [Answered].
	Answered map[string][]string
	// Recomputed is a replay of the run by this tool; nil where this one made it.
	Recomputed *Recomputed
	// Uncommitted are the files behind the evidence that version control does
	// not hold as they are; Commit is that of the project, "" without one.
	Uncommitted []string
	Commit      string
	At          time.Time
	Expires     time.Time // zero for never
	By          string
	Approve     *Approval
	Override    bool // on the approval's reason
}

// Production is what would be written, without its files. A [*Refused] says why
// the case does not hold. That design, workflow and data are those of the run
// is for the caller to check.
func (c *Case) Production() (*Production, error) {
	h := c.Header
	i := slices.IndexFunc(h.Designs, func(d record.Design) bool { return d.Name == c.Design })
	if i < 0 {
		return nil, fmt.Errorf("run %s has no design %q", h.Run, c.Design)
	}
	override, err := c.overridden()
	if err != nil {
		return nil, err
	}
	d := h.Designs[i]
	candidate := c.Verdict.Candidates[0]
	p := &Production{
		FormatVersion: FormatVersion, Workflow: c.Verdict.Workflow, Design: d.Name,
		Promoted: Promotion{At: moment(c.At), By: c.By, Commit: c.Commit, Expires: moment(c.Expires), Approval: c.Approve, Override: override},
		Config: Config{
			DesignDigest: d.Digest, WorkflowDigest: h.Workflow.SHA256, Params: d.Params, Outside: d.Outside, Answered: c.Answered,
		},
		Evidence: Evidence{
			Run: h.Run, Started: moment(h.Started), Seed: h.Seed, Repeats: h.Repeats, Baseline: h.Baseline,
			Tool:       Tool{Version: h.Tool.Version, Go: h.Tool.Go, Program: h.Tool.Program, Commit: h.Tool.Commit, Dirty: h.Tool.Dirty},
			Recomputed: c.Recomputed,
			Data: Data{
				Dataset: c.Card.Name, Card: dataFile(h.Data.Card), Sources: dataFiles(h.Data.Sources),
				Split: ledger.HeldOut, Window: window(c.Card), Cases: int64(c.Verdict.Cases), Labels: c.Card.LabelSource,
			},
			Gate: Gate{Digest: gateDigest(c.Gate), Verdict: string(candidate.Verdict), Reason: candidate.Reason},
		},
		Looks: looks(c.Ledger, c.Looks),
	}
	for _, d := range h.Designs {
		if d.Name == h.Baseline {
			p.Evidence.BaselineDigest = d.Digest
		}
	}
	p.DriftBaseline = DriftBaseline{Run: h.Run, Card: p.Evidence.Data.Card, Sources: p.Evidence.Data.Sources, Split: ledger.HeldOut, Cases: p.Evidence.Data.Cases}
	p.Evidence.Gate.Thresholds = thresholds(&candidate)
	return p, nil
}

// gateDigest identifies thresholds by what they state.
func gateDigest(g design.Gate) string {
	text, err := json.Marshal(g)
	if err != nil {
		panic(err) // names and numbers
	}
	return sum(text)
}

// looks are the looks at the held-out split that a ledger holds.
func looks(name string, all []ledger.Look) Looks {
	out := Looks{Ledger: name, Split: ledger.HeldOut}
	out.Count, out.Runs = ledger.Count(all, ledger.HeldOut)
	for _, l := range all {
		if l.Split == ledger.HeldOut {
			out.Entries = append(out.Entries, Look{Day: l.Day, Command: l.Command, Run: l.Run})
		}
	}
	return out
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

// thresholds are a candidate's lines as evidence.
func thresholds(c *gate.Candidate) []Threshold {
	var out []Threshold
	for i := range c.Lines {
		out = append(out, threshold(&c.Lines[i]))
	}
	return out
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

// Numerator is that of the evidence for a metric over all cases; 0 where it has none.
func (e *Evidence) Numerator(metric string) float64 {
	for _, t := range e.Gate.Thresholds {
		if t.Metric == metric && t.Segment == "" {
			return t.Numerator
		}
	}
	return 0
}

// Differ says which thresholds a candidate that was judged again has otherwise
// than the evidence.
func (e *Evidence) Differ(again *gate.Candidate) []string {
	now := thresholds(again)
	var out []string
	if len(now) != len(e.Gate.Thresholds) {
		out = append(out, fmt.Sprintf("%d thresholds, not %d", len(now), len(e.Gate.Thresholds)))
	}
	for i := range min(len(now), len(e.Gate.Thresholds)) {
		a, b := &e.Gate.Thresholds[i], &now[i]
		name := a.Metric
		if a.Segment != "" {
			name += " (" + a.Segment + ")"
		}
		differ := func(what string, was, is any) {
			out = append(out, fmt.Sprintf("%s: %s %v in the evidence, %v now", name, what, was, is))
		}
		if a.Tier != b.Tier || a.Metric != b.Metric || a.Segment != b.Segment || a.Rule != b.Rule || a.Limit != b.Limit {
			differ("threshold", a.Rule+" "+fmt.Sprint(a.Limit), b.Metric+" "+b.Rule+" "+fmt.Sprint(b.Limit))
			continue
		}
		if a.Verdict != b.Verdict {
			differ("verdict", a.Verdict, b.Verdict)
		}
		if a.Cases != b.Cases {
			differ("cases", a.Cases, b.Cases)
		}
		for _, v := range []struct {
			what    string
			was, is *float64
		}{
			{"numerator", &a.Numerator, &b.Numerator}, {"denominator", &a.Denominator, &b.Denominator},
			{"estimate", a.Estimate, b.Estimate}, {"lower bound", a.Lower, b.Lower}, {"upper bound", a.Upper, b.Upper},
		} {
			if !near(v.was, v.is) {
				differ(v.what, number(v.was), number(v.is))
			}
		}
	}
	return out
}

// near says that two figures are the same but for the last digits, in which
// machines differ.
func near(a, b *float64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return math.Abs(*a-*b) <= 1e-9*max(1, math.Abs(*a), math.Abs(*b))
}

func number(x *float64) string {
	if x == nil {
		return "none"
	}
	return fmt.Sprint(*x)
}
