package review

import (
	"context"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Move is a figure of a design as it is, and with labels corrected.
type Move struct {
	Run    string       `json:"run"`
	Design string       `json:"design"`
	Metric string       `json:"metric"`
	Before stats.Number `json:"before"`
	After  stats.Number `json:"after"`
	// Was and Is are the verdicts against the baseline; "" for the baseline, and
	// where there is none.
	Was compare.Verdict `json:"was,omitempty"`
	Is  compare.Verdict `json:"is,omitempty"`
}

// moved are the metrics that hang on labels and that verdicts are about.
var moved = []string{score.SystemAccuracy, score.ForcedAccuracy, score.AutomatedAccuracy}

// Correct finds how figures and verdicts move if the first n proposals are right.
func (r *Result) Correct(ctx context.Context, runs []Run, n int, margins compare.Margins) error {
	r.Corrected = min(n, len(r.Proposals))
	for _, run := range runs {
		before, was, err := scored(ctx, run, margins)
		if err != nil {
			return err
		}
		run.Card = run.Card.With(r.Reviews(n))
		after, is, err := scored(ctx, run, margins)
		if err != nil {
			return err
		}
		for i := range before.Designs {
			for _, metric := range moved {
				x, _ := before.Designs[i].Metric(metric)
				y, _ := after.Designs[i].Metric(metric)
				if !x.Estimate.Valid && !y.Estimate.Valid {
					continue
				}
				name := before.Designs[i].Name
				r.Moves = append(r.Moves, Move{
					Run: run.Header.Run, Design: name, Metric: metric, Before: x.Estimate, After: y.Estimate,
					Was: verdict(was, name, metric), Is: verdict(is, name, metric),
				})
			}
		}
	}
	return nil
}

func scored(ctx context.Context, run Run, margins compare.Margins) (*score.Result, *compare.Result, error) {
	s, err := score.Run(ctx, run.Run, run.Workflow, run.Card)
	if err != nil {
		return nil, nil, err
	}
	c, err := compare.Run(s, s.Baseline, margins)
	return s, c, err
}

func verdict(c *compare.Result, design, metric string) compare.Verdict {
	if c == nil {
		return ""
	}
	i := slices.IndexFunc(c.Differences, func(d compare.Difference) bool { return d.Candidate == design && d.Metric == metric })
	if i < 0 {
		return ""
	}
	return c.Differences[i].Verdict
}
