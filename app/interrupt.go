package app

import "context"

// unlessInterrupted computes something until it is there or the context ends,
// whichever comes first: a sort of ten million events looks at no context. What is
// left behind goes on until the program ends, so it may do nothing but compute.
func unlessInterrupted[T any](ctx context.Context, compute func(context.Context) (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1) // who computes in vain is not kept waiting
	go func() {
		value, err := compute(ctx)
		done <- outcome{value, err}
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
