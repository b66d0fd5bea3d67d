package invoice

import (
	"fmt"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

// newDocument makes case i, which arrives at t, and enters its order, its
// receipt and its posting into the books.
func (w *world) newDocument(i int, t time.Time) *document {
	d := synth.NewDraw(w.seed, "document", i)
	c := &document{received: t, situation: synth.DrawAt(d, t, mix)}
	// Numbers as the input system gives them: they run in time, with gaps.
	c.id = fmt.Sprintf("DOC-%07d", 2_500_000+i*7+d.Int(0, 6))
	c.channel = synth.DrawAt(d, t, channels)

	var before *document
	if c.situation == sentAgain || c.situation == askedAgain {
		if before = w.earlier(d, t); before == nil {
			c.situation = clean
		}
	}
	if before != nil {
		c.repeat(before, d)
		c.facts.received = w.receivedBy(c.po, t)
	} else {
		w.invent(c, d)
	}
	c.decision, c.reason = decide(c.facts)
	c.person = needsPerson(c.facts)
	c.text = c.write(synth.NewDraw(w.seed, "text", i))
	c.work(synth.NewDraw(w.seed, "clerk", i))
	w.post(c, d)
	return c
}

// earlier finds a document of the last two months that was paid or will be,
// and so can be asked for twice.
func (w *world) earlier(d synth.Draw, t time.Time) *document {
	for range 40 {
		if len(w.cases) < 60 {
			return nil
		}
		c := w.cases[len(w.cases)-d.Int(30, min(len(w.cases), 800))]
		if c.clerkDecision == approve && c.decision == approve && !c.credit && c.received.Before(t.AddDate(0, 0, -8)) {
			return c
		}
	}
	return nil
}

// repeat makes the document one that asks again for what an earlier one asked for.
func (c *document) repeat(before *document, d synth.Draw) {
	situation, received, id, channel := c.situation, c.received, c.id, c.channel
	*c = *before
	c.situation, c.received, c.id, c.channel = situation, received, id, channel
	c.duplicate = true
	c.notes = nil
	if situation == askedAgain {
		c.issued = received.AddDate(0, 0, -d.Int(0, 3))
		c.number = c.vendor.nextNumber(c.issued)
		c.due = c.vendor.dueDate(c.issued)
		c.say(d, "again", map[string]string{"{ref}": before.number})
	}
	c.boilerplate(d)
}

// invent makes up a new document for the situation.
func (w *world) invent(c *document, d synth.Draw) {
	v := w.pickVendor(d, c.received, c.situation == blocked)
	if v == nil { // nobody is blocked yet
		c.situation = clean
		v = w.pickVendor(d, c.received, false)
	}
	if c.situation == unknown {
		v = newVendor(w.seed, vendors2025+newVendors26+w.strange, 120)
		v.name = v.printed
		v.known = false
		w.strange++
	}
	c.vendor = v
	c.facts = facts{addressee: true, invoice: true, supplier: "known", bank: "usual", totalsAdd: true, currencyOK: true, service: v.service}
	c.issued = c.received.AddDate(0, 0, -d.Int(0, 6)).Truncate(24 * time.Hour)
	c.number = v.nextNumber(c.issued)
	c.due = v.dueDate(c.issued)
	c.billTo = us
	c.currency, c.rate = v.currency, v.taxRate
	if v.prints.iban {
		c.iban = v.iban
	}
	c.price(d)
	w.settle(c, d)
	c.boilerplate(d)
}

// dueDate is the date that the vendor prints, nil where it prints none.
func (v *vendor) dueDate(issued time.Time) *time.Time {
	if !v.prints.due {
		return nil
	}
	t := issued.AddDate(0, 0, v.terms)
	return &t
}

// price makes up the items and the sums.
func (c *document) price(d synth.Draw) {
	net := int64(max(2000, min(9_000_000, d.LogNormal(c.vendor.median*100, 0.7))))
	names := goods[c.vendor.language]
	half := len(names) / 2
	if c.vendor.service {
		names = names[:half]
	} else {
		names = names[half:]
	}
	n := d.Int(1, 3)
	c.lines, c.net = nil, 0
	for i := range n {
		total := net / int64(n)
		if i > 0 {
			total = synth.Share(total, d.Float(0.4, 1))
		}
		quantity := d.Int(1, 40)
		total -= total % int64(quantity)
		total = max(total, int64(quantity))
		c.lines = append(c.lines, line{synth.Pick(d, names), quantity, total})
		c.net += total
	}
	c.sum()
}

// sum works out tax and total from the net amount.
func (c *document) sum() {
	c.tax = synth.Share(c.net, c.rate)
	c.amount = c.net + c.tax
	c.printedTotal = c.amount
}

// settle lets the situation happen: it sets the facts that differ from those
// of a clean invoice, and enters order and receipt.
func (w *world) settle(c *document, d synth.Draw) {
	amount := c.amount
	ordered, received := amount, amount
	receiptLate := time.Duration(0)
	hasOrder := true
	noise := synth.Share(amount, d.Float(-0.004, 0)) // the order was rounded
	if d.Bool(0.3) {
		ordered += max(noise, -2000)
		received = ordered
	}
	excess := synth.Share(amount, d.Float(0.035, 0.16)) + d.Int64(3500, 9000)
	switch c.situation {
	case tolerated:
		ordered = amount - min(tolerance(amount)*9/10, synth.Share(tolerance(amount), d.Float(0.3, 0.9)))
		received = ordered
	case partial:
		ordered = synth.Share(amount, d.Float(1.3, 3))
		c.service = false
		c.say(d, "partial", nil)
	case underAgreed:
		hasOrder, c.contract = false, true
		c.say(d, "contract", nil)
	case agreedChange:
		ordered = max(1000, amount-excess)
		received = ordered
		c.agreed = true
		c.say(d, "agreed", nil)
	case creditNote:
		hasOrder, c.credit = d.Bool(0.5), true
		c.amount, c.net, c.tax = -c.amount, -c.net, -c.tax
		c.printedTotal = c.amount
		c.say(d, "credit", nil)
	case priceDrift:
		ordered = max(1000, amount-excess)
		received = ordered
		if d.Bool(0.4) {
			c.say(d, "raise", nil)
		}
	case notReceived:
		c.service = false
		receiptLate = time.Duration(d.Int(2, 20)) * 24 * time.Hour
	case overReceived:
		c.service = false
		received = min(synth.Share(amount, d.Float(0.3, 0.9)), amount-excess)
		received = max(received, 100)
	case missingPO:
		hasOrder = false
		if d.Bool(0.4) {
			c.say(d, "verbal", nil)
		}
	case totalsWrong:
		c.totalsAdd = false
		c.printedTotal = amount + synth.Share(amount, d.Float(0.01, 0.09)) + 100
		c.amount = c.printedTotal
		ordered, received = c.amount, c.amount
	case wrongMoney:
		c.currencyOK = false
	case disputed:
		c.disputed = true
		c.say(d, "dispute", nil)
	case newBank:
		c.bank, c.iban = "new", synth.IBAN(d, c.vendor.country)
		c.say(d, "newbank", nil)
	case fraud:
		c.bank, c.iban = "hijacked", synth.IBAN(d, synth.Pick(d, []string{"LT", "PT", "GB", "BG"}))
		if !synth.Fresh(c.received) || d.Bool(0.15) {
			c.say(d, "newbank", nil)
			c.say(d, "fraud", nil)
		} // the habit of 2026: the account is swapped and nothing is said
	case blocked:
		c.supplier = "blocked"
	case unknown:
		c.supplier = "unknown"
		hasOrder = false
	case misaddressed:
		c.addressee = false
		c.billTo = synth.Pick(d, strangers)
		hasOrder = false
		if d.Bool(0.4) { // their order number looks like ours
			c.po = "45" + d.Digits(8)
		}
	case notInvoice:
		c.invoice = false
		c.say(d, "offer", nil)
	}
	if hasOrder {
		w.order(c, d, ordered, received, receiptLate)
	}
}

// say adds a sentence of the kind to the document.
func (c *document) say(d synth.Draw, kind string, more map[string]string) {
	s := synth.Pick(d, phrases[kind+" "+c.vendor.language])
	slots := []string{
		"{person}", synth.Pick(d, purchasers),
		"{date}", synth.FormatDate(c.issued.AddDate(0, 0, -d.Int(5, 90)), "2006-01-02", c.vendor.language),
		"{contract}", synth.Pick(d, []string{"RV-", "C-", "K"}) + d.Digits(5),
		"{pct}", fmt.Sprint(d.Int(3, 9)),
	}
	ref, ok := more["{ref}"]
	if !ok {
		ref = fmt.Sprint(synth.Pick(d, []string{"INV", "RE-", ""}), c.vendor.counter-d.Int(1, 90))
	}
	c.notes = append(c.notes, strings.NewReplacer(append(slots, "{ref}", ref)...).Replace(s))
}

// boilerplate adds the sentences that the vendor prints whatever the matter is.
func (c *document) boilerplate(d synth.Draw) {
	for _, s := range c.vendor.boiler {
		if d.Bool(0.9) {
			c.notes = append(c.notes, s)
		}
	}
	if d.Bool(0.04) { // talk of an old matter that is long settled
		c.say(d, synth.Pick(d, []string{"raise", "verbal", "partial"}), nil)
	}
}
