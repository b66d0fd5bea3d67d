package invoice

import (
	"fmt"
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

func TestShareOfEachDecision(t *testing.T) {
	tests := []struct {
		dataset   string
		cases     int
		decision  string
		low, high float64
		why       string
	}{
		{"invoice", yearCases, approve, 0.70, 0.76, "most invoices are in order"},
		{"invoice", yearCases, hold, 0.15, 0.20, "a mismatch that somebody can mend"},
		{"invoice", yearCases, reject, 0.07, 0.12, "duplicates, fraud, no invoices"},
		{"invoice-fresh", freshCases, approve, 0.60, 0.70, "the mix got worse"},
		{"invoice-fresh", freshCases, hold, 0.18, 0.26, "prices drift, orders are missing"},
		{"invoice-fresh", freshCases, reject, 0.09, 0.15, "fraud is up"},
	}
	for _, tt := range tests {
		rows := shipped(t, tt.dataset)
		if len(rows) != tt.cases {
			t.Errorf("%s has %d cases, want %d", tt.dataset, len(rows), tt.cases)
		}
		is := func(r caseRow) bool { return r.LabelDecision == tt.decision }
		synthtest.Share(t, fmt.Sprintf("%s %s (%s)", tt.dataset, tt.decision, tt.why), rows, is, tt.low, tt.high)
	}
}

func TestCasesRunInTime(t *testing.T) {
	var rows []caseRow
	rows = append(rows, shipped(t, "invoice")...)
	rows = append(rows, shipped(t, "invoice-fresh")...)
	synthtest.InTime(t, rows, func(r caseRow) (string, time.Time) { return r.CaseID, r.ReceivedAt })
	for _, r := range rows {
		if r.PaidAt != nil && r.PaidAt.Before(r.ReceivedAt) {
			t.Errorf("case %q was paid before it came", r.CaseID)
		}
	}
}

// A due date is a day of the weeks around the document's arrival.
func TestDueDates(t *testing.T) {
	printed := 0
	for _, r := range shipped(t, "invoice") {
		if r.LabelDueDate == nil {
			continue
		}
		printed++
		due := time.Unix(int64(*r.LabelDueDate)*24*60*60, 0)
		if days := due.Sub(r.ReceivedAt).Hours() / 24; days < -75 || days > 65 {
			t.Errorf("case %q is due %.0f days after it came", r.CaseID, days)
		}
	}
	if printed < yearCases/2 {
		t.Errorf("%d documents print a due date, want at least half", printed)
	}
}

// The label must not stand in anything that a design may read.
func TestNoLabelInTheInputs(t *testing.T) {
	rows := shipped(t, "invoice")
	// The last digits of the id and the second of arrival carry no decision:
	// no group of them may lean towards one by more than chance allows.
	approved := func(r caseRow) bool { return r.LabelDecision == approve }
	synthtest.NoLean(t, rows, approved, 0.62, 0.84, map[string]func(caseRow) string{
		"last digit of the id":     func(r caseRow) string { return r.CaseID[len(r.CaseID)-1:] },
		"last second of arrival":   func(r caseRow) string { return string(rune('0' + r.ReceivedAt.Second()%10)) },
		"last digit of the vendor": func(r caseRow) string { return r.VendorID[len(r.VendorID)-1:] },
	})
	for _, r := range rows {
		for _, s := range []string{"label_", "gold_", "situation"} {
			if strings.Contains(r.Text, s) {
				t.Errorf("case %q: the text contains %q", r.CaseID, s)
			}
		}
		if r.Channel == r.LabelDecision {
			t.Errorf("case %q: the channel is the label", r.CaseID)
		}
	}
}

// What the gold columns show of the books must agree with the label's reason.
func TestGoldAgreesWithPolicy(t *testing.T) {
	for _, r := range append(shipped(t, "invoice"), shipped(t, "invoice-fresh")...) {
		tolerated := func() bool {
			due := *r.GoldOrdered
			if r.GoldReceived != nil {
				due = min(due, *r.GoldReceived)
			}
			return r.LabelAmount-due <= max(25, due*0.02)+0.01
		}
		ok := true
		switch r.LabelReason {
		case "matches":
			ok = r.GoldOrdered != nil && tolerated()
		case "deviation agreed", "price above order", "more invoiced than received":
			ok = r.GoldOrdered != nil && !tolerated()
		case "goods not received":
			ok = r.GoldOrdered != nil && r.GoldReceived == nil
		case "no purchase order", "framework agreement":
			ok = r.GoldOrdered == nil && r.GoldPO == nil
		case "duplicate":
			ok = r.GoldDuplicate
		case "blocked supplier":
			ok = r.GoldSupplierStatus == "blocked"
		case "unknown supplier":
			ok = r.GoldSupplierStatus == "unknown" && r.LabelNeedsPerson
		case "credit note":
			ok = r.LabelAmount < 0
		case "suspected fraud", "new bank account":
			ok = r.LabelNeedsPerson
		}
		if !ok {
			t.Errorf("case %q: the gold values do not bear out %q", r.CaseID, r.LabelReason)
		}
		if r.LabelAmount > personLimit && !r.LabelNeedsPerson {
			t.Errorf("case %q: %.2f needs a person", r.CaseID, r.LabelAmount)
		}
		if (r.GoldRoute == "ap_clerks") != r.LabelNeedsPerson {
			t.Errorf("case %q: route %q, needs a person %t", r.CaseID, r.GoldRoute, r.LabelNeedsPerson)
		}
		if r.GoldAmount != r.LabelAmount || r.GoldSupplier != r.LabelSupplier || r.GoldCurrency != r.LabelCurrency {
			t.Errorf("case %q: gold values and label differ", r.CaseID)
		}
	}
}

// The books as of the case's time must say what the gold columns say, and
// later versions must differ for some: else asking as of a time is idle.
func TestBooksAsOfTheCase(t *testing.T) {
	orders := synthtest.Versions(synthtest.Reference[orderRow](t, "invoice", "purchase_orders.parquet"),
		func(o orderRow) (string, version) { return o.PONumber, version{From: o.ValidFrom, Value: o.Ordered} })
	receipts := synthtest.Versions(synthtest.Reference[receiptRow](t, "invoice", "receipts.parquet"),
		func(r receiptRow) (string, version) { return r.PONumber, version{From: r.ValidFrom, Value: r.Received} })
	var amended, late int
	for _, r := range append(shipped(t, "invoice"), shipped(t, "invoice-fresh")...) {
		if r.GoldPO == nil {
			continue
		}
		ordered, lastOrdered := synthtest.AsOf(orders[*r.GoldPO], r.ReceivedAt)
		received, lastReceived := synthtest.AsOf(receipts[*r.GoldPO], r.ReceivedAt)
		if !same(ordered, r.GoldOrdered) {
			t.Errorf("case %q: the value of order %s then differs from gold", r.CaseID, *r.GoldPO)
		}
		if !same(received, r.GoldReceived) {
			t.Errorf("case %q: the value received on %s by then differs from gold", r.CaseID, *r.GoldPO)
		}
		if !same(ordered, lastOrdered) {
			amended++
		}
		if !same(received, lastReceived) {
			late++
		}
	}
	if amended < 50 || late < 200 {
		t.Errorf("%d orders amended and %d receipts made after the document came, want at least 50 and 200", amended, late)
	}
}

type version = synthtest.Version[float64]

func same(a, b *float64) bool {
	return (a == nil) == (b == nil) && (a == nil || *a == *b)
}

func TestFewVendorsSendMost(t *testing.T) {
	count := map[string]int{}
	rows := shipped(t, "invoice")
	largest := 0
	for _, r := range rows {
		count[r.VendorID]++
		largest = max(largest, count[r.VendorID])
	}
	if share := float64(largest) / float64(len(rows)); len(count) < 140 || share < 0.08 || share > 0.30 {
		t.Errorf("%d vendors, the largest with a share of %.2f; want at least 140 and 0.08 to 0.30", len(count), share)
	}
}

func TestClerksErrAtTheStatedRates(t *testing.T) {
	total, wrong := map[string]int{}, map[string]int{}
	for _, r := range shipped(t, "invoice") {
		total[r.LabelDecision]++
		if r.ClerkDecision != r.LabelDecision {
			wrong[r.LabelDecision]++
		}
	}
	for decision, low := range map[string]float64{approve: 0.01, hold: 0.02, reject: 0.03} {
		if rate := float64(wrong[decision]) / float64(total[decision]); rate < low || rate > 0.10 {
			t.Errorf("clerks err on %.3f of %s, want %g to 0.10", rate, decision, low)
		}
	}
}
