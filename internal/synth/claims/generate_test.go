package claims

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/internal/synth/synthtest"
)

func TestShippedFilesAreWhatTheGeneratorWrites(t *testing.T) { synthtest.Shipped(t, Generate, 3<<20) }

// shipped reads the cases of a dataset from the repository.
func shipped(t *testing.T, name string) []caseRow {
	t.Helper()
	return synthtest.Cases[caseRow](t, name)
}

func both(t *testing.T) []caseRow { return append(shipped(t, "claims"), shipped(t, "claims-fresh")...) }

func decided(d string) func(caseRow) bool {
	return func(r caseRow) bool { return r.LabelDecision == d }
}

func because(reason string) func(caseRow) bool {
	return func(r caseRow) bool { return r.LabelReason == reason }
}

// What the README promises of the year, and how the quarter after it differs.
func TestTheMixAndHowItChanges(t *testing.T) {
	before, after := shipped(t, "claims"), shipped(t, "claims-fresh")
	if len(before) != yearCases || len(after) != freshCases {
		t.Fatalf("%d and %d cases, want %d and %d", len(before), len(after), yearCases, freshCases)
	}
	type within struct{ low, high float64 }
	tests := []struct {
		what        string
		is          func(caseRow) bool
		year, fresh within
		why         string
	}{
		{"pay", decided(pay), within{0.57, 0.63}, within{0.45, 0.53}, "most claims are in order, later fewer"},
		{"refuse", decided(refuse), within{0.16, 0.21}, within{0.18, 0.24}, "not insured; later more exclusions"},
		{"investigate", decided(investigate), within{0.19, 0.24}, within{0.27, 0.34}, "something to ask about; later rings and prices"},
		{"of a ring", because("part of a ring"), within{0.015, 0.021}, within{0.035, 0.05}, "more than twice their share"},
		{"dear", because("above the price list"), within{0.025, 0.042}, within{0.055, 0.08}, "twice as many"},
		{"excluded", because("excluded"), within{0.03, 0.05}, within{0.045, 0.07}, "more frequent"},
		{"by post", func(r caseRow) bool { return r.Channel == "post" }, within{0.09, 0.13}, within{0.2, 0.28}, "the post returns"},
		{"no estimate", func(r caseRow) bool { return r.Estimate == nil }, within{0.07, 0.12}, within{0.07, 0.13}, "a tenth"},
		{"no policy of ours", func(r caseRow) bool { return r.GoldPolicy == nil }, within{0.02, 0.04}, within{0.02, 0.05}, "not at hand, or another insurer's"},
		{"for a person", func(r caseRow) bool { return r.LabelNeedsPerson }, within{0.12, 0.18}, within{0.17, 0.25}, "by the guideline"},
	}
	for _, tt := range tests {
		synthtest.Share(t, fmt.Sprintf("%s (%s)", tt.what, tt.why), before, tt.is, tt.year.low, tt.year.high)
		synthtest.Share(t, fmt.Sprintf("%s, fresh (%s)", tt.what, tt.why), after, tt.is, tt.fresh.low, tt.fresh.high)
	}
}

func TestCasesRunInTime(t *testing.T) {
	rows := both(t)
	synthtest.InTime(t, rows, func(r caseRow) (string, time.Time) { return r.CaseID, r.ReceivedAt })
	for _, r := range rows {
		if r.SettledAt != nil && r.SettledAt.Before(r.ReceivedAt) {
			t.Errorf("case %q was settled before it came", r.CaseID)
		}
		if days := r.ReceivedAt.Sub(lossDay(r)).Hours() / 24; days < 0 || days > 500 {
			t.Errorf("case %q is for a loss %.0f days before it came", r.CaseID, days)
		}
	}
}

func lossDay(r caseRow) time.Time { return time.Unix(int64(r.GoldLossDate)*24*60*60, 0).UTC() }

