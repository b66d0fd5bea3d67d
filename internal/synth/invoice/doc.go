// Package invoice generates the shipped data of the invoice workflow from a
// small world that has a truth.
//
//  1. Vendors (vendor.go) have a country, a currency, an account and habits:
//     layout, labels, number and date style, terms. Their shares of the
//     volume have a heavy tail.
//  2. Each document arrives at a time (world.go) with a situation
//     (situation.go), drawn at rates that move over the year and jump in
//  2026. The situation sets the facts (document.go) and enters order and
//     receipt into the books (books.go).
//  3. The policy (policy.go) turns the facts into the label. Nothing else
//     makes labels, so they are right by construction.
//  4. The document is laid out (layout.go, write.go), with what the vendor
//     says in its own words (phrases.txt), and read by OCR.
//  5. Clerks decide, sometimes wrongly (clerk.go); what they approve is posted.
//
// Designs see the text, the channel, the time and the books as of that time.
// Roughly a tenth of the cases is decided by words that a rule would have to
// guess (an agreed price, a replaced invoice) and another tenth by the books
// alone (no receipt, invoiced before), so that a rules design and a text
// classifier err on different cases.
//
// The README beside the data (cards/README.md) tells users the same.
package invoice
