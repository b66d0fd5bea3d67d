package retrieve

import (
	gocontext "context"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
	"github.com/rehearse-dev/rehearse/internal/search"
)

// Step searches. It is immutable.
type Step struct {
	query field.Term
	index *search.Index
	k     int
	gives []int // for each field of out, its place in given
	width int
}

// Do finds the best chunks for a case's query; without a query there are none.
func (s *Step) Do(ctx gocontext.Context, in flow.Input) (flow.Output, error) {
	if err := ctx.Err(); err != nil {
		return flow.Output{}, err
	}
	query, err := s.asked(in)
	if err != nil {
		return flow.Output{}, err
	}
	var found []search.Fused
	for _, h := range s.index.Search(query, s.k) {
		found = append(found, search.Fused{Hit: h})
	}
	return s.output(found, false), nil
}

// asked is a case's query; "" for none.
func (s *Step) asked(in flow.Input) (string, error) {
	v, err := s.query.Eval(in.Values)
	query, _ := v.(string)
	return query, err
}

// output writes what was found into the fields of out.
func (s *Step) output(found []search.Fused, hybrid bool) flow.Output {
	out := flow.Output{Values: make([]any, s.width)}
	for i, g := range s.gives {
		switch g {
		case hits:
			out.Values[i] = s.hits(found, hybrid)
		case documents:
			ids := []any{}
			for _, id := range s.ranked(found) {
				ids = append(ids, id)
			}
			out.Values[i] = ids
		case best:
			if len(found) > 0 {
				out.Values[i] = s.index.Chunks[found[0].Chunk].Document
			}
		case score:
			if len(found) > 0 {
				out.Values[i] = found[0].Score
			}
		case context:
			out.Values[i] = s.context(found)
		case confidence:
			c := s.lead(found)
			out.Values[i] = c
			out.Confidence = &flow.Confidence{Raw: c, Calibrated: c}
		case similarity:
			if len(found) > 0 {
				out.Values[i] = found[0].Cosine
			}
		}
	}
	return out
}

func (s *Step) hits(found []search.Fused, hybrid bool) []any {
	out := make([]any, len(found))
	for i, h := range found {
		c := s.index.Chunks[h.Chunk]
		hit := map[string]any{"document": c.Document, "chunk": int64(c.Number), "heading": c.Heading, "score": h.Score, "text": c.Text}
		if hybrid {
			hit["bm25"], hit["cosine"] = h.BM25, h.Cosine
		}
		out[i] = hit
	}
	return out
}

// ranked are the documents of hits, best first, each once.
func (s *Step) ranked(found []search.Fused) []string {
	var out []string
	seen := map[string]bool{}
	for _, h := range found {
		if id := s.index.Chunks[h.Chunk].Document; !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// context is what was found as one text, each chunk under where it comes from.
func (s *Step) context(found []search.Fused) string {
	var b strings.Builder
	for i, h := range found {
		if i > 0 {
			b.WriteString("\n\n")
		}
		c := s.index.Chunks[h.Chunk]
		b.WriteString("[" + c.Document + "]")
		if c.Heading != "" {
			b.WriteString(" " + c.Heading)
		}
		b.WriteString("\n" + c.Text)
	}
	return b.String()
}

// lead is how far the best document is ahead of the next one, as a share of
// its score: 1 where no other was found, 0 where nothing was, or nothing that
// is like the query at all.
func (s *Step) lead(found []search.Fused) float64 {
	if len(found) == 0 || found[0].Score <= 0 {
		return 0
	}
	first := s.index.Chunks[found[0].Chunk].Document
	for _, h := range found[1:] {
		if s.index.Chunks[h.Chunk].Document != first {
			return 1 - max(0, h.Score)/found[0].Score
		}
	}
	return 1
}
