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

var (
	founders = []string{"Brandt", "Hoffmann", "Keller", "Vogel", "Lange", "Albrecht", "Dubois", "Moreau", "Lefebvre", "Jansen", "de Vries", "Bakker", "García", "Navarro", "Ortega", "Carter", "Hughes", "Whitfield", "Nowak", "Zielinski", "Bergström", "Lindholm", "Steiner", "Gruber", "Meier", "Fontana", "Rossi", "Novak", "Schubert", "Arnold"}
	trades   = map[string][]string{
		"de": {"Maschinenbau", "Industriebedarf", "Elektrotechnik", "Logistik", "Werkzeuge", "Gebäudetechnik", "Stahlhandel", "Bürobedarf"},
		"en": {"Engineering", "Supplies", "Logistics", "Tools", "Facilities", "Steel", "Electronics", "Consulting"},
		"fr": {"Industrie", "Outillage", "Transports", "Électricité", "Fournitures", "Métaux"},
		"nl": {"Techniek", "Transport", "Gereedschap", "Metaal", "Installaties", "Kantoor"},
		"es": {"Suministros", "Transportes", "Herramientas", "Metales", "Servicios", "Electricidad"},
	}
	forms = map[string][]string{
		"DE": {"GmbH", "GmbH & Co. KG", "AG"}, "AT": {"GmbH"}, "CH": {"AG", "GmbH"}, "FR": {"SARL", "SAS"}, "BE": {"SA", "SPRL"},
		"NL": {"B.V."}, "ES": {"S.L.", "S.A."}, "GB": {"Ltd", "PLC"}, "IE": {"Ltd"}, "US": {"Inc.", "LLC"}, "PL": {"Sp. z o.o."}, "SE": {"AB"},
	}
	towns = map[string][]string{
		"DE": {"20457 Hamburg", "80331 München", "50667 Köln", "70173 Stuttgart", "04109 Leipzig"}, "AT": {"1010 Wien", "8010 Graz"}, "CH": {"8001 Zürich", "3011 Bern"},
		"FR": {"69002 Lyon", "75011 Paris", "59000 Lille"}, "BE": {"1000 Bruxelles", "4000 Liège"}, "NL": {"3011 AA Rotterdam", "5611 EM Eindhoven"}, "ES": {"28013 Madrid", "46002 Valencia"},
		"GB": {"Leeds LS1 4DY", "Bristol BS1 5TR"}, "IE": {"Dublin D02 X285"}, "US": {"Columbus, OH 43215", "Austin, TX 78701"}, "PL": {"00-001 Warszawa"}, "SE": {"111 22 Stockholm"},
	}
	streets = map[string][]string{
		"de": {"Hauptstr.", "Industrieweg", "Am Hafen", "Bahnhofstr."}, "en": {"High Street", "Mill Road", "Station Way"}, "fr": {"rue du Port", "avenue Foch"},
		"nl": {"Havenweg", "Industrieweg"}, "es": {"Calle Mayor", "Polígono Sur"},
	}
)

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
	v.name = synth.Pick(d, founders) + " " + synth.Pick(d, trades[c.language]) + " " + synth.Pick(d, forms[c.code])
	v.printed = v.name
	switch {
	case d.Bool(0.12):
		v.printed = strings.ToUpper(v.name)
	case d.Bool(0.05): // a trading name, without the legal form
		v.printed = strings.Join(strings.Fields(v.name)[:2], " ")
	}
	v.address = fmt.Sprintf("%s %d, %s", synth.Pick(d, streets[c.language]), d.Int(1, 180), synth.Pick(d, towns[c.code]))
	if c.currency != "EUR" && d.Bool(0.25) {
		v.currency = "EUR"
	}
	if c.code != "DE" && d.Bool(0.5) {
		v.taxRate = 0 // reverse charge
	} else {
		v.taxRate = c.tax
	}
	v.taxID = taxID(d, c.code)
	v.iban = iban(d, c.code)
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

// taxID is a tax number in the form that the country uses.
func taxID(d synth.Draw, country string) string {
	switch country {
	case "AT":
		return "ATU" + d.Digits(8)
	case "CH":
		return "CHE-" + d.Digits(3) + "." + d.Digits(3) + "." + d.Digits(3)
	case "FR":
		return "FR" + d.Digits(11)
	case "BE":
		return "BE0" + d.Digits(9)
	case "NL":
		return "NL" + d.Digits(9) + "B0" + d.Digits(1)
	case "ES":
		return "ESB" + d.Digits(8)
	case "IE":
		return "IE" + d.Digits(7) + "W"
	case "US":
		return d.Digits(2) + "-" + d.Digits(7)
	case "PL":
		return "PL" + d.Digits(10)
	case "SE":
		return "SE" + d.Digits(10) + "01"
	default:
		return country + d.Digits(9)
	}
}

// plainID is a tax number as the vendor master keeps it: no spaces, points or dashes.
func plainID(s string) string {
	return strings.NewReplacer(" ", "", ".", "", "-", "").Replace(s)
}

// iban is an account number in IBAN's shape. The check digits are random: no
// such account exists.
func iban(d synth.Draw, country string) string {
	s := country + d.Digits(20)
	var groups []string
	for ; len(s) > 4; s = s[4:] {
		groups = append(groups, s[:4])
	}
	return strings.Join(append(groups, s), " ")
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
