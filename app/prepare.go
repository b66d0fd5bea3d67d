package app

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/race"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/replay"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// prepared is a run of which all is known but what comes of it.
type prepared struct {
	workflow *design.Workflow
	card     *dataset.Card
	learn    *dataset.Card
	plans    []*design.Plan
	recall   *replay.Recall
	request  dataset.Request
	header   *record.Header
	total    int64      // cases
	live     bool       // asked now, what could be asked in batches
	race     *race.Race // nil where every design gets every case
}

// prepare finds and checks all that a run is made of. Nothing is written.
func prepare(ctx context.Context, r *flow.Registry, s *streams, f *runFlags, workflow string, c *cobra.Command) (*prepared, error) {
	if f.limit < 0 || f.repeat < 0 || f.repeat > maxRepeats {
		return nil, withCode(ExitUsage, fmt.Errorf("--limit takes numbers from 0 up, --repeat those from 0 to %d", maxRepeats))
	}
	set, err := parseSet(f.set)
	if err != nil {
		return nil, err
	}
	where, err := dataset.ParseWhere(f.where)
	if err != nil {
		return nil, withCode(ExitUsage, err)
	}
	w, err := findWorkflow(workflow)
	if err != nil {
		return nil, err
	}
	card, err := findCard(w, f.data)
	if err != nil {
		return nil, err
	}
	plans, err := loadPlans(r, w, f.designs, set)
	if err != nil {
		return nil, err
	}
	if plans, err = readyPlans(s, plans, len(f.designs) > 0, f.session(w, f.seed)); err != nil {
		return nil, err
	}
	splits, err := chooseSplits(card, f.splits)
	if err != nil {
		return nil, err
	}
	h, err := header(ctx, w, plans, card)
	if err != nil {
		return nil, err
	}
	h.Seed, h.Repeats = f.seed, max(1, f.repeat)
	h.Data.Split, h.Data.Where, h.Data.Limit = splits, f.where, f.limit
	h.Settings, h.Defaulted = settings(c)
	survey, err := card.Survey(ctx)
	if err != nil {
		return nil, err
	}
	h.Data.Sizes, h.Warnings = survey.Sizes, survey.Warnings
	if card.Repeat != "" && f.repeat == 0 {
		if h.Repeats, err = card.Repeats(ctx); err != nil {
			return nil, err
		}
	}
	learn, err := learnsFrom(w, card, h)
	if err != nil {
		return nil, err
	}
	recall, err := recallFrom(f.recall, h, plans)
	if err != nil {
		return nil, err
	}
	request := dataset.Request{Splits: splits, Where: where, Limit: f.limit}
	total, err := cases(ctx, card, w, request)
	if err != nil {
		return nil, err
	}
	var raced *race.Race
	if f.race.on {
		if raced, err = f.race.start(h, w, card, total); err != nil {
			return nil, err
		}
		if request, err = score.Cases(h); err != nil {
			return nil, err
		}
	}
	if h.Recordings, err = takeRecordings(s, projectRoot(w.Dir), plans); err != nil {
		return nil, err
	}
	return &prepared{w, card, learn, plans, recall, request, h, total, f.live || f.race.on, raced}, nil
}

// cases is how many cases a run has to replay. It also opens the sources as
// the replay and the report will, so that no folder of a run is made for data
// that cannot be read.
func cases(ctx context.Context, card *dataset.Card, w *design.Workflow, request dataset.Request) (int64, error) {
	wide := request
	wide.Input, wide.Outcome, wide.WantInput, wide.WantLabels = w.Input, w.Outcome, true, true
	reader, err := card.Open(wide)
	if err != nil {
		return 0, err
	}
	if err := reader.Close(); err != nil {
		return 0, err
	}
	total, err := card.Count(ctx, request)
	if err == nil && total == 0 {
		err = withCode(ExitInput, fmt.Errorf("no case to replay: %s has none in %s", card.File, selection(request)))
	}
	return total, err
}
