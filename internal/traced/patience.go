package traced

import (
	"fmt"

	"github.com/rehearse-dev/rehearse/internal/scenario"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Waits are what a dataset says of how long its cases waited: minutes, whether
// the case was given up then, and how many cases each stands for.
type Waits struct {
	Minutes []float64
	Left    []bool
	Weights []float64
}

// fewLeft is how many cases it takes to have left for patience to be known.
const fewLeft = 100

// Patience is how long cases wait before they leave, by Kaplan and Meier: a wait
// that ended otherwise was cut short. The columns are those that the waits are
// from.
func (w *Waits) Patience(from scenario.WaitColumns) (*Curve, error) {
	if w == nil {
		return nil, fmt.Errorf("no case of the run has a value in the columns %q and %q that patience is estimated from", from.Wait, from.Left)
	}
	curve, err := stats.KaplanMeier(w.Minutes, w.Left, w.Weights)
	if err != nil {
		return nil, fmt.Errorf("column %q has minutes that cannot be: %w", from.Wait, err)
	}
	if !(curve.Hazard > 0) {
		return nil, fmt.Errorf("of %d cases none was given up, by column %q, while it waited: leave patience out", len(w.Minutes), from.Left)
	}
	n := 0
	for _, left := range w.Left {
		if left {
			n++
		}
	}
	p := &Curve{Distribution: scenario.FromCurve(curve)}
	p.Said = fmt.Sprintf("Kaplan-Meier, n=%d, %.3g%% cut short, mean %s", len(w.Minutes), 100*(1-curve.Ended/curve.N), scenario.InUnits(p.Mean))
	if beyond := curve.Beyond(); beyond > 0 {
		p.Said += fmt.Sprintf("; the %.3g%% beyond %s are exponential with the mean hazard of all", 100*beyond, scenario.InUnits(curve.Last))
	}
	if n < fewLeft {
		p.Warning = fmt.Sprintf("only %d of %d cases were given up (below %d): patience is known roughly", n, len(w.Minutes), fewLeft)
	}
	return p, nil
}
