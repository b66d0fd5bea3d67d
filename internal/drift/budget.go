package drift

import (
	"fmt"
	"time"

	"github.com/rehearse-dev/rehearse/internal/ledger"
)

const (
	// Weekly is how many checks a year are planned for where nobody says so and
	// the ledger has too few to tell.
	Weekly = 52
	// tellingChecks in the ledger tell how often checks are made.
	tellingChecks = 3
	// leastSpan keeps some checks in a row from looking like thousands a year.
	leastSpan = 7 * 24 * time.Hour
	// mostAlpha is the largest level of one check.
	mostAlpha = 0.1
	// lastShare of what is left goes to a check that the year's budget does not
	// cover any more, so that it never runs out.
	lastShare = 0.1
	// year is how long a check counts.
	year = 365 * 24 * time.Hour
)

// Budget is how the year's false alarms are shared out among checks.
type Budget struct {
	AlarmsPerYear float64 `json:"alarms_per_year"` // acceptable without drift
	ChecksPerYear float64 `json:"checks_per_year"`
	ChecksFrom    string  `json:"checks_per_year_from"` // "stated", "ledger" or "assumed"
	// Checks were made in the 365 days before this one, and spent so much of the
	// budget.
	Checks int     `json:"checks_so_far"`
	Spent  float64 `json:"spent"`
	// Alpha is the share of this check: the chance of an alarm without drift.
	Alpha float64 `json:"alpha"`
	// Exhausted says that more checks were made than the budget was shared out
	// for, so that this one has a part of what is left.
	Exhausted bool `json:"exhausted,omitempty"`
}

// NewBudget shares out the alarms that are acceptable a year. checks a year are
// stated, or 0 for what the ledger tells. However often one looks, the shares of
// any 365 days add up to no more than the budget: a check that they would not
// cover gets a tenth of what is left.
func NewBudget(alarms, checks float64, past []ledger.Check, now time.Time) (Budget, error) {
	b := Budget{AlarmsPerYear: alarms, ChecksPerYear: checks, ChecksFrom: "stated"}
	var first time.Time
	for _, c := range past {
		if age := now.Sub(c.At); age < 0 || age > year || c.Again {
			continue
		}
		if b.Checks++; first.IsZero() || c.At.Before(first) {
			first = c.At
		}
		b.Spent += c.Alpha
	}
	if checks == 0 {
		b.ChecksPerYear, b.ChecksFrom = max(Weekly, alarms/mostAlpha), "assumed"
		if b.Checks >= tellingChecks {
			span := max(now.Sub(first), leastSpan)
			b.ChecksPerYear, b.ChecksFrom = max(float64(b.Checks)*float64(year)/float64(span), alarms/mostAlpha), "ledger"
		}
	}
	if !(alarms > 0) || b.ChecksPerYear <= alarms {
		return b, fmt.Errorf("%v alarms in %v checks a year: want more than none, and fewer alarms than checks", alarms, b.ChecksPerYear)
	}
	b.Alpha = alarms / b.ChecksPerYear
	if left := max(0, alarms-b.Spent); b.Alpha > left*(1+1e-9) {
		b.Alpha, b.Exhausted = max(left*lastShare, 1e-12), true
	}
	return b, nil
}
