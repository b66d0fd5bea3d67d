package endpoint

import (
	"context"

	"github.com/rehearse-dev/rehearse/flow"
	client "github.com/rehearse-dev/rehearse/internal/llm"
)

// Batches says that models.yaml has the model asked in batches.
func (t *Target) Batches() bool { return t.batch }

// batching says whether a session asks in batches.
func (t *Target) batching(session flow.Session) bool {
	return t.batch && session.Batches != flow.AskNow && session.Plan == nil && !session.Offline && session.Dir != ""
}

// gathering is what the line's questions in a session are gathered for.
func (l *Line) gathering(session flow.Session) gathering {
	return gathering{session.Dir, session.Run, l.DependsOn()}
}

// Waiting is how many questions the line and those that share its model
// gathered.
func (l *Line) Waiting() int {
	if l.batches == nil {
		return 0
	}
	return l.batches.Waiting()
}

// Collect asks what was gathered, and stores the answers. What keeps it from
// that ends the run.
func (l *Line) Collect(ctx context.Context, told func(string)) (questions int, err error) {
	if l.batches == nil || l.client == nil {
		return 0, nil
	}
	questions, err = l.client.Collect(ctx, told)
	if err == nil || ctx.Err() != nil {
		return questions, err
	}
	if mend := l.mend(client.ClassOf(err)); mend != "" {
		return questions, flow.Stopf("%w: %s", err, mend)
	}
	return questions, &flow.StopError{Err: err}
}

// priceOf is what an exchange cost when it was made.
func (t *Target) priceOf(a client.Attempt) float64 {
	if a.Batch != "" {
		return t.batched.Of(a.Usage)
	}
	return t.Prices.Of(a.Usage)
}
