// Package review finds cases whose label is probably wrong, so that a person
// looks at them: designs agree with each other, and not with the label.
package review

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/dataset"
)

// Result ranks the cases whose label the designs contradict.
type Result struct {
	Workflow string   `json:"workflow"`
	Title    string   `json:"title,omitempty"`
	Dataset  string   `json:"dataset"`
	Runs     []string `json:"runs"`
	Field    string   `json:"field"` // whose labels are looked at: the decision
	Cases    int      `json:"cases"` // labelled, and answered by a design
	Reviewed int      `json:"reviewed"`
	Designs  []Design `json:"designs"`
	// Suspect is how many labels confident learning takes for wrong: the designs
	// are at least as sure of another class as they are of it on average where it
	// is the label (Northcutt, Jiang, Chuang 2021).
	Suspect   int        `json:"suspect"`
	Proposals []Proposal `json:"proposals"` // most doubtful first
	Moves     []Move     `json:"moves,omitempty"`
	Corrected int        `json:"corrected"` // how many of the first proposals Moves takes for right
	Warnings  []string   `json:"warnings,omitempty"`
}

// Design is one whose answers were used.
type Design struct {
	Run    string  `json:"run"`
	Name   string  `json:"name"`
	Cases  int     `json:"cases"`  // that it answered itself
	Agrees float64 `json:"agrees"` // share of them with the label
	Stated bool    `json:"stated"` // it states a confidence; else it is as sure as it is often right
}

// Proposal is a case whose label the designs contradict.
type Proposal struct {
	Case     string `json:"case"`
	Label    string `json:"label"`
	Proposed string `json:"proposed"`
	// For of Designs answered as proposed; the others need not agree with the
	// label.
	For     float64 `json:"for"`
	Designs int     `json:"designs"`
	// Probabilities are means over the designs.
	LabelP    float64 `json:"label_p"`
	ProposedP float64 `json:"proposed_p"`
	Suspect   bool    `json:"suspect"`
}

// margin ranks proposals: the normalised margin of confident learning.
func (p *Proposal) margin() float64 { return p.LabelP - p.ProposedP }

// Labels ranks the labels of the cases of runs of one workflow and dataset.
func Labels(ctx context.Context, runs []Run) (*Result, error) {
	w, card := runs[0].Workflow, runs[0].Card
	if w.Decision < 0 {
		return nil, dataset.Fault("workflow %q decides nothing: its outcome has no enum, whose labels could be looked at", w.Name)
	}
	field := w.Outcome.Fields()[w.Decision]
	g := &gathering{classes: field.Type.Enum, byID: map[string]*labelled{}, skipped: map[string]bool{}}
	out := &Result{Workflow: w.Name, Title: w.Title, Dataset: card.Name, Field: field.Name}
	for _, run := range runs {
		if run.Workflow.Name != w.Name || run.Card.File != card.File {
			return nil, dataset.Fault("run %s is of workflow %q on %s, and run %s of %q on %s: labels are looked at in runs of one workflow on one dataset", run.Header.Run, run.Workflow.Name, run.Card.Name, runs[0].Header.Run, w.Name, card.Name)
		}
		if err := g.gather(ctx, run, field.Name); err != nil {
			return nil, err
		}
		out.Runs = append(out.Runs, run.Header.Run)
	}
	out.Designs, out.Reviewed = g.designs, len(g.skipped)
	g.cases = slices.DeleteFunc(g.cases, func(k *labelled) bool { return len(k.answers) == 0 })
	out.Cases = len(g.cases)
	g.rank(out)
	out.warn()
	return out, nil
}

// rank finds the proposals.
func (g *gathering) rank(out *Result) {
	means := make([][]float64, len(g.cases))
	sums, counts := make([]float64, len(g.classes)), make([]float64, len(g.classes))
	for i, k := range g.cases {
		means[i] = k.mean(len(g.classes))
		sums[k.label] += means[i][k.label]
		counts[k.label]++
	}
	for i, k := range g.cases {
		p := means[i]
		best := -1
		for c := range p {
			if c != k.label && (best < 0 || p[c] > p[best]) {
				best = c
			}
		}
		if best < 0 || p[best] <= p[k.label] {
			continue
		}
		x := Proposal{
			Case: k.id, Label: g.classes[k.label], Proposed: g.classes[best], Designs: len(k.answers), LabelP: p[k.label], ProposedP: p[best],
			Suspect: counts[best] > 0 && p[best] >= sums[best]/counts[best],
		}
		for _, a := range k.answers {
			x.For += a.votes[best]
		}
		if x.Suspect {
			out.Suspect++
		}
		out.Proposals = append(out.Proposals, x)
	}
	slices.SortFunc(out.Proposals, func(a, b Proposal) int {
		return cmp.Or(cmp.Compare(a.margin(), b.margin()), cmp.Compare(a.Case, b.Case))
	})
}

// mean is the mean of the designs' probabilities.
func (k *labelled) mean(classes int) []float64 {
	out := make([]float64, classes)
	for _, a := range k.answers {
		for c := range out {
			out[c] += a.p[c] / float64(len(k.answers))
		}
	}
	return out
}

func (r *Result) warn() {
	answering := 0
	for _, d := range r.Designs {
		if d.Cases == 0 {
			r.Warnings = append(r.Warnings, fmt.Sprintf("%s of run %s answers no case itself, or has no label to be held against: it has no say", d.Name, d.Run))
			continue
		}
		answering++
	}
	if answering == 1 {
		r.Warnings = append(r.Warnings, "one design has a say: where it errs, it proposes its errors; two designs that err differently tell more")
	}
}

// Reviews are the first n proposals as if a person had taken them for right.
func (r *Result) Reviews(n int) []dataset.Reviewed {
	var out []dataset.Reviewed
	for _, p := range r.Proposals[:min(n, len(r.Proposals))] {
		out = append(out, dataset.Reviewed{Case: p.Case, Field: r.Field, From: p.Label, To: p.Proposed})
	}
	return out
}
