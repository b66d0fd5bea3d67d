package learn

import (
	"bytes"
	"context"
	"errors"
	"math"
	"runtime"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func train(t testing.TB, columns []Column, rows []Row, labels []string, s Settings) *Model {
	t.Helper()
	m, err := Train(context.Background(), columns, rows, labels, s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func marshal(t testing.TB, m *Model) []byte {
	t.Helper()
	b, err := m.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTrainLearnsSeparableData(t *testing.T) {
	rows, labels := world(1, 2000, 0)
	var complete []Row
	var completeLabels []string
	fresh, freshLabels := world(2, 1000, 0)
	for i, row := range fresh {
		if row[0] != nil && row[1] != nil && row[2] != nil {
			complete, completeLabels = append(complete, row), append(completeLabels, freshLabels[i])
		}
	}
	m := train(t, mixedColumns, rows, labels, DefaultSettings())
	// The cut at 500 lies inside a quantile bin, so that a few rows near it err.
	if a := accuracy(t, m, complete, completeLabels); a < 0.97 {
		t.Errorf("accuracy on unseen rows is %.4f; want at least 0.97", a)
	}
}

func TestTrainIsDeterministic(t *testing.T) {
	rows, labels := world(1, 400, 0.1)
	want := marshal(t, train(t, mixedColumns, rows, labels, DefaultSettings()))
	for _, procs := range []int{1, 2, 8} {
		old := runtime.GOMAXPROCS(procs)
		got := marshal(t, train(t, mixedColumns, rows, labels, DefaultSettings()))
		runtime.GOMAXPROCS(old)
		if !bytes.Equal(got, want) {
			t.Errorf("GOMAXPROCS %d gives another model", procs)
		}
	}
	other := DefaultSettings()
	other.Seed = 2
	if bytes.Equal(marshal(t, train(t, mixedColumns, rows, labels, other)), want) {
		t.Error("another seed gives the same model: the seed is not used")
	}
}

// The intercepts are free, so at the optimum the mean probability of each class
// equals its share, whatever the features: a check of the optimiser that needs
// no reference.
func TestTrainReachesTheOptimum(t *testing.T) {
	rows, labels := world(3, 1500, 0.3)
	s := DefaultSettings()
	s.Epochs = 60
	m := train(t, mixedColumns, rows, labels, s)
	gap := make([]float64, len(m.classes))
	eachPrediction(t, m, rows, labels, func(probs []float64, class int) {
		for c, p := range probs {
			gap[c] += p / float64(len(rows))
		}
		gap[class] -= 1 / float64(len(rows))
	})
	for c, g := range gap {
		if math.Abs(g) > 0.005 {
			t.Errorf("class %q: mean probability less share is %+.4f; want within 0.005", m.classes[c], g)
		}
	}
}

func TestBalancedRaisesRareClasses(t *testing.T) {
	rows, labels := world(4, 1500, 0.3)
	// Make one class rare.
	var r []Row
	var l []string
	for i, label := range labels {
		if label != "abroad" || i%10 == 0 {
			r, l = append(r, rows[i]), append(l, label)
		}
	}
	share := func(s Settings) (sum float64) {
		m := train(t, mixedColumns, r, l, s)
		c, _ := m.ClassIndex("abroad")
		eachPrediction(t, m, r, l, func(probs []float64, _ int) { sum += probs[c] })
		return sum
	}
	s := DefaultSettings()
	plain := share(s)
	s.Balanced = true
	if balanced := share(s); balanced < 1.5*plain {
		t.Errorf("the rare class has total probability %.1f balanced and %.1f not; want half as much again", balanced, plain)
	}
}

func TestMissingIsAFeature(t *testing.T) {
	for _, column := range []Column{{"c", Text}, {"c", Category}, {"c", Number}} {
		t.Run(column.Kind.String(), func(t *testing.T) {
			var rows []Row
			var labels []string
			for range 20 {
				var present any = "x"
				if column.Kind == Number {
					present = 1.5
				}
				rows, labels = append(rows, Row{present}, Row{nil}), append(labels, "present", "absent")
			}
			m := train(t, []Column{column}, rows, labels, DefaultSettings())
			if a := accuracy(t, m, rows, labels); a != 1 {
				t.Errorf("accuracy %.2f where only absence tells the classes apart; want 1", a)
			}
			if column.Kind == Number {
				if a := accuracy(t, m, []Row{{math.NaN()}}, []string{"absent"}); a != 1 {
					t.Error("NaN is not read as missing")
				}
			}
		})
	}
}

func TestCalibrateLowersHeldOutLogLoss(t *testing.T) {
	rows, labels := world(5, 300, 0.4)
	s := DefaultSettings()
	s.L2 = 0.001 // overfits the noise, so that its confidence is far too high
	m := train(t, mixedColumns, rows, labels, s)
	held, heldLabels := world(6, 1000, 0.4)
	fresh, freshLabels := world(7, 2000, 0.4)
	c, err := m.Calibrate(context.Background(), held, heldLabels)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Calibration(); got.Method != Temperature || got.Rows != 1000 || got.Temperature <= 1 ||
		math.Abs(got.LogLossBefore-meanLogLoss(t, m, held, heldLabels)) > 1e-6 ||
		math.Abs(got.LogLossAfter-meanLogLoss(t, c, held, heldLabels)) > 1e-6 {
		t.Errorf("calibration records %+v", got)
	}
	before, after := meanLogLoss(t, m, fresh, freshLabels), meanLogLoss(t, c, fresh, freshLabels)
	if after > before-0.05 {
		t.Errorf("log loss on fresh rows went from %.4f to %.4f; want it clearly lower", before, after)
	}
	if before, after := calibrationError(t, m, fresh, freshLabels), calibrationError(t, c, fresh, freshLabels); after > before/2 {
		t.Errorf("calibration error on fresh rows went from %.4f to %.4f; want it halved", before, after)
	}
	if m.Calibration().Method != Uncalibrated {
		t.Error("calibrating changed the model it was called on")
	}
}

func TestCalibrateOnFewRowsKeepsDoubt(t *testing.T) {
	rows, labels := world(1, 500, 0)
	m := train(t, mixedColumns, rows, labels, DefaultSettings())
	var few []Row
	var fewLabels []string
	for i, row := range rows[:20] {
		if a := accuracy(t, m, rows[i:i+1], labels[i:i+1]); a == 1 {
			few, fewLabels = append(few, row), append(fewLabels, labels[i])
		}
	}
	c, err := m.Calibrate(context.Background(), few, fewLabels)
	if err != nil {
		t.Fatal(err)
	}
	if temperature := c.Calibration().Temperature; temperature < 0.05 || temperature > 1 {
		t.Errorf("%d rows, all right, give temperature %v; want it sharper but bounded", len(few), temperature)
	}
}

func TestPredictSharesNothing(t *testing.T) {
	rows, labels := world(1, 300, 0.1)
	m := train(t, mixedColumns, rows, labels, DefaultSettings())
	want := make([][]float64, len(rows))
	for i, row := range rows {
		want[i] = make([]float64, len(m.classes))
		if err := m.Predict(row, make([]float64, len(m.classes)), want[i]); err != nil {
			t.Fatal(err)
		}
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			raw, probs := make([]float64, len(m.classes)), make([]float64, len(m.classes))
			for i, row := range rows {
				if err := m.Predict(row, raw, probs); err != nil {
					t.Error(err)
				}
				for c := range probs {
					if probs[c] != want[i][c] {
						t.Errorf("row %d differs when predicted concurrently", i)
						return
					}
				}
			}
		})
	}
	wait.Wait()
}

// The pool itself is left out: under the race detector it drops buffers.
func TestPredictDoesNotAllocate(t *testing.T) {
	rows, labels := world(1, 300, 0.1)
	m := train(t, mixedColumns, rows, labels, DefaultSettings())
	probs, s, i := make([]float64, len(m.classes)), m.encoder.scratch(len(m.classes)), 0
	predict := func() {
		row := rows[i%len(rows)]
		if err := checkRow(m.encoder.columns, row); err != nil {
			t.Fatal(err)
		}
		m.score(row, s)
		softmax(s.scores, probs, 1)
		i++
	}
	for range rows {
		predict() // grows the buffers
	}
	if n := testing.AllocsPerRun(1000, predict); n != 0 {
		t.Errorf("a prediction allocates %v times; want 0", n)
	}
}

// Any row that fits the columns gets a distribution.
func TestPredictGivesADistribution(t *testing.T) {
	rows, labels := world(1, 200, 0.1)
	m := train(t, mixedColumns, rows, labels, DefaultSettings())
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(
			rapid.Just(any(nil)),
			rapid.Map(rapid.String(), func(s string) any { return s }),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) any { return string(b) }),
		)
		num := rapid.OneOf(rapid.Just(any(nil)), rapid.Map(rapid.Float64(), func(x float64) any { return x }),
			rapid.SampledFrom([]any{math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64}))
		row := Row{text.Draw(t, "subject"), text.Draw(t, "country"), num.Draw(t, "amount")}
		raw, probs := make([]float64, len(m.classes)), make([]float64, len(m.classes))
		if err := m.Predict(row, raw, probs); err != nil {
			t.Fatal(err)
		}
		for _, dist := range [][]float64{raw, probs} {
			var sum float64
			for _, p := range dist {
				if !(p >= 0 && p <= 1) {
					t.Fatalf("probability %v", p)
				}
				sum += p
			}
			if math.Abs(sum-1) > 1e-9 {
				t.Fatalf("probabilities sum to %v", sum)
			}
		}
	})
}

