package llm

import "context"

// Prices are those of one token, in the currency that the caller counts in.
type Prices struct{ In, Cached, Out float64 }

// Of is the price of what was used. Input that the endpoint had cached has its
// own price.
func (p Prices) Of(u Usage) float64 {
	cached := min(u.Cached, u.In)
	return float64(u.In-cached)*p.In + float64(cached)*p.Cached + float64(u.Out)*p.Out
}

// atMost bounds the price of a call that sends so many bytes: a token has at
// least one byte, and there are no more output tokens than asked for.
func (p Prices) atMost(bytes, maxTokens int) float64 {
	return float64(bytes)*max(p.In, p.Cached) + float64(maxTokens)*p.Out
}

// Purse is the money that may be spent. Calls in flight have their part of it
// set aside.
type Purse interface {
	// Reserve sets money aside for one exchange. It waits for exchanges under
	// way to give back what they did not need; where that cannot be enough,
	// its error is the caller's.
	Reserve(ctx context.Context, most float64) error
	// Settle gives back what was set aside, after spending a part of it.
	// Doubtful is money for an answer that never arrived whole: nobody here
	// knows whether it was charged.
	Settle(most, spent, doubtful float64)
}

// free is the purse of those who do not count.
type free struct{}

func (free) Reserve(context.Context, float64) error { return nil }
func (free) Settle(float64, float64, float64)       {}
