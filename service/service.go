package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/audit"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/promote"
	"github.com/rehearse-dev/rehearse/internal/redact"
)

// Options say what to run, and how.
type Options struct {
	// Production is the production folder of a workflow, or the production.yaml
	// in it.
	Production string
	Registry   *flow.Registry
	Session    flow.Session
	// Audit is the folder of the audit log, made where there is none. One
	// service at a time writes there.
	Audit string
	// AuditBytes is what the log may take; 0 for no limit. A full log takes no
	// more cases.
	AuditBytes int64
	// Payloads is for how many days whole cases are kept beside the log, with
	// personal values; 0 keeps none.
	Payloads int
	// Card is the dataset card that says what is personal; "" for the card of the
	// evidence. Where that is gone, every value is withheld but those of enums
	// and booleans.
	Card string
	// Sender gives who takes the actions in a system of record of the workflow. A
	// system for which it gives nil keeps its dry runs, as all do without it, and
	// what is to be done follows from the outcome.
	Sender func(system string) engine.Sender
	// Shadows are other designs of the workflow, which work on each case beside,
	// act on nothing, and are logged. See [engine.New].
	Shadows []*engine.Promoted
	// ShadowBacklog is how many cases wait for a design in shadow at most; 0 for
	// 64. Those that come when so many wait are dropped, and counted.
	ShadowBacklog int
	// Deadline ends a case that takes longer; 0 for none.
	Deadline time.Duration
	// Recent is how many cases are kept in memory after they ended; 0 for 10,000.
	// Escalated ones stay until they are decided.
	Recent   int
	Now      func() time.Time // the clock; nil for the machine's
	Logger   *slog.Logger     // nil tells nothing
	Observer Observer         // nil for none
	Tracer   Tracer           // nil for none
}

// Observer is told what happens, by many goroutines.
type Observer interface {
	// Ran is told of a case that is in the log.
	Ran(ctx context.Context, c *flow.Case, r *engine.Ran)
	// Shadowed is told of a case that another design had worked on.
	Shadowed(ctx context.Context, design string, r *engine.Ran)
	// Dropped is told of a case that came when too many waited for a design in
	// shadow, or that it could not work on.
	Dropped(design string)
	// Decided is told of a reviewer's decision.
	Decided(d *Decision, waited time.Duration)
}

// Tracer watches the work on cases.
type Tracer interface {
	engine.Tracer
	// Case is called when the work on a case begins, which is done under the
	// context that it gives; what it gives is called at its end.
	Case(ctx context.Context) (context.Context, func(*engine.Ran, error))
}

// Service runs what was promoted. It is safe for concurrent use.
type Service struct {
	o        Options
	promoted *engine.Promoted
	log      *audit.Log
	card     *dataset.Card // nil where there is none
	policy   *redact.Policy
	shadows  []*shadowing
	history  history
	under    sync.WaitGroup
}

