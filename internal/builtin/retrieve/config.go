// Package retrieve is the step kind `retrieve`: search over the workflow's
// documents.
package retrieve

import (
	"fmt"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/endpoint"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
	"github.com/rehearse-dev/rehearse/internal/search"
)

// Config is the part of a design file that belongs to the kind.
type Config struct {
	// Documents is a file, or a folder with all folders in it: Markdown, text,
	// or tables of documents (JSON lines, CSV, Parquet).
	Documents flow.Text `yaml:"documents"`
	// Columns are those of tables, by what they hold: id, text and title; by
	// default columns of these names, of which title may be missing.
	Columns flow.Texts `yaml:"columns,omitempty"`
	// Query is an expression over `in` for the text to search with.
	Query flow.Text `yaml:"query"`
	// Language decides about stems.
	Language  *flow.Text `yaml:"language" jsonschema:"enum=ar,enum=da,enum=de,enum=en,enum=es,enum=fi,enum=fr,enum=hu,enum=it,enum=nl,enum=no,enum=pt,enum=ro,enum=ru,enum=sv,enum=tr,enum=none,description=by whose rules words are cut to stems; default none"`
	StopWords *flow.Text `yaml:"stop_words" jsonschema:"description=a file with words that are not searched for"`
	Size      *int       `yaml:"size" jsonschema:"description=longest chunk in characters; default 1000"`
	Overlap   *int       `yaml:"overlap" jsonschema:"description=characters of a chunk that the next may repeat; default 100"`
	K         *int       `yaml:"k" jsonschema:"description=chunks that are found at most; default 5"`
	// Embeddings search by meaning, too.
	Embeddings *Embeddings `yaml:"embeddings"`
}

// Embeddings say by which model texts become vectors, and how their likeness
// and BM25 come together.
type Embeddings struct {
	// Model is the name of an entry of models.yaml.
	Model  flow.Text `yaml:"model" jsonschema:"description=a model of kind embedding in models.yaml"`
	Weight *float64  `yaml:"weight" jsonschema:"description=part of the cosine in the score from 0 to 1; BM25 has the rest; by default ranks are fused"`
	// Query and Passage stand before what is sent; some models want them.
	Query   *flow.Text `yaml:"query_prefix" jsonschema:"description=what stands before a query that is sent"`
	Passage *flow.Text `yaml:"passage_prefix" jsonschema:"description=what stands before a chunk that is sent"`
}

// Limits of what a design may ask for, and the defaults.
const (
	defaultSize, leastSize, mostSize = 1000, 50, 100_000
	defaultOverlap                   = 100
	defaultK, mostK                  = 5, 1000
)

// Kind makes steps of kind retrieve. Steps of one Kind share the files of stored
// answers that they open.
func Kind() flow.StepKind {
	shelf := &endpoint.Shelf{}
	return flow.StepKind{
		Doc: "Search over the workflow's documents by BM25, and by the likeness of embeddings where `embeddings: {model: vectors}` names a model of models.yaml. `documents: policies` is a folder, or a file: Markdown (cut at its headings), text, or a table of documents (JSON lines, CSV, Parquet) with the columns id and text. " +
			"They are cut into chunks of at most `size` characters, of which `overlap` may be repeated, and the `k` best for `query: in.question` are found. " +
			"`language: en` cuts words to their stems; `stop_words: stop.txt` are not searched for. " +
			"Out fields: `hits` (a list of records: document, chunk, heading, score, text), `documents` (ids, best first), `best` (the first of them), `score`, `context` (the texts as one) and `confidence` (how far the best document is ahead of the next).",
		Role:   flow.Work,
		Actor:  flow.System,
		Config: (*Config)(nil),
		New:    func(cfg flow.Config) (flow.Step, error) { return newStep(cfg, shelf) },
	}
}

// newStep reads the documents and indexes them.
func newStep(cfg flow.Config, shelf *endpoint.Shelf) (flow.Step, error) {
	var c Config
	if err := cfg.Decode(&c); err != nil {
		return nil, err
	}
	r := &reader{Faults: field.Faults{Config: cfg}, c: c}
	s := &Step{width: cfg.Out().Len()}
	s.gives = r.fields()
	s.k = r.number(c.K, "k", defaultK, 1, mostK)
	cut := search.Cut{Size: r.number(c.Size, "size", defaultSize, leastSize, mostSize)}
	cut.Overlap = r.number(c.Overlap, "overlap", min(defaultOverlap, cut.Size/2), 0, max(0, cut.Size-1))
	var err error
	if s.query, err = field.Compile(cfg, c.Query, flow.Type{Kind: flow.String, Optional: true}, flow.Scope{Name: "in", Schema: cfg.In()}); err != nil {
		r.Add(err)
	}
	words := r.words()
	hybrid := r.hybrid(shelf)
	documents := r.documents()
	if err := r.Err(); err != nil {
		return nil, err
	}
	var chunks []search.Chunk
	for _, d := range documents {
		chunks = append(chunks, cut.Split(d)...)
	}
	if len(chunks) == 0 {
		r.Fail(c.Documents.Pos, "%q holds no text to search", c.Documents.Value)
		return nil, r.Err()
	}
	if s.index, err = search.NewIndex(chunks, words); err != nil {
		r.Fail(c.Documents.Pos, "%v", err)
		return nil, r.Err()
	}
	if hybrid == nil {
		return s, nil
	}
	if len(chunks) > search.MostVectors {
		r.Fail(c.Embeddings.Model.Pos, "%d chunks, and vectors of at most %d are searched", len(chunks), search.MostVectors)
		return nil, r.Err()
	}
	hybrid.Step = s
	return hybrid, nil
}

