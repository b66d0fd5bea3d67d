//go:build long

package learn

import (
	"context"
	"testing"
)

// The recorded linear designs reach 91.1 and 90.8 % on the in-scope validation
// rows. They learnt 'oos' as a class, and so does this model; below a cutoff it
// answers 'oos' as well. The temperature is fitted on a third of the training
// rows that its model did not see, so that no figure has seen the validation
// split.
func TestClinc150(t *testing.T) {
	ctx := context.Background()
	rows, labels := utterances(t, "clinc150", "train")
	val, gold := utterances(t, "clinc150", "val")
	for _, tc := range []struct {
		name      string
		calibrate bool
		floor     float64
	}{
		{"all training rows, raw", false, 0.90},
		{"two thirds, calibrated on the rest", true, 0.88},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rest, held, restLabels, heldLabels := rows, []Row(nil), labels, []string(nil)
			if tc.calibrate {
				rest, held, restLabels, heldLabels = thirds(rows, labels)
			}
			m := train(t, textColumn, rest, restLabels, DefaultSettings())
			if tc.calibrate {
				var err error
				if m, err = m.Calibrate(ctx, held, heldLabels); err != nil {
					t.Fatal(err)
				}
				t.Logf("%+v", m.Calibration())
			}
			for _, cutoff := range []float64{0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7} {
				accuracy, recall := withCutoff(t, m, val, gold, cutoff)
				t.Logf("cutoff %.1f: in-scope accuracy %.4f, out-of-scope recall %.2f", cutoff, accuracy, recall)
				if cutoff == 0 && accuracy < tc.floor {
					t.Errorf("in-scope accuracy %.4f; want at least %.2f", accuracy, tc.floor)
				}
			}
		})
	}
}

// withCutoff answers 'oos' wherever the first probability is below the cutoff
// and returns the share right of in-scope rows and of the others.
func withCutoff(t *testing.T, m *Model, rows []Row, gold []string, cutoff float64) (accuracy, recall float64) {
	var right, all [2]float64
	i := 0
	eachPrediction(t, m, rows, gold, func(probs []float64, class int) {
		scope := 0
		if gold[i] == "oos" {
			scope = 1
		}
		answer, _ := Top(probs)
		if probs[answer] < cutoff {
			answer, _ = m.ClassIndex("oos")
		}
		all[scope]++
		if answer == class {
			right[scope]++
		}
		i++
	})
	return right[0] / all[0], right[1] / all[1]
}
