package flow

import (
	"context"
	"errors"
	"sync"
)

// ErrBudget says that the money of a session does not reach for another call.
var ErrBudget = errors.New("the budget does not reach")

// Spending is money paid for calls.
type Spending struct {
	Spent float64 `json:"spent"`
	// Doubtful is for answers that never arrived whole: whether they were
	// charged is not known here, so a budget counts what they cost at most.
	Doubtful float64 `json:"doubtful,omitempty"`
}

// Total is what may have been paid.
func (s Spending) Total() float64 { return s.Spent + s.Doubtful }

// Budget is the money of a session, shared by all steps that spend. A call
// reserves what it may cost at most before it is made, and settles what it did
// cost afterwards, so that calls in flight are counted and the limit is never
// passed. It is safe for concurrent use; nil counts nothing and has no limit.
type Budget struct {
	limit  float64
	record func(Spending) error

	mu      sync.Mutex
	spent   Spending
	held    float64 // reserved by calls under way
	settled chan struct{}
	err     error // of record
}

// NewBudget makes a budget of which some is spent already; 0 is no limit. Each
// payment goes to record before anything else is paid, unless record is nil.
func NewBudget(limit float64, spent Spending, record func(Spending) error) *Budget {
	return &Budget{limit: limit, spent: spent, record: record, settled: make(chan struct{})}
}

// Limited reports whether there is a limit.
func (b *Budget) Limited() bool { return b != nil && b.limit > 0 }

// Spent is what was paid so far.
func (b *Budget) Spent() Spending {
	if b == nil {
		return Spending{}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.spent
}

// Reserve sets money aside. Where it is short, it waits for calls under way to
// settle: their rest may do, and what they bring is not lost. A [*StopError]
// says that there are none.
func (b *Budget) Reserve(ctx context.Context, most float64) error {
	if b == nil {
		return nil
	}
	for {
		b.mu.Lock()
		left := b.limit - b.spent.Total()
		settled := b.settled
		switch {
		case b.err != nil:
			b.mu.Unlock()
			return &StopError{Err: b.err}
		case b.limit <= 0 || b.held+most <= left:
			b.held += most
			b.mu.Unlock()
			return nil
		case b.held == 0:
			b.mu.Unlock()
			return Stopf("%w: %.4g of %.4g are spent, and what comes next may cost %.2g", ErrBudget, b.limit-left, b.limit, most)
		}
		b.mu.Unlock()
		select {
		case <-settled:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Settle ends a reservation, after spending some of it.
func (b *Budget) Settle(most, spent, doubtful float64) {
	if b == nil {
		return
	}
	paid := Spending{spent, doubtful}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held -= most
	if b.held < 1e-12 { // what rounding left
		b.held = 0
	}
	b.spent.Spent += spent
	b.spent.Doubtful += doubtful
	if paid != (Spending{}) && b.record != nil && b.err == nil {
		b.err = b.record(paid)
	}
	close(b.settled)
	b.settled = make(chan struct{})
}
