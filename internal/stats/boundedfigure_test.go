package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

func each(n int) FigureCases {
	c := FigureCases{}
	for i := range n {
		c.Unit, c.Weight = append(c.Unit, int32(i)), append(c.Weight, 1)
	}
	return c
}

// TestFiguresAreThoseOfTheReport holds what is bounded against what is shown.
func TestFiguresAreThoseOfTheReport(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const n, classes = 200, 4
	c := NewConfusion([]string{"a", "b", "c", "d"})
	c.None = make([]float64, classes)
	cases := each(n)
	a := Agreement{Classes: classes}
	confidence, right := make([]float64, n), make([]bool, n)
	for i := range n {
		truth, decided := int16(r.IntN(classes)), int16(r.IntN(classes+1)-1)
		if r.Float64() < 0.6 {
			decided = truth
		}
		w := 1 + r.Float64()
		cases.Weight[i] = w
		if a.Truth, a.Decided = append(a.Truth, truth), append(a.Decided, decided); decided < 0 {
			c.None[truth] += w
		} else {
			c.Counts[truth][decided] += w
		}
		confidence[i], right[i] = float64(r.IntN(31))/30, r.Float64() < 0.7
	}
	of := func(what AgreementOf) WeightedFigure {
		b := a
		b.Of = what
		return &b
	}
	reliability, err := ReliabilityEqualWidth(confidence, right, cases.Weight, 15)
	if err != nil {
		t.Fatal(err)
	}
	area, err := ROCAUC(confidence, right, cases.Weight)
	if err != nil {
		t.Fatal(err)
	}
	macro := c.Classify().Macro
	for _, tt := range []struct {
		name   string
		figure WeightedFigure
		want   Number
	}{
		{"macro precision", of(MacroPrecision), macro.Precision},
		{"macro recall", of(MacroRecall), macro.Recall},
		{"macro F1", of(MacroF1), macro.F1},
		{"kappa", of(Kappa), c.Kappa(Nominal)},
		{"Matthews", of(Matthews), c.Matthews()},
		{"area under the ROC curve", NewRankedArea(confidence, right), area},
		{"ECE", NewBinnedGap(confidence, right, 15), reliability.ECE},
	} {
		cases.Figure = tt.figure
		iv, err := BoundedFigure(cases, -1, 1, 0.95, 500, rand.NewPCG(3, 4))
		if err != nil || math.Abs(iv.Estimate.Or(9)-tt.want.Value) > 1e-12 || !(iv.Lower < tt.want.Value && tt.want.Value < iv.Upper) {
			t.Errorf("%s: %v in [%v, %v] %v, want %v within", tt.name, iv.Estimate, iv.Lower, iv.Upper, err, tt.want)
		}
		same, err := BoundedFigureDifference(cases, cases, -1, 1, 0.95, 500, rand.NewPCG(3, 4))
		if err != nil || same.Estimate.Or(9) != 0 || same.Lower >= 0 || same.Upper <= 0 {
			t.Errorf("%s, less itself: %v in [%v, %v] %v", tt.name, same.Estimate, same.Lower, same.Upper, err)
		}
		low, high, ok := tt.figure.Range(cases.Weight, 5)
		if !ok || low > tt.want.Value || high < tt.want.Value {
			t.Errorf("%s with one more case: %v to %v", tt.name, low, high)
		}
	}
}

func TestBoundedFigure(t *testing.T) {
	// Twenty cases of each of two classes, nothing wrong: as of forty cases, one more
	// of which is wrong, of one class.
	perfect := each(40)
	a := &Agreement{Classes: 2, Truth: make([]int16, 40), Decided: make([]int16, 40), Of: MacroRecall}
	for i := range 20 {
		a.Truth[i], a.Decided[i] = 1, 1
	}
	perfect.Figure = a
	iv, err := BoundedFigure(perfect, 0, 1, 0.95, 20_000, rand.NewPCG(5, 6))
	if want := (1 + math.Pow(0.025, 1./20)) / 2; err != nil || math.Abs(iv.Lower-want) > 0.01 || iv.Upper != 1 {
		t.Errorf("nothing wrong: [%v, %v] %v, want %v to 1", iv.Lower, iv.Upper, err, want)
	}
	// Of answers that are all right, there is no area to speak of.
	right := make([]bool, 40)
	for i := range right {
		right[i] = true
	}
	perfect.Figure = NewRankedArea(make([]float64, 40), right)
	if iv, err := BoundedFigure(perfect, 0, 1, 0.95, 100, rand.NewPCG(5, 6)); err != nil || iv.Estimate.Valid || iv.Lower != 0 || iv.Upper != 1 {
		t.Errorf("answers that are all right: %v in [%v, %v] %v, want nothing known", iv.Estimate, iv.Lower, iv.Upper, err)
	}
	if _, err := BoundedFigure(FigureCases{Figure: a, Unit: perfect.Unit[:1], Weight: perfect.Weight}, 0, 1, 0.95, 100, rand.NewPCG(5, 6)); err == nil {
		t.Error("fewer units than weights are not refused")
	}
}
