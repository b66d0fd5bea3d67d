package stats

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func drawPredictions(t *rapid.T) (confidences []float64, correct []bool) {
	n := rapid.IntRange(1, 40).Draw(t, "n")
	for range n {
		// A coarse grid makes ties common.
		confidences = append(confidences, float64(rapid.IntRange(0, 10).Draw(t, "confidence"))/10)
		correct = append(correct, rapid.Bool().Draw(t, "correct"))
	}
	return confidences, correct
}

func TestRiskCoverageProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		confidences, correct := drawPredictions(t)
		r := must[RiskCoverage](t)(NewRiskCoverage(confidences, correct, nil))
		last := r.Curve[len(r.Curve)-1]
		if last.Coverage != 1 || last.Risk != r.ErrorRate.Value || last.Accepted != len(correct) {
			t.Fatalf("the last point %+v is not 'automate all' at error rate %v", last, r.ErrorRate)
		}
		if !(r.AURCOracle.Value <= r.AURC.Value+1e-12 && r.AURC.Value <= 1 && r.EAURC.Value >= 0) {
			t.Fatalf("out of order: %+v", r)
		}
		for i := 1; i < len(r.Curve); i++ {
			if r.Curve[i].Threshold >= r.Curve[i-1].Threshold || r.Curve[i].Coverage <= r.Curve[i-1].Coverage {
				t.Fatalf("the curve turns back at %+v", r.Curve[i])
			}
		}
		for _, risk := range []float64{0, 0.1, r.ErrorRate.Value} {
			if c := r.CoverageAtRisk(risk); c > r.CoverageAtRisk(1) || risk >= r.ErrorRate.Value && c != 1 {
				t.Fatalf("coverage %v at risk %v", c, risk)
			}
		}
		w := slices.Repeat([]float64{2.5}, len(correct))
		weighted := must[RiskCoverage](t)(NewRiskCoverage(confidences, correct, w))
		for name, pair := range map[string][2]Number{"AURC": {r.AURC, weighted.AURC}, "oracle": {r.AURCOracle, weighted.AURCOracle}, "AUGRC": {r.AUGRC, weighted.AUGRC}} {
			if math.Abs(pair[0].Value-pair[1].Value) > 1e-9 {
				t.Fatalf("%s: equal weights turn %v into %v", name, pair[0], pair[1])
			}
		}
	})
}

func TestAURCIsTheMeanOverOrdersOfTies(t *testing.T) {
	confidences := []float64{0.9, 0.8, 0.8, 0.8, 0.3}
	correct := []bool{true, false, true, true, false}
	total, orders := 0.0, 0.0
	for place := range 3 { // of the wrong case among the three tied ones
		wrong := 0.0
		for k, right := range []bool{true, place != 0, place != 1, place != 2, false} {
			wrong += indicator(!right)
			total += wrong / float64(k+1) / 5
		}
		orders++
	}
	got := must[RiskCoverage](t)(NewRiskCoverage(confidences, correct, nil))
	if want := total / orders; math.Abs(got.AURC.Value-want) > 1e-12 {
		t.Errorf("AURC %v, want %v", got.AURC, want)
	}
}

func TestReliabilityProperties(t *testing.T) {
	for name, reliability := range map[string]func([]float64, []bool, []float64, int) (Reliability, error){
		"equal width": ReliabilityEqualWidth, "equal mass": ReliabilityEqualMass,
	} {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			confidences, correct := drawPredictions(t)
			bins := rapid.IntRange(1, 20).Draw(t, "bins")
			r := must[Reliability](t)(reliability(confidences, correct, nil, bins))
			n := 0
			for i, b := range r.Bins {
				n += b.Count
				if b.MeanConfidence < b.Low-1e-12 || b.MeanConfidence > b.High+1e-12 {
					t.Fatalf("bin %+v does not hold its mean", b)
				}
				if i > 0 && b.Index <= r.Bins[i-1].Index {
					t.Fatalf("bins out of order: %+v", r.Bins)
				}
			}
			if n != len(correct) {
				t.Fatalf("%d of %d cases are in the bins", n, len(correct))
			}
			if !(math.Abs(r.MeanGap.Value) <= r.ECE.Value+1e-12 && r.ECE.Value <= r.MCE.Value+1e-12) {
				t.Fatalf("gap %v, ECE %v, MCE %v; want them to ascend", r.MeanGap, r.ECE, r.MCE)
			}
		}))
	}
}

func TestAUCProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scores, positive := drawPredictions(t)
		auc := must[Number](t)(ROCAUC(scores, positive, nil))
		wins, pairs := 0.0, 0.0
		for i := range scores {
			for j := range scores {
				if positive[i] && !positive[j] {
					pairs++
					wins += (sign(scores[i]-scores[j]) + 1) / 2
				}
			}
		}
		if auc.Valid != (pairs > 0) || auc.Valid && math.Abs(auc.Value-wins/pairs) > 1e-12 {
			t.Fatalf("AUC %v, want %v of %v pairs", auc, wins, pairs)
		}
	})
}

