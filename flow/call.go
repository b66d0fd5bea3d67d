package flow

// Terms are what calls of a step cost and may do.
type Terms struct {
	Endpoint, Version, Model string // Version is the endpoint's own, where it has one
	Embeds                   bool   // calls bring vectors, and no tokens
	// Prices of one token; Priced says that they are known.
	Input, Cached, Output float64
	Priced                bool
	// Batches says that calls may be asked in batches, of which BatchInput and
	// its kin are the prices.
	Batches                              bool
	BatchInput, BatchCached, BatchOutput float64
	// PerCall is the price of a call, whatever its length. A call that has one
	// is not about tokens.
	PerCall   float64
	MaxTokens int // of an answer; 0 for no limit
	Rounds    int // times that a call may be followed by another for the same answer
	// What the endpoint allows; 0 for no limit.
	RequestsPerMinute, TokensPerMinute, Concurrency int
}

// Call is one that a step would make for a case.
type Call struct {
	Case, Step string // Case is "" before any case: see [Preparer]
	Repeat     int
	Bytes      int  // of the request
	Stored     bool // its answer is stored: it costs nothing
	// Question tells it from others: the same question is asked once.
	Question string
	// Learning says that it is made for a step to learn, before the cases.
	Learning bool
}

// Caller is implemented by steps that make calls which cost money.
type Caller interface {
	Step
	// Terms are those of the step's calls; the error says what the environment
	// lacks.
	Terms() (Terms, error)
}
