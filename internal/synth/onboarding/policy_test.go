package onboarding

import "testing"

var good = facts{registered: "active", identity: "good", proof: "good", director: true, seatAgrees: true, nameAgrees: true, owners: true, licence: true, sector: low,
	turnover: 4_000, seats: 2, wanted: "starter", tariff: tariffRow{StarterTurnover: 8_000, BusinessTurnover: 60_000, StarterLimit: 5_000, BusinessLimit: 50_000, EnterpriseLimit: 500_000}}

func TestPolicy(t *testing.T) {
	tests := []struct {
		change   func(*facts)
		decision string
		tier     string
		plan     string
		limit    int64
		person   bool
		why      string
	}{
		{func(*facts) {}, activate, low, "starter", 5_000, false, "in order: 125 % of the turnover"},
		{func(f *facts) { f.listed = "sanctioned"; f.identity = "missing" }, refuse, high, "", 0, true, "sanctions come before papers"},
		{func(f *facts) { f.listed = "namesake" }, activate, low, "starter", 5_000, true, "a namesake is let in, by a person"},
		{func(f *facts) { f.listed = "exposed" }, activate, high, "starter", 2_000, true, "an exposed person gets half"},
		{func(f *facts) { f.forged = true }, refuse, high, "", 0, true, "a person looks at every forgery"},
		{func(f *facts) { f.registered = "unknown"; f.director = false }, ask, low, "", 0, false, "not registered comes before authority"},
		{func(f *facts) { f.director = false }, ask, low, "", 0, false, "no authority"},
		{func(f *facts) { f.director, f.attorney = false, true }, activate, low, "starter", 5_000, false, "by power of attorney"},
		{func(f *facts) { f.suspended = true }, activate, low, "starter", 5_000, true, "a suspended introducer's customers are looked at"},
		{func(f *facts) { f.sector, f.young = high, true }, activate, high, "starter", 2_000, true, "four points"},
		{func(f *facts) { f.risky = true }, activate, medium, "starter", 4_000, false, "two points: 100 %"},
		{func(f *facts) { f.seats = 6 }, activate, low, "business", 5_000, false, "seats need the larger plan"},
		{func(f *facts) { f.turnover = 90_000 }, activate, low, "enterprise", 112_500, true, "a limit that a person grants"},
		{func(f *facts) { f.turnover = 100 }, activate, low, "starter", 500, false, "the least limit"},
		{func(f *facts) { f.turnover, f.sector = 8_000, medium }, activate, low, "starter", 5_000, false, "one point, and the plan's most"},
	}
	for _, tt := range tests {
		f := good
		tt.change(&f)
		decision, _ := decide(f)
		tier := tier(f)
		var plan string
		var limit int64
		if decision == activate {
			plan, limit, _ = configure(f, tier)
		}
		if person := needsPerson(f, decision, tier, limit); decision != tt.decision || tier != tt.tier || plan != tt.plan || limit != tt.limit || person != tt.person {
			t.Errorf("%s: got %s, %s, %s, %d, person %t; want %s, %s, %s, %d, person %t", tt.why, decision, tier, plan, limit, person, tt.decision, tt.tier, tt.plan, tt.limit, tt.person)
		}
	}
}