// The label must not stand in anything that a design may read.
func TestNoLabelInTheInputs(t *testing.T) {
	rows := shipped(t, "claims")
	synthtest.NoLean(t, rows, func(r caseRow) bool { return r.LabelDecision == pay }, 0.52, 0.69, map[string]func(caseRow) string{
		"last digit of the id":         func(r caseRow) string { return r.CaseID[len(r.CaseID)-1:] },
		"last second of arrival":       func(r caseRow) string { return fmt.Sprint(r.ReceivedAt.Second() % 10) },
		"last digit of the policy":     func(r caseRow) string { return lastOf(r.GoldPolicy) },
		"first digit of the policy":    func(r caseRow) string { return firstOf(r.GoldPolicy) },
		"last digit of the phone":      func(r caseRow) string { return r.Phone[len(r.Phone)-1:] },
		"last digit of the party's id": func(r caseRow) string { return r.PartyID[len(r.PartyID)-1:] },
	})
	for _, r := range both(t) {
		for _, s := range []string{"label_", "gold_", "situation", "{", "}"} {
			if strings.Contains(r.Notice, s) {
				t.Errorf("case %q: the notice contains %q", r.CaseID, s)
			}
		}
	}
}

func lastOf(s *string) string {
	if s == nil {
		return "none"
	}
	return (*s)[len(*s)-1:]
}

func firstOf(s *string) string {
	if s == nil {
		return "none"
	}
	return (*s)[:1]
}

// What the gold columns show must agree with the label's reason.
func TestGoldAgreesWithTheGuideline(t *testing.T) {
	for _, r := range both(t) {
		cost := r.GoldCost
		if cost == nil {
			cost = r.GoldClaimed
		}
		late := r.ReceivedAt.Sub(lossDay(r)).Hours() / 24
		ok := true
		switch r.LabelReason {
		case "covered":
			ok = r.LabelAmount != nil && *r.LabelAmount > 0 && cost != nil && *r.LabelAmount <= *cost && r.LabelReserve == *r.LabelAmount && r.GoldRecent < manyClaims
		case "not our policy":
			ok = r.GoldProduct == nil
		case "not in force":
			ok = r.GoldProduct == nil || *r.GoldStatus == "lapsed"
		case "excluded":
			ok = r.GoldRoute == adjusters && r.GoldProduct != nil
		case "too late":
			ok = late > tooLateAfter
		case "late report":
			ok = late > lateAfter
		case "many claims":
			ok = r.GoldRecent >= manyClaims
		case "no estimate":
			ok = r.Estimate == nil
		case "part of a ring", "account and damage differ", "soon after the start":
			ok = r.GoldRoute == investigators
		case "injury":
			ok = r.GoldRoute == adjusters && r.LabelReserve > 10_000
		}
		if !ok {
			t.Errorf("case %q: the gold values do not bear out %q", r.CaseID, r.LabelReason)
		}
		if (r.LabelAmount != nil) != (r.LabelDecision == pay) {
			t.Errorf("case %q: decision %s with the wrong kind of amount", r.CaseID, r.LabelDecision)
		}
		if (r.GoldRoute != settle) != r.LabelNeedsPerson {
			t.Errorf("case %q: route %q, needs a person %t", r.CaseID, r.GoldRoute, r.LabelNeedsPerson)
		}
		if r.GoldCost != nil && *r.GoldCost*100 > personLimit && !r.LabelNeedsPerson {
			t.Errorf("case %q: %.2f needs a person", r.CaseID, *r.GoldCost)
		}
	}
}

