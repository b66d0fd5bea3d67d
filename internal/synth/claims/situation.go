package claims

import "github.com/rehearse-dev/rehearse/internal/synth"

// A situation is what is the matter with a claim before anybody looks at it.
// It sets the facts; the guideline turns the facts into the label.
type situation string

const (
	clean       situation = "clean"
	lateExcused situation = "late-excused" // reported late, with a reason that counts
	lapsed      situation = "lapsed"       // the policy had ended
	tooEarly    situation = "too-early"    // the policy had not begun
	elsewhere   situation = "elsewhere"    // insured with somebody else
	again       situation = "again"        // the same loss a second time
	notCovered  situation = "not-covered"  // the product does not cover it
	excluded    situation = "excluded"     // drink, keys left, wear, an open door
	tooLate     situation = "too-late"     // more than half a year after
	small       situation = "small"        // less than the excess
	injury      situation = "injury"       // somebody was hurt
	disputed    situation = "disputed"     // another party tells it otherwise
	differs     situation = "differs"      // the estimate is for another part
	dear        situation = "dear"         // priced far above the list
	soon        situation = "soon"         // days after the cover began
	late        situation = "late"         // reported late, without a reason
	noEstimate  situation = "no-estimate"  // to follow
	noReport    situation = "no-report"    // theft that the police were not told of
	fromRing    situation = "ring"         // scheduled in ring.go, never drawn
)

// mix is how often each situation comes up, in parts of a thousand: at the
// start of 2025, at its end, and in 2026.
var mix = []synth.Rate[situation]{
	synth.Move(clean, 610, 588, 492),
	synth.Move(lateExcused, 24, 24, 30),
	synth.Move(lapsed, 24, 26, 34),
	synth.Move(tooEarly, 8, 8, 10),
	synth.Move(elsewhere, 9, 9, 12),
	synth.Move(again, 24, 22, 24),
	synth.Move(notCovered, 40, 40, 46),
	synth.Move(excluded, 42, 44, 54),
	synth.Move(tooLate, 7, 7, 9),
	synth.Move(small, 22, 22, 20),
	synth.Move(injury, 13, 13, 13),
	synth.Move(disputed, 24, 24, 26),
	synth.Move(differs, 13, 15, 24),
	synth.Move(dear, 26, 40, 72),
	synth.Move(soon, 11, 13, 24),
	synth.Move(late, 26, 26, 34),
	synth.Move(noEstimate, 46, 42, 44),
	synth.Move(noReport, 14, 14, 16),
}

// channels are the ways in which claims come: the app takes over from the
// phone during 2025; in 2026 the claims of a closed broker's customers come by
// post.
var channels = []synth.Rate[string]{
	synth.Move("app", 30, 44, 40),
	synth.Move("email", 28, 26, 22),
	synth.Move("phone", 30, 20, 14),
	synth.Move("post", 12, 10, 24),
}
