package onboarding

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

// A person applies for a company, or directs one.
type person struct {
	given, family string
	born          int32  // days since 1970
	identity      string // number of the identity document
	email, phone  string
}

func (p *person) name() string { return p.given + " " + p.family }

// A company is what the account is for: a sole trader's business, a company or
// an association.
type company struct {
	market   market
	kind     string // sole_trader, company or association
	name     string
	regNo    string // as printed
	street   string
	town     string
	director *person
	partner  *person // a second director; nil for none
	sector   sector
	entered  time.Time
	turnover int64 // EUR a month
	seats    int
	group    string // household, company group or ring
}

// A market is a country where accounts are opened.
type market struct {
	country, language string
	weight            float64
	tariff            int
}

var markets = []market{
	{"DE", "de", 38, 1}, {"AT", "de", 9, 0}, {"CH", "de", 7, 3}, {"FR", "fr", 13, 1}, {"BE", "fr", 6, 0},
	{"NL", "nl", 11, 1}, {"ES", "es", 8, 0}, {"GB", "en", 14, 2},
}

func newPerson(d synth.Draw, m market) *person {
	p := &person{born: birthday(d)}
	p.given, p.family = synth.Person(d, m.language)
	if d.Bool(0.25) { // double names
		if _, second := synth.Person(d, m.language); second != p.family {
			p.family += "-" + second
		}
	}
	p.identify(d)
	return p
}

// identify gives the person papers and an address.
func (p *person) identify(d synth.Draw) {
	p.identity = synth.Pick(d, []string{"L", "C", "P", "X", "T"}) + d.Digits(2) + synth.Pick(d, []string{"F", "H", "K", "M", "N"}) + d.Digits(5)
	p.email = fmt.Sprintf("%s.%s@%s", ascii(p.given), ascii(p.family), synth.Pick(d, []string{"example.com", "example.org", "mail.example", "post.example"}))
	p.phone = "0" + d.Digits(3) + " " + d.Digits(6)
}

// ascii is a name in small letters as people write it in mail addresses.
func ascii(s string) string {
	s = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "é", "e", "è", "e", "É", "e", "ç", "c", "ï", "i", "í", "i", "Í", "i", "ó", "o", "ñ", "n", "á", "a", "ú", "u", " ", "", "'", "", "Ö", "oe").Replace(s)
	return strings.ToLower(s)
}

// newCompany makes up a company that existed at t, directed by p.
func (w *world) newCompany(d synth.Draw, m market, p *person, t time.Time) *company {
	c := &company{market: m, director: p}
	c.kind = []string{"sole_trader", "company", "association"}[d.Index([]float64{38, 54, 8})]
	switch c.kind {
	case "sole_trader":
		c.name = synth.Pick(d, synth.Trades[m.language]) + " " + p.family
	case "association":
		c.name = synth.Pick(d, clubs[m.language]) + " " + synth.Pick(d, synth.Founders)
	default:
		c.name = synth.Company(d, m.language, m.country)
	}
	c.seat(d)
	c.regNo = regNo(d, m.country, w.founded)
	w.founded++
	weights := make([]float64, len(sectors))
	for i, s := range sectors {
		weights[i] = s.weight
		if s.risk == high && c.kind != "company" {
			weights[i] /= 3
		}
	}
	c.sector = sectors[d.Index(weights)]
	age := d.LogNormal(1100, 1)
	c.entered = t.AddDate(0, 0, -int(math.Max(12, math.Min(age, 14_000)))).Truncate(24 * time.Hour)
	median, people := 6_500.0, 2.0
	if c.kind == "company" {
		median, people = 17_000, 7
	}
	c.turnover = round(int64(math.Min(d.LogNormal(median, 0.95), 900_000)))
	c.seats = 1 + int(math.Min(d.LogNormal(people, 0.9), 400))
	if c.kind != "sole_trader" && d.Bool(0.4) {
		c.partner = newPerson(d, m)
	}
	return c
}

// seat gives the company an address.
func (c *company) seat(d synth.Draw) {
	before := c.town
	for c.town == before {
		c.street, c.town, _ = strings.Cut(synth.Address(d, c.market.language, c.market.country), ", ")
	}
}

// round is an amount as people state it: two leading digits and a half.
func round(amount int64) int64 {
	step := int64(50)
	for step*40 < amount {
		step *= 10
	}
	return max(600, (amount+step/2)/step*step)
}

// regNo is a number in the form of the country's registry. n counts companies.
func regNo(d synth.Draw, country string, n int) string {
	s := fmt.Sprintf("%06d", (n*7919+104_729)%1_000_000) // a bijection: no number is given twice
	switch country {
	case "AT":
		return "FN " + s + synth.Pick(d, []string{"a", "d", "k", "w"})
	case "CH":
		return "CHE-" + d.Digits(3) + "." + s[:3] + "." + s[3:]
	case "FR":
		return "RCS " + d.Digits(3) + " " + s[:3] + " " + s[3:]
	case "BE":
		return "BE 0" + d.Digits(3) + "." + s[:3] + "." + s[3:]
	case "NL":
		return "KVK " + d.Digits(2) + s
	case "ES":
		return "CIF B-" + d.Digits(2) + s
	case "GB":
		return "CRN 0" + d.Digits(1) + s
	default:
		return "HRB " + s
	}
}

var separators = strings.NewReplacer(" ", "", ".", "", "-", "")

// plain is a registry number as the registry keeps it.
func plain(s string) string { return strings.ToUpper(separators.Replace(s)) }

// entry is the company's entry in the registry, as of its foundation.
func (c *company) entry() companyRow {
	directors := c.director.name()
	if c.partner != nil {
		directors += "; " + c.partner.name()
	}
	return companyRow{plain(c.regNo), c.name, c.street, c.town, directors, c.entered, "active", c.entered}
}
