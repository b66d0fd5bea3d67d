package scenario

import (
	"fmt"
	"math"
	"time"

	"github.com/rehearse-dev/rehearse/internal/des"
)

// Arrivals say when cases come. They are a Poisson process whose rate follows
// the week, as the case times of the run do, or as stated.
type Arrivals struct {
	Zone *time.Location
	Week Week // stated rates, in order; nil where the run's case times give them
	// PerWeek, where above 0, is the volume; the rates keep their shape. It is
	// the scenario's where Stated, else the workflow's: a dataset is often a
	// sample of what comes.
	PerWeek float64
	Stated  bool
	Volume  float64 // factor on the volume
	Growth  float64 // of the volume, each week upon the week before
	// DaySpread is the coefficient of variation of a factor that each day has
	// of its own (gamma distributed, mean 1): days differ by more than chance.
	DaySpread float64
	// DaysTraced has DaySpread estimated from the run's case times.
	DaysTraced bool
	// Gaps are the times between arrivals where they are not exponential: its
	// shape alone counts, the mean follows from the volume.
	Gaps *Distribution
	// Batch is how many cases come at once; nil: one.
	Batch  *Batch
	Bursts []Burst
}

// Batch is how many cases come at once.
type Batch struct {
	Name   string // "fixed", "geometric" (1, 2, ...) or "sizes"
	Mean   float64
	Sizes  []int
	Shares []float64 // of the sizes, adding up to 1
}

// Draw gives how many cases come at once.
func (b *Batch) Draw(d *des.Draw) int {
	switch b.Name {
	case "geometric":
		if b.Mean == 1 {
			return 1
		}
		return 1 + int(math.Log(d.Uniform())/math.Log1p(-1/b.Mean))
	case "sizes":
		u, i := d.Uniform(), 0
		for i < len(b.Shares)-1 && u >= b.Shares[i] {
			u -= b.Shares[i]
			i++
		}
		return b.Sizes[i]
	}
	return int(b.Mean)
}

// Variance is that of how many cases come at once.
func (b *Batch) Variance() float64 {
	switch b.Name {
	case "geometric":
		return b.Mean * (b.Mean - 1)
	case "sizes":
		sum := 0.0
		for i, size := range b.Sizes {
			sum += (float64(size) - b.Mean) * (float64(size) - b.Mean) * b.Shares[i]
		}
		return sum
	}
	return 0
}

// Spell is a time that comes again, or is stated.
type Spell struct {
	At    time.Time     // where it is stated
	Every *Distribution // minutes between the end of one and the start of the next
	Lasts *Distribution // minutes
}

// String says when a spell is, for a report.
func (s *Spell) String() string {
	if s.Every == nil {
		return fmt.Sprintf("at %s, for %s", s.When(), s.Lasts)
	}
	return fmt.Sprintf("after %s, for %s", s.Every, s.Lasts)
}

// When is a stated time, for a report.
func (s *Spell) When() string { return s.At.Format("2006-01-02 15:04 MST") }

// Burst is a spell in which more cases come.
type Burst struct {
	Spell
	Factor float64 // on the rate
}
