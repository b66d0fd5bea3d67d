//go:build long

package learn

import (
	"context"
	"testing"
)

// The recorded linear designs reach 91.1 and 90.8 % on the in-scope validation
// rows; they learnt 'oos' as a class, and so does this model.
func TestClinc150(t *testing.T) {
	rows, labels := utterances(t, "clinc150", "train")
	rows, held, labels, heldLabels := thirds(rows, labels)
	full, fullLabels := utterances(t, "clinc150", "train")
	val, gold := utterances(t, "clinc150", "val")
	ctx := context.Background()
	m, err := Train(ctx, textColumn, full, fullLabels, DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	// The temperature is fitted on a third that a second model did not see, and
	// shown for that model; the validation split stays untouched.
	part, err := Train(ctx, textColumn, rows, labels, DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	part, err = part.Calibrate(ctx, held, heldLabels)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("trained on two thirds: %+v", part.Calibration())
	report := func(name string, m *Model, floor float64) {
		raw, p := make([]float64, len(m.classes)), make([]float64, len(m.classes))
		for _, cutoff := range []float64{0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7} {
			right, inScope, caught, out := 0, 0, 0, 0
			for i, row := range val {
				if err := m.Predict(row, raw, p); err != nil {
					t.Fatal(err)
				}
				first, _ := Top(p)
				answer := m.classes[first]
				if p[first] < cutoff {
					answer = "oos"
				}
				if gold[i] == "oos" {
					out++
					if answer == "oos" {
						caught++
					}
					continue
				}
				inScope++
				if answer == gold[i] {
					right++
				}
			}
			accuracy := float64(right) / float64(inScope)
			t.Logf("%s, cutoff %.1f: in-scope accuracy %.4f, out-of-scope recall %d of %d", name, cutoff, accuracy, caught, out)
			if cutoff == 0 && accuracy < floor {
				t.Errorf("%s: in-scope accuracy %.4f; want at least %.2f", name, accuracy, floor)
			}
		}
	}
	report("all training rows, raw", m, 0.90)
	report("two thirds, calibrated", part, 0.88)
}
