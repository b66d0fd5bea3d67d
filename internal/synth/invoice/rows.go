package invoice

import (
	"time"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

// A caseRow is one case as shipped. Which column is what is said in the
// dataset cards: inputs, labels, gold values of steps, and what was known
// only after the fact.
type caseRow struct {
	CaseID     string    `parquet:"case_id"`
	ReceivedAt time.Time `parquet:"received_at,timestamp(microsecond)"`
	VendorID   string    `parquet:"vendor_id,dict"`
	Text       string    `parquet:"text"`
	Channel    string    `parquet:"channel,dict"`
	Country    string    `parquet:"country,dict"`
	VendorSize string    `parquet:"vendor_size,dict"`
	IBAN       *string   `parquet:"iban,optional"`

	LabelDecision    string  `parquet:"label_decision,dict"`
	LabelSupplier    string  `parquet:"label_supplier,dict"`
	LabelAmount      float64 `parquet:"label_amount"`
	LabelCurrency    string  `parquet:"label_currency,dict"`
	LabelDueDate     *int32  `parquet:"label_due_date,optional,date"` // days since 1970: an optional time would be cut to 32 bits
	LabelPO          *string `parquet:"label_po,optional"`
	LabelNeedsPerson bool    `parquet:"label_needs_person"`
	LabelReason      string  `parquet:"label_reason,dict"`

	GoldSupplier       string   `parquet:"gold_supplier,dict"`
	GoldInvoiceNumber  string   `parquet:"gold_invoice_number"`
	GoldTaxID          *string  `parquet:"gold_tax_id,optional"`
	GoldAmount         float64  `parquet:"gold_amount"`
	GoldCurrency       string   `parquet:"gold_currency,dict"`
	GoldPO             *string  `parquet:"gold_po,optional"`
	GoldDueDate        *int32   `parquet:"gold_due_date,optional,date"`
	GoldOrdered        *float64 `parquet:"gold_ordered,optional"`
	GoldReceived       *float64 `parquet:"gold_received,optional"`
	GoldSupplierStatus string   `parquet:"gold_supplier_status,dict"`
	GoldDuplicate      bool     `parquet:"gold_duplicate"`
	GoldRoute          string   `parquet:"gold_route,dict"`

	ClerkDecision string     `parquet:"clerk_decision,dict"`
	ClerkMinutes  float64    `parquet:"clerk_minutes"`
	PaidAt        *time.Time `parquet:"paid_at,optional,timestamp(microsecond)"`
}

// row is the document as a row of cases.parquet.
func (c *document) row() caseRow {
	v := c.vendor
	r := caseRow{
		CaseID: c.id, ReceivedAt: c.received, VendorID: v.id, Text: c.text,
		Channel: c.channel, Country: v.country, VendorSize: v.size, IBAN: printable(c.iban),

		LabelDecision: c.decision, LabelSupplier: v.name, LabelAmount: synth.Units(c.amount), LabelCurrency: c.currency,
		LabelDueDate: synth.OptionalDay(c.due), LabelPO: synth.Optional(c.po), LabelNeedsPerson: c.person, LabelReason: c.reason,

		GoldSupplier: v.name, GoldInvoiceNumber: c.number, GoldAmount: synth.Units(c.amount), GoldCurrency: c.currency,
		GoldPO: synth.Optional(c.po), GoldDueDate: synth.OptionalDay(c.due), GoldOrdered: synth.OptionalUnits(c.ordered), GoldReceived: synth.OptionalUnits(c.facts.received),
		GoldSupplierStatus: map[string]string{"known": "approved", "blocked": "blocked", "unknown": "unknown"}[c.supplier],
		GoldDuplicate:      c.duplicate, GoldRoute: "post",

		ClerkDecision: c.clerkDecision, ClerkMinutes: c.clerkMinutes, PaidAt: c.paid,
	}
	if v.prints.tax {
		r.GoldTaxID = synth.Optional(plainID(v.taxID))
	}
	if c.person {
		r.GoldRoute = "ap_clerks"
	}
	return r
}

// Row is a case as shipped, for datasets that join it to those of other
// workflows.
type Row = caseRow

// Received are the shipped cases received from one time until another.
func Received(from, until time.Time) []Row {
	var rows []Row
	for _, c := range build(Seed).cases {
		if !c.received.Before(from) && c.received.Before(until) {
			rows = append(rows, c.row())
		}
	}
	return rows
}