// reader reads a configuration, collecting what is wrong with it.
type reader struct {
	field.Faults
	c Config
}

func (r *reader) number(given *int, key string, otherwise, least, most int) int {
	if given == nil {
		return otherwise
	}
	if *given < least || *given > most {
		r.Fail(r.c.Documents.Pos, "%s is %d, want %d to %d", key, *given, least, most)
		return otherwise
	}
	return *given
}

// words reads the language and the stop words.
func (r *reader) words() *search.Words {
	language := flow.Text{Value: search.NoLanguage}
	if r.c.Language != nil {
		language = *r.c.Language
	}
	var stop []string
	if r.c.StopWords != nil {
		data, err := r.Config.ReadFile(*r.c.StopWords)
		if err != nil {
			r.Add(err)
		}
		stop = strings.Fields(string(data))
	}
	w, err := search.NewWords(language.Value, stop)
	if err != nil {
		r.Fail(language.Pos, "%v", err)
	}
	return w
}

// given are the fields that out may have.
var given = []struct {
	name string
	as   flow.Type
	word string // the type as it is written
}{
	hits:       {"hits", flow.Type{Kind: flow.List, Elem: &flow.Type{Kind: flow.Record}}, "{list: record}"},
	documents:  {"documents", flow.Type{Kind: flow.List, Elem: &flow.Type{Kind: flow.String}}, "{list: string}"},
	best:       {"best", flow.Type{Kind: flow.String, Optional: true}, "string?"},
	score:      {"score", flow.Type{Kind: flow.Number, Optional: true}, "number?"},
	context:    {"context", flow.Type{Kind: flow.String}, "string"},
	confidence: {"confidence", flow.Type{Kind: flow.Probability}, "probability"},
	similarity: {"similarity", flow.Type{Kind: flow.Number, Optional: true}, "number?"},
}

// The places of fields in given.
const (
	hits = iota
	documents
	best
	score
	context
	confidence
	similarity
)

// fields says for each field of out which of given it is.
func (r *reader) fields() []int {
	var names []string
	for i, g := range given {
		if i != similarity || r.c.Embeddings != nil {
			names = append(names, g.name)
		}
	}
	var out []int
	for _, f := range r.Config.Out().Fields() {
		at := -1
		for i, g := range given {
			if g.name == f.Name && (i != similarity || r.c.Embeddings != nil) {
				at = i
			}
		}
		out = append(out, at)
		if at < 0 {
			r.Fail(flow.Pos{}, "out: a search gives no %q%s", f.Name, field.Suggest(f.Name, names))
			continue
		}
		if !fits(given[at].as, f.Type, r.c.Embeddings != nil) {
			r.Fail(flow.Pos{}, "out: %q is %s, want %s", f.Name, f.Type, given[at].word)
		}
	}
	if len(out) == 0 {
		r.Fail(flow.Pos{}, "out is empty, want some of %s", strings.Join(names, ", "))
	}
	return out
}

// fits says whether a field of a type can hold all that is given.
func fits(given, declared flow.Type, hybrid bool) bool {
	if given.Optional && !declared.Optional || given.Kind != declared.Kind {
		return false
	}
	if given.Elem == nil {
		return true
	}
	return declared.Elem == nil || declared.Elem.Kind == given.Elem.Kind && (declared.Elem.Fields == nil || fitsHit(declared.Elem.Fields, hybrid))
}

// fitsHit says whether the declared fields of a record are those of a hit.
func fitsHit(declared *flow.Schema, hybrid bool) bool {
	kinds := map[string]flow.Kind{"document": flow.String, "chunk": flow.Integer, "heading": flow.String, "score": flow.Number, "text": flow.String}
	if hybrid {
		kinds["bm25"], kinds["cosine"] = flow.Number, flow.Number
	}
	for _, f := range declared.Fields() {
		if kind, ok := kinds[f.Name]; !ok || kind != f.Type.Kind {
			return false
		}
	}
	return true
}

// String names the step and what it searches.
func (s *Step) String() string { return fmt.Sprintf("search over %d chunks", len(s.index.Chunks)) }
