package search

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func index(t testing.TB, language string, stop []string, texts ...string) *Index {
	t.Helper()
	w, err := NewWords(language, stop)
	if err != nil {
		t.Fatal(err)
	}
	var chunks []Chunk
	for i, text := range texts {
		chunks = append(chunks, Chunk{Document: fmt.Sprint("d", i), Number: 1, Text: text})
	}
	x, err := NewIndex(chunks, w)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestSearch(t *testing.T) {
	texts := []string{"the cat sat", "The cats were running after a dog", "a bird", "Häuser und Straßen", "the dog"}
	for _, tc := range []struct {
		why, language string
		stop          []string
		query         string
		k             int
		want          []int
	}{
		{"whole words alone", "none", nil, "cat", 5, []int{0}},
		{"stems find other forms", "en", nil, "a cat that runs", 5, []int{1, 2, 0}},
		{"stop words find nothing", "en", []string{"The"}, "the", 5, nil},
		{"equal chunks in their order", "none", nil, "the sat bird", 1, []int{0}},
		{"German", "de", nil, "Haus", 5, []int{3}},
		{"a decomposed accent is the same letter", "none", nil, "HA\u0308USER", 5, []int{3}},
		{"a word that no chunk has", "none", nil, "zebra", 5, nil},
		{"no words at all", "none", nil, " ?! ", 5, nil},
		{"nothing asked for", "none", nil, "cat", 0, nil},
	} {
		t.Run(tc.why, func(t *testing.T) {
			var got []int
			for _, h := range index(t, tc.language, tc.stop, texts...).Search(tc.query, tc.k) {
				got = append(got, h.Chunk)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
	if _, err := NewWords("klingon", nil); err == nil || !strings.HasPrefix(err.Error(), `unknown language "klingon", want one of ar, da,`) {
		t.Error(err)
	}
}

// TestBM25 holds scores against the formula, computed in the plainest way.
func TestBM25(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"})
		texts := rapid.SliceOfN(rapid.SliceOfN(word, 1, 8), 1, 12).Draw(t, "texts")
		query := rapid.SliceOfN(word, 1, 4).Draw(t, "query")
		w, _ := NewWords(NoLanguage, nil)
		var chunks []Chunk
		total := 0.0
		for _, words := range texts {
			chunks = append(chunks, Chunk{Text: strings.Join(words, " ")})
			total += float64(len(words))
		}
		x, err := NewIndex(chunks, w)
		if err != nil {
			t.Fatal(err)
		}
		hits := x.Search(strings.Join(query, " "), len(chunks))
		asked := slices.Compact(slices.Sorted(slices.Values(query)))
		found := 0
		for i, words := range texts {
			want := 0.0
			for _, q := range asked {
				n, tf := 0.0, 0.0
				for _, other := range texts {
					if slices.Contains(other, q) {
						n++
					}
				}
				for _, word := range words {
					if word == q {
						tf++
					}
				}
				N := float64(len(texts))
				want += math.Log(1+(N-n+0.5)/(n+0.5)) * tf * 2.2 / (tf + 1.2*(0.25+0.75*float64(len(words))/(total/N)))
			}
			at := slices.IndexFunc(hits, func(h Hit) bool { return h.Chunk == i })
			switch {
			case want == 0 && at < 0:
			case at < 0 || math.Abs(hits[at].Score-want) > 1e-5*want:
				t.Fatalf("chunk %d: want a score of %v among %v", i, want, hits)
			default:
				found++
			}
		}
		if found != len(hits) {
			t.Fatalf("%d hits have a word of the query, of %v", found, hits)
		}
		if !slices.IsSortedFunc(hits, func(a, b Hit) int {
			if better(b, a) {
				return 1
			}
			return -1
		}) {
			t.Fatalf("not in order: %v", hits)
		}
	})
}

func TestSearchAtOnce(t *testing.T) {
	x := index(t, "en", nil, strings.Fields(strings.Repeat("one two three four ", 100))...)
	want := x.Search("two three", 10)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				if diff := cmp.Diff(want, x.Search("two three", 10)); diff != "" {
					t.Errorf("-want +got\n%s", diff)
					return
				}
				x.Search("four", 3)
			}
		})
	}
	group.Wait()
}

// library makes texts whose words are as often as in language (Zipf).
func library(n, words int) []Chunk {
	r := rand.New(rand.NewPCG(1, 2))
	z := rand.NewZipf(r, 1.1, 4, 30_000)
	chunks := make([]Chunk, n)
	for i := range chunks {
		var b strings.Builder
		for range words {
			fmt.Fprintf(&b, "w%dx ", z.Uint64())
		}
		chunks[i] = Chunk{Document: fmt.Sprint(i), Number: 1, Text: b.String()}
	}
	return chunks
}

func BenchmarkIndex(b *testing.B) {
	chunks := library(20_000, 60)
	w, _ := NewWords("en", nil)
	for b.Loop() {
		if _, err := NewIndex(chunks, w); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(chunks)*b.N)/b.Elapsed().Seconds(), "chunks/s")
}

func BenchmarkSearch(b *testing.B) {
	w, _ := NewWords("en", nil)
	x, err := NewIndex(library(20_000, 60), w)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		x.Search("w1x w2x w10x w50x w200x w1000x w2000x w5000x", 10)
	}
}
