package business

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Input is all that a case is made of.
type Input struct {
	Baseline string
	Currency string
	Sample   *Sample
	Run      string // that the sample is of
	Terms    *Terms // nil: nothing is stated
	// Volume is the cases of a year where the terms do not say, and WhoseVolume
	// whose figure that is.
	Volume      float64
	WhoseVolume string
	Seed        uint64
}

// Draws of all assumptions that ranges are over.
const draws = 10_000

// Confidence of every range: 90 of 100 draws lie in it.
const Confidence = 0.9

// Case is the case for a change.
type Case struct {
	Baseline    string       `json:"baseline"`
	Currency    string       `json:"currency,omitempty"`
	Run         string       `json:"run"`
	Cases       int          `json:"cases"`
	Clusters    int          `json:"clusters"`
	Years       int          `json:"years"`
	Draws       int          `json:"draws"`
	Assumptions []Assumption `json:"assumptions"` // assumed first, then stated, then traced
	Designs     []Annual     `json:"designs"`
	Candidates  []Return     `json:"candidates"`
	Warnings    []string     `json:"warnings,omitempty"`
}

// How an assumption is known.
const (
	Assumed = "assumed" // nobody said
	Stated  = "stated"  // by the scenario or the workflow
	Traced  = "traced"  // measured in the run
)

// Assumption is one quantity that figures follow from.
type Assumption struct {
	Name   string  `json:"name"`
	Design string  `json:"design,omitempty"` // that it is of alone
	Unit   string  `json:"unit"`
	Low    float64 `json:"low"`
	Likely float64 `json:"likely"`
	High   float64 `json:"high"`
	// Varied says that the range is nobody's but one tried by the tornado: 20 %
	// either way. Ranges of figures take such a quantity as certain.
	Varied bool   `json:"varied,omitempty"`
	How    string `json:"how"`
	What   string `json:"what"`
}

// Range is a figure with the range that 90 of 100 draws lie in.
type Range struct {
	Likely float64 `json:"likely"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

// Annual is what a design takes in a year in which all of it works.
type Annual struct {
	Design string `json:"design"`
	Hours  Range  `json:"hours"`  // of people
	FTE    Range  `json:"people"` // that work so many hours
	People Range  `json:"people_cost"`
	Errors Range  `json:"error_cost"`
	Models Range  `json:"model_cost"`
	Run    Range  `json:"run_cost"`
	Total  Range  `json:"total"`
}

// Return is what a candidate gives over the baseline.
type Return struct {
	Design string `json:"design"`
	Hours  Range  `json:"hours_saved_a_year"`
	FTE    Range  `json:"people_freed"`
	Money  Range  `json:"money_saved_a_year"` // net of running it, when all of it works
	Build  Range  `json:"build_cost"`
	// Payback is nil where the likely figures do not pay back within Years, or
	// no build cost is stated.
	Payback *Payback `json:"payback_months,omitempty"`
	Never   float64  `json:"never_pays_back"` // share of draws that do not pay back within Years
	// Value is the net present value over Years, building included.
	Value   Range    `json:"net_present_value"`
	Gains   float64  `json:"gains"` // share of draws with a value above 0
	Tornado []Driver `json:"tornado"`
	Missing []string `json:"missing,omitempty"` // that only the user knows, taken as 0
}

// Payback is how many months from the start a candidate has paid for its
// building, with the range that 90 of 100 draws lie in. An end is nil where it is
// not within the years.
type Payback struct {
	Likely float64  `json:"likely"`
	Low    *float64 `json:"low"`
	High   *float64 `json:"high"`
}

// Driver is what one assumption does to the value: the others as likely.
type Driver struct {
	Assumption int     `json:"assumption"` // index
	AtLow      float64 `json:"value_at_low"`
	AtHigh     float64 `json:"value_at_high"`
	// BreakEven is where the value is 0; nil where no plausible figure is.
	BreakEven *float64 `json:"break_even,omitempty"`
}

// Swing is how far the value moves.
func (d Driver) Swing() float64 { return math.Abs(d.AtHigh - d.AtLow) }

// world is one set of figures that assumptions may have.
type world struct {
	x []float64 // values of the assumptions
	m []float64 // means of the sample, by design and part
}

// maker makes a case.
type maker struct {
	Input
	est    *estimate
	years  int
	list   []Assumption
	at     map[string]int // of general assumptions, by key
	of     map[string]int // of a design's own, by key and design
	normal []shift        // assumptions of the sample's figures
}

// shift is an assumption that a part of a design's figures differs from the
// baseline's by so much a case.
type shift struct {
	assumption, part, design int
}

// Make makes the case. It has no range where too few cases were measured.
func Make(in Input) (*Case, error) {
	if in.Terms == nil {
		in.Terms = &Terms{}
	}
	m := &maker{Input: in, at: map[string]int{}, of: map[string]int{}, years: in.Terms.Years}
	var err error
	if m.est, err = in.Sample.estimate(); err != nil {
		return nil, err
	}
	if !slices.Contains(in.Sample.designs, in.Baseline) {
		return nil, fmt.Errorf("there is no design %q to compare with", in.Baseline)
	}
	m.assume()
	c := &Case{
		Baseline: in.Baseline, Currency: in.Currency, Run: in.Run, Cases: in.Sample.cases, Clusters: m.est.clusters, Years: m.years, Draws: draws,
		Assumptions: m.list,
	}
	if n := in.Sample.left; n > 0 {
		c.Warnings = append(c.Warnings, fmt.Sprintf("%d cases are left out: not measured under every design, or nobody says how long people work on them", n))
	}
	likely, all := m.likely(), m.draw()
	base := in.Sample.index[in.Baseline]
	for i, name := range in.Sample.designs {
		c.Designs = append(c.Designs, m.annual(i, likely, all))
		if i != base {
			c.Candidates = append(c.Candidates, m.candidate(name, i, base, likely, all))
		}
	}
	m.sortAssumptions(c)
	return c, nil
}

// likely is the world in which everything is as it most likely is.
func (m *maker) likely() world {
	w := world{m: m.est.mean}
	for _, a := range m.list {
		w.x = append(w.x, a.Likely)
	}
	return w
}

// draw gives worlds drawn from all ranges that somebody stands for.
func (m *maker) draw() []world {
	rng := rand.New(rand.NewPCG(m.Seed, 0x9e3779b97f4a7c15))
	out := make([]world, draws)
	for i := range out {
		w := world{x: make([]float64, len(m.list)), m: m.est.draw(rng.NormFloat64)}
		for k, a := range m.list {
			u := rng.Float64()
			if w.x[k] = a.Likely; !a.Varied {
				w.x[k] = triangular(a.Low, a.Likely, a.High, u)
			}
		}
		out[i] = w
	}
	return out
}

// triangular is the quantile u of the triangular distribution.
func triangular(low, likely, high, u float64) float64 {
	if high <= low {
		return likely
	}
	if cut := (likely - low) / (high - low); u < cut {
		return low + math.Sqrt(u*(high-low)*(likely-low))
	}
	return high - math.Sqrt((1-u)*(high-low)*(high-likely))
}

// over is a figure in the likely world, and the range over the others.
func over(likely world, all []world, figure func(world) float64) Range {
	x := make([]float64, len(all))
	for i, w := range all {
		x[i] = figure(w)
	}
	slices.Sort(x)
	tail := (1 - Confidence) / 2
	return Range{Likely: figure(likely), Low: x[int(tail*float64(len(x)))], High: x[int((1-tail)*float64(len(x)))-1]}
}
