package app

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/diagram"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// readForPage reads what only the page of a report shows: the maps of the
// handoffs, and what happened to the most expensive wrong cases. It goes over
// the record once more, with the cases' inputs.
func (r *reportData) readForPage(ctx context.Context, kinds *flow.Registry, run *record.Run) error {
	policy, err := redaction(run, r.workflow, r.card)
	if err != nil {
		return err
	}
	r.maps(kinds, run)
	wrong := map[string]map[string]bool{} // design → cases still to come
	for i := range r.Score.Designs {
		d := &r.Score.Designs[i]
		wrong[d.Name] = map[string]bool{}
		for _, e := range d.Worst {
			wrong[d.Name][e.Case] = true
		}
	}
	r.judgeMaps()
	judge := score.NewJudge(r.workflow, r.card, run.Header.Seed)
	opts := report.TraceOptions{Workflow: r.workflow, Redact: policy}
	return score.Walk(ctx, run, r.workflow, r.card, dataset.Request{Input: r.workflow.Input, WantInput: true}, func(t *flow.Trial, c *flow.Case, _ bool) error {
		for i := range r.Maps {
			m := &r.Maps[i]
			if m.Graph == nil {
				continue
			}
			if err := m.Graph.Count(t); err != nil {
				m.Graph, m.Why = nil, err.Error()
			}
		}
		left := wrong[score.DesignName(t.Design, t.Variant)]
		if !left[t.Case] {
			return nil
		}
		if g := judge.Judge(t, c.Label); g.Disposition == score.AutomatedWrong { // else another repeat is the wrong one
			delete(left, t.Case)
			r.Cases = append(r.Cases, report.NewCaseTrace(t, c, g, opts))
		}
		return nil
	})
}

// maps begins the map of every design as it was run, still without counts.
func (r *reportData) maps(kinds *flow.Registry, run *record.Run) {
	for _, d := range run.Header.Designs {
		if d.Variant != "" {
			continue
		}
		m := report.HandoffMap{Design: d.Name}
		if plan, err := planAsRun(kinds, run, r.workflow, d); err != nil {
			m.Why = err.Error()
		} else {
			m.Graph = diagram.Of(plan)
		}
		r.Maps = append(r.Maps, m)
	}
}

// judgeMaps puts what only labels show of the handoffs on the maps.
func (r *reportData) judgeMaps() {
	if r.Handoffs == nil {
		return
	}
	for _, m := range r.Maps {
		for i := range r.Handoffs.Designs {
			d := &r.Handoffs.Designs[i]
			if m.Graph == nil || d.Name != m.Design {
				continue
			}
			for _, e := range d.Judged.Edges {
				for _, k := range e.Kinds {
					m.Graph.Judge(e.To, k.Kind, k.Failed.X)
				}
			}
		}
	}
}

// kept is the copy of a file that a run keeps.
func kept(run *record.Run, f record.File) string {
	return filepath.Join(run.Dir, filepath.FromSlash(f.Copy))
}

// redaction is what may be shown of a run's cases.
func redaction(run *record.Run, w *design.Workflow, card *dataset.Card) (*redact.Policy, error) {
	files := []record.File{run.Header.Workflow}
	for _, d := range run.Header.Designs {
		files = append(files, d.File)
	}
	var words []string
	for _, f := range files {
		content, err := regular.Read(kept(run, f))
		if err != nil {
			return nil, fmt.Errorf("what the run keeps of %s: %w", f.Path, err)
		}
		words = append(words, string(content))
	}
	return redact.New(card, w, words), nil
}
