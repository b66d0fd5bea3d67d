package queue

import (
	"slices"

	"github.com/rehearse-dev/rehearse/internal/design"
)

// candidate is what the draw has to know of a case.
func candidate(s *Seen, w *design.Workflow) Candidate {
	c := Candidate{
		Case: s.Case.ID, Cluster: s.Case.Cluster, Weight: s.Case.Weight, Ended: s.Ended, Known: s.Known, Tags: s.Tags,
		Labelled: s.Case.Label != nil && s.Case.Label.Labelled(),
	}
	c.Uncertainty, c.Stake = doubt(s), stake(s, w)
	return c
}

// doubt is how likely the design's answer is wrong: what its confidence leaves;
// else by how many of the run's designs decide otherwise, by the rule of
// succession. A case that the design has no answer to is as doubtful as can be; one
// that it gave to a person is at least as likely wrong as right where it states no
// confidence.
func doubt(s *Seen) float64 {
	switch {
	case s.Proposed == nil:
		return 1
	case s.Confidence != nil:
		return 1 - s.Confidence.Calibrated
	}
	against := s.Voices - s.For
	p := float64(against+1) / float64(s.Voices+3) // its own vote is for it
	if s.Ended != "" {
		p = max(p, 0.5)
	}
	return p
}

// stake is what a wrong answer to the case costs, of the most that any costs: the
// mean over the right answers that it may be wrong for, by the probabilities that
// its confidence names. It is 1 where the workflow states no costs, and where
// there is no answer.
func stake(s *Seen, w *design.Workflow) float64 {
	most := 0.0
	for _, row := range w.Costs {
		for _, cost := range row {
			most = max(most, cost)
		}
	}
	if most == 0 || w.Decision < 0 || s.Proposed == nil {
		return 1
	}
	decided, _ := s.Proposed[w.Decision].(string)
	classes := w.Outcome.Fields()[w.Decision].Type.Enum
	if !slices.Contains(classes, decided) {
		return 1
	}
	sum, total := 0.0, 0.0
	for _, right := range classes {
		if right == decided {
			continue
		}
		p := 1e-6 // a class that the confidence does not name is possible, too
		if s.Confidence == nil || len(s.Confidence.Classes) == 0 {
			p = 1
		} else {
			for _, c := range s.Confidence.Classes {
				if c.Name == right {
					p = max(p, c.P)
				}
			}
		}
		sum += p * w.Costs[decided][right]
		total += p
	}
	if total == 0 {
		return 1
	}
	return sum / total / most
}
