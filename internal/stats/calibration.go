package stats

import (
	"math"
	"sort"
)

// A ReliabilityBin is one bin of a reliability diagram.
type ReliabilityBin struct {
	Index          int     // among the bins asked for, from 0
	Low, High      float64 // edges; the bin holds (Low, High]
	Count          int     // cases
	Weight         float64 // their weight; Count for equal weights
	MeanConfidence float64
	Accuracy       float64
}

// A Reliability is how far confidences and outcomes agree.
type Reliability struct {
	ECE     Number           // expected calibration error: Σ weight share |accuracy - confidence|
	MCE     Number           // the largest such gap of a bin
	MeanGap Number           // mean confidence - accuracy; above 0 is overconfident
	Bins    []ReliabilityBin // those with cases
}

// ReliabilityEqualWidth bins confidences by edges i/bins into (low, high], 0
// belonging to bin 0.
func ReliabilityEqualWidth(confidences []float64, correct []bool, weights []float64, bins int) (Reliability, error) {
	if err := firstErr(checkConfidences(confidences, correct, weights), checkBins(bins)); err != nil {
		return Reliability{}, err
	}
	edges := make([]float64, bins+1)
	for i := range edges {
		edges[i] = float64(i) / float64(bins)
	}
	return reliability(confidences, correct, weights, edges), nil
}

// ReliabilityEqualMass bins confidences by their own type-7 quantiles into (low,
// high]; equal confidences are never split, and bins left empty are skipped. The
// edges are quantiles of cases, whatever the weights.
func ReliabilityEqualMass(confidences []float64, correct []bool, weights []float64, bins int) (Reliability, error) {
	if err := firstErr(checkConfidences(confidences, correct, weights), checkBins(bins)); err != nil {
		return Reliability{}, err
	}
	if len(confidences) == 0 {
		return Reliability{}, nil
	}
	sorted := append([]float64(nil), confidences...)
	sort.Float64s(sorted)
	edges := make([]float64, bins+1)
	for i := range edges {
		edges[i] = quantileSorted(sorted, float64(i)/float64(bins))
	}
	return reliability(confidences, correct, weights, edges), nil
}

func checkBins(bins int) error {
	if bins < 1 {
		return refuse(OutOfRange, "%d bins; at least one is needed", bins)
	}
	return nil
}

func reliability(confidences []float64, correct []bool, weights []float64, edges []float64) Reliability {
	type pair struct {
		confidence, accuracy Moments
	}
	gathered := make([]pair, len(edges)-1)
	var all pair
	for i, c := range confidences {
		// The bin of c is the first whose upper edge is not below it.
		b := min(sort.SearchFloat64s(edges[1:], c), len(gathered)-1)
		w := weightAt(weights, i)
		for _, p := range []*pair{&gathered[b], &all} {
			p.confidence.AddWeighted(c, w)
			p.accuracy.AddWeighted(indicator(correct[i]), w)
		}
	}
	var r Reliability
	if all.accuracy.Weight == 0 {
		return r
	}
	ece, mce := 0.0, 0.0
	for b, p := range gathered {
		if p.accuracy.Weight == 0 {
			continue
		}
		gap := math.Abs(p.accuracy.Mean - p.confidence.Mean)
		ece += gap * p.accuracy.Weight / all.accuracy.Weight
		mce = math.Max(mce, gap)
		r.Bins = append(r.Bins, ReliabilityBin{b, edges[b], edges[b+1], p.accuracy.N, p.accuracy.Weight, p.confidence.Mean, p.accuracy.Mean})
	}
	r.ECE, r.MCE, r.MeanGap = Num(ece), Num(mce), Num(all.confidence.Mean-all.accuracy.Mean)
	return r
}
