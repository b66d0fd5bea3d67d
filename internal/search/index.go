package search

import (
	"errors"
	"math"
	"slices"
	"sync"
)

// The parameters of BM25 that Robertson and Zaragoza, "The Probabilistic
// Relevance Framework: BM25 and Beyond" (2009), find good for most texts.
const (
	k1 = 1.2
	b  = 0.75
)

// Index ranks chunks by BM25. It is safe for concurrent use.
type Index struct {
	Chunks []Chunk

	words    *Words
	known    map[string]int32 // folded word to term; none for a stop word
	terms    map[string]int32 // stem to term
	postings [][]posting      // by term, in the order of chunks
	scores   sync.Pool        // *accumulator
}

// none is the term of a stop word.
const none = -1

// posting is a term in a chunk, with all that it adds to the chunk's score.
type posting struct {
	chunk  int32
	weight float32
}

// accumulator gathers the scores of chunks for one query.
type accumulator struct {
	score   []float32
	touched []int32
}

// Hit is a chunk that was found.
type Hit struct {
	Chunk int // in [Index.Chunks]
	Score float64
}

// NewIndex indexes chunks: the words of their texts and headings.
//
// The weight of a term in a chunk is
// idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / mean length)), with
// idf = ln(1 + (N - n + 0.5) / (n + 0.5)), which is never negative: N chunks,
// n of them with the term.
func NewIndex(chunks []Chunk, w *Words) (*Index, error) {
	if len(chunks) > math.MaxInt32 {
		return nil, errors.New("more than 2,147,483,647 chunks")
	}
	x := &Index{Chunks: chunks, words: w, known: map[string]int32{}, terms: map[string]int32{}}
	lengths := make([]float64, len(chunks))
	total := 0.0
	var last []int32 // chunk in which a term was seen last
	for i := range chunks {
		n := 0
		count := func(word string) {
			t := x.learn(word)
			if t == none {
				return
			}
			n++
			if int(t) == len(x.postings) {
				x.postings, last = append(x.postings, nil), append(last, -1)
			}
			if last[t] != int32(i) {
				last[t] = int32(i)
				x.postings[t] = append(x.postings[t], posting{chunk: int32(i)})
			}
			x.postings[t][len(x.postings[t])-1].weight++
		}
		w.each(chunks[i].Heading, count)
		w.each(chunks[i].Text, count)
		lengths[i] = float64(n)
		total += float64(n)
	}
	mean := total / float64(max(1, len(chunks)))
	for t, list := range x.postings {
		n, all := float64(len(list)), float64(len(chunks))
		idf := math.Log(1 + (all-n+0.5)/(n+0.5))
		for i, p := range list {
			tf := float64(p.weight)
			list[i].weight = float32(idf * tf * (k1 + 1) / (tf + k1*(1-b+b*lengths[p.chunk]/mean)))
		}
		x.postings[t] = slices.Clip(list)
	}
	x.scores.New = func() any { return &accumulator{score: make([]float32, len(chunks))} }
	return x, nil
}

// learn is the term of a word, a new one where it was not met before.
func (x *Index) learn(word string) int32 {
	if t, ok := x.known[word]; ok {
		return t
	}
	t := int32(none)
	if stem := x.words.term(word); stem != "" {
		var ok bool
		if t, ok = x.terms[stem]; !ok {
			t = int32(len(x.terms))
			x.terms[stem] = t
		}
	}
	x.known[word] = t
	return t
}

// query are the terms of a query that the index has, sorted, each once: a
// word that is repeated asks for no more than it does once.
func (x *Index) query(text string) []int32 {
	var out []int32
	x.words.each(text, func(word string) {
		t, ok := x.known[word]
		if !ok {
			if t, ok = x.terms[x.words.term(word)]; !ok {
				return
			}
		}
		if t != none {
			out = append(out, t)
		}
	})
	slices.Sort(out)
	return slices.Compact(out)
}

// Search gives the best chunks for a query, at most k, best first; equal ones
// in the order of the documents. A chunk without a word of the query is no hit.
func (x *Index) Search(query string, k int) []Hit {
	best := top{k: k}
	x.each(query, func(chunk int32, score float32) { best.add(Hit{int(chunk), float64(score)}) })
	return best.hits
}

// each gives all chunks that have a word of the query.
func (x *Index) each(query string, found func(chunk int32, score float32)) {
	a := x.scores.Get().(*accumulator)
	defer x.scores.Put(a)
	for _, t := range x.query(query) {
		for _, p := range x.postings[t] {
			if a.score[p.chunk] == 0 {
				a.touched = append(a.touched, p.chunk)
			}
			a.score[p.chunk] += p.weight
		}
	}
	for _, c := range a.touched {
		found(c, a.score[c])
		a.score[c] = 0
	}
	a.touched = a.touched[:0]
}

// top keeps the k best hits, best first.
type top struct {
	k    int
	hits []Hit
}

func (t *top) add(h Hit) {
	if len(t.hits) == t.k && (t.k == 0 || !better(h, t.hits[t.k-1])) {
		return
	}
	at, _ := slices.BinarySearchFunc(t.hits, h, func(a, b Hit) int {
		if better(a, b) {
			return -1
		}
		return 1
	})
	if len(t.hits) < t.k {
		t.hits = append(t.hits, Hit{})
	}
	copy(t.hits[at+1:], t.hits[at:])
	t.hits[at] = h
}

// better says whether a stands before b.
func better(a, b Hit) bool {
	return a.Score > b.Score || a.Score == b.Score && a.Chunk < b.Chunk
}
