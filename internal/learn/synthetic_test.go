package learn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

var mixedColumns = []Column{{"subject", Text}, {"country", Category}, {"amount", Number}}

// world draws rows whose label follows from a word, a country and an amount,
// with a share of labels replaced by chance and a tenth of values missing.
func world(seed uint64, n int, noise float64) (rows []Row, labels []string) {
	random := rand.New(rand.NewPCG(seed, 1))
	words := []string{"refund", "delivery", "invoice", "question", "late", "please", "order", "the", "of"}
	countries := []string{"de", "fr", "it"}
	for range n {
		topic, country, amount := random.IntN(3), random.IntN(3), math.Exp(4+2*random.NormFloat64())
		label := words[topic]
		if amount > 500 {
			label = "large"
		} else if country == 2 {
			label = "abroad"
		}
		if random.Float64() < noise {
			label = []string{"refund", "delivery", "invoice", "large", "abroad"}[random.IntN(5)]
		}
		text := words[topic]
		for range 6 {
			text += " " + words[3+random.IntN(6)]
		}
		row := Row{text, countries[country], amount}
		if random.IntN(10) == 0 {
			row[random.IntN(3)] = nil
		}
		rows, labels = append(rows, row), append(labels, label)
	}
	return rows, labels
}

// documents draws texts of about 800 characters in three classes, as the OCR
// of invoices gives.
func documents(n int) (rows []Row, labels []string) {
	random := rand.New(rand.NewPCG(7, 7))
	vocabulary := make([]string, 3000)
	for i := range vocabulary {
		word := make([]byte, 3+random.IntN(8))
		for j := range word {
			word[j] = 'a' + byte(random.IntN(26))
		}
		vocabulary[i] = string(word)
	}
	for i := range n {
		class := i % 3
		var text []byte
		for len(text) < 800 {
			word := random.IntN(1000)
			if random.IntN(20) == 0 {
				word = 1000 + 100*class + random.IntN(100)
			}
			if random.IntN(5) == 0 {
				text = fmt.Appendf(text, "%d.%02d ", random.IntN(2000), random.IntN(100))
			}
			text = append(append(text, vocabulary[word]...), ' ')
		}
		rows, labels = append(rows, Row{string(text)}), append(labels, string(rune('a'+class)))
	}
	return rows, labels
}

// eachPrediction calls f with the calibrated distribution of every row and the
// position of its label.
func eachPrediction(t testing.TB, m *Model, rows []Row, labels []string, f func(probs []float64, class int)) {
	t.Helper()
	raw, probs := make([]float64, len(m.classes)), make([]float64, len(m.classes))
	for i, row := range rows {
		if err := m.Predict(row, raw, probs); err != nil {
			t.Fatal(err)
		}
		class, ok := m.ClassIndex(labels[i])
		if !ok {
			t.Fatalf("label %q was not learnt", labels[i])
		}
		f(probs, class)
	}
}

func accuracy(t testing.TB, m *Model, rows []Row, labels []string) float64 {
	t.Helper()
	right := 0
	eachPrediction(t, m, rows, labels, func(probs []float64, class int) {
		if first, _ := Top(probs); first == class {
			right++
		}
	})
	return float64(right) / float64(len(rows))
}

func meanLogLoss(t testing.TB, m *Model, rows []Row, labels []string) float64 {
	t.Helper()
	var sum float64
	eachPrediction(t, m, rows, labels, func(probs []float64, class int) { sum -= math.Log(probs[class]) })
	return sum / float64(len(rows))
}

// calibrationError is the expected calibration error over 15 equal-width bins.
func calibrationError(t testing.TB, m *Model, rows []Row, labels []string) float64 {
	t.Helper()
	var gap [15]float64
	eachPrediction(t, m, rows, labels, func(probs []float64, class int) {
		first, _ := Top(probs)
		bin := min(int(probs[first]*15), 14)
		gap[bin] += probs[first]
		if first == class {
			gap[bin]--
		}
	})
	var sum float64
	for _, g := range gap {
		sum += math.Abs(g)
	}
	return sum / float64(len(rows))
}
