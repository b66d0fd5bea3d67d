package customers

import (
	"testing"

	"github.com/rehearse-dev/rehearse/internal/synth/onboarding"
	"github.com/rehearse-dev/rehearse/internal/synth/synthtest"
)

func TestShippedFilesAreWhatTheGeneratorWrites(t *testing.T) { synthtest.Shipped(t, Generate, 300<<10) }

// Nobody claims before their account was opened, and no claim is billed twice
// or before it was settled.
func TestCasesFollowFromEachOther(t *testing.T) {
	people := synthtest.Cases[onboarding.Row](t, "customers-onboarding")
	claimed := synthtest.Cases[claimRow](t, "customers-claims")
	billed := synthtest.Cases[invoiceRow](t, "customers-invoice")
	byID := map[string]onboarding.Row{}
	for _, p := range people {
		byID[p.CaseID] = p
	}
	claims := map[string]claimRow{}
	wrongly := 0
	for _, c := range claimed {
		p, ok := byID[c.Customer]
		if !ok || p.ActivatedAt == nil || !p.ActivatedAt.Before(c.ReceivedAt) {
			t.Errorf("claim %s of %s came before the account was open", c.CaseID, c.Customer)
		}
		if p.LabelDecision != "activate" {
			wrongly++
		}
		claims[c.CaseID] = c
	}
	twice := map[string]bool{}
	fromClaim := 0
	for _, b := range billed {
		if (b.Customer == nil) == (b.Claim == nil) {
			t.Errorf("invoice %s comes from both a customer and a claim, or from neither", b.CaseID)
		}
		if b.Claim == nil {
			continue
		}
		fromClaim++
		c, ok := claims[*b.Claim]
		if !ok || twice[*b.Claim] || c.SettledAt == nil || !c.SettledAt.Before(b.ReceivedAt) {
			t.Errorf("invoice %s settles the claim %s a second time, or too early", b.CaseID, *b.Claim)
		}
		twice[*b.Claim] = true
	}
	if len(claimed) < 300 || len(billed) < 300 || fromClaim < 100 || wrongly == 0 {
		t.Errorf("%d claims, %d of customers who should have no account, %d invoices, %d from claims", len(claimed), wrongly, len(billed), fromClaim)
	}
}
