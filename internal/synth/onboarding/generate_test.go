package onboarding

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/internal/synth/synthtest"
)

func TestShippedFilesAreWhatTheGeneratorWrites(t *testing.T) { synthtest.Shipped(t, Generate, 3<<20) }

func year(t *testing.T) []caseRow  { return synthtest.Cases[caseRow](t, "onboarding") }
func fresh(t *testing.T) []caseRow { return synthtest.Cases[caseRow](t, "onboarding-fresh") }
func all(t *testing.T) []caseRow   { return append(year(t), fresh(t)...) }

func decided(decision string) func(caseRow) bool {
	return func(r caseRow) bool { return r.LabelDecision == decision }
}

func because(reason string) func(caseRow) bool {
	return func(r caseRow) bool { return r.LabelReason == reason }
}

func TestSharesOfTheLabels(t *testing.T) {
	before, after := year(t), fresh(t)
	if len(before) != yearCases || len(after) != freshCases {
		t.Fatalf("%d and %d cases, want %d and %d", len(before), len(after), yearCases, freshCases)
	}
	for _, tt := range []struct {
		what      string
		rows      []caseRow
		is        func(caseRow) bool
		low, high float64
		why       string
	}{
		{"activate", before, decided(activate), 0.64, 0.73, "most people are honest and complete"},
		{"ask", before, decided(ask), 0.20, 0.28, "papers are missing"},
		{"refuse", before, decided(refuse), 0.05, 0.10, "rare and dear"},
		{"activate, fresh", after, decided(activate), 0.56, 0.65, "the mix got worse"},
		{"ask, fresh", after, decided(ask), 0.25, 0.33, "faxes and photographs"},
		{"refuse, fresh", after, decided(refuse), 0.08, 0.13, "forgers and prohibited businesses"},
		{"forged", before, because("forged identity"), 0.004, 0.013, "some rings"},
		{"forged, fresh", after, because("forged identity"), 0.018, 0.04, "more of them"},
		{"sanctioned", before, because("sanctioned person"), 0.003, 0.01, "a handful"},
		{"needs a person", before, func(r caseRow) bool { return r.LabelNeedsPerson }, 0.12, 0.2, "policy, not doubt"},
		{"high risk", before, func(r caseRow) bool { return r.LabelRisk == high }, 0.02, 0.06, "watched closely"},
		{"without papers", before, func(r caseRow) bool { return r.Documents == nil }, 0.003, 0.012, "some hand in nothing"},
		{"medium risk", before, func(r caseRow) bool { return r.LabelRisk == medium }, 0.1, 0.18, "watched"},
		{"partners", before, func(r caseRow) bool { return r.Channel == "partner" }, 0.17, 0.23, "the smallest channel"},
		{"partners, fresh", after, func(r caseRow) bool { return r.Channel == "partner" }, 0.3, 0.42, "two large ones joined"},
	} {
		synthtest.Share(t, fmt.Sprintf("%s (%s)", tt.what, tt.why), tt.rows, tt.is, tt.low, tt.high)
	}
}

func TestCasesRunInTime(t *testing.T) {
	rows := all(t)
	synthtest.InTime(t, rows, func(r caseRow) (string, time.Time) { return r.CaseID, r.SubmittedAt })
	for _, r := range rows {
		if r.ActivatedAt != nil && !r.ActivatedAt.After(r.SubmittedAt) {
			t.Errorf("case %q was activated before it came", r.CaseID)
		}
		if (r.ActivatedAt != nil) != (r.OfficerChoice == activate) {
			t.Errorf("case %q: the officer decided %s, activated at %v", r.CaseID, r.OfficerChoice, r.ActivatedAt)
		}
	}
}

// The label must not stand in anything that a design may read.
func TestNoLabelInTheInputs(t *testing.T) {
	rows := year(t)
	synthtest.NoLean(t, rows, decided(activate), 0.57, 0.8, map[string]func(caseRow) string{
		"last digit of the id":     func(r caseRow) string { return r.CaseID[len(r.CaseID)-1:] },
		"last digit of the group":  func(r caseRow) string { return r.GroupID[len(r.GroupID)-1:] },
		"first digit of the group": func(r caseRow) string { return r.GroupID[2:3] },
		"last second of arrival":   func(r caseRow) string { return fmt.Sprint(r.SubmittedAt.Second() % 10) },
		"market":                   func(r caseRow) string { return r.Market },
		"registry number":          func(r caseRow) string { return lastDigit(r.GoldRegNo) },
		"identity document":        func(r caseRow) string { return lastDigit(r.GoldIDNumber) },
	})
	for _, r := range rows {
		for _, s := range []string{"label_", "gold_", ask, string(idMissing), string(alreadyCustomer)} {
			if strings.Contains(r.Form, s) || r.Documents != nil && strings.Contains(*r.Documents, s) {
				t.Errorf("case %q: an input contains %q", r.CaseID, s)
			}
		}
	}
}

func lastDigit(s *string) string {
	if s == nil {
		return ""
	}
	return (*s)[len(*s)-1:]
}

