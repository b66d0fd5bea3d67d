package learn

import (
	"context"
	"testing"
)

func BenchmarkTrainBanking77(b *testing.B) {
	rows, labels := utterances(b, "banking77", "train")
	for b.Loop() {
		train(b, textColumn, rows, labels, DefaultSettings())
	}
}

func BenchmarkTrainDocuments(b *testing.B) {
	rows, labels := documents(5000)
	for b.Loop() {
		train(b, textColumn, rows, labels, DefaultSettings())
	}
}

func BenchmarkPredictBanking77(b *testing.B) {
	m, _ := bankingModel(b)
	rows, _ := utterances(b, "banking77", "test")
	benchmarkPredict(b, m, rows)
}

func BenchmarkPredictDocuments(b *testing.B) {
	rows, labels := documents(500)
	s := DefaultSettings()
	s.Epochs = 2
	benchmarkPredict(b, train(b, textColumn, rows, labels, s), rows)
}

func benchmarkPredict(b *testing.B, m *Model, rows []Row) {
	b.ReportAllocs()
	raw, probs := make([]float64, len(m.classes)), make([]float64, len(m.classes))
	i := 0
	for b.Loop() {
		if err := m.Predict(rows[i%len(rows)], raw, probs); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkMarshal(b *testing.B) {
	m, _ := bankingModel(b)
	for b.Loop() {
		out, err := m.MarshalBinary()
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(out)))
	}
}

func BenchmarkUnmarshal(b *testing.B) {
	m, _ := bankingModel(b)
	stored, err := m.MarshalBinary()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(stored)))
	for b.Loop() {
		if _, err := Unmarshal(stored); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCalibrate(b *testing.B) {
	m, _ := bankingModel(b)
	rows, labels := utterances(b, "banking77", "test")
	for b.Loop() {
		if _, err := m.Calibrate(context.Background(), rows, labels); err != nil {
			b.Fatal(err)
		}
	}
}
