package claims

// The decisions that the workflow may take.
const (
	pay         = "pay"
	refuse      = "refuse"
	investigate = "investigate"
)

// The limits of the guideline: money in hundredths, times in days.
const (
	personLimit  = 500_000 // a person decides on a larger loss
	smallLoss    = 50_000  // up to it no estimate is needed
	lateAfter    = 30
	tooLateAfter = 180
	soonWithin   = 14 // of the start of the cover
	manyClaims   = 3  // in the year before
)

// facts are what is true about one claim and decides its fate. They are the
// world's, not the notice's: a design sees none of them directly.
type facts struct {
	ours     bool // the policy is one of the company's
	inForce  bool // on the day of the loss
	again    bool // the same loss was claimed before
	covered  bool // the product covers what happened
	excluded bool // by what the claimant did, or by wear
	delay    int  // days from loss to report
	excused  bool // a reason that the guideline accepts for a delay
	ring     bool // one of a ring's
	injury   bool // somebody was hurt
	disputed bool // another party says that it was otherwise
	differs  bool // the estimate is for another part than the account
	dear     bool // the main job is priced above the list
	age      int  // days from the start of the cover to the loss
	recent   int  // claims of the policy in the year before
	estimate bool // there is one
	reported bool // to the police, where that is needed
	cost     int64
	excess   int64 // nothing where the job is free of it
	limit    int64
}

// decide is the company's guideline: the right decision and the line that
// gives it. The first line that applies counts.
func decide(f facts) (decision, reason string) {
	switch {
	case !f.ours:
		return refuse, "not our policy"
	case !f.inForce:
		return refuse, "not in force"
	case f.again:
		return refuse, "claimed before"
	case !f.covered:
		return refuse, "not covered"
	case f.excluded:
		return refuse, "excluded"
	case f.delay > tooLateAfter:
		return refuse, "too late"
	case f.payable() <= 0:
		return refuse, "below the excess"
	case f.ring:
		return investigate, "part of a ring"
	case f.injury:
		return investigate, "injury"
	case f.disputed:
		return investigate, "disputed"
	case f.differs:
		return investigate, "account and damage differ"
	case f.dear:
		return investigate, "above the price list"
	case f.age <= soonWithin:
		return investigate, "soon after the start"
	case f.recent >= manyClaims:
		return investigate, "many claims"
	case f.delay > lateAfter && !f.excused:
		return investigate, "late report"
	case !f.estimate && f.cost > smallLoss:
		return investigate, "no estimate"
	case !f.reported:
		return investigate, "not reported to the police"
	default:
		return pay, "covered"
	}
}

// payable is the loss, up to the limit, less the excess.
func (f facts) payable() int64 { return min(f.cost, f.limit) - f.excess }

// reserve is what the company sets aside for a claim that was decided so: what
// is paid; while it is looked into, what may be; and a fifth of it where a
// refusal is likely to be contested. An injury adds a flat sum.
func reserve(f facts, decision, reason string) int64 {
	exposed := max(0, f.payable())
	switch {
	case decision == pay:
		return exposed
	case reason == "injury":
		return exposed + 1_000_000
	case decision == investigate:
		return exposed
	case reason == "excluded":
		return exposed / 5
	default:
		return 0
	}
}

// The teams, and the action of a claim that needs none.
const (
	adjusters     = "adjusters"
	investigators = "investigators"
	settle        = "settle"
)

// route is the guideline on who decides, whatever the decision is: suspicion
// is for investigators; large losses, injuries and refusals for what the
// claimant did are for adjusters.
func route(f facts, reason string) string {
	switch {
	case f.ring, f.differs, reason == "soon after the start":
		return investigators
	case f.cost > personLimit, f.injury, reason == "excluded":
		return adjusters
	default:
		return settle
	}
}
