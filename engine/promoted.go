package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// Promoted is a design as it was promoted, ready to run one case at a time by
// the code that replayed it. It is safe for concurrent use.
//
// Actions are dry runs here as in a replay, unless [WithSender] gives who takes
// them: they check their contract and give their idempotency key. A team that
// answers in the middle of the design gets the case, which ends there escalated.
type Promoted struct {
	runner   *Runner
	digest   string
	workers  sync.Pool
	opened   []flow.Opener
	deadline time.Duration // 0 for none
	clock    func() time.Time
	logger   *slog.Logger
	log      Log
}

// Option says how a promoted design is run.
type Option func(*Promoted)

// WithLog has every case written to a log, by which a case is taken in and done
// only when it is there.
func WithLog(l Log) Option { return func(p *Promoted) { p.log = l } }

// WithSender has actions really taken: of gives who takes those in a system of
// record, "" for steps that name none. A system for which it gives nil keeps its
// dry runs. Without [WithActionLog] an action is taken at most once by this
// process.
func WithSender(of func(system string) Sender) Option {
	return func(p *Promoted) { p.runner.sending().of = of }
}

// WithActionLog is where the keys of actions are kept, so that none is taken
// twice though the process ends.
func WithActionLog(l ActionLog) Option {
	return func(p *Promoted) { p.runner.sending().log = l }
}

// WithDeadline ends a case that takes longer: its trial is failed, and the
// handoff that it waited for is late.
func WithDeadline(d time.Duration) Option { return func(p *Promoted) { p.deadline = d } }

// WithClock gives the time by which the work on cases is measured.
func WithClock(now func() time.Time) Option { return func(p *Promoted) { p.clock = now } }

// WithLogger has trouble told of: broken handoffs, and what no case can go on
// from. Nothing that a case holds is told, and cases are called by their trial.
func WithLogger(l *slog.Logger) Option { return func(p *Promoted) { p.logger = l } }

// WithTracer has the work of steps watched.
func WithTracer(t Tracer) Option { return func(p *Promoted) { p.runner.tracer = t } }

// Log is where the cases of a promoted design are written, such as an audit
// log. It is used by many goroutines.
type Log interface {
	// Receive takes in that a case was sent.
	Receive(c *flow.Case) (Entry, error)
}

// Entry is one case in a log.
type Entry interface {
	// Trial is an id of its own for the case's trial.
	Trial() string
	// End takes in what became of the case, how long it took and the money that
	// its calls cost now. It returns when that cannot be lost.
	End(t *flow.Trial, wall time.Duration, spent float64) error
}

// Tracer watches the work of steps.
type Tracer interface {
	// Step is called when a step begins its work on the case of ctx; what it
	// gives is called when the step is done. The step works under the context.
	Step(ctx context.Context, n *design.Node) (context.Context, func(flow.Output, error))
}

// New makes a promoted design of a plan whose steps are open and have learnt,
// such as one that runs in shadow. Close leaves its steps open.
func New(plan *design.Plan, seed uint64, options ...Option) *Promoted {
	p := &Promoted{runner: NewRunner(plan, seed, nil), digest: plan.Design.Digest, clock: time.Now, logger: slog.New(slog.NewTextHandler(io.Discard, nil))}
	p.runner.waits = true
	for _, o := range options {
		o(p)
	}
	return p
}

// Start makes a promoted design of a plan whose steps have learnt, and opens the
// steps that reach out; Close closes them. The session's seed is that of the run
// which judged it.
func Start(ctx context.Context, plan *design.Plan, session flow.Session, options ...Option) (*Promoted, error) {
	out := New(plan, session.Seed, options...)
	for n := range plan.Working() {
		opener, ok := n.Step.(flow.Opener)
		if !ok {
			continue
		}
		if err := opener.Open(ctx, session); err != nil {
			return nil, errors.Join(fmt.Errorf("step %q: %w", n.Name, err), out.Close())
		}
		out.opened = append(out.opened, opener)
	}
	return out, nil
}

// Plan is the design as it was compiled.
func (p *Promoted) Plan() *design.Plan { return p.runner.Plan() }

// Digest is the design's: of its file, its params and every file that it reads.
func (p *Promoted) Digest() string { return p.digest }

// Input are the fields that a case comes with.
func (p *Promoted) Input() *flow.Schema { return p.runner.plan.Workflow.Input }

// Outcome are the fields of an outcome.
func (p *Promoted) Outcome() *flow.Schema { return p.runner.plan.Workflow.Outcome }

