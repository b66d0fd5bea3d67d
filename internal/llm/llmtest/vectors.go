package llmtest

import (
	"hash/fnv"
	"strings"
	"unicode"
)

// vectorLength is how many numbers the vectors of ByWords have.
const vectorLength = 64

// ByWords answers with vectors that count words, each at a place that its
// letters decide: texts that share words are near each other, and nothing else
// makes them so.
func ByWords(c *Call) Reply {
	r := Reply{In: max(1, len(c.Body)/4)}
	for _, text := range c.Input {
		v := make([]float32, vectorLength)
		v[0] = 0.01 // so that no text lacks a direction
		for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			h := fnv.New32a()
			h.Write([]byte(word))
			v[h.Sum32()%vectorLength]++
		}
		r.Vectors = append(r.Vectors, v)
	}
	return r
}

// vectors is a list of embeddings.
func vectors(c *Call, p Reply) []byte {
	var data []object
	for i, v := range p.Vectors {
		data = append(data, object{"object": "embedding", "index": i, "embedding": v})
	}
	return encode(object{"object": "list", "data": data, "model": model(c, p), "usage": object{"prompt_tokens": p.In, "total_tokens": p.In}})
}
