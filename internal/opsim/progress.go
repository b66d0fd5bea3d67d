package opsim

import (
	"context"
	"sync/atomic"
)

// Progress counts what was simulated, for whoever waits for an answer.
type Progress struct {
	stage               atomic.Pointer[string]
	replications, cases atomic.Int64
}

type progressKey struct{}

// WithProgress has all that is simulated under the context counted.
func WithProgress(ctx context.Context, p *Progress) context.Context {
	return context.WithValue(ctx, progressKey{}, p)
}

// Stage is what is being asked, such as a design and a volume; "" at first.
func (p *Progress) Stage() string {
	if s := p.stage.Load(); s != nil {
		return *s
	}
	return ""
}

// Replications is how many are done.
func (p *Progress) Replications() int64 { return p.replications.Load() }

// Cases is how many came in the replications that are done.
func (p *Progress) Cases() int64 { return p.cases.Load() }

// progressOf is the counter of a context; one that nobody reads where it has none.
func progressOf(ctx context.Context) *Progress {
	if p, ok := ctx.Value(progressKey{}).(*Progress); ok {
		return p
	}
	return &Progress{}
}

// at says what is being asked.
func (p *Progress) at(stage string) { p.stage.Store(&stage) }

// did counts a replication.
func (p *Progress) did(cases int64) {
	p.replications.Add(1)
	p.cases.Add(cases)
}
