package invoice

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

// A vendor has a contract, an identity and habits that all its documents share.
type vendor struct {
	id, name, printed, address string
	country, language, size    string
	currency, taxID, iban      string
	weight, median             float64 // share of the volume; usual net amount
	taxRate                    float64
	layout, laterLayout        string // laterLayout from 2026, where it differs
	labels                     labels
	number                     synth.NumberStyle
	date                       string
	symbol                     bool // writes € rather than EUR
	before                     bool // the currency stands before the number
	numbering                  int  // how invoices are numbered
	counter                    int
	poStyle                    int // how our order numbers are written
	creditSign                 int // before, after, none
	prints                     struct{ iban, tax, due bool }
	terms                      int // days
	service                    bool
	boiler                     []string // boilerplate that it likes
	since, blocked             time.Time
	known                      bool // in the vendor master
}

type country struct {
	code, language, currency string
	weight, tax              float64
}

var countries = []country{
	{"DE", "de", "EUR", 42, .19}, {"AT", "de", "EUR", 5, .20}, {"CH", "de", "CHF", 6, .081},
	{"FR", "fr", "EUR", 9, .20}, {"BE", "fr", "EUR", 3, .21}, {"NL", "nl", "EUR", 9, .21},
	{"ES", "es", "EUR", 6, .21}, {"GB", "en", "GBP", 8, .20}, {"IE", "en", "EUR", 2, .23},
	{"US", "en", "USD", 5, 0}, {"PL", "en", "PLN", 3, .23}, {"SE", "en", "SEK", 2, .25},
}

// newVendor makes vendor number n of the world. Rank one is the largest.
func newVendor(seed uint64, n, rank int) *vendor {
	d := synth.NewDraw(seed, "vendor", n)
	weights := make([]float64, len(countries))
	for i, c := range countries {
		weights[i] = c.weight
	}
	c := countries[d.Index(weights)]
	v := &vendor{country: c.code, language: c.language, currency: c.currency, known: true}
	v.id = fmt.Sprintf("V-%04d", (n*7919+1237)%10_000) // a bijection: no id is given twice
	v.name = synth.Company(d, c.language, c.code)
	v.printed = v.name
	switch {
	case d.Bool(0.12):
		v.printed = strings.ToUpper(v.name)
	case d.Bool(0.05): // a trading name, without the legal form
		v.printed = strings.Join(strings.Fields(v.name)[:2], " ")
	}
	v.address = synth.Address(d, c.language, c.code)
	if c.currency != "EUR" && d.Bool(0.25) {
		v.currency = "EUR"
	}
	if c.code != "DE" && d.Bool(0.5) {
		v.taxRate = 0 // reverse charge
	} else {
		v.taxRate = c.tax
	}
	v.taxID = synth.TaxID(d, c.code)
	v.iban = synth.IBAN(d, c.code)
	v.weight = 1 / math.Pow(float64(rank), 0.95)
	v.median = d.LogNormal(1250, 0.9)
	switch {
	case rank <= 12:
		v.size = "large"
	case rank <= 55:
		v.size = "medium"
	default:
		v.size = "small"
	}
	v.service = d.Bool(0.3)
	v.terms = synth.Favour(d, []int{30, 14, 45, 60})
	v.habits(d)
	return v
}

// habits sets how the vendor's documents look.
func (v *vendor) habits(d synth.Draw) {
	v.layout = layoutNames[d.Index(layoutWeights)]
	v.laterLayout = v.layout
	if d.Bool(0.15) {
		v.laterLayout = freshLayout
	}
	w := vocabulary[v.language]
	v.labels = labels{
		Number: synth.Favour(d, w.number), Date: synth.Favour(d, w.date), Due: synth.Favour(d, w.due),
		Order: synth.Favour(d, w.order), BillTo: synth.Favour(d, w.billTo), TaxID: synth.Favour(d, w.taxID),
		Item: synth.Favour(d, w.item), Net: synth.Favour(d, w.net), Tax: synth.Favour(d, w.tax),
		Total: synth.Favour(d, w.total), Period: synth.Favour(d, w.period), Thanks: synth.Pick(d, w.thanks),
		Terms: synth.Pick(d, w.terms),
	}
	styles := map[string][]synth.NumberStyle{
		"de": {synth.PointComma, synth.PointComma, synth.PlainComma, synth.SpaceComma},
		"en": {synth.CommaPoint, synth.CommaPoint, synth.PlainPoint},
		"fr": {synth.SpaceComma, synth.PlainComma, synth.PointComma},
		"nl": {synth.PointComma, synth.PointComma, synth.CommaPoint},
		"es": {synth.PointComma, synth.PlainComma},
	}
	v.number = synth.Favour(d, styles[v.language])
	if v.country == "CH" {
		v.number = synth.QuotePoint
	}
	v.date = synth.Favour(d, dateStyles[v.language])
	if v.country == "US" {
		v.date = "01/02/2006"
	}
	v.symbol, v.before = d.Bool(0.3), d.Bool(0.4)
	v.numbering, v.poStyle = d.Int(0, 4), 0
	if d.Bool(0.25) {
		v.poStyle = d.Int(1, 3)
	}
	v.counter = d.Int(20, 4000)
	v.creditSign = d.Int(0, 2)
	v.prints.iban = v.country != "US" && d.Bool(0.8)
	v.prints.tax = d.Bool(0.96)
	v.prints.due = d.Bool(0.8)
	all := phrases["boiler "+v.language]
	for _, s := range all {
		if d.Bool(1.3 / float64(len(all))) {
			v.boiler = append(v.boiler, s)
		}
	}
}

// plainID is a tax number as the vendor master keeps it: no spaces, points or dashes.
func plainID(s string) string {
	return strings.NewReplacer(" ", "", ".", "", "-", "").Replace(s)
}

// nextNumber is the number of the vendor's next invoice.
func (v *vendor) nextNumber(t time.Time) string {
	v.counter++
	switch v.numbering {
	case 0:
		return fmt.Sprintf("RE-%d-%04d", t.Year(), v.counter)
	case 1:
		return fmt.Sprintf("%d/%05d", t.Year(), v.counter)
	case 2:
		return fmt.Sprintf("INV%06d", 100_000+v.counter)
	case 3:
		return fmt.Sprintf("F%02d-%05d", t.Year()%100, v.counter)
	default:
		return fmt.Sprintf("%d", 7_000_000+v.counter)
	}
}
