package llm

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/search"
)

// kept is a training case that prompts may show.
type kept struct {
	Case    string          `json:"case"`
	Cluster string          `json:"cluster"`
	In      json.RawMessage `json:"in"`
	Answer  json.RawMessage `json:"answer"`
}

// pool are the training cases that prompts may show, in the order in which
// they are taken. It is not changed once it is made.
type pool struct {
	lessons *lessons
	list    []kept
	views   []any // as templates see them, aligned with list
	index   *search.Index
}

// chosen are the examples that are kept: in an order drawn by their ids, class
// by class in turn where classes are to be shown alike. Where every case is
// shown the same ones, no more are kept than serve when one cluster is left out.
func chosen(l *lessons, examples []flow.Example) []kept {
	if l.k == 0 {
		return nil
	}
	type drawn struct {
		flow.Example
		number uint64
		turn   int // among those of its class
		answer string
	}
	list := make([]drawn, len(examples))
	for i, e := range examples {
		list[i] = drawn{Example: e, number: flow.Key{Seed: l.seed, Case: e.Case}.Rand("examples").Uint64(), answer: string(flow.AppendValue(nil, e.Gold, false))}
	}
	slices.SortFunc(list, func(a, b drawn) int { return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.Case, b.Case)) })
	if l.choose == byClass {
		seen := map[string]int{}
		for i := range list {
			list[i].turn = seen[list[i].answer]
			seen[list[i].answer]++
		}
		slices.SortStableFunc(list, func(a, b drawn) int { return cmp.Or(cmp.Compare(a.turn, b.turn), cmp.Compare(a.answer, b.answer)) })
	}
	var out []kept
	clusters, largest := map[string]int{}, 0
	for _, e := range list {
		if l.choose != bySimilarity && len(out)-largest >= l.k {
			break
		}
		out = append(out, kept{e.Case, e.Cluster, flow.AppendJSON(nil, e.In.Schema, e.In.Values), json.RawMessage(e.answer)})
		clusters[e.Cluster]++
		largest = max(largest, clusters[e.Cluster])
	}
	return out
}

// newPool makes the pool of examples; nil for none.
func newPool(l *lessons, in *flow.Schema, list []kept) (*pool, error) {
	if len(list) == 0 {
		return nil, nil
	}
	p := &pool{lessons: l, list: list}
	chunks := make([]search.Chunk, len(list))
	for i, e := range list {
		values, err := flow.ParseJSON(e.In, in)
		if err != nil {
			return nil, fmt.Errorf("example %q: %w", e.Case, err)
		}
		var answer any
		if err := json.Unmarshal(e.Answer, &answer); err != nil {
			return nil, fmt.Errorf("example %q: %w", e.Case, err)
		}
		p.views = append(p.views, map[string]any{"input": shownMessage(flow.Message{Schema: in, Values: values}), "answer": answer})
		chunks[i].Text = l.text(values)
	}
	if l.choose != bySimilarity {
		return p, nil
	}
	words, err := search.NewWords(search.NoLanguage, nil)
	if err == nil {
		p.index, err = search.NewIndex(chunks, words)
	}
	return p, err
}

// text is what cases are similar by.
func (l *lessons) text(values []any) string {
	var parts []string
	for _, i := range l.by {
		if s, ok := values[i].(string); ok {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, "\n")
}

// shown are the examples for a case, as its prompt sees them: never the case
// itself, nor one of its cluster. The most similar one stands last, next to
// the question.
func (p *pool) shown(in flow.Input) []any {
	if p == nil {
		return nil
	}
	own := func(e kept) bool { return e.Case == in.Key.Case || e.Cluster == in.Cluster && e.Cluster != "" }
	var take []int
	add := func(i int) {
		if len(take) < p.lessons.k && !own(p.list[i]) && !slices.Contains(take, i) {
			take = append(take, i)
		}
	}
	if p.index != nil {
		for _, hit := range p.index.Search(p.lessons.text(in.Values), len(p.list)) {
			add(hit.Chunk)
		}
	}
	for i := range p.list { // where too few are similar, any will do
		if len(take) == p.lessons.k {
			break
		}
		add(i)
	}
	if p.index != nil {
		slices.Reverse(take)
	}
	out := make([]any, len(take))
	for i, at := range take {
		out[i] = p.views[at]
	}
	return out
}

// kept are the examples as they are written down.
func (p *pool) kept() []kept {
	if p == nil {
		return nil
	}
	return p.list
}
