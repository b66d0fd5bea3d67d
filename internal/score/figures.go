package score

import (
	"fmt"

	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Names of figures of a run scored in detail that are no ratios of sums, and of
// [Brier], which is a mean.
const (
	MacroPrecision = "macro_precision"
	MacroRecall    = "macro_recall"
	MacroF1        = "macro_f1"
	Kappa          = "kappa"
	Matthews       = "matthews"
	AUROC          = "auroc"
	ECE            = "ece" // in bins of equal width
	Brier          = "brier"
)

// fewestLabels is how many labels of each class a mean over classes takes: a class
// weighs as much in it as any other, however few tell of it.
const fewestLabels = 10

var agreements = map[string]stats.AgreementOf{
	MacroPrecision: stats.MacroPrecision, MacroRecall: stats.MacroRecall, MacroF1: stats.MacroF1, Kappa: stats.Kappa, Matthews: stats.Matthews,
}

// Figure is a design's figure, with its cases; cases is how many they are. It is nil
// where the run has no such figure, and why says why its cases do not make one.
func (v *Vectors) Figure(design int, name string, keep func(int) bool) (f *stats.FigureCases, cases int, why string) {
	detail := v.Designs[design].Detail
	of, agreement := agreements[name]
	if detail == nil || !agreement && name != AUROC && name != ECE || agreement && v.Classes == nil {
		return nil, 0, ""
	}
	f = &stats.FigureCases{}
	last := int32(-1)
	take := func(i int32) bool {
		if keep != nil && !keep(int(i)) {
			return false
		}
		if i != last {
			cases, last = cases+1, i
		}
		unit := i
		if v.Cluster != nil {
			unit = v.Cluster[i]
		}
		f.Unit, f.Weight = append(f.Unit, unit), append(f.Weight, v.Weight[i])
		return true
	}
	if agreement {
		a := &stats.Agreement{Classes: len(v.Classes), Of: of}
		labels := make([]int, len(v.Classes))
		for _, d := range detail.Decisions {
			if take(d.Case) {
				a.Truth, a.Decided = append(a.Truth, d.Truth), append(a.Decided, d.Class)
				labels[d.Truth]++
			}
		}
		f.Figure = a
		for c, n := range labels {
			if n < fewestLabels && of <= stats.MacroF1 && cases > 0 {
				return f, cases, fmt.Sprintf("a mean over classes takes %d labels of each, and of %q there are %d", fewestLabels, v.Classes[c], n)
			}
		}
		return f, cases, ""
	}
	var confidence []float64
	var right []bool
	for _, s := range detail.Answers {
		if take(s.Case) {
			confidence, right = append(confidence, s.Confidence), append(right, s.Right)
		}
	}
	if name == ECE {
		f.Figure = stats.NewBinnedGap(confidence, right, bins)
	} else {
		f.Figure = stats.NewRankedArea(confidence, right)
	}
	return f, cases, ""
}
