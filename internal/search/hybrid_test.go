package search

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func vectors(t testing.TB, rows ...[]float32) *Vectors {
	t.Helper()
	v, err := NewVectors(rows)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestHybrid(t *testing.T) {
	words := index(t, "none", nil, "cat", "feline", "dog dog", "cat dog")
	meaning := vectors(t, []float32{2, 0}, []float32{1, 0.1}, []float32{0, 5}, []float32{1, 1})
	half := 0.5
	for _, tc := range []struct {
		why    string
		weight *float64
		query  string
		vector []float32
		k      int
		want   []int
		score  float64 // of the first
	}{
		// Words rank 0, 3; meaning 0, 1, 3, 2: 1/61 + 1/61, 1/62 + 1/63, 1/62, 1/64.
		{"by ranks, what both find comes first", nil, "cat", []float32{1, 0}, 4, []int{0, 3, 1, 2}, 2.0 / 61},
		{"no word is known: meaning alone", nil, "kitten", []float32{1, 0}, 2, []int{0, 1}, 1.0 / 61},
		{"by weight, chunk 0 is the best of both", &half, "cat", []float32{1, 0}, 4, []int{0, 3, 1, 2}, 1},
		{"by weight, without a known word", &half, "kitten", []float32{0, 1}, 1, []int{2}, 0.5},
		{"equal ones in the order of documents", nil, "", []float32{1, 0}, 4, []int{0, 1, 3, 2}, 1.0 / 61},
		{"nothing asked for", nil, "cat", []float32{1, 0}, 0, nil, 0},
	} {
		t.Run(tc.why, func(t *testing.T) {
			h := Hybrid{Words: words, Vectors: meaning, Weight: tc.weight}
			found, err := h.Search(tc.query, tc.vector, tc.k)
			if err != nil {
				t.Fatal(err)
			}
			var got []int
			for _, f := range found {
				got = append(got, f.Chunk)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Fatalf("-want +got\n%s", diff)
			}
			if len(found) > 0 && math.Abs(found[0].Score-tc.score) > 1e-6 {
				t.Errorf("score %v, want %v", found[0].Score, tc.score)
			}
		})
	}
	found, err := (&Hybrid{Words: words, Vectors: meaning}).Search("cat", []float32{1, 0}, 2)
	if err != nil {
		t.Fatal(err)
	}
	want := Fused{Hit: Hit{3, 1.0/62 + 1.0/63}, BM25: words.Search("cat", 2)[1].Score, Cosine: math.Sqrt2 / 2}
	if diff := cmp.Diff(want, found[1], cmpopts.EquateApprox(0, 1e-6)); diff != "" {
		t.Errorf("both parts are told: -want +got\n%s", diff)
	}
}

func TestVectorsRefused(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, tc := range []struct {
		why  string
		rows [][]float32
		want string
	}{
		{"none", nil, "vectors of 0 chunks"},
		{"of two models", [][]float32{{1, 0}, {1}}, "chunk 2: a vector of 1 numbers, want 2: another model made it"},
		{"without a direction", [][]float32{{0, 0}}, "chunk 1: a vector without a direction"},
		{"past all bounds", [][]float32{{inf}}, "without a direction"},
	} {
		if _, err := NewVectors(tc.rows); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", tc.why, err, tc.want)
		}
	}
	if _, err := vectors(t, []float32{1, 0}).Cosines([]float32{1}); err == nil {
		t.Error("a query of another length has cosines")
	}
}

// TestCosines holds the lanes of dot against the sum as it is defined.
func TestCosines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "length")
		draw := func(name string) []float32 {
			return rapid.SliceOfN(rapid.Float32Range(-10, 10), n, n).Filter(func(v []float32) bool {
				return slices.ContainsFunc(v, func(x float32) bool { return math.Abs(float64(x)) > 1e-3 })
			}).Draw(t, name)
		}
		a, b := draw("a"), draw("b")
		v, err := NewVectors([][]float32{a})
		if err != nil {
			t.Fatal(err)
		}
		got, err := v.Cosines(b)
		if err != nil {
			t.Fatal(err)
		}
		var ab, aa, bb float64
		for i := range a {
			ab, aa, bb = ab+float64(a[i])*float64(b[i]), aa+float64(a[i])*float64(a[i]), bb+float64(b[i])*float64(b[i])
		}
		if want := ab / math.Sqrt(aa*bb); math.Abs(float64(got[0])-want) > 1e-5 {
			t.Errorf("%v, want %v", got[0], want)
		}
	})
}

func BenchmarkHybrid(b *testing.B) {
	const chunks, length = 10_000, 1536
	rng := rand.New(rand.NewPCG(1, 1))
	row := func() []float32 {
		v := make([]float32, length)
		for i := range v {
			v[i] = float32(rng.NormFloat64())
		}
		return v
	}
	var rows [][]float32
	var texts []string
	for range chunks {
		rows, texts = append(rows, row()), append(texts, "a text of some words")
	}
	h := Hybrid{Words: index(b, "none", nil, texts...), Vectors: vectors(b, rows...)}
	query := row()
	b.ResetTimer()
	for b.Loop() {
		if _, err := h.Search("some words", query, 5); err != nil {
			b.Fatal(err)
		}
	}
}
