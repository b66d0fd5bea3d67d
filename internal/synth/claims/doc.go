// Package claims generates the shipped data of the claims workflow from a
// small world that has a truth.
//
//  1. Holders (holder.go) have a policy: a product, an excess, a limit and the
//     days on which it was in force. Some share a phone and an address with a
//     partner, some claim through a broker. Repairers (repairer.go) quote
//     against a price list that moves.
//  2. Each claim arrives at a time (claim.go) with a situation (situation.go),
//     drawn at rates that move over the year and jump in 2026. The situation
//     sets the facts. Rings (ring.go) file claims that share a repairer and
//     mostly a phone or an address.
//  3. The guideline (guideline.go) turns the facts into the label. Nothing
//     else makes labels, so they are right by construction.
//  4. The claimant tells what happened (notice.go, phrases.txt) by app, mail,
//     phone or post, and the repairer lays out an estimate (estimate.go).
//  5. Adjusters decide, sometimes wrongly (adjuster.go). Every claim enters the
//     books (books.go) soon after it arrived.
//
// Designs see the notice, the estimate, the channel, the time, and the books
// as of that time. What decides stands in words alone (an exclusion, an
// excuse), in the books alone (no cover, claimed before, many claims), in the
// two together (a price above the list, an account that does not fit the
// damage), or, in the first claim of a ring, nowhere yet.
//
// The README beside the data (cards/README.md) tells users the same.
package claims
