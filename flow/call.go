package flow

// Terms are what calls of a step cost and may do.
type Terms struct {
	Endpoint, Version, Model string // Version is the endpoint's own, where it has one
	Embeds                   bool   // calls bring vectors, and no tokens
	// Prices of one token; Priced says that they are known.
	Input, Cached, Output float64
	Priced                bool
	MaxTokens             int // of an answer; 0 for no limit
	// What the endpoint allows; 0 for no limit.
	RequestsPerMinute, TokensPerMinute, Concurrency int
}

// Call is one that a step would make for a case.
type Call struct {
	Case, Step string // Case is "" before any case: see [Preparer]
	Repeat     int
	Bytes      int  // of the request
	Stored     bool // its answer is stored: it costs nothing
}

// Caller is implemented by steps that make calls which cost money.
type Caller interface {
	Step
	// Terms are those of the step's calls; the error says what the environment
	// lacks.
	Terms() (Terms, error)
}