// What the columns show must agree with the line of the policy that applied.
func TestLabelsAgreeWithPolicy(t *testing.T) {
	for _, r := range all(t) {
		if (r.LabelPlan != nil) != (r.LabelDecision == activate) || (r.LabelLimit != nil) != (r.LabelPlan != nil) || (r.LabelTraining != nil) != (r.LabelPlan != nil) {
			t.Errorf("case %q: %s with plan %v, limit %v, training %v", r.CaseID, r.LabelDecision, r.LabelPlan, r.LabelLimit, r.LabelTraining)
		}
		listed := r.GoldListed != nil
		ok := true
		switch r.LabelReason {
		case "sanctioned person":
			ok = listed && *r.GoldListed == "sanctioned" && r.LabelRisk == high
		case "forged identity":
			ok = r.LabelRisk == high
		case "dissolved":
			ok = r.GoldRegistered == "dissolved"
		case "not in the registry":
			ok = r.GoldRegistered == "unknown"
		case "identity document missing", "identity document unreadable":
			ok = r.GoldIDNumber == nil
		case "identity document expired":
			ok = int64(*r.GoldIDExpires)*24*60*60 < r.SubmittedAt.Unix()
		case "in order":
			ok = r.GoldRegistered == "active" && r.GoldIDNumber != nil && int64(*r.GoldIDExpires)*24*60*60 >= r.SubmittedAt.Add(-24*time.Hour).Unix()
		}
		if !ok {
			t.Errorf("case %q: the columns do not bear out %q", r.CaseID, r.LabelReason)
		}
		if must := listed || r.LabelRisk == high || r.LabelLimit != nil && *r.LabelLimit > personLimit; must && !r.LabelNeedsPerson {
			t.Errorf("case %q: listed %t, risk %s, limit %v, and needs no person", r.CaseID, listed, r.LabelRisk, r.LabelLimit)
		}
		if (r.GoldRoute == "compliance") != r.LabelNeedsPerson {
			t.Errorf("case %q: route %q, needs a person %t", r.CaseID, r.GoldRoute, r.LabelNeedsPerson)
		}
		if r.LabelLimit != nil && (*r.LabelLimit < 500 || *r.LabelLimit > 400_000 && r.SubmittedAt.After(day(2025, 7, 1))) {
			t.Errorf("case %q: limit %g", r.CaseID, *r.LabelLimit)
		}
	}
}

// The registry as of the case's time must say what the gold column says, and
// later versions must differ for some: else asking as of a time is idle.
func TestBooksAsOfTheCase(t *testing.T) {
	type version = synthtest.Version[companyRow]
	companies := synthtest.Versions(synthtest.Reference[companyRow](t, "onboarding", "registry.parquet"),
		func(c companyRow) (string, version) { return c.RegNo, version{From: c.ValidFrom, Value: c} })
	var dissolved, entered, moved int
	for _, r := range all(t) {
		if r.GoldRegNo == nil {
			continue
		}
		then, last := synthtest.AsOf(companies[*r.GoldRegNo], r.SubmittedAt)
		got := "unknown"
		if then != nil {
			got = map[bool]string{true: "active", false: "dissolved"}[then.Status == "active"]
		}
		if got != r.GoldRegistered {
			t.Errorf("case %q: %s was %s in the registry then, gold says %s", r.CaseID, *r.GoldRegNo, got, r.GoldRegistered)
		}
		switch {
		case last != nil && then == nil:
			entered++
		case last != nil && then.Status == "active" && last.Status != "active":
			dissolved++
		case last != nil && then.Town != last.Town:
			moved++
		}
	}
	if dissolved < 40 || entered < 15 || moved < 80 {
		t.Errorf("after their application %d were dissolved, %d entered and %d moved; want at least 40, 15 and 80", dissolved, entered, moved)
	}
}

// In 2025 most forged documents are somebody else's; in 2026 they contradict
// the form. The books show the first kind alone.
func TestForgersChangeTheirHabit(t *testing.T) {
	shown := map[string][]identityRow{}
	for _, r := range synthtest.Reference[identityRow](t, "onboarding", "identity_papers.parquet") {
		shown[r.Number] = append(shown[r.Number], r)
	}
	used := func(r caseRow) bool {
		return r.GoldIDNumber != nil && slices.ContainsFunc(shown[*r.GoldIDNumber], func(i identityRow) bool {
			return i.ValidFrom.Before(r.SubmittedAt) && !strings.HasSuffix(r.GoldApplicant, " "+i.Family)
		})
	}
	pick := func(rows []caseRow, is func(caseRow) bool) (picked []caseRow) {
		for _, r := range rows {
			if is(r) {
				picked = append(picked, r)
			}
		}
		return picked
	}
	synthtest.Share(t, "forged in 2025 with a document shown before", pick(year(t), because("forged identity")), used, 0.65, 1)
	synthtest.Share(t, "forged in 2026 with a document shown before", pick(fresh(t), because("forged identity")), used, 0.05, 0.4)
	synthtest.Share(t, "honest with a document shown before by another name", pick(all(t), decided(activate)), used, 0, 0.002)
}

func TestRingsAndHouseholdsShareAGroup(t *testing.T) {
	groups := map[string]int{}
	rings := map[string]int{}
	for _, r := range all(t) {
		groups[r.GroupID]++
		if r.LabelReason == "forged identity" {
			rings[r.GroupID]++
		}
	}
	several, large := 0, 0
	for _, n := range groups {
		if n > 1 {
			several++
		}
	}
	for _, n := range rings {
		if n >= 3 {
			large++
		}
	}
	if share := float64(several) / float64(len(groups)); share < 0.08 || share > 0.3 || large < 5 {
		t.Errorf("%.2f of %d groups apply more than once, %d rings of three and more", share, len(groups), large)
	}
}

func TestOfficersErrAtTheStatedRates(t *testing.T) {
	rows := year(t)
	for decision, want := range map[string][2]float64{activate: {0.015, 0.04}, ask: {0.03, 0.075}, refuse: {0.03, 0.1}} {
		var of []caseRow
		for _, r := range rows {
			if r.LabelDecision == decision {
				of = append(of, r)
			}
		}
		synthtest.Share(t, "officers wrong about "+decision, of, func(r caseRow) bool { return r.OfficerChoice != decision }, want[0], want[1])
	}
}
