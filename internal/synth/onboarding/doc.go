// Package onboarding generates the shipped data of the onboarding workflow
// from a small world that has a truth.
//
//  1. People direct companies on eight markets (party.go), in trades
//     (sectors.go). Companies share a group where a household or a group
//     applies more than once.
//  2. Each application arrives at a time (world.go) with a situation
//     (situation.go), drawn at rates that move over the year and jump in 2026.
//     The situation finds who applies (application.go), sets facts and enters
//     the company in the registry (settle.go).
//  3. The policy (policy.go) turns the facts into the labels, with what the
//     books (books.go) say as of the day: registry, watch list, trades and
//     tariffs change during the year. Nothing else makes labels, so they are
//     right by construction.
//  4. The application is written (form.go, phrases.txt): a web form, what an
//     app sends or a partner's letter. The papers (papers.go, words.go) are
//     laid out and read by OCR.
//  5. Officers decide, sometimes wrongly; what they activate gets an account,
//     and some accounts are closed for abuse later.
//
// Designs see form, papers, channel, market, introducer, time and the books as
// of that time. What decides stands now in the books alone (dissolved, shown
// by somebody else), now in a page that is missing, now in words (a notice
// that grants nothing, a business that is not taken), so that rules and a text
// classifier err on different cases.
//
// The README beside the data (cards/README.md) tells users the same.
package onboarding
