package claims

import (
	"slices"
	"time"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

// Sizes of the shipped data.
const (
	Seed       = 20250202
	yearCases  = 5000
	freshCases = 1200
	holders    = 12_000
)

// A world is everything that is true: who is insured, who repairs, and what
// each claim is about.
type world struct {
	seed      uint64
	serial    int // of holders
	holders   []*holder
	pool      []*holder // each as often as it weighs
	repairers []*repairer
	claims    []*claim
	past      []pastRow
}

// build makes the world of a seed.
func build(seed uint64) *world {
	w := &world{seed: seed}
	w.people()
	w.workshops()
	w.history()
	for i, a := range w.arrivals() {
		c := w.newClaim(i, a)
		w.claims = append(w.claims, c)
		w.register(c)
	}
	return w
}

// An arrival is when a claim comes, and the ring that files it, if one does.
type arrival struct {
	at   time.Time
	ring *ring
}

// arrivals are when the claims of the year and of the fresh sample come, sorted.
func (w *world) arrivals() []arrival {
	var all []arrival
	count := map[bool]int{}
	for _, r := range w.rings() {
		for _, t := range synth.Office.Arrivals(w.seed, r.repairer.id, r.claims, r.from, r.to) {
			all = append(all, arrival{t, r})
			count[synth.Fresh(t)]++
		}
	}
	for _, t := range synth.Office.Arrivals(w.seed, "2025", yearCases-count[false], synth.YearStart, synth.FreshStart) {
		all = append(all, arrival{at: t})
	}
	for _, t := range synth.Office.Arrivals(w.seed, "2026", freshCases-count[true], synth.FreshStart, synth.FreshEnd) {
		all = append(all, arrival{at: t})
	}
	slices.SortStableFunc(all, func(a, b arrival) int { return a.at.Compare(b.at) })
	return all
}
