package stats

import (
	"fmt"
	"testing"
)

func benchmarkValues(n int) []float64 {
	rng := newRand(1)
	values := make([]float64, n)
	for i := range values {
		values[i] = rng.NormFloat64()
	}
	return values
}

func BenchmarkBootstrapMean(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		values := benchmarkValues(n)
		b.Run(fmt.Sprintf("scores/n=%d", n), func(b *testing.B) {
			for b.Loop() {
				must[BootstrapResult](b)(BootstrapMean(values, Bootstrap{Source: seeded(1)}))
			}
		})
		outcomes := signs(n, n/10, n/20)
		b.Run(fmt.Sprintf("outcomes/n=%d", n), func(b *testing.B) {
			for b.Loop() {
				must[BootstrapResult](b)(BootstrapMean(outcomes, Bootstrap{Source: seeded(1)}))
			}
		})
	}
}

func BenchmarkBootstrapRatioDifference(b *testing.B) {
	var units []PairedRatio
	for i := range 10_000 {
		units = append(units, PairedRatio{A: Ratio{indicator(i%10 != 0), 1}, B: Ratio{indicator(i%21 == 0), indicator(i%3 == 0)}})
	}
	for b.Loop() {
		must[BootstrapResult](b)(BootstrapRatioDifference(units, Bootstrap{Source: seeded(1)}))
	}
}

func BenchmarkSignFlip(b *testing.B) {
	for name, values := range map[string][]float64{"scores": benchmarkValues(10_000), "outcomes": signs(10_000, 900, 500)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				must[PermutationResult](b)(SignFlip(values, NotEqual, 10_000, seeded(1)))
			}
		})
	}
}

func BenchmarkWilson(b *testing.B) {
	for b.Loop() {
		must[Interval](b)(Wilson(812, 1000, 0.95, TwoSided))
	}
}

func BenchmarkClopperPearson(b *testing.B) {
	for b.Loop() {
		must[Interval](b)(ClopperPearson(812, 1000, 0.95, TwoSided))
	}
}

func BenchmarkKornGraubard(b *testing.B) {
	clusters := make([]Moments, 10_000)
	for i := range clusters {
		clusters[i] = must[Moments](b)(RateMoments(i%4, 3+i%4))
	}
	for b.Loop() {
		must[ClusterRate](b)(KornGraubard(clusters, 0.95, TwoSided))
	}
}

func BenchmarkRiskCoverage(b *testing.B) {
	rng := newRand(1)
	confidences, correct := make([]float64, 100_000), make([]bool, 100_000)
	for i := range confidences {
		confidences[i] = rng.Float64()
		correct[i] = rng.Float64() < confidences[i]
	}
	for b.Loop() {
		must[RiskCoverage](b)(NewRiskCoverage(confidences, correct, nil))
	}
}

func BenchmarkKolmogorovSmirnov(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		x, y := benchmarkValues(n), benchmarkValues(n/10)
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			for b.Loop() {
				must[KSResult](b)(KolmogorovSmirnov(x, y))
			}
		})
	}
}

func BenchmarkBettingInterval(b *testing.B) {
	differences := signs(2000, 200, 100)
	for b.Loop() {
		must[Interval](b)(BettingInterval(differences, 0.95, 0.5))
	}
}
