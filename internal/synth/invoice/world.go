package invoice

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

// Sizes of the shipped data.
const (
	Seed         = 20250101
	yearCases    = 5000
	freshCases   = 1200
	vendors2025  = 150
	newVendors26 = 25
)

// us is the company that the invoices should be addressed to.
const us = "Nordwind Anlagenbau GmbH"

// strangers are companies that mail for them sometimes reaches us.
var strangers = []string{"Nordwind Logistik AG", "Südwind Anlagenbau GmbH", "Nordlicht Bau KG", "Hansen & Partner mbB", "Nordwind Energie GmbH"}

// A world is everything that is true: who sells to us, what was ordered and
// received, and what each document is about.
type world struct {
	seed    uint64
	vendors []*vendor
	cases   []*document
	orders  []orderRow
	receipt []receiptRow
	posted  []postedRow
	serial  int // of orders
	strange int // vendors outside the master
}

// A document is one case: the truth about it, what people made of it, and
// how it is written.
type document struct {
	facts
	id            string
	received      time.Time
	vendor        *vendor
	situation     situation
	channel       string
	number        string
	issued        time.Time
	due           *time.Time
	po            string // the order it belongs to, printed; empty for none
	currency      string
	net, tax      int64
	printedTotal  int64 // differs from net plus tax where totals contradict
	rate          float64
	lines         []line
	notes         []string
	billTo        string
	iban          string // printed; empty for none
	text          string
	decision      string // the label
	reason        string
	person        bool
	clerkDecision string
	clerkMinutes  float64
	paid          *time.Time
}

type line struct {
	what     string
	quantity int
	total    int64
}

// build makes the world of a seed.
func build(seed uint64) *world {
	w := &world{seed: seed}
	ranks := make([]int, vendors2025)
	for i := range ranks {
		ranks[i] = i + 1
	}
	for n := range vendors2025 {
		v := newVendor(seed, n, ranks[n])
		d := synth.NewDraw(seed, "tenure", n)
		if n >= 20 && d.Bool(0.2) { // joins during the year
			v.since = yearStart.AddDate(0, 0, d.Int(20, 330))
		}
		if n >= 60 && n%15 == 3 {
			v.blocked = yearStart.AddDate(0, 0, d.Int(-60, 200))
		}
		w.vendors = append(w.vendors, v)
	}
	for i := range newVendors26 {
		v := newVendor(seed, vendors2025+i, 6+3*i)
		v.since = freshStart
		v.laterLayout = synth.Pick(synth.NewDraw(seed, "newcomer", i), []string{freshLayout, v.layout})
		if i%3 == 0 { // the acquired sites buy overseas
			v.currency, v.symbol = "USD", false
		}
		w.vendors = append(w.vendors, v)
	}
	w.distinctNames()
	times := append(arrivals(seed, "2025", yearCases, yearStart, freshStart), arrivals(seed, "2026", freshCases, freshStart, freshEnd)...)
	for i, t := range times {
		w.cases = append(w.cases, w.newDocument(i, t))
	}
	return w
}

// distinctNames gives a number to vendors that would share a name.
func (w *world) distinctNames() {
	seen := map[string]int{}
	for _, v := range w.vendors {
		seen[v.name]++
		if k := seen[v.name]; k > 1 {
			suffix := fmt.Sprintf(" %d", k)
			v.name, v.printed = v.name+suffix, v.printed+suffix
		}
	}
}

// arrivals are n times between from and to, sorted: working hours, fewer at
// weekends, more at the end of a month, and growing.
func arrivals(seed uint64, key string, n int, from, to time.Time) []time.Time {
	days := int(to.Sub(from).Hours() / 24)
	weights := make([]float64, days)
	for i := range weights {
		day := from.AddDate(0, 0, i)
		weights[i] = 0.85 + 0.3*float64(i)/float64(days)
		switch day.Weekday() {
		case time.Saturday:
			weights[i] *= 0.12
		case time.Sunday:
			weights[i] *= 0.05
		case time.Monday:
			weights[i] *= 1.25
		}
		if day.Day() >= 27 || day.Day() <= 3 {
			weights[i] *= 1.6
		}
	}
	hours := []float64{.1, .1, .1, .1, .2, .5, 2, 5, 8, 10, 10, 9, 6, 7, 9, 9, 7, 5, 3, 1.5, 1, .6, .3, .2}
	times := make([]time.Time, n)
	for i := range times {
		d := synth.NewDraw(seed, "arrival", key, i)
		times[i] = from.AddDate(0, 0, d.Index(weights)).
			Add(time.Duration(d.Index(hours))*time.Hour + time.Duration(d.Int(0, 3599))*time.Second)
	}
	slices.SortFunc(times, time.Time.Compare)
	return times
}

// pickVendor draws a vendor that trades with us at the time; blocked ones
// only where asked for. It returns nil where there is none.
func (w *world) pickVendor(d synth.Draw, t time.Time, wantBlocked bool) *vendor {
	weights := make([]float64, len(w.vendors))
	var any bool
	for i, v := range w.vendors {
		isBlocked := !v.blocked.IsZero() && !t.Before(v.blocked)
		if v.since.After(t) || isBlocked != wantBlocked {
			continue
		}
		weights[i], any = v.weight, true
		if wantBlocked {
			weights[i] = 1
		}
	}
	if !any {
		return nil
	}
	return w.vendors[d.Index(weights)]
}

// cents is a share of an amount, rounded.
func cents(amount int64, share float64) int64 { return int64(math.Round(float64(amount) * share)) }
