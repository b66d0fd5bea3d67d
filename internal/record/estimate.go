package record

// Estimate is what a run was expected to call, spend and take before it began.
type Estimate struct {
	Calls     Range `json:"calls"`  // to be made
	Stored    int   `json:"stored"` // calls that stored answers save
	TokensIn  Range `json:"tokens_in"`
	TokensOut Range `json:"tokens_out"`
	Money     Range `json:"money"`
	Seconds   Range `json:"seconds"`
}

// Range is an expected value between a low and a high one.
type Range struct {
	Low      float64 `json:"low"`
	Expected float64 `json:"expected"`
	High     float64 `json:"high"`
}

// Plus adds two ranges end to end.
func (r Range) Plus(o Range) Range {
	return Range{r.Low + o.Low, r.Expected + o.Expected, r.High + o.High}
}