func TestHostileTexts(t *testing.T) {
	hostile := []string{
		"", " ", "\x00\xff\xfe", "\u0301\u0301", strings.Repeat("a", 1<<20), strings.Repeat("\xf0\x9f", 1<<18),
		strings.Repeat("ab ", 1<<18), "\u200b\u202e",
	}
	var rows []Row
	var labels []string
	for i, text := range hostile {
		rows, labels = append(rows, Row{text}), append(labels, string(rune('a'+i%2)))
	}
	s := DefaultSettings()
	s.Epochs = 2
	m := train(t, []Column{{"text", Text}}, rows, labels, s)
	accuracy(t, m, rows, labels) // fails the test on any error
	// Extreme numbers, too, must leave finite weights.
	extreme := []Row{{math.MaxFloat64}, {-math.MaxFloat64}, {math.Inf(1)}, {math.Inf(-1)}, {math.SmallestNonzeroFloat64}, {math.NaN()}}
	marshalled := marshal(t, train(t, []Column{{"x", Number}}, extreme, []string{"a", "b", "a", "b", "a", "b"}, s))
	if _, err := Unmarshal(marshalled); err != nil {
		t.Error(err)
	}
}

func TestTrainErrors(t *testing.T) {
	text := []Column{{"text", Text}}
	settings := func(change func(*Settings)) Settings {
		s := DefaultSettings()
		change(&s)
		return s
	}
	ok := DefaultSettings()
	for _, tc := range []struct {
		why      string
		columns  []Column
		rows     []Row
		labels   []string
		settings Settings
		want     string
	}{
		{"nothing to learn from", text, nil, nil, ok, "no rows to train on"},
		{"no input", nil, []Row{{}}, []string{"a"}, ok, "no columns"},
		{"a class cannot be learnt alone", text, []Row{{"x"}, {"y"}}, []string{"a", "a"}, ok, `all 2 rows have the label "a"`},
		{"a label is lost", text, []Row{{"x"}, {"y"}}, []string{"a"}, ok, "2 rows with 1 labels"},
		{"a value is lost", text, []Row{{"x"}, {}}, []string{"a", "b"}, ok, "row 1: row has 0 values for 1 columns"},
		{"a number in a text column", text, []Row{{"x"}, {1.0}}, []string{"a", "b"}, ok, `row 1: column "text" (text) holds a float64; want string`},
		{"an integer in a number column", []Column{{"n", Number}}, []Row{{1}}, []string{"a"}, ok, `holds a int; want float64`},
		{"two columns of one name", []Column{{"x", Text}, {"x", Number}}, nil, nil, ok, `column 1 repeats the name "x"`},
		{"the zero settings", text, nil, nil, Settings{}, "hash bits 0; want 10 to 30"},
		{"n-grams from 3 to 2", text, nil, nil, settings(func(s *Settings) { s.CharMin, s.CharMax = 3, 2 }), "character n-grams from 3 to 2"},
		{"l2 is not a number", text, nil, nil, settings(func(s *Settings) { s.L2 = math.NaN() }), "l2 NaN"},
		{"no step", text, nil, nil, settings(func(s *Settings) { s.LearningRate = 0 }), "learning rate 0"},
	} {
		_, err := Train(context.Background(), tc.columns, tc.rows, tc.labels, tc.settings)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v; want %q", tc.why, err, tc.want)
		}
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	rows, labels := world(1, 100, 0)
	if _, err := Train(cancelled, mixedColumns, rows, labels, ok); !errors.Is(err, context.Canceled) {
		t.Errorf("training under a cancelled context: error %v", err)
	}
}

