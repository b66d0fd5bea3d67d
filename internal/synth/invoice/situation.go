package invoice

import "github.com/rehearse-dev/rehearse/internal/synth"

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
// start of 2025, at its end, and in 2026.
var mix = []synth.Rate[situation]{
	synth.Move(clean, 575, 552, 490),
	synth.Move(tolerated, 40, 40, 40),
	synth.Move(partial, 28, 36, 36),
	synth.Move(underAgreed, 46, 48, 60),
	synth.Move(agreedChange, 28, 34, 40),
	synth.Move(creditNote, 22, 22, 22),
	synth.Move(priceDrift, 34, 50, 64),
	synth.Move(notReceived, 28, 27, 34),
	synth.Move(overReceived, 19, 20, 24),
	synth.Move(missingPO, 36, 32, 45),
	synth.Move(totalsWrong, 9, 9, 10),
	synth.Move(wrongMoney, 6, 7, 14),
	synth.Move(disputed, 24, 24, 26),
	synth.Move(newBank, 6, 6, 8),
	synth.Move(sentAgain, 22, 19, 20),
	synth.Move(askedAgain, 24, 24, 24),
	synth.Move(blocked, 8, 9, 9),
	synth.Move(unknown, 10, 10, 14),
	synth.Move(fraud, 5, 9, 22),
	synth.Move(misaddressed, 13, 13, 13),
	synth.Move(notInvoice, 16, 16, 16),
}

// channels: the portal takes over from paper during 2025; in 2026 two acquired
// sites send paper again.
var channels = []synth.Rate[string]{
	synth.Move("email", 52, 48, 38),
	synth.Move("portal", 22, 38, 27),
	synth.Move("paper", 26, 14, 35),
}
