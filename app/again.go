package app

import (
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/replay"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// againJob replays a run's cases again.
func againJob(of *record.Run, card *dataset.Card, plans []*design.Plan) (*replay.Job, error) {
	request, err := score.Cases(of.Header)
	if err != nil {
		return nil, err
	}
	learn, err := learnsFrom(plans[0].Workflow, card, of.Header)
	if err != nil {
		return nil, err
	}
	return &replay.Job{
		Plans: plans, Card: card, Learn: learn, Seed: of.Header.Seed, Repeats: of.Header.Repeats,
		Request: request,
	}, nil
}

// sameCases makes a header one of the cases of an earlier run.
func sameCases(h *record.Header, of *record.Run) {
	h.Seed, h.Repeats = of.Header.Seed, of.Header.Repeats
	h.Data.Split, h.Data.Where, h.Data.Limit = of.Header.Data.Split, of.Header.Data.Where, of.Header.Data.Limit
	h.Data.Order = of.Header.Data.Order
}
