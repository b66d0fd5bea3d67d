package app

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/replay"
)

// learnsFrom is the card that designs learn from where that is not the one that
// is replayed: the workflow's own, so that a fresh sample is run by what was
// learnt before it came. It is nil where the card replayed has a training split
// itself, and where neither has one: designs that learn are then fitted in
// folds.
func learnsFrom(w *design.Workflow, card *dataset.Card, h *record.Header) (*dataset.Card, error) {
	if slices.Contains(card.SplitNames(), "train") {
		return nil, nil
	}
	own, err := findCard(w, "")
	if err != nil || own.File == card.File || !slices.Contains(own.SplitNames(), "train") {
		return nil, nil
	}
	h.Data.FitCard = &record.File{Path: projectPath(projectRoot(w.Dir), own.File), SHA256: own.Digest}
	return own, nil
}

// recallFrom prepares to take answers from an earlier run of the same data.
func recallFrom(name string, h *record.Header, plans []*design.Plan) (*replay.Recall, error) {
	if name == "" {
		return nil, nil
	}
	run, err := findRun(name)
	if err != nil {
		return nil, err
	}
	then := run.Header
	if then.Workflow.Path != h.Workflow.Path {
		return nil, withCode(ExitInput, fmt.Errorf("run %s is of %s: answers can be taken from a run of the same workflow only", then.Run, then.Workflow.Path))
	}
	if then.Seed != h.Seed || !slices.Equal(then.Data.Sources, h.Data.Sources) || then.Data.Card.SHA256 != h.Data.Card.SHA256 {
		return nil, withCode(ExitInput, errors.New("the earlier run had another seed, card or data: its answers are not this run's"))
	}
	if then.Data.Order != "" {
		return nil, withCode(ExitInput, fmt.Errorf("run %s is a race, whose cases are in random order: answers are taken from runs in the dataset's order", then.Run))
	}
	return replay.NewRecall(run, plans), nil
}

// chooseSplits are the splits to replay: those named; else dev; every case
// where the card has no splits.
func chooseSplits(card *dataset.Card, named []string) ([]string, error) {
	have := card.SplitNames()
	broke := card.RegressionFile != ""
	if len(named) == 0 {
		if len(have) == 0 && !broke {
			return nil, nil
		}
		named = []string{"dev"}
	}
	for _, n := range named {
		found := len(have) == 0 && n == "dev" || broke && n == dataset.Regression
		for _, h := range have {
			found = found || h == n
		}
		if !found {
			if len(have) == 0 {
				return nil, withCode(ExitInput, fmt.Errorf("%s declares no splits, so every case is in dev: there is no split %q", card.File, n))
			}
			return nil, withCode(ExitInput, fmt.Errorf("%s has no split %q%s: name one with --split", card.File, n, oneOf(have)))
		}
	}
	if len(have) == 0 && !broke {
		return nil, nil
	}
	return named, nil
}

func selection(r dataset.Request) string {
	var parts []string
	if len(r.Splits) > 0 {
		parts = append(parts, "split "+strings.Join(r.Splits, ", "))
	}
	for _, w := range r.Where {
		parts = append(parts, w.Column+"="+w.Value)
	}
	if len(parts) == 0 {
		return "its source"
	}
	return strings.Join(parts, " with ")
}

func parseSet(given []string) (map[string]string, error) {
	set := make(map[string]string, len(given))
	for _, g := range given {
		name, value, ok := strings.Cut(g, "=")
		if !ok || name == "" {
			return nil, withCode(ExitUsage, fmt.Errorf("--set %q: want name=value", g))
		}
		set[name] = value
	}
	return set, nil
}