func TestWeightsCountAsRepeats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		confidences, correct := drawPredictions(t)
		var weights, repeatedC []float64
		var repeated []bool
		for i := range correct {
			w := rapid.IntRange(1, 3).Draw(t, "weight")
			weights = append(weights, float64(w))
			repeatedC = append(repeatedC, slices.Repeat(confidences[i:i+1], w)...)
			repeated = append(repeated, slices.Repeat(correct[i:i+1], w)...)
		}
		for name, score := range map[string]func([]float64, []bool, []float64) (Number, error){
			"AUC":   ROCAUC,
			"Brier": Brier,
			"log loss": func(p []float64, o []bool, w []float64) (Number, error) {
				return LogLoss(p, o, w, 1e-15)
			},
			"ECE": func(p []float64, o []bool, w []float64) (Number, error) {
				r, err := ReliabilityEqualWidth(p, o, w, 15)
				return r.ECE, err
			},
		} {
			got, want := must[Number](t)(score(confidences, correct, weights)), must[Number](t)(score(repeatedC, repeated, nil))
			if got.Valid != want.Valid || math.Abs(got.Value-want.Value) > 1e-9 {
				t.Fatalf("%s: got %v by weights, %v by repeats", name, got, want)
			}
		}
	})
}

func TestConfusionWeights(t *testing.T) {
	truth, predicted := []string{"a", "a", "b"}, []string{"a", "b", "b"}
	weighted := must[*Confusion](t)(ConfusionOf(truth, predicted, []string{"a", "b"}, []float64{2, 1, 3}))
	repeated := must[*Confusion](t)(ConfusionOf(
		[]string{"a", "a", "a", "b", "b", "b"}, []string{"a", "a", "b", "b", "b", "b"}, []string{"a", "b"}, nil))
	if got, want := weighted.Kappa(Nominal), repeated.Kappa(Nominal); got != want {
		t.Errorf("kappa %v by weights, %v by repeats", got, want)
	}
	if got, want := weighted.Classify().Macro, repeated.Classify().Macro; got != want {
		t.Errorf("macro %v by weights, %v by repeats", got, want)
	}
	if _, err := ConfusionOf(truth, []string{"a", "b", "c"}, []string{"a", "b"}, nil); CodeOf(err) != UnknownLabel {
		t.Errorf("label c: got %v, want it refused", err)
	}
}

func TestCutoffProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		confidences, correct := drawPredictions(t)
		grid := []float64{0.2, 0.5, 0.7, 0.9}
		points := must[[]GridPoint](t)(CountGrid(confidences, correct, grid))
		for _, p := range points {
			accepted, errors := 0, 0
			for i, c := range confidences {
				if c >= p.Threshold {
					accepted++
					errors += int(indicator(!correct[i]))
				}
			}
			if p.Accepted != accepted || p.Errors != errors {
				t.Fatalf("%+v, want %d accepted with %d errors", p, accepted, errors)
			}
		}
		const alpha, delta = 0.3, 0.2
		for _, method := range []Selection{FixedSequence, FromTheTop, BonferroniGrid, HolmGrid} {
			c := must[Cutoff](t)(SelectThreshold(points, alpha, delta, method))
			if !c.Threshold.Valid {
				continue
			}
			bound := must[Interval](t)(ClopperPearson(c.Errors, c.Accepted, 1-delta, UpperBound))
			if bound.Upper > alpha+1e-9 {
				t.Fatalf("method %d chose %+v, whose risk may be %v", method, c, bound.Upper)
			}
		}
		holm := must[Cutoff](t)(SelectThreshold(points, alpha, delta, HolmGrid))
		bonferroni := must[Cutoff](t)(SelectThreshold(points, alpha, delta, BonferroniGrid))
		if bonferroni.Threshold.Valid && (!holm.Threshold.Valid || holm.Threshold.Value > bonferroni.Threshold.Value) {
			t.Fatalf("Holm chose %v, Bonferroni the lower %v", holm.Threshold, bonferroni.Threshold)
		}
	})
}

func TestFixedSequenceStartsWhereItCanPass(t *testing.T) {
	// Nobody is accepted at .9; the walk starts at .4 with 20 cases, where
	// MinAccepted(.2, .1) = 11 are enough.
	points := []GridPoint{{Threshold: 0.4, Accepted: 20}, {Threshold: 0.9}}
	c := must[Cutoff](t)(SelectThreshold(points, 0.2, 0.1, FixedSequence))
	if c.Threshold != Num(0.4) {
		t.Errorf("chose %+v, want .4", c)
	}
	if c = must[Cutoff](t)(SelectThreshold(points, 0.2, 0.1, FromTheTop)); c.Threshold.Valid {
		t.Errorf("from the top chose %+v, want none", c)
	}
}

func TestAcceptedNeeded(t *testing.T) {
	for _, row := range []struct {
		why         string
		rate        float64
		alpha, want float64
	}{
		{"no errors", 0, 0.1, float64(MinAccepted(0.1, 0.1))},
		{"errors near the limit", 0.08, 0.1, 0},
	} {
		n := must[int](t)(AcceptedNeeded(row.rate, row.alpha, 0.1))
		if row.want > 0 && float64(n) != row.want {
			t.Errorf("%s: %d, want %v", row.why, n, row.want)
		}
		if p := must[float64](t)(RiskPValue(int(math.Ceil(row.rate*float64(n))), n, row.alpha)); p > 0.1 {
			t.Errorf("%s: %d cases give p = %v, above delta", row.why, n, p)
		}
	}
	if _, err := AcceptedNeeded(0.1, 0.1, 0.1); CodeOf(err) != NoDifference {
		t.Errorf("a rate at alpha: got %v, want it refused", err)
	}
}