// Run runs one case and gives its trial. It returns an error only when ctx
// ends, where a step says that no case can go on, or where the case could not be
// written to the log; then the case was not taken in, whatever the trial says.
func (p *Promoted) Run(ctx context.Context, c *flow.Case) (*flow.Trial, error) {
	r, err := p.RunFully(ctx, c)
	if err != nil {
		return nil, err
	}
	return r.Trial, nil
}

// Ran is a case that was run.
type Ran struct {
	Trial   *flow.Trial
	Timings []flow.Timing // of the steps that reached out
	Wall    time.Duration
	Spent   float64 // money that calls cost now
	Entry   Entry   // in the log; nil without one
	// Shown is what the team gets that takes the case, by the names that a route
	// shows it by; empty where none does.
	Shown flow.Message
}

// RunFully is [Promoted.Run] with what is not part of the trial. Where it returns
// an error there may still be a trial, not measured, that the log has.
func (p *Promoted) RunFully(ctx context.Context, c *flow.Case) (*Ran, error) {
	out := &Ran{Trial: new(flow.Trial)}
	if p.log != nil {
		e, err := p.log.Receive(c)
		if err != nil {
			return nil, err
		}
		out.Entry = e
		ctx = context.WithValue(ctx, trialKey{}, e.Trial())
	}
	failed := p.run(ctx, c, out)
	p.tell(ctx, out, failed)
	if out.Entry != nil {
		if err := out.Entry.End(out.Trial, out.Wall, out.Spent); err != nil {
			return nil, err
		}
	}
	return out, failed
}

type trialKey struct{}

// TrialOf is the id, in the log, of the trial that is run under ctx; "" without a
// log.
func TrialOf(ctx context.Context) string {
	id, _ := ctx.Value(trialKey{}).(string)
	return id
}

// run runs a case. Where no case can go on, or ctx ends, the trial says so and
// there is an error.
func (p *Promoted) run(ctx context.Context, c *flow.Case, out *Ran) error {
	within := ctx
	if p.deadline > 0 {
		var cancel context.CancelFunc
		within, cancel = context.WithTimeout(ctx, p.deadline)
		defer cancel()
	}
	w, ok := p.workers.Get().(*Worker)
	if !ok {
		w = p.runner.NewWorker()
	}
	defer p.workers.Put(w)
	input := Digest(flow.AppendJSON(nil, c.Input.Schema, c.Input.Values))
	t := out.Trial
	begun := p.clock()
	_, err := w.Run(within, c, 0, input, t, nil)
	out.Wall = p.clock().Sub(begun)
	out.Timings = append(out.Timings, w.Timings()...)
	for _, x := range out.Timings {
		out.Spent += x.Spent
	}
	switch {
	case err == nil:
		out.Shown = w.shown(t)
		return nil
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		overran(t, p.deadline)
		return nil
	}
	t.Status, t.Reason = flow.NotMeasured, "stopped"
	if ctx.Err() != nil {
		t.Reason = "interrupted"
	}
	return err
}

// overran ends a trial that took too long. One that had ended, and was only
// looked at in shadow, is as it ended.
func overran(t *flow.Trial, limit time.Duration) {
	if t.Status != "" {
		t.Shadow, t.ShadowWhy = nil, "took longer than "+limit.String()
		return
	}
	t.Status, t.Reason = flow.Failed, string(flow.Late)
	if len(t.Handoffs) == 0 {
		return
	}
	h := &t.Handoffs[len(t.Handoffs)-1]
	h.Kind, h.Clause, h.Detail, h.After = flow.Late, "deadline", "took longer than "+limit.String(), string(design.Fail)
	t.End = h.To
}

// tell tells of trouble.
func (p *Promoted) tell(ctx context.Context, r *Ran, failed error) {
	trial := slog.String("trial", "")
	if r.Entry != nil {
		trial = slog.String("trial", r.Entry.Trial())
	}
	if failed != nil {
		p.logger.ErrorContext(ctx, "no case can go on", trial, slog.String("reason", r.Trial.Reason), slog.String("end", r.Trial.End))
	}
	for _, h := range r.Trial.Handoffs {
		if h.Kind != "" && !h.Shadow {
			level := slog.LevelWarn
			if h.After == string(design.Continue) {
				level = slog.LevelDebug // the design goes on, as it says it would
			}
			p.logger.Log(ctx, level, "a handoff broke", trial, slog.String("from", h.From), slog.String("to", h.To),
				slog.String("kind", string(h.Kind)), slog.String("clause", h.Clause), slog.String("after", h.After))
		}
	}
}

// Close lets go of what steps hold.
func (p *Promoted) Close() error {
	var err error
	for _, o := range p.opened {
		err = errors.Join(err, o.Close())
	}
	p.opened = nil
	return err
}
