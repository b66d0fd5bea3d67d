package invoice

import (
	"fmt"
	"math"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

// write is the document as it reaches us: laid out by the vendor's habits,
// then read by OCR.
func (c *document) write(d synth.Draw) string {
	v := c.vendor
	p := page{
		Name: v.printed, Address: v.address, BillTo: c.billTo, Number: c.number, W: v.labels,
		Date: v.writeDate(c, 0), Net: v.number.Money(c.net), Tax: v.number.Money(c.tax),
		Rate: fmt.Sprintf("%g%%", math.Round(c.rate*1000)/10), Period: fmt.Sprintf("%02d/%d", c.issued.Month(), c.issued.Year()),
		IBAN: c.iban, Notes: c.notes,
	}
	if v.prints.tax {
		p.TaxID = v.taxID
		if d.Bool(0.1) && len(p.TaxID) > 6 { // in groups
			p.TaxID = p.TaxID[:2] + " " + p.TaxID[2:6] + " " + p.TaxID[6:]
		}
	}
	w := vocabulary[v.language]
	p.Title = synth.Pick(d, w.title)
	if c.credit {
		p.Title = synth.Pick(d, w.creditTitle)
	}
	if c.due != nil {
		p.Due = synth.FormatDate(*c.due, v.date, v.language)
	}
	p.PO = writePO(c.po, v.poStyle)
	p.Total = c.writeTotal()
	for _, l := range c.lines {
		unit := v.number.Money(l.total / int64(l.quantity))
		p.Lines = append(p.Lines, fmt.Sprintf("%s  %d x %s  %s", l.what, l.quantity, unit, v.number.Money(l.total)))
	}
	layout := v.layout
	if synth.Fresh(c.received) {
		layout = v.laterLayout
	}
	return synth.Noise(d, p.render(layout), c.noiseRate(d))
}

func (v *vendor) writeDate(c *document, days int) string {
	return synth.FormatDate(c.issued.AddDate(0, 0, days), v.date, v.language)
}

// writeTotal is the total with its currency; a credit note's sign stands
// before, after or nowhere.
func (c *document) writeTotal() string {
	v := c.vendor
	amount, sign := c.printedTotal, ""
	if amount < 0 {
		amount = -amount
		sign = "-"
	}
	s := v.number.Money(amount)
	if sign != "" {
		switch v.creditSign {
		case 0:
			s = "-" + s
		case 1:
			s += "-"
		}
	}
	mark := c.currency
	if v.symbol {
		mark = map[string]string{"EUR": "€", "GBP": "£", "USD": "$", "PLN": "zł", "SEK": "kr", "CHF": "Fr."}[mark]
	}
	if v.before {
		return mark + " " + s
	}
	return s + " " + mark
}

// writePO is our order number in the form that the vendor uses.
func writePO(po string, style int) string {
	if po == "" {
		return ""
	}
	switch style {
	case 1:
		return po[:2] + " " + po[2:6] + " " + po[6:]
	case 2:
		return "PO-" + po
	case 3:
		return po[:4] + "-" + po[4:]
	default:
		return po
	}
}

// noiseRate is how badly the OCR reads: not at all from the portal, hardly
// from mail, visibly from paper, and awfully from one paper in six. The
// scanners of the sites that joined in 2026 are worse.
func (c *document) noiseRate(d synth.Draw) float64 {
	worse := 1.0
	if synth.Fresh(c.received) {
		worse = 1.6
	}
	switch {
	case c.channel == "portal":
		return 0
	case c.channel == "email":
		if d.Bool(0.8) {
			return 0
		}
		return 0.003
	case d.Bool(1.0 / 6):
		return 0.035 * worse
	default:
		return 0.008 * worse
	}
}

// printable is the account number that the case shows, without spaces.
func printable(iban string) *string { return synth.Optional(strings.ReplaceAll(iban, " ", "")) }
