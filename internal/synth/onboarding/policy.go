package onboarding

import "math"

// The decisions that the workflow may take, and the tiers of risk.
const (
	activate = "activate"
	ask      = "ask_documents"
	refuse   = "refuse"

	low    = "low"
	medium = "medium"
	high   = "high"
)

// personLimit is the monthly limit, in EUR, above which a person decides.
const personLimit = 40_000

// facts are what is true about one application and decides its fate. They are
// the world's, not the papers': a design sees none of them directly.
type facts struct {
	listed     string // "", sanctioned, exposed or namesake
	registered string // active, dissolved or unknown
	suspended  bool   // the introducer, at the time
	forged     bool   // the identity document is used by somebody else, or contradicts itself
	prohibited bool   // a business that is not taken
	barred     bool   // an account was closed for abuse before
	customer   bool   // has an account already
	identity   string // good, missing, expired or unreadable
	proof      string // of address: good, missing or old
	director   bool   // by the registry
	attorney   bool   // a power of attorney that covers opening an account
	seatAgrees bool   // with the registry, or a move is explained and proved
	nameAgrees bool   // with the identity document, or a certificate explains it
	owners     bool   // declared, or not needed
	licence    bool   // shown, or not needed

	sector   string // low, medium or high, at the time
	young    bool   // entered in the registry less than half a year ago
	risky    bool   // cash or payments abroad, by its own words
	turnover int64  // EUR a month
	seats    int
	wanted   string // plan
	tariff   tariffRow
}

// decide is the company's policy: the right decision and the rule that gives
// it. The first rule that applies counts.
func decide(f facts) (decision, reason string) {
	switch {
	case f.listed == "sanctioned":
		return refuse, "sanctioned person"
	case f.forged:
		return refuse, "forged identity"
	case f.prohibited:
		return refuse, "prohibited business"
	case f.registered == "dissolved":
		return refuse, "dissolved"
	case f.barred:
		return refuse, "account closed for abuse before"
	case f.customer:
		return refuse, "has an account"
	case f.registered == "unknown":
		return ask, "not in the registry"
	case f.identity != "good":
		return ask, "identity document " + f.identity
	case f.proof != "good":
		return ask, "proof of address " + f.proof
	case !f.nameAgrees:
		return ask, "name differs from identity document"
	case !f.seatAgrees:
		return ask, "seat differs from registry"
	case !f.director && !f.attorney:
		return ask, "no authority"
	case !f.owners:
		return ask, "owners not declared"
	case !f.licence:
		return ask, "licence not shown"
	case f.attorney && !f.director:
		return activate, "by power of attorney"
	default:
		return activate, "in order"
	}
}

// tier is how closely the customer has to be watched, whatever the decision.
func tier(f facts) string {
	points := map[string]int{low: 0, medium: 1, high: 3}[f.sector]
	if f.young {
		points++
	}
	if f.turnover > 100_000 {
		points++
	}
	if f.risky {
		points += 2
	}
	switch {
	case f.listed == "sanctioned" || f.listed == "exposed" || f.forged || points >= 4:
		return high
	case points >= 2:
		return medium
	default:
		return low
	}
}

// plans from the smallest, and the share of its turnover that a customer of a
// tier may move in a month.
var (
	plans  = []string{"starter", "business", "enterprise"}
	shares = map[string]float64{low: 1.25, medium: 1, high: 0.5}
)

// configure is the account that an activated customer gets: the plan that it
// wants or the larger one that its turnover and seats need, a monthly limit in
// EUR, and how its people are trained.
func configure(f facts, tier string) (plan string, limit int64, training string) {
	rank := 0
	for i, p := range plans {
		if p == f.wanted {
			rank = i
		}
	}
	if f.turnover > f.tariff.StarterTurnover || f.seats > 5 {
		rank = max(rank, 1)
	}
	if f.turnover > f.tariff.BusinessTurnover || f.seats > 50 {
		rank = 2
	}
	limit = int64(math.Round(float64(f.turnover)*shares[tier]/100)) * 100
	limit = max(500, min(limit, []int64{f.tariff.StarterLimit, f.tariff.BusinessLimit, f.tariff.EnterpriseLimit}[rank]))
	switch {
	case rank == 2:
		training = "onsite"
	case f.seats > 3:
		training = "webinar"
	default:
		training = "self"
	}
	return plans[rank], limit, training
}

// needsPerson is the policy on who decides, whatever the decision is.
func needsPerson(f facts, decision, tier string, limit int64) bool {
	return f.listed != "" || tier == high || f.forged || f.suspended || decision == activate && limit > personLimit
}
