package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/audit"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/strictjson"
)

// What can be wrong with a decision beside its form.
var (
	ErrUnknown      = errors.New("no such case among the recent ones, nor among those that wait for a reviewer")
	ErrNotEscalated = errors.New("the case was not escalated: there is nothing to decide")
	ErrDecided      = errors.New("the case was decided before")
)

// Review is a reviewer's decision as it is posted.
type Review struct {
	Trial    string // "" for the latest of the case
	Reviewer string
	Took     time.Duration
	Outcome  []any // aligned with the workflow's outcome
	Note     string
}

// ParseReview reads a decision: {"reviewer": "...", "outcome": {...}} with the
// fields of the workflow's outcome; "seconds" that it took, "trial" and "note" are
// optional.
func (s *Service) ParseReview(data []byte) (*Review, error) {
	var r struct {
		Trial, Reviewer, Note string
		Seconds               float64
		Outcome               json.RawMessage
	}
	if err := strictjson.Object(data,
		strictjson.Key{Name: "trial", Want: "a text", Into: &r.Trial},
		strictjson.Key{Name: "reviewer", Want: "a text", Into: &r.Reviewer},
		strictjson.Key{Name: "seconds", Want: "a number from 0 up", Into: &r.Seconds},
		strictjson.Key{Name: "outcome", Want: "an object with the fields of the workflow's outcome", Into: &r.Outcome},
		strictjson.Key{Name: "note", Want: "a text", Into: &r.Note},
	); err != nil {
		return nil, err
	}
	if err := name("reviewer", r.Reviewer); err != nil {
		return nil, err
	}
	if !(r.Seconds >= 0 && r.Seconds < 1e9) {
		return nil, fmt.Errorf("seconds %v: want a number from 0 up", r.Seconds)
	}
	if r.Outcome == nil {
		return nil, errors.New(`want "outcome": an object with the fields of the workflow's outcome`)
	}
	values, err := flow.ParseJSON(r.Outcome, s.promoted.Outcome())
	if err != nil {
		return nil, fmt.Errorf("outcome: %w", err)
	}
	for i, f := range s.promoted.Outcome().Fields() {
		if why := f.Type.Check(values[i]); why != "" {
			return nil, fmt.Errorf("outcome: field %q %s", f.Name, why)
		}
	}
	return &Review{Trial: r.Trial, Reviewer: r.Reviewer, Took: time.Duration(r.Seconds * float64(time.Second)), Outcome: values, Note: r.Note}, nil
}

// Decide ends an escalated case by a reviewer's decision, once that is in the
// log. The errors are [ErrUnknown], [ErrNotEscalated], [ErrDecided] and those of
// the log. Of two decisions that come at once one is refused.
func (s *Service) Decide(ctx context.Context, id string, r *Review) (*Served, error) {
	alias := s.log.Alias(id)
	found, entry, err := s.claim(ctx, alias, r.Trial)
	if err != nil {
		return nil, err
	}
	agrees := s.agrees(found, r.Outcome)
	at, err := s.log.Decide(audit.Review{
		Case: alias, Trial: found.Trial, Design: found.design, Digest: found.digest,
		Reviewer: r.Reviewer, Took: r.Took, Outcome: r.Outcome, Agrees: agrees, Note: r.Note, Entry: entry,
	})
	h := &s.history
	h.mu.Lock()
	close(found.taken)
	found.taken = nil
	if err != nil {
		h.mu.Unlock()
		return nil, err
	}
	found.Decision = &Decision{Reviewer: r.Reviewer, At: at, Took: r.Took, Outcome: r.Outcome, Agrees: agrees}
	found.entry, found.Shown = nil, flow.Message{}
	delete(h.open, found.Trial)
	h.forget(found)
	out := found.copy()
	h.mu.Unlock()
	if s.o.Observer != nil {
		s.o.Observer.Decided(out.Decision, at.Sub(out.When))
	}
	return out, nil
}

// claim finds the case and keeps others from deciding about it.
func (s *Service) claim(ctx context.Context, alias, trial string) (*Served, *audit.Entry, error) {
	h := &s.history
	for {
		h.mu.Lock()
		found := h.find(alias, trial)
		switch {
		case found == nil:
			h.mu.Unlock()
			return nil, nil, ErrUnknown
		case found.Status != flow.Escalated:
			h.mu.Unlock()
			return nil, nil, ErrNotEscalated
		case found.Decision != nil:
			h.mu.Unlock()
			return nil, nil, ErrDecided
		case found.taken == nil:
			found.taken = make(chan struct{})
			entry := found.entry
			h.mu.Unlock()
			return found, entry, nil
		}
		taken := found.taken
		h.mu.Unlock()
		select {
		case <-taken:
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}

// agrees says whether the design would have decided the same in all that counts,
// by the workflow's comparators; nil where nobody knows.
func (s *Service) agrees(x *Served, outcome []any) *bool {
	if x.Proposed == nil {
		return nil
	}
	same := true
	for i, c := range s.Workflow().Compare {
		if !c.Required {
			continue
		}
		for _, name := range x.Withheld {
			if s.promoted.Outcome().Index(name) == i {
				return nil
			}
		}
		same = same && ((x.Proposed[i] == nil) == (outcome[i] == nil)) && (outcome[i] == nil || score.Equal(c, x.Proposed[i], outcome[i]))
	}
	return &same
}