// The books as of the loss and of the claim must say what the gold columns
// say, and later versions must differ for some: else asking as of a time is
// idle.
func TestBooksAsOfTheCase(t *testing.T) {
	policies := synthtest.Versions(synthtest.Reference[policyRow](t, "claims", "policies.parquet"), func(p policyRow) (string, synthtest.Version[string]) {
		return p.Policy, synthtest.Version[string]{From: p.ValidFrom, Value: p.Product + " " + p.Status}
	})
	filed := map[string][]time.Time{}
	for _, p := range synthtest.Reference[pastRow](t, "claims", "past_claims.parquet") {
		filed[p.Policy] = append(filed[p.Policy], p.ValidFrom)
	}
	changed := 0
	for _, r := range both(t) {
		if r.GoldPolicy == nil {
			continue
		}
		then, last := synthtest.AsOf(policies[*r.GoldPolicy], lossDay(r))
		if (then == nil) != (r.GoldProduct == nil) || then != nil && *then != *r.GoldProduct+" "+*r.GoldStatus {
			t.Errorf("case %q: policy %s on the day of the loss differs from gold", r.CaseID, *r.GoldPolicy)
		}
		if then != nil && *then != *last || then == nil && last != nil {
			changed++
		}
		recent := int64(0)
		for _, at := range filed[*r.GoldPolicy] {
			if !at.After(r.ReceivedAt) && r.ReceivedAt.Sub(at) < 365*24*time.Hour {
				recent++
			}
		}
		if recent != r.GoldRecent {
			t.Errorf("case %q: %d claims on file, gold says %d", r.CaseID, recent, r.GoldRecent)
		}
	}
	if changed < 50 {
		t.Errorf("%d policies changed or began after the loss, want at least 50", changed)
	}
}

// A ring shares a repairer and mostly a phone or an address; the policies of
// its claims are many, and the claims of its first days look like any other.
func TestRingsAreClusters(t *testing.T) {
	type ring struct{ claims, policies, phones, addresses map[string]int }
	rings := map[string]*ring{}
	for _, r := range both(t) {
		if r.LabelReason != "part of a ring" {
			continue
		}
		g := rings[r.PartyID]
		if g == nil {
			g = &ring{map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}}
			rings[r.PartyID] = g
		}
		g.claims[*r.GoldRepairer]++
		g.policies[r.Claimant]++
		g.phones[r.Phone]++
		g.addresses[r.Address]++
	}
	if len(rings) != 7 {
		t.Fatalf("%d rings, want five in the year and two after it", len(rings))
	}
	for party, g := range rings {
		if len(g.claims) != 1 {
			t.Errorf("ring %s has %d repairers, want one", party, len(g.claims))
		}
		n, shared := 0, 0
		for _, k := range g.claims {
			n = k
		}
		for _, k := range g.phones {
			shared = max(shared, k)
		}
		for _, k := range g.addresses {
			shared = max(shared, k)
		}
		if n < 14 || shared*5 < n*2 || len(g.policies) < n*2/3 {
			t.Errorf("ring %s: %d claims in %d names, %d from one phone or address", party, n, len(g.policies), shared)
		}
	}
}

func TestAdjustersErrAtTheStatedRates(t *testing.T) {
	total, wrong := map[string]int{}, map[string]int{}
	forgot, paid := 0, 0
	for _, r := range shipped(t, "claims") {
		key := r.LabelDecision
		if r.LabelReason == "part of a ring" {
			key = "ring"
		}
		total[key]++
		if r.AdjusterDecision != r.LabelDecision {
			wrong[key]++
		}
		if r.LabelAmount != nil && r.AdjusterAmount != nil {
			paid++
			if math.Abs(*r.AdjusterAmount-*r.LabelAmount) > 0.005 {
				forgot++
			}
		}
	}
	for key, want := range map[string][2]float64{pay: {0.02, 0.04}, refuse: {0.055, 0.1}, investigate: {0.055, 0.1}, "ring": {0.2, 0.45}} {
		if rate := float64(wrong[key]) / float64(total[key]); rate < want[0] || rate > want[1] {
			t.Errorf("adjusters err on %.3f of %s, want %g to %g", rate, key, want[0], want[1])
		}
	}
	if rate := float64(forgot) / float64(paid); rate < 0.006 || rate > 0.02 {
		t.Errorf("adjusters forget the excess in %.3f of payments, want 0.006 to 0.02", rate)
	}
}