func TestModelErrors(t *testing.T) {
	rows, labels := world(1, 100, 0)
	m := train(t, mixedColumns, rows, labels, DefaultSettings())
	k := len(m.Classes())
	calibrate := func(rows []Row, labels []string) error {
		_, err := m.Calibrate(context.Background(), rows, labels)
		return err
	}
	for _, tc := range []struct {
		why  string
		err  error
		want string
	}{
		{"a label never learnt", calibrate(rows[:1], []string{"surprise"}), `calibration row 0: label "surprise" is none of the 5 classes`},
		{"nothing to calibrate on", calibrate(nil, nil), "no rows to calibrate on"},
		{"a label is lost", calibrate(rows[:2], labels[:1]), "2 calibration rows with 1 labels"},
		{"a narrow row", m.Predict(Row{"x"}, make([]float64, k), make([]float64, k)), "row has 1 values for 3 columns"},
		{"too little room", m.Predict(rows[0], make([]float64, k), nil), "room for 5 raw and 0 calibrated probabilities; want 5"},
	} {
		if tc.err == nil || !strings.Contains(tc.err.Error(), tc.want) {
			t.Errorf("%s: error %v; want %q", tc.why, tc.err, tc.want)
		}
	}
}

func TestTop(t *testing.T) {
	for _, tc := range []struct {
		why           string
		probs         []float64
		first, second int
	}{
		{"two classes", []float64{.4, .6}, 1, 0},
		{"equals: the earlier first", []float64{.5, .5}, 0, 1},
		{"largest last", []float64{.3, .2, .5}, 2, 0},
		{"second last", []float64{.6, .1, .3}, 0, 2},
	} {
		if first, second := Top(tc.probs); first != tc.first || second != tc.second {
			t.Errorf("%s: %d and %d; want %d and %d", tc.why, first, second, tc.first, tc.second)
		}
	}
}
