package flow

import (
	"context"
	"time"
)

// Retrier is a step that asks again by itself where what it asks fails. Before
// every try it asks the [Drill] of its context whether that one fails.
type Retrier interface {
	Step
	Patience() Patience
}

// Patience is how long a step goes on asking for one answer.
type Patience struct {
	Tries int           // at most
	Try   time.Duration // the longest that it waits for one; 0 for no limit
	All   time.Duration // and for all of them together; 0 for no limit
}

// Drill has tries of steps fail before they are made, to see what a design
// makes of that. It says how the try fails, as "rate" (refused as too many),
// "server" (an error there) or "timeout"; "" where it does not fail. question
// tells the questions of one call apart, and try counts from 1. It is called by
// many goroutines.
type Drill func(call Key, question string, try int) string

type drillKey struct{}

// WithDrill has the steps that work under ctx fail as the drill says.
func WithDrill(ctx context.Context, d Drill) context.Context {
	return context.WithValue(ctx, drillKey{}, d)
}

// DrillOf is the drill that steps work under; one in which nothing fails where
// there is none.
func DrillOf(ctx context.Context) Drill {
	if d, ok := ctx.Value(drillKey{}).(Drill); ok {
		return d
	}
	return func(Key, string, int) string { return "" }
}
