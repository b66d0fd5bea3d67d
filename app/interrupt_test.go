package app

import (
	"context"
	"errors"
	"testing"
)

// TestUnlessInterrupted holds that an interrupt does not wait for what never looks
// at it.
func TestUnlessInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	begun, end := make(chan bool), make(chan bool)
	defer close(end)
	go func() {
		<-begun
		interrupt()
	}()
	got, err := unlessInterrupted(ctx, func(context.Context) (int, error) {
		close(begun)
		<-end
		return 1, nil
	})
	if got != 0 || !errors.Is(err, context.Canceled) || exitCode(err) != ExitInterrupted {
		t.Errorf("an interrupted computation gave %d and %v", got, err)
	}
	wrong := errors.New("wrong")
	if got, err := unlessInterrupted(t.Context(), func(context.Context) (int, error) { return 2, wrong }); got != 2 || !errors.Is(err, wrong) {
		t.Errorf("one that ends gave %d and %v, want 2 and what is wrong", got, err)
	}
}
