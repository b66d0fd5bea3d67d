package onboarding

import "github.com/rehearse-dev/rehearse/internal/synth"

// A situation is what is the matter with an application before anybody looks
// at it. It sets the facts; the policy turns the facts into the label.
type situation string

const (
	clean           situation = "clean"            // everything is there and agrees
	moved           situation = "moved"            // new seat, explained and proved; the registry lags
	attorney        situation = "attorney"         // applies for a director, with a power of attorney
	married         situation = "married"          // the identity document has a former name, with a certificate
	tradingName     situation = "trading-name"     // applies under a trading name
	exposed         situation = "exposed"          // holds, or is close to, a public office
	namesake        situation = "namesake"         // shares a name with somebody on the watch list
	licensed        situation = "licensed"         // a trade that needs a licence, and has it
	again           situation = "again"            // sends what was asked for
	idMissing       situation = "id-missing"       //
	idExpired       situation = "id-expired"       //
	idUnreadable    situation = "id-unreadable"    //
	proofMissing    situation = "proof-missing"    // no proof of address
	proofOld        situation = "proof-old"        // older than three months
	seatDiffers     situation = "seat-differs"     // from the registry, and nothing explains it
	nameDiffers     situation = "name-differs"     // on the identity document, and nothing explains it
	stranger        situation = "stranger"         // no director, and no power of attorney that helps
	ownersMissing   situation = "owners-missing"   // nobody knows who owns it
	licenceMissing  situation = "licence-missing"  //
	unregistered    situation = "unregistered"     // no number, a wrong one, or not entered yet
	sanctioned      situation = "sanctioned"       //
	dissolved       situation = "dissolved"        // by the registry
	prohibited      situation = "prohibited"       // a business that is not taken, by its own words
	barred          situation = "barred"           // an account was closed for abuse before
	alreadyCustomer situation = "already-customer" //
	forged          situation = "forged"           // an identity document that is somebody else's
)

// mix is how often each situation comes up, in parts of a thousand: at the
// start of 2025, at its end, and in 2026.
var mix = []synth.Rate[situation]{
	synth.Move(clean, 478, 466, 388),
	synth.Move(moved, 38, 42, 44),
	synth.Move(attorney, 30, 32, 36),
	synth.Move(married, 16, 16, 16),
	synth.Move(tradingName, 30, 30, 36),
	synth.Move(exposed, 10, 10, 12),
	synth.Move(namesake, 10, 10, 10),
	synth.Move(licensed, 30, 34, 46),
	synth.Move(again, 56, 56, 50),
	synth.Move(idMissing, 24, 20, 22),
	synth.Move(idExpired, 25, 24, 26),
	synth.Move(idUnreadable, 12, 12, 26),
	synth.Move(proofMissing, 33, 30, 34),
	synth.Move(proofOld, 24, 24, 24),
	synth.Move(seatDiffers, 24, 26, 30),
	synth.Move(nameDiffers, 10, 10, 10),
	synth.Move(stranger, 26, 28, 34),
	synth.Move(ownersMissing, 30, 30, 34),
	synth.Move(licenceMissing, 20, 22, 34),
	synth.Move(unregistered, 18, 18, 24),
	synth.Move(sanctioned, 6, 6, 7),
	synth.Move(dissolved, 10, 11, 12),
	synth.Move(prohibited, 20, 22, 36),
	synth.Move(barred, 9, 9, 10),
	synth.Move(alreadyCustomer, 14, 14, 14),
	synth.Move(forged, 7, 11, 26),
}

// channels: the app takes over from the web form during 2025; in 2026 two
// large partners send their customers by letter.
var channels = []synth.Rate[string]{
	synth.Move("web", 52, 44, 34),
	synth.Move("app", 26, 38, 30),
	synth.Move("partner", 22, 18, 36),
}
