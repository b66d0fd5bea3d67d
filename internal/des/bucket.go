package des

// A Bucket is a rate limit as services state it: it holds at most Burst tokens,
// is full at the start and gains Rate tokens per unit of time. Requests are
// admitted in the order in which they ask.
type Bucket struct {
	Rate, Burst float64

	taken   bool
	level   float64 // tokens at the time below; negative: promised in advance
	updated float64
}

// Take asks for tokens at a time that must not lie before that of the last call,
// and gives the time at which they are had: now, or later. More tokens than
// Burst are never had at once, so they are had when the bucket would have gained
// them.
func (b *Bucket) Take(now, tokens float64) float64 {
	b.refill(now)
	b.level -= tokens
	if b.level >= 0 {
		return now
	}
	return now - b.level/b.Rate
}

// Has says whether tokens are had at once; more than Burst are when it is full.
// The time must not lie before that of the last call.
func (b *Bucket) Has(now, tokens float64) bool {
	b.refill(now)
	return b.level >= min(tokens, b.Burst)
}

// refill brings the level up to date.
func (b *Bucket) refill(now float64) {
	if !b.taken {
		b.taken, b.level, b.updated = true, b.Burst, now
	}
	b.level = min(b.Burst, b.level+b.Rate*(now-b.updated))
	b.updated = now
}
