package service

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/audit"
)

// Served is what became of a case.
type Served struct {
	ID     string // as the log calls it where the case was served before a restart
	Trial  string // id of the trial
	When   time.Time
	Status flow.Status
	Reason string
	Team   string // who takes it, when escalated
	End    string // the step at which it ended
	// Broke is the handoff that broke and so gave the case to people, or to
	// nobody; nil where none did.
	Broke *flow.Handoff
	// Shown is what the team gets of an escalated case that this process ran, while
	// it waits; empty for others.
	Shown flow.Message
	// Outcome and Proposed are aligned with the workflow's outcome: what was
	// decided, and what the design would have decided about an escalated case.
	// Withheld names their fields that are not known any more.
	Outcome, Proposed []any
	Withheld          []string
	// Decision is the reviewer's; nil while there is none.
	Decision *Decision

	alias  string // what the log calls the case
	design string
	digest string        // of the design
	entry  *audit.Entry  // of a case that waits for a reviewer; nil after a restart
	taken  chan struct{} // closed when the decision being written is
	aged   bool          // no longer among the recent ones
}

// Open says whether the case waits for a reviewer.
func (s *Served) Open() bool { return s.Status == flow.Escalated && s.Decision == nil }

// Decision is how a reviewer ended a case.
type Decision struct {
	Reviewer string
	At       time.Time
	Took     time.Duration // how long the reviewer worked on it; 0 where nobody said
	Outcome  []any         // aligned with the workflow's outcome
	// Agrees says whether the design would have decided the same; nil where
	// nobody knows.
	Agrees *bool
}

// ran is a case that this process ran.
func ran(c *flow.Case, r *engine.Ran, e *audit.Entry, alias, digest string) *Served {
	t := r.Trial
	s := &Served{
		ID: c.ID, Trial: e.Trial(), When: e.When(), Status: t.Status, Reason: t.Reason, Team: t.Team, End: t.End, Broke: broke(t), Outcome: t.Outcome, Proposed: t.Shadow,
		alias: alias, design: t.Design, digest: digest,
	}
	if s.Open() {
		s.entry, s.Shown = e, r.Shown
	}
	return s
}

// broke is the handoff that ended a trial by breaking, without the trial.
func broke(t *flow.Trial) *flow.Handoff {
	h := t.Broke()
	if h == nil {
		return nil
	}
	c := *h
	return &c
}

// logged is a case as the log has it.
func logged(c *audit.Case) *Served {
	t := &c.Trial
	s := &Served{
		ID: c.ID, Trial: c.TrialID, When: c.When, Status: t.Status, Reason: t.Reason, Team: t.Team, End: t.End, Broke: broke(t), Outcome: t.Outcome, Proposed: t.Shadow,
		Withheld: c.OutcomeWithheld, alias: c.ID, design: t.Design, digest: c.Digest,
	}
	if d := c.Decision; d != nil {
		s.Decision = &Decision{Reviewer: d.Reviewer, At: d.At, Took: d.Took, Outcome: d.Outcome, Agrees: d.Agrees}
	}
	return s
}

// history is what is known of cases: the latest that ended, and all that wait
// for a reviewer.
type history struct {
	mu    sync.Mutex
	most  int
	last  map[string]*Served // by alias: the latest trial of each
	open  map[string]*Served // by trial
	order []*Served          // as they ended, from next on
	next  int
}

func (h *history) init(most int) {
	h.most, h.last, h.open = most, map[string]*Served{}, map[string]*Served{}
}

func (h *history) add(s *Served) *Served {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last[s.alias] = s
	if s.Open() {
		h.open[s.Trial] = s
	}
	if len(h.order) < h.most {
		h.order = append(h.order, s)
		return s.copy()
	}
	old := h.order[h.next]
	h.order[h.next] = s
	h.next = (h.next + 1) % h.most
	old.aged = true
	h.forget(old)
	return s.copy()
}

// forget lets go of a case that is neither recent nor waits for a reviewer; of
// one that waits, the input is not kept for ever.
func (h *history) forget(s *Served) {
	switch {
	case !s.aged:
	case s.Open():
		s.entry, s.Shown = nil, flow.Message{}
	case h.last[s.alias] == s:
		delete(h.last, s.alias)
	}
}

// copy is what others may read while a decision is taken.
func (s *Served) copy() *Served {
	c := *s
	return &c
}

// find is the latest trial of a case, or that of the id where one is given.
func (h *history) find(alias, trial string) *Served {
	if s := h.open[trial]; s != nil && trial != "" {
		if s.alias == alias {
			return s
		}
		return nil
	}
	s := h.last[alias]
	if s == nil || trial != "" && s.Trial != trial {
		return nil
	}
	return s
}

// Case is the latest trial of a case, if it is among the recent ones or waits for
// a reviewer.
func (s *Service) Case(id string) (*Served, bool) {
	h := &s.history
	h.mu.Lock()
	defer h.mu.Unlock()
	if found := h.find(s.log.Alias(id), ""); found != nil {
		return found.copy(), true
	}
	return nil, false
}

// Queue are the cases that wait for a reviewer, those that came first before
// others, at most so many of them, and how many there are.
func (s *Service) Queue(most int) (waiting []*Served, total int) {
	h := &s.history
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, x := range h.open {
		waiting = append(waiting, x.copy())
	}
	total = len(waiting)
	slices.SortFunc(waiting, func(a, b *Served) int { return cmp.Or(a.When.Compare(b.When), cmp.Compare(a.Trial, b.Trial)) })
	return waiting[:min(most, total)], total
}

// Waiting is how many cases wait for a reviewer.
func (s *Service) Waiting() int {
	s.history.mu.Lock()
	defer s.history.mu.Unlock()
	return len(s.history.open)
}
