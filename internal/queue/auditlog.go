package queue

import (
	"context"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/audit"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// Log is an audit log as a source: what one design did with the cases that it
// served. Of a case that was sent more than once it is the first time.
type Log struct {
	*audit.Reader
	Design string
}

// Cases implements [Source]. What the log kept of the inputs is always there. A
// case that a reviewer has ended is known.
func (l *Log) Cases(ctx context.Context, _ bool, each func(*Seen) error) error {
	seen := map[string]bool{}
	for c, err := range l.Reader.Cases(ctx) {
		if err != nil {
			return err
		}
		t := &c.Trial
		if t.Design != l.Design || t.Status == flow.NotMeasured || seen[c.ID] {
			continue
		}
		seen[c.ID] = true
		outcome := t.Outcome
		s := &Seen{Case: c.Case, Known: c.Decision != nil, Tags: slices.Clone(c.Tags), Withheld: slices.Clone(c.Withheld)}
		switch t.Status {
		case flow.Escalated:
			s.Ended, outcome = Escalated, t.Shadow
		case flow.Failed:
			s.Ended, outcome = Failed, t.Shadow
		}
		s.Proposed = slices.Clone(outcome)
		if s.Case.Weight == 0 {
			s.Case.Weight = 1
		}
		if x := score.Stated(t); x != nil {
			held := *x
			held.Classes = slices.Clone(x.Classes)
			s.Confidence = &held
		}
		if err := each(s); err != nil {
			return err
		}
	}
	return nil
}
