package flow

import "context"

// Private hides what is personal of one case in what is kept of it beside the
// run's record, such as a recording that others replay.
type Private interface {
	// Hide puts a word of its own in the place of each personal value.
	Hide(text string) string
	// Show puts back what Hide could say the place of.
	Show(text string) string
}

type privateKey struct{}

// WithPrivate says what is personal of the case that is worked on under ctx.
func WithPrivate(ctx context.Context, p Private) context.Context {
	if p == nil {
		return ctx
	}
	return context.WithValue(ctx, privateKey{}, p)
}

// PrivateOf is what is personal of the case that is worked on; nothing where
// nobody said.
func PrivateOf(ctx context.Context) Private {
	if p, ok := ctx.Value(privateKey{}).(Private); ok {
		return p
	}
	return public{}
}

// public has nothing to hide.
type public struct{}

func (public) Hide(text string) string { return text }
func (public) Show(text string) string { return text }
