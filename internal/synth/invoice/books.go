package invoice

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

// An orderRow is one version of a purchase order, valid until the next one.
type orderRow struct {
	PONumber        string    `parquet:"po_number"`
	VendorID        string    `parquet:"vendor_id,dict"`
	Supplier        string    `parquet:"supplier,dict"`
	Currency        string    `parquet:"currency,dict"`
	Ordered         float64   `parquet:"ordered"` // value with tax
	ReceiptRequired bool      `parquet:"receipt_required"`
	ValidFrom       time.Time `parquet:"valid_from,timestamp(microsecond)"`
}

// A receiptRow is the value received on an order up to a goods receipt.
type receiptRow struct {
	ReceiptNumber string    `parquet:"receipt_number"`
	PONumber      string    `parquet:"po_number"`
	Received      float64   `parquet:"received"` // value with tax, all receipts so far
	ValidFrom     time.Time `parquet:"valid_from,timestamp(microsecond)"`
}

// A postedRow is one invoice in the ledger, from the day it was posted.
type postedRow struct {
	VendorID      string    `parquet:"vendor_id,dict"`
	Supplier      string    `parquet:"supplier,dict"`
	InvoiceNumber string    `parquet:"invoice_number"`
	Amount        float64   `parquet:"amount"`
	Currency      string    `parquet:"currency,dict"`
	PONumber      *string   `parquet:"po_number,optional"`
	ValidFrom     time.Time `parquet:"valid_from,timestamp(microsecond)"`
}

// A supplierRow is one version of a vendor in the master, valid until the next one.
type supplierRow struct {
	TaxID     string    `parquet:"tax_id"`
	VendorID  string    `parquet:"vendor_id"`
	Name      string    `parquet:"name"`
	Country   string    `parquet:"country,dict"`
	Currency  string    `parquet:"currency,dict"`
	IBANTail  string    `parquet:"iban_tail"` // the last four characters
	Status    string    `parquet:"status,dict"`
	ValidFrom time.Time `parquet:"valid_from,timestamp(microsecond)"`
}

// order enters the order and the receipt behind a document. Some orders were
// amended before the document came, and those that it exceeds are often
// amended after: only a look-up as of the case's time tells them apart.
func (w *world) order(c *document, d synth.Draw, ordered, received int64, late time.Duration) {
	w.serial += d.Int(1, 9)
	c.po = fmt.Sprintf("45%08d", 120_000+w.serial)
	currency := c.currency
	if !c.currencyOK {
		currency = "EUR"
		if c.currency == "EUR" {
			currency = synth.Pick(d, []string{"USD", "GBP", "CHF"})
		}
	}
	row := orderRow{c.po, c.vendor.id, c.vendor.name, currency, synth.Units(ordered), !c.service, c.received.AddDate(0, 0, -d.Int(15, 60)).Truncate(time.Minute)}
	if d.Bool(0.07) {
		first := row
		first.Ordered = synth.Units(synth.Share(ordered, d.Float(0.6, 0.95)))
		w.orders = append(w.orders, first)
		row.ValidFrom = c.received.AddDate(0, 0, -d.Int(7, 13)).Truncate(time.Minute)
	}
	w.orders = append(w.orders, row)
	if c.situation == priceDrift && d.Bool(0.6) {
		row.Ordered = synth.Units(c.amount)
		row.ValidFrom = c.received.AddDate(0, 0, d.Int(2, 12)).Truncate(time.Minute)
		w.orders = append(w.orders, row)
	}
	c.ordered = &ordered
	if c.service {
		return
	}
	receipt := receiptRow{"GR" + c.po[4:], c.po, synth.Units(received), c.received.AddDate(0, 0, -d.Int(0, 6)).Add(-time.Hour).Truncate(time.Minute)}
	if late > 0 {
		receipt.ValidFrom = c.received.Add(late).Truncate(time.Minute)
	} else {
		c.facts.received = &received
	}
	w.receipt = append(w.receipt, receipt)
	if received < ordered && late == 0 && d.Bool(0.7) { // the rest comes later
		receipt.ReceiptNumber += "B"
		receipt.Received = synth.Units(ordered)
		receipt.ValidFrom = c.received.AddDate(0, 0, d.Int(2, 30)).Truncate(time.Minute)
		w.receipt = append(w.receipt, receipt)
	}
}

// receivedBy is the value received on an order by a time, in cents; nil for nothing.
func (w *world) receivedBy(po string, t time.Time) *int64 {
	var last *receiptRow
	for i, r := range w.receipt {
		if r.PONumber == po && !r.ValidFrom.After(t) && (last == nil || r.ValidFrom.After(last.ValidFrom)) {
			last = &w.receipt[i]
		}
	}
	if last == nil {
		return nil
	}
	value := int64(math.Round(last.Received * 100))
	return &value
}

// post enters into the ledger what the clerks approved.
func (w *world) post(c *document, d synth.Draw) {
	if c.clerkDecision != approve {
		return
	}
	row := postedRow{c.vendor.id, c.vendor.name, c.number, synth.Units(c.amount), c.currency, synth.Optional(c.po), c.received.Add(time.Duration(d.Int(2, 140)) * time.Hour).Truncate(time.Minute)}
	w.posted = append(w.posted, row)
}

// master is the vendor master, oldest versions first.
func (w *world) master() []supplierRow {
	var rows []supplierRow
	for _, v := range w.vendors {
		tail := strings.ReplaceAll(v.iban, " ", "")
		row := supplierRow{plainID(v.taxID), v.id, v.name, v.country, v.currency, tail[len(tail)-4:], "approved", time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)}
		if !v.since.IsZero() {
			row.ValidFrom = v.since.AddDate(0, 0, -5)
		}
		rows = append(rows, row)
		if !v.blocked.IsZero() {
			row.Status, row.ValidFrom = "blocked", v.blocked
			rows = append(rows, row)
		}
	}
	slices.SortStableFunc(rows, func(a, b supplierRow) int { return strings.Compare(a.VendorID, b.VendorID) })
	return rows
}
