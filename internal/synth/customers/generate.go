// Package customers joins cases of the three shipped workflows: customers who
// were onboarded, what they claim, and the invoices that follow from both. The
// cases are those of the workflows' own datasets, from the months of their dev
// split; what is new is whose they are.
//
//   - A claim or an invoice comes from a customer whose account the officers
//     opened, after they opened it; a few opened accounts that they should not
//     have.
//   - A paid claim may be followed by an invoice of whoever mended the damage.
package customers

import (
	"embed"
	"path/filepath"
	"time"

	"github.com/rehearse-dev/rehearse/internal/synth"
	"github.com/rehearse-dev/rehearse/internal/synth/claims"
	"github.com/rehearse-dev/rehearse/internal/synth/invoice"
	"github.com/rehearse-dev/rehearse/internal/synth/onboarding"
)

// Seed makes the joined data what it is.
const Seed = 20250401

//go:embed cards
var cards embed.FS

// How many cases there are of each workflow, at most, and how many of the
// invoices follow from a claim.
const (
	customerCases = 500
	claimCases    = 360
	invoiceCases  = 360
	fromClaims    = 0.4
)

// The months that cases come from: those of the dev split of the three cards.
var (
	from  = time.Date(2025, 8, 1, 0, 0, 0, 0, time.UTC)
	until = time.Date(2025, 10, 1, 0, 0, 0, 0, time.UTC)
)

type claimRow struct {
	claims.Row
	Customer string `parquet:"customer"`
}

type invoiceRow struct {
	invoice.Row
	Customer *string `parquet:"customer,optional"` // who runs it up
	Claim    *string `parquet:"claim,optional"`    // that it settles
}

// Generate writes the joined data below root, the folder that holds datasets/,
// and returns the paths of the files it wrote, relative to root. The same bytes
// come out of every run.
func Generate(root string) ([]string, error) {
	people := onboarding.Received(from, until)
	people = people[:min(len(people), customerCases)]
	claimed := join(people)
	billed := bill(people, claimed)
	var files []synth.File
	files = append(files, dataset("onboarding", people)...)
	files = append(files, dataset("claims", claimed)...)
	files = append(files, dataset("invoice", billed)...)
	files = append(files, synth.Copy(filepath.Join("datasets", "customers-onboarding", "README.md"), cards, "cards/README.md"))
	return synth.WriteFiles(root, files)
}

// dataset is the dataset of the joined cases of one workflow.
func dataset[T any](workflow string, rows []T) []synth.File {
	dir := filepath.Join("datasets", "customers-"+workflow)
	return []synth.File{
		synth.Table(filepath.Join(dir, "cases.parquet"), rows),
		synth.Copy(filepath.Join(dir, "dataset.yaml"), cards, "cards/"+workflow+".yaml"),
	}
}

// join gives claims to customers.
func join(people []onboarding.Row) []claimRow {
	var out []claimRow
	for _, c := range claims.Received(from, until) {
		if id, ok := customer(people, "claim", c.CaseID, c.ReceivedAt); ok && len(out) < claimCases {
			out = append(out, claimRow{c, id})
		}
	}
	return out
}

// bill gives invoices to paid claims, each of which has one at most, and to
// customers.
func bill(people []onboarding.Row, claimed []claimRow) []invoiceRow {
	settled := map[string]bool{} // claims with an invoice
	var out []invoiceRow
	for _, c := range invoice.Received(from, until) {
		if len(out) == invoiceCases {
			break
		}
		d := synth.NewDraw(Seed, "bill", c.CaseID)
		if !d.Bool(fromClaims) {
			if id, ok := customer(people, "invoice", c.CaseID, c.ReceivedAt); ok {
				out = append(out, invoiceRow{Row: c, Customer: &id})
			}
			continue
		}
		var open []string
		for i := range claimed {
			x := &claimed[i]
			if x.AdjusterDecision == "pay" && x.SettledAt != nil && x.SettledAt.Before(c.ReceivedAt) && !settled[x.CaseID] {
				open = append(open, x.CaseID)
			}
		}
		if len(open) > 0 {
			id := synth.Pick(d, open)
			settled[id] = true
			out = append(out, invoiceRow{Row: c, Claim: &id})
		}
	}
	return out
}

// customer draws one of those whose account was open at a time.
func customer(people []onboarding.Row, what, id string, at time.Time) (string, bool) {
	var open []string
	for i := range people {
		if p := &people[i]; p.OfficerChoice == "activate" && p.ActivatedAt != nil && p.ActivatedAt.Before(at) {
			open = append(open, p.CaseID)
		}
	}
	if len(open) == 0 {
		return "", false
	}
	return synth.Pick(synth.NewDraw(Seed, what, id), open), true
}
