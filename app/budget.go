package app

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// checkBudget refuses a --budget that is none.
func (f *runFlags) checkBudget(given bool) error {
	if given && !(f.budget > 0 && !math.IsInf(f.budget, 1)) {
		return withCode(ExitUsage, errors.New("--budget takes an amount above 0, such as 5.00"))
	}
	return nil
}

// resumeBudget is the budget of a run that is resumed, in whole: that which is
// given now, else the one that it was started with.
func (f *runFlags) resumeBudget(h *record.Header) error {
	if was := h.Settings["budget"]; f.budget == 0 && was != "" {
		var err error
		if f.budget, err = strconv.ParseFloat(was, 64); err != nil {
			return withCode(ExitInput, fmt.Errorf("run %s says its budget is %q, want a number", h.Run, was))
		}
	}
	if f.budget > 0 {
		h.Settings["budget"] = strconv.FormatFloat(f.budget, 'g', -1, 64)
	}
	return nil
}

// purse is the run's money, of which some may be spent already. Every payment
// is written down in the record.
func (f *runFlags) purse(w *record.Writer) (*flow.Budget, error) {
	spent, err := w.Spending()
	if err != nil {
		return nil, withCode(ExitInput, err)
	}
	return flow.NewBudget(f.budget, spent, w.Spend), nil
}
