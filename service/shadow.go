package service

import (
	"context"
	"log/slog"
	"sync"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/audit"
)

// shadowing works on cases with another design, one after the other, while they
// are answered by the one in production.
type shadowing struct {
	s       *Service
	design  *engine.Promoted
	waiting chan shadowed
	cancel  context.CancelFunc
	done    sync.WaitGroup
}

type shadowed struct {
	of    *flow.Case
	entry *audit.Entry
}

func (s *Service) startShadow(p *engine.Promoted) *shadowing {
	ctx, cancel := context.WithCancel(context.Background())
	sh := &shadowing{s: s, design: p, waiting: make(chan shadowed, s.o.ShadowBacklog), cancel: cancel}
	sh.done.Go(func() {
		for {
			select {
			case x := <-sh.waiting:
				sh.work(ctx, x)
			case <-ctx.Done():
				return
			}
		}
	})
	return sh
}

// offer hands a case over, unless too many wait.
func (sh *shadowing) offer(c *flow.Case, e *audit.Entry) {
	select {
	case sh.waiting <- shadowed{c, e}:
	default:
		sh.drop()
	}
}

func (sh *shadowing) drop() {
	if o := sh.s.o.Observer; o != nil {
		o.Dropped(sh.design.Plan().Design.Name)
	}
}

func (sh *shadowing) work(ctx context.Context, x shadowed) {
	r, err := sh.design.RunFully(flow.WithPrivate(ctx, sh.s.policy.Private(x.of)), x.of)
	name := sh.design.Plan().Design.Name
	if err == nil {
		err = x.entry.Shadow(name, sh.design.Digest(), r.Trial, r.Wall, r.Spent)
	}
	if err != nil {
		sh.s.o.Logger.Warn("a case was not worked on in shadow", slog.String("design", name), slog.String("trial", x.entry.Trial()))
		sh.drop()
		return
	}
	if o := sh.s.o.Observer; o != nil {
		o.Shadowed(ctx, name, r)
	}
}

// stop ends the work. What waits is dropped.
func (sh *shadowing) stop() {
	sh.cancel()
	sh.done.Wait()
	for {
		select {
		case <-sh.waiting:
			sh.drop()
		default:
			return
		}
	}
}
