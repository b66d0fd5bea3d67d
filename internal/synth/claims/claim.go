package claims

import (
	"fmt"
	"slices"
	"time"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

// A claim is one case: the truth about it, what people made of it, and how
// it is told.
type claim struct {
	facts
	id               string
	received         time.Time
	situation        situation
	channel          string
	holder           *holder
	peril            string
	told             string // the part that the account is about
	job              job
	repairer         *repairer // who quotes; nil without an estimate
	main, extras     int64     // the main job and the rest, net, in hundredths
	loss             time.Time // the day of it
	printedLoss      time.Time // differs where the claimant misremembers
	claimed          *int64    // the amount that the notice states
	crime            string    // reference of the police; empty for none
	notice           string
	quote            string // the estimate as it reaches us; empty for none
	decision, reason string
	team             string // who decides, by the guideline, or settle
	adjusterDecision string
	adjusterAmount   *int64
	adjusterReserve  int64
	adjusterPeril    string
	adjusterMinutes  float64
	settled          *time.Time
	printsPolicy     bool
	printsClaimed    bool
	original         *claim // of a claim made again
}

// perilsOf are the perils that a situation can be about; all, where none is named.
var perilsOf = map[situation][]string{
	excluded: {"collision", "collision", "water", "burglary", "storm", "accidental", "car_theft"},
	small:    {"collision", "vandalism", "accidental", "water"},
	injury:   {"collision"},
	disputed: {"collision"},
	differs:  {"collision", "collision", "water"},
	dear:     {"collision", "collision", "water", "storm", "vandalism"},
	noReport: {"burglary", "vandalism", "car_theft"},
}

// frequency is how often each peril comes up.
var frequency = map[string]int{
	"collision": 38, "glass": 15, "car_theft": 3, "storm": 10, "vandalism": 6, "water": 14, "burglary": 8, "accidental": 7,
}

// newClaim makes case i.
func (w *world) newClaim(i int, a arrival) *claim {
	d := synth.NewDraw(w.seed, "claim", i)
	c := &claim{received: a.at, situation: synth.DrawAt(d, a.at, mix)}
	if a.ring != nil {
		c.situation = fromRing
	}
	// Numbers as the front desk gives them: they run in time, with gaps.
	c.id = fmt.Sprintf("CLM-%07d", 3_100_000+i*7+d.Int(0, 6))
	c.channel = synth.DrawAt(d, a.at, channels)
	if c.situation == again {
		if c.original = w.earlier(d, a.at); c.original == nil {
			c.situation = clean
		}
	}
	if c.original != nil {
		c.repeat(d)
	} else {
		w.invent(c, d, a.ring)
	}
	c.recent = c.holder.filedBefore(c.received)
	c.decision, c.reason = decide(c.facts)
	c.team = route(c.facts, c.reason)
	c.tell(synth.NewDraw(w.seed, "notice", i))
	c.writeEstimate(synth.NewDraw(w.seed, "estimate", i))
	c.work(synth.NewDraw(w.seed, "adjuster", i))
	return c
}

// earlier finds a claim of the last two months that was paid, and so can be
// made again.
func (w *world) earlier(d synth.Draw, t time.Time) *claim {
	for range 40 {
		if len(w.claims) < 60 {
			return nil
		}
		c := w.claims[len(w.claims)-d.Int(30, min(len(w.claims), 800))]
		if c.decision == pay && c.received.Before(t.AddDate(0, 0, -6)) {
			return c
		}
	}
	return nil
}

// repeat makes the claim one for a loss that was claimed before.
func (c *claim) repeat(d synth.Draw) {
	was := *c.original
	was.id, was.received, was.situation, was.channel, was.original = c.id, c.received, c.situation, c.channel, c.original
	*c = was
	c.again = true
	c.delay = daysBetween(c.loss, c.received)
	c.printedLoss = c.loss
	if d.Bool(0.25) { // on or about that day
		c.printedLoss = c.loss.AddDate(0, 0, -d.Int(1, 3))
	}
}

func daysBetween(from, to time.Time) int { return int(to.Sub(from).Hours() / 24) }

// invent makes up a new claim for the situation.
func (w *world) invent(c *claim, d synth.Draw, r *ring) {
	c.delay = c.pickDelay(d)
	c.loss = c.received.Truncate(24*time.Hour).AddDate(0, 0, -c.delay)
	c.printedLoss = c.loss
	w.pickHolder(c, d, r)
	c.facts.ours, c.facts.covered, c.estimate, c.reported = c.situation != elsewhere, c.situation != notCovered, true, true
	c.inForce = c.holder.inForce(c.loss)
	c.age = daysBetween(c.holder.since, c.loss)
	c.excluded = c.situation == excluded
	c.excused = c.situation == lateExcused
	c.ring = r != nil
	c.injury, c.disputed = c.situation == injury, c.situation == disputed
	c.excess, c.limit = c.holder.excess, c.holder.limit
	c.price(w, d, r)
	c.police(d)
}

// pickDelay draws the days from the loss to the report.
func (c *claim) pickDelay(d synth.Draw) int {
	switch c.situation {
	case late, lateExcused:
		return d.Int(lateAfter+2, tooLateAfter-8)
	case tooLate:
		return d.Int(tooLateAfter+4, 420)
	case tooEarly:
		return d.Int(4, 20)
	}
	switch d.Index([]float64{20, 26, 34, 20}) {
	case 0:
		return 0
	case 1:
		return 1
	case 2:
		return d.Int(2, 7)
	default:
		return d.Int(8, 28)
	}
}

// pickHolder draws whose claim it is, and the peril.
func (w *world) pickHolder(c *claim, d synth.Draw, r *ring) {
	perils := perilsOf[c.situation]
	switch c.situation {
	case fromRing:
		c.holder, c.peril = w.member(r, d), r.peril
		w.holders = append(w.holders, c.holder)
		return
	case lapsed:
		c.holder = w.newHolder(c.loss.AddDate(0, 0, -d.Int(300, 1500)), productFor(d, perils))
		c.holder.lapsed = c.loss.AddDate(0, 0, -d.Int(2, 120))
	case tooEarly:
		c.holder = w.newHolder(c.loss.AddDate(0, 0, d.Int(1, c.delay-1)), productFor(d, perils))
	case soon:
		c.holder = w.newHolder(c.loss.AddDate(0, 0, -d.Int(0, soonWithin)), productFor(d, perils))
	case elsewhere:
		c.holder = w.newHolder(c.loss.AddDate(0, 0, -d.Int(100, 900)), productFor(d, perils))
	}
	if c.holder != nil {
		c.peril = pickPeril(d, perilsFor(c.holder, c.loss, perils, true))
		if c.situation != elsewhere {
			w.holders = append(w.holders, c.holder)
		}
		return
	}
	for {
		h := synth.Pick(d, w.pool)
		if daysBetween(h.since, c.loss) <= soonWithin {
			continue
		}
		may := perilsFor(h, c.loss, perils, c.situation != notCovered)
		total := 0
		for _, p := range may {
			total += frequency[p]
		}
		if d.Bool(float64(total) / 20) { // what seldom happens is seldom claimed
			c.holder, c.peril = h, pickPeril(d, may)
			return
		}
	}
}

// perilsFor are those of perils, or of all where that is empty, that the
// holder's product covers on a day, or does not cover.
func perilsFor(h *holder, t time.Time, perils []string, covered bool) []string {
	var may []string
	for _, p := range lines[h.line()] {
		if len(perils) > 0 && !slices.Contains(perils, p) {
			continue
		}
		if slices.Contains(cover[h.productAt(t)], p) == covered {
			may = append(may, p)
		}
	}
	return may
}

// productFor draws a product that covers something of perils, or anything at
// all where that is empty.
func productFor(d synth.Draw, perils []string) string {
	for {
		product := synth.DrawAt(d, synth.YearStart, products)
		for _, p := range cover[product] {
			if len(perils) == 0 || slices.Contains(perils, p) {
				return product
			}
		}
	}
}

func pickPeril(d synth.Draw, perils []string) string {
	weights := make([]float64, len(perils))
	for i, p := range perils {
		weights[i] = float64(frequency[p])
	}
	return perils[d.Index(weights)]
}