// Open loads what was promoted, checks that it is as it was promoted, and opens
// the audit log, from which it takes the cases that wait for a reviewer and the
// actions that were taken.
func Open(ctx context.Context, o Options) (*Service, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if o.Recent <= 0 {
		o.Recent = 10_000
	}
	if o.ShadowBacklog <= 0 {
		o.ShadowBacklog = 64
	}
	if o.Audit == "" {
		return nil, errors.New("a service needs a folder for its audit log")
	}
	if filepath.Base(o.Production) == "production.yaml" {
		o.Production = filepath.Dir(o.Production)
	}
	production, problems := promote.Verify(o.Production)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	s := &Service{o: o}
	s.history.init(o.Recent)
	known := &actions{states: map[string]engine.ActionState{}}
	options := []engine.Option{
		engine.WithLog(cases{s}), engine.WithClock(o.Now), engine.WithLogger(o.Logger), engine.WithDeadline(o.Deadline),
	}
	if o.Tracer != nil {
		options = append(options, engine.WithTracer(o.Tracer))
	}
	if o.Sender != nil {
		options = append(options, engine.WithActionLog(known), engine.WithSender(o.Sender))
	}
	var err error
	if s.promoted, err = engine.Load(ctx, o.Production, o.Registry, o.Session, options...); err != nil {
		return nil, err
	}
	if err := s.begin(ctx, production, known); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// begin opens the log and goes on from what it says.
func (s *Service) begin(ctx context.Context, production *promote.Production, known *actions) error {
	w := s.Workflow()
	card, err := s.findCard(production)
	if err != nil {
		return err
	}
	s.card = card
	if s.policy, err = personal(card, s.promoted.Plan(), s.o.Shadows); err != nil {
		return err
	}
	options := audit.Options{
		Dir: s.o.Audit, Workflow: w.Name, Design: production.Design, Digest: s.promoted.Digest(), Input: w.Input, Outcome: w.Outcome,
		Policy: s.policy, MaxBytes: s.o.AuditBytes, Payloads: s.o.Payloads, Now: s.o.Now,
	}
	if card != nil {
		options.Tags = card.Tags
	}
	if s.log, err = audit.Open(options); err != nil {
		return err
	}
	known.log = s.log
	if err := s.remember(ctx, known); err != nil {
		return err
	}
	for _, p := range s.o.Shadows {
		if p.Plan().Workflow.Name != w.Name {
			return fmt.Errorf("design %q is of workflow %q, and %q is in production", p.Plan().Design.Name, p.Plan().Workflow.Name, w.Name)
		}
		s.shadows = append(s.shadows, s.startShadow(p))
	}
	return nil
}

// remember takes from the log what waits for a reviewer, and the actions.
func (s *Service) remember(ctx context.Context, known *actions) error {
	r, err := audit.Read(s.o.Audit, s.promoted.Input(), s.promoted.Outcome(), s.tags()...)
	if err != nil {
		return err
	}
	for c, err := range r.Cases(ctx) {
		if err != nil {
			return err
		}
		s.history.add(logged(c))
	}
	for a, err := range r.Actions(ctx) {
		if err != nil {
			return err
		}
		known.states[a.Key] = engine.ActionState(a.State)
	}
	return nil
}

// Workflow is the workflow of what is in production.
func (s *Service) Workflow() *design.Workflow { return s.promoted.Plan().Workflow }

// Promoted is the design in production.
func (s *Service) Promoted() *engine.Promoted { return s.promoted }

func (s *Service) tags() []string {
	if s.card == nil {
		return nil
	}
	return s.card.Tags
}

// Run runs a case that came from [Service.ParseCase], or was made as it makes
// them, and gives what became of it once that is in the audit log. It returns an
// error where the case was not taken in, or ctx ended, or no case can go on.
// A case that is sent again is run again, as another trial.
func (s *Service) Run(ctx context.Context, c *flow.Case) (*Served, error) {
	s.under.Add(1)
	defer s.under.Done()
	end := func(*engine.Ran, error) {}
	if s.o.Tracer != nil {
		ctx, end = s.o.Tracer.Case(ctx)
	}
	r, err := s.promoted.RunFully(flow.WithPrivate(ctx, s.policy.Private(c)), c)
	end(r, err)
	if r != nil && s.o.Observer != nil {
		s.o.Observer.Ran(ctx, c, r)
	}
	if err != nil {
		return nil, err
	}
	entry := r.Entry.(*audit.Entry)
	served := s.history.add(ran(c, r, entry, s.log.Alias(c.ID), s.promoted.Digest()))
	for _, sh := range s.shadows {
		sh.offer(c, entry)
	}
	return served, nil
}

// Ready says why no case can be taken in; nil while all is well.
func (s *Service) Ready() error { return s.log.Err() }

// AuditSize is how many bytes the audit log has, and may have; 0 for no limit.
func (s *Service) AuditSize() (bytes, limit int64) { return s.log.Size() }

// Close waits for the cases under way, ends the designs in shadow, and closes
// the log. Cases that still wait for a design in shadow are dropped.
func (s *Service) Close() error {
	s.under.Wait()
	for _, sh := range s.shadows {
		sh.stop()
	}
	var err error
	if s.log != nil {
		err = s.log.Close()
	}
	return errors.Join(err, s.promoted.Close())
}

// cases is the audit log as the engine writes it.
type cases struct{ s *Service }

// Receive implements [engine.Log].
func (c cases) Receive(of *flow.Case) (engine.Entry, error) { return c.s.log.Receive(of) }
