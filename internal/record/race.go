package record

import "slices"

// RandomOrder is the order of cases drawn at random by the run's seed, clusters
// whole.
const RandomOrder = "random"

// Race is what a run was raced by, and what came of it: the certificate that a
// design was dropped, or the run stopped, by evidence that may be looked at at
// any time. All of it follows from the trials, the labels and the seed.
type Race struct {
	Metric   string  `json:"metric"`              // that designs race by
	Error    float64 `json:"error"`               // the best design is dropped with at most this probability
	Unit     string  `json:"unit"`                // "case" or "cluster"
	Method   string  `json:"method"`              // of the evidence
	Limit    float64 `json:"limit"`               // the e-value that drops a design
	StopWhen string  `json:"stop_when,omitempty"` // "decided"; "" to go on to the last case
	Of       int64   `json:"of"`                  // cases that there were to replay

	// What came of it; nil until the run is complete.
	Result *RaceResult `json:"result,omitempty"`
}

// RaceResult is how a race ended.
type RaceResult struct {
	Units   int      `json:"units"`   // that told of two designs or more
	Stopped bool     `json:"stopped"` // before the last case
	Live    []string `json:"live"`    // designs that nobody beat
	Dropped []Beaten `json:"dropped"` // in order
	// Undecided are the live designs that did worse than another live one, each
	// with the most that was shown over it.
	Undecided []Beaten `json:"undecided,omitempty"`
}

// Beaten is a design and what another one showed over it.
type Beaten struct {
	Design string `json:"design"`
	By     string `json:"by"`
	// Cases were replayed until then, those of the round in which it happened
	// included; from there on the design's trials are not measured.
	Cases int64 `json:"cases"`
	// Units told of both; By did better in Wins of them and worse in Losses.
	Units      int     `json:"units"`
	Wins       int     `json:"wins"`
	Losses     int     `json:"losses"`
	Difference float64 `json:"difference"` // mean, By minus Design
	LogE       float64 `json:"log_e"`      // natural logarithm of the e-value
}

// RaceDropped is the reason of trials that were not measured because the race
// had dropped their design.
const RaceDropped = "race_dropped"

// CutShort says that fewer cases tell of a design than the run was to replay,
// because of what they showed: the run stopped early, or dropped the design.
// Intervals and tests for a number of cases fixed beforehand do not hold then.
func (h *Header) CutShort(design string) bool {
	if h.Race == nil || h.Race.Result == nil {
		return false
	}
	return h.Race.Result.Stopped || slices.ContainsFunc(h.Race.Result.Dropped, func(b Beaten) bool { return b.Design == design && b.Cases < h.Race.Of })
}
