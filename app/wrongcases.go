package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// redaction is what may be shown of a run's cases.
func redaction(run *record.Run, w *design.Workflow, card *dataset.Card) (*redact.Policy, error) {
	files := []record.File{run.Header.Workflow}
	for _, d := range run.Header.Designs {
		files = append(files, d.File)
	}
	var words []string
	for _, f := range files {
		content, err := os.ReadFile(filepath.Join(run.Dir, filepath.FromSlash(f.Copy)))
		if err != nil {
			return nil, err
		}
		words = append(words, string(content))
	}
	return redact.New(card, w, words), nil
}

// readWrongCases reads what happened to the most expensive wrong cases, for the
// page: it goes over the record again, as far as the last of them.
func (r *reportData) readWrongCases(ctx context.Context, run *record.Run) error {
	policy, err := redaction(run, r.workflow, r.card)
	if err != nil {
		return err
	}
	type wrong struct{ design, id string }
	left := map[wrong]bool{}
	for i := range r.Score.Designs {
		for _, e := range r.Score.Designs[i].Worst {
			left[wrong{r.Score.Designs[i].Name, e.Case}] = true
		}
	}
	if len(left) == 0 {
		return nil
	}
	judge := score.NewJudge(r.workflow, r.card, run.Header.Seed)
	opts := report.TraceOptions{Workflow: r.workflow, Redact: policy}
	err = score.Walk(ctx, run, r.workflow, r.card, dataset.Request{Input: r.workflow.Input, WantInput: true}, func(t *flow.Trial, c *flow.Case, _ bool) error {
		at := wrong{score.DesignName(t.Design, t.Variant), t.Case}
		if !left[at] {
			return nil
		}
		judgement := judge.Judge(t, c.Label)
		if judgement.Disposition != score.AutomatedWrong {
			return nil // another repeat is the wrong one
		}
		r.Cases = append(r.Cases, report.NewCaseTrace(t, c, judgement, opts))
		if delete(left, at); len(left) == 0 {
			return errSeenAll
		}
		return nil
	})
	if errors.Is(err, errSeenAll) {
		return nil
	}
	return err
}

var errSeenAll = errors.New("seen all")
