package stats

import (
	"math"
	"testing"
)

// Cases without a decision count as if predicted to be of a class that does
// not exist: the same figures as with such a class listed, apart from the
// macro average over it.
func TestNoDecision(t *testing.T) {
	without := &Confusion{Labels: []string{"a", "b"}, Counts: [][]float64{{6, 1}, {2, 5}}, None: []float64{3, 1}}
	listed := &Confusion{Labels: []string{"a", "b", "none"}, Counts: [][]float64{{6, 1, 3}, {2, 5, 1}, {0, 0, 0}}}
	near := func(what string, got, want Number) {
		t.Helper()
		if got.Valid != want.Valid || math.Abs(got.Value-want.Value) > 1e-12 {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	got, want := without.Classify(), listed.Classify()
	near("accuracy", got.Accuracy, want.Accuracy)
	near("Matthews", without.Matthews(), listed.Matthews())
	near("kappa", without.Kappa(Nominal), listed.Kappa(Nominal))
	near("weighted F1", got.Weighted.F1, want.Weighted.F1)
	for i := range got.Classes {
		near("precision of "+got.Classes[i].Label, got.Classes[i].Precision, want.Classes[i].Precision)
		near("recall of "+got.Classes[i].Label, got.Classes[i].Recall, want.Classes[i].Recall)
	}
	near("micro precision", got.Micro.Precision, Num(11.0/14))
	near("micro recall", got.Micro.Recall, Num(11.0/18))
}
