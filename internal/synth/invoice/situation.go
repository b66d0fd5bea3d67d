package invoice

import "time"

// A situation is what is the matter with a document before anybody looks at
// it. It sets the facts; the policy turns the facts into the label.
type situation string

const (
	clean        situation = "clean"         // matches order and receipt
	tolerated    situation = "tolerated"     // above the order, within tolerance
	partial      situation = "partial"       // invoices what was delivered of a larger order
	underAgreed  situation = "contract"      // no order, under a framework agreement
	agreedChange situation = "agreed"        // above the order, confirmed by a purchaser
	creditNote   situation = "credit"        // gives money back
	priceDrift   situation = "drift"         // above the order
	notReceived  situation = "not-received"  // no goods receipt yet
	overReceived situation = "over-received" // invoiced in full, delivered in part
	missingPO    situation = "missing-po"    // no order and no agreement
	totalsWrong  situation = "totals"        // net and tax do not make the total
	wrongMoney   situation = "currency"      // not in the order's currency
	disputed     situation = "disputed"      // withdrawn, replaced or complained about
	newBank      situation = "new-bank"      // the vendor's new account, not yet in the master
	sentAgain    situation = "sent-again"    // the same document a second time
	askedAgain   situation = "asked-again"   // a reminder or copy under a new number
	blocked      situation = "blocked"       // from a blocked supplier
	unknown      situation = "unknown"       // from nobody we know
	fraud        situation = "fraud"         // a real vendor's invoice with somebody else's account
	misaddressed situation = "misaddressed"  // for another company
	notInvoice   situation = "not-invoice"   // pro forma, offer, confirmation
)

// mix is how often each situation comes up, in parts of a thousand: at the
// start of 2025, at its end, and in 2026. Between the first two it moves evenly.
var mix = []struct {
	situation         situation
	start, end, fresh float64
}{
	{clean, 575, 552, 490},
	{tolerated, 40, 40, 40},
	{partial, 28, 36, 36},
	{underAgreed, 46, 48, 60},
	{agreedChange, 28, 34, 40},
	{creditNote, 22, 22, 22},
	{priceDrift, 34, 50, 64},
	{notReceived, 28, 27, 34},
	{overReceived, 19, 20, 24},
	{missingPO, 36, 32, 45},
	{totalsWrong, 9, 9, 10},
	{wrongMoney, 6, 7, 14},
	{disputed, 24, 24, 26},
	{newBank, 6, 6, 8},
	{sentAgain, 22, 19, 20},
	{askedAgain, 24, 24, 24},
	{blocked, 8, 9, 9},
	{unknown, 10, 10, 14},
	{fraud, 5, 9, 22},
	{misaddressed, 13, 13, 13},
	{notInvoice, 16, 16, 16},
}

var (
	yearStart  = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	freshStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	freshEnd   = time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
)

// yearShare is how much of 2025 has passed, 0 to 1.
func yearShare(t time.Time) float64 {
	return min(1, t.Sub(yearStart).Hours()/freshStart.Sub(yearStart).Hours())
}

// mixAt are the weights of the rows of mix at a time.
func mixAt(t time.Time) []float64 {
	weights := make([]float64, len(mix))
	for i, m := range mix {
		if t.Before(freshStart) {
			weights[i] = m.start + (m.end-m.start)*yearShare(t)
		} else {
			weights[i] = m.fresh
		}
	}
	return weights
}

// channelsAt are the weights of email, portal and paper: the portal takes
// over from paper during 2025; in 2026 two acquired sites send paper again.
func channelsAt(t time.Time) []float64 {
	if !t.Before(freshStart) {
		return []float64{38, 27, 35}
	}
	s := yearShare(t)
	return []float64{52 - 4*s, 22 + 16*s, 26 - 12*s}
}
