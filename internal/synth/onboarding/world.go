package onboarding

import (
	"fmt"
	"math"
	"time"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

// Sizes of the shipped data.
const (
	Seed        = 20250301
	yearCases   = 4800
	freshCases  = 1200
	oldAccounts = 260 // opened before the year
)

// A world is everything that is true: who directs which company, what the
// registry and the watch list say, and who applied with what.
type world struct {
	seed        uint64
	cases       []*application
	registry    map[string][]companyRow // by number, plain
	listed      []listedRow
	accounts    []accountRow
	shown       []identityRow
	introducers []introducerRow
	partners    []string // codes of the introducers, the largest first
	customers   []customer
	founded     int // companies
	groups      int
	ring        ring
}

// A customer is a company with an account.
type customer struct {
	company *company
	since   time.Time
	barred  time.Time // closed for abuse; zero for never
}

// A ring is a gang that applies again and again with other people's papers:
// through one introducer, from one address.
type ring struct {
	left       int
	since      time.Time
	introducer string
	group      string
	market     market
	street     string
	town       string
}

// build makes the world of a seed.
func build(seed uint64) *world {
	w := &world{seed: seed, registry: map[string][]companyRow{}}
	w.listWatched()
	w.introduce()
	w.openOldAccounts()
	times := append(
		synth.Office.Arrivals(seed, "2025", yearCases, synth.YearStart, synth.FreshStart),
		synth.Office.Arrivals(seed, "2026", freshCases, synth.FreshStart, synth.FreshEnd)...)
	for i, t := range times {
		w.cases = append(w.cases, w.newApplication(i, t))
	}
	w.inOrder()
	return w
}

// introduce makes the partners that send us customers. Some are suspended
// during the year.
func (w *world) introduce() {
	for i := range 44 {
		d := synth.NewDraw(w.seed, "introducer", i)
		code := fmt.Sprintf("P-%03d", (i*379+211)%1000)
		w.partners = append(w.partners, code)
		w.introducers = append(w.introducers, introducerRow{code, "active", founded})
		if i%8 == 5 {
			w.introducers = append(w.introducers, introducerRow{code, "suspended", synth.YearStart.AddDate(0, 0, d.Int(30, 330))})
		}
	}
}

// introducer draws a partner, the large ones more often; a suspended one has
// little left to send.
func (w *world) introducer(d synth.Draw, t time.Time) string {
	weights := make([]float64, len(w.partners))
	for i, code := range w.partners {
		weights[i] = 1 / math.Pow(float64(i+1), 0.8)
		if w.suspended(code, t) {
			weights[i] /= 2
		}
	}
	return w.partners[d.Index(weights)]
}

func (w *world) suspended(code string, t time.Time) bool {
	row, found := at(w.introducers, t, func(r introducerRow) (time.Time, bool) { return r.ValidFrom, r.Code == code })
	return found && row.Status == "suspended"
}

// openOldAccounts makes the customers of the time before, some of whom were
// thrown out.
func (w *world) openOldAccounts() {
	for i := range oldAccounts {
		d := synth.NewDraw(w.seed, "old", i)
		since := founded.AddDate(0, 0, d.Int(40, 700)).Truncate(time.Minute)
		m := w.market(d)
		c := w.newCompany(d, m, newPerson(d, m), since)
		c.group = w.newGroup()
		w.enter(c.entry())
		w.open(c, since)
		w.shown = append(w.shown, identityRow{c.director.identity, c.director.family, since.AddDate(0, 0, -3)})
		if i%4 == 0 {
			w.bar(len(w.customers)-1, since.AddDate(0, 0, d.Int(20, 300)))
		}
	}
}

// open enters an account.
func (w *world) open(c *company, since time.Time) {
	w.customers = append(w.customers, customer{company: c, since: since})
	w.accounts = append(w.accounts, accountRow{plain(c.regNo), c.name, "open", since})
}

// bar closes the account of a customer for abuse.
func (w *world) bar(i int, t time.Time) {
	c := &w.customers[i]
	c.barred = t
	w.accounts = append(w.accounts, accountRow{plain(c.company.regNo), c.company.name, "closed_for_abuse", t})
}

func (w *world) market(d synth.Draw) market {
	weights := make([]float64, len(markets))
	for i, m := range markets {
		weights[i] = m.weight
	}
	return markets[d.Index(weights)]
}

// newGroup is the id of a new household, company group or ring.
func (w *world) newGroup() string {
	w.groups++
	return fmt.Sprintf("G-%05d", w.groups*7919%100_000)
}

// earlier draws an earlier application that suits, of those that came some
// days ago; nil for none.
func (w *world) earlier(d synth.Draw, t time.Time, least, most int, suits func(*application) bool) *application {
	var found []*application
	for i := len(w.cases) - 1; i >= 0 && w.cases[i].received.After(t.AddDate(0, 0, -most)); i-- {
		if c := w.cases[i]; c.received.Before(t.AddDate(0, 0, -least)) && suits(c) {
			found = append(found, c)
		}
	}
	if len(found) == 0 {
		return nil
	}
	return synth.Pick(d, found)
}

// customerAt draws a customer whose account is open at the time, or was closed
// for abuse by then; nil for none.
func (w *world) customerAt(d synth.Draw, t time.Time, barred bool) *customer {
	var found []*customer
	for i := range w.customers {
		c := &w.customers[i]
		closed := !c.barred.IsZero() && !c.barred.After(t)
		if c.since.Before(t.AddDate(0, 0, -10)) && closed == barred && (barred || c.barred.IsZero()) {
			found = append(found, c)
		}
	}
	if len(found) == 0 {
		return nil
	}
	return synth.Pick(d, found)
}
