package replay

import (
	"fmt"
	"iter"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// Recall is an earlier run whose answers a replay takes where nothing that
// decides them has changed: a cutoff is moved without calling a model again.
type Recall struct {
	Run *record.Run
	// Steps says which nodes of each plan may be answered from the run;
	// aligned with Job.Plans.
	Steps [][]bool
}

// NewRecall prepares to take answers from a run. Designs whose files changed,
// or that the run does not hold, work as ever; so do steps that read a param
// whose value changed.
func NewRecall(run *record.Run, plans []*design.Plan) *Recall {
	r := &Recall{Run: run, Steps: make([][]bool, len(plans))}
	for i, p := range plans {
		r.Steps[i] = make([]bool, len(p.Nodes))
		for _, then := range run.Header.Designs {
			if then.Name != p.Design.Name || then.Variant != "" || !sameFiles(then, p) {
				continue
			}
			for _, n := range p.Nodes {
				r.Steps[i][n.Index] = !readsChanged(p, n.Name, then.Params)
			}
		}
	}
	return r
}

func sameFiles(then record.Design, p *design.Plan) bool {
	if then.File.SHA256 != p.Design.SHA256 || len(then.Files) != len(p.Design.Files) {
		return false
	}
	for i := range then.Files {
		if then.Files[i] != p.Design.Files[i] {
			return false
		}
	}
	return true
}

// readsChanged says whether a step reads a param that had another value.
func readsChanged(p *design.Plan, step string, then map[string]any) bool {
	for _, param := range p.Design.Params {
		for _, s := range param.Steps {
			if s == step && then[param.Name] != param.Value {
				return true
			}
		}
	}
	return false
}

// recalledCase is what the earlier run holds of one case.
type recalledCase []flow.Trial

// trial is the case's trial under a design as written, made of the same input;
// nil where there is none.
func (c recalledCase) trial(design string, repeat int, input uint64) *flow.Trial {
	for i := range c {
		if t := &c[i]; t.Design == design && t.Repeat == repeat && t.Variant == "" && t.InputDigest == input {
			return t
		}
	}
	return nil
}

// recallReader walks the earlier run in step with the cases: both are in the
// dataset's order.
type recallReader struct {
	next func() (*flow.Trial, error, bool)
	stop func()
	head *flow.Trial // read, and not yet asked for
}

func newRecallReader(r *Recall, outcome *flow.Schema) *recallReader {
	next, stop := iter.Pull2(r.Run.Trials(outcome))
	return &recallReader{next: next, stop: stop}
}

// of are the trials of a case.
func (r *recallReader) of(c *flow.Case) (recalledCase, error) {
	var out recalledCase
	for {
		if r.head == nil {
			t, err, ok := r.next()
			if err != nil {
				return nil, fmt.Errorf("taking answers from an earlier run: %w", err)
			}
			if !ok {
				return out, nil
			}
			kept := *t
			r.head = &kept
		}
		switch {
		case r.head.Index > c.Index:
			return out, nil
		case r.head.Index == c.Index && r.head.Case == c.ID:
			out = append(out, *r.head)
		}
		r.head = nil
	}
}
