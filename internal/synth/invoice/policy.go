package invoice

import "math"

// The decisions that the workflow may take.
const (
	approve = "approve"
	hold    = "hold"
	reject  = "reject"
)

// personLimit is the amount, in the document's currency, above which a person decides.
const personLimit = 10_000

// facts are what is true about one document and decides its fate. They are
// the world's, not the document's: a design sees none of them directly.
type facts struct {
	addressee  bool   // billed to the company
	invoice    bool   // an invoice or credit note, not a pro forma, offer or confirmation
	supplier   string // known, blocked or unknown
	duplicate  bool   // asks again for something already asked for
	bank       string // usual, new or hijacked
	totalsAdd  bool   // net plus tax is the total
	disputed   bool   // withdrawn, replaced or complained about by the vendor's own words
	credit     bool   // a credit note that names the invoice it corrects
	contract   bool   // under a framework agreement: needs no order
	ordered    *int64 // value of the order as it stood, in cents; nil without one
	received   *int64 // value received by then, in cents; nil for nothing
	service    bool   // ordered as a service: no goods receipt needed
	currencyOK bool   // in the order's currency
	agreed     bool   // a purchaser confirmed the deviation
	amount     int64  // gross, in cents, negative for a credit note
}

// decide is the company's policy: the right decision and the rule that gives
// it. The first rule that applies counts.
func decide(f facts) (decision, reason string) {
	switch {
	case !f.addressee:
		return reject, "not addressed to us"
	case !f.invoice:
		return reject, "not an invoice"
	case f.bank == "hijacked":
		return reject, "suspected fraud"
	case f.supplier == "blocked":
		return reject, "blocked supplier"
	case f.supplier == "unknown":
		return reject, "unknown supplier"
	case f.duplicate:
		return reject, "duplicate"
	case f.bank == "new":
		return hold, "new bank account"
	case !f.totalsAdd:
		return hold, "totals contradict"
	case f.disputed:
		return hold, "disputed or replaced"
	case f.credit:
		return approve, "credit note"
	case f.ordered == nil && f.contract:
		return approve, "framework agreement"
	case f.ordered == nil:
		return hold, "no purchase order"
	case !f.currencyOK:
		return hold, "currency differs from order"
	case !f.service && f.received == nil:
		return hold, "goods not received"
	}
	due := *f.ordered
	if !f.service && *f.received < due {
		due = *f.received
	}
	switch {
	case f.amount-due <= tolerance(due):
		return approve, "matches"
	case f.agreed:
		return approve, "deviation agreed"
	case due < *f.ordered:
		return hold, "more invoiced than received"
	default:
		return hold, "price above order"
	}
}

// tolerance is what an invoice may exceed the order by: two per cent, and at
// least 25.00.
func tolerance(due int64) int64 { return max(2500, int64(math.Round(float64(due)*0.02))) }

// needsPerson is the policy on who decides, whatever the decision is.
func needsPerson(f facts) bool {
	return f.amount > personLimit*100 || f.bank != "usual" || f.supplier == "unknown" ||
		(f.credit && f.amount < -200_000)
}
