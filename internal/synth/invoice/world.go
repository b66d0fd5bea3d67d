package invoice

import (
	"fmt"
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
			v.since = synth.YearStart.AddDate(0, 0, d.Int(20, 330))
		}
		if n >= 60 && n%15 == 3 {
			v.blocked = synth.YearStart.AddDate(0, 0, d.Int(-60, 200))
		}
		w.vendors = append(w.vendors, v)
	}
	for i := range newVendors26 {
		v := newVendor(seed, vendors2025+i, 6+3*i)
		v.since = synth.FreshStart
		v.laterLayout = synth.Pick(synth.NewDraw(seed, "newcomer", i), []string{freshLayout, v.layout})
		if i%3 == 0 { // the acquired sites buy overseas
			v.currency, v.symbol = "USD", false
		}
		w.vendors = append(w.vendors, v)
	}
	w.distinctNames()
	times := append(synth.Office.Arrivals(seed, "2025", yearCases, synth.YearStart, synth.FreshStart), synth.Office.Arrivals(seed, "2026", freshCases, synth.FreshStart, synth.FreshEnd)...)
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
