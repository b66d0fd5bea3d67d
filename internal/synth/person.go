package synth

import "math"

// A Mistake is one way to decide wrongly, and its chance.
type Mistake struct {
	Decision string
	Chance   float64
}

// Slip is the mistake of a decision with a chance.
func Slip(decision string, chance float64) Mistake { return Mistake{decision, chance} }

// Decide is what a person decides where right is right and the mistakes are what
// may happen instead.
func Decide(d Draw, right string, mistakes []Mistake) string {
	u := d.Float(0, 1)
	for _, s := range mistakes {
		if u < s.Chance {
			return s.Decision
		}
		u -= s.Chance
	}
	return right
}

// Minutes is what a case takes a person: with the chance given an
// investigation, of the median minutes long, else a glance, of short. Both
// are log-normal, to a tenth of a minute.
func Minutes(d Draw, investigate, short, long float64) float64 {
	minutes := 0.0
	if d.Bool(investigate) {
		minutes = d.LogNormal(long, 0.4)
	} else {
		minutes = d.LogNormal(short, 0.35)
	}
	return math.Round(minutes*10) / 10
}
