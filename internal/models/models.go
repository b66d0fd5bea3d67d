// Package models reads models.yaml, in which a project names the models that
// its designs may ask: where each is, what it costs and what it allows.
package models

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/llm"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// FileName is the name of the file, in the project's folder.
const FileName = "models.yaml"

// file is models.yaml.
type file struct {
	Models *yaml.Node `yaml:"models" schema:"{model},required" jsonschema:"minProperties=1"`
}

// Model is one entry of models.yaml.
type Model struct {
	Name string   `yaml:"-"`
	At   flow.Pos `yaml:",pos"`
	// Kind is what the model gives.
	Kind     *flow.Text `yaml:"kind" jsonschema:"description=what the model gives: answers unless it says embedding: then vectors of texts,enum=chat,enum=embedding"`
	Endpoint `yaml:",inline"`
	Prices   *Prices `yaml:"prices"`
	Limits   *Limits `yaml:"limits"`
	// Batch says that runs ask the model in batches.
	Batch       bool    `yaml:"batch,omitempty" jsonschema:"description=runs ask in batches that the endpoint answers within a day; default false"`
	BatchPrices *Prices `yaml:"batch_prices" jsonschema:"description=prices of what is asked in batches; wanted where there are prices"`
}

// Prices are per million tokens, in the workflow's currency.
type Prices struct {
	Input  float64  `yaml:"input"`
	Cached *float64 `yaml:"cached" jsonschema:"description=input tokens that the endpoint had cached; default the price of input"`
	Output *float64 `yaml:"output" jsonschema:"description=wanted of models that give answers"`
}

// Limits are what the endpoint allows, and how long a call may try.
type Limits struct {
	Requests    *int `yaml:"requests_per_minute"`
	Tokens      *int `yaml:"tokens_per_minute" jsonschema:"description=in and out together"`
	Concurrency *int `yaml:"concurrency" jsonschema:"description=calls in flight at most; below it their number adapts to what the endpoint bears"`
	Trying      `yaml:",inline"`
}

// Trying is how long a call may try.
type Trying struct {
	Retries  *int           `yaml:"retries" jsonschema:"description=calls after the first that failed in a way worth retrying; default 4"`
	Timeout  *time.Duration `yaml:"timeout" jsonschema:"description=of one call; default 2m"`
	Deadline *time.Duration `yaml:"deadline" jsonschema:"description=of all calls for one question and the waiting between them; default 10m"`
}

// FileKeys are the structs that the file is decoded into, by the name of what
// they describe, for its JSON Schema.
func FileKeys() map[string]any { return map[string]any{"models": file{}, "model": Model{}} }

// Catalog is what a models.yaml holds, by name.
type Catalog map[string]*Model

// Load reads the models.yaml of a project. Without one there are no models.
func Load(project string) (Catalog, diag.List) {
	path := shown(filepath.Join(project, FileName))
	data, err := regular.Read(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, diag.List{{Pos: flow.Pos{File: path}, Message: err.Error()}}
	}
	return Parse(path, data)
}

// shown is a path as messages show it: from where we are, where it is below.
func shown(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(wd, path); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return path
}

// Parse reads the text of a models.yaml and says all that is wrong with it.
func Parse(path string, data []byte) (Catalog, diag.List) {
	doc, diags := yamldoc.Parse(path, data)
	if doc.Root == nil {
		return nil, diags
	}
	var f file
	doc.Decode(doc.Root, &f, &diags)
	if f.Models == nil {
		diags.Add(flow.Pos{File: path, Line: 1, Column: 1}, `missing key "models"`, "")
		return nil, diags
	}
	if f.Models.Kind != yaml.MappingNode {
		diags.Add(doc.Pos(f.Models), "models wants names, each with its endpoint", "")
		return nil, diags
	}
	catalog := Catalog{}
	for k, v := range yamldoc.Pairs(f.Models) {
		m := &Model{Name: k.Value}
		doc.Decode(v, m, &diags)
		if m.At = doc.Pos(k); !name.MatchString(m.Name) {
			diags.Add(m.At, fmt.Sprintf("%q is no name for a model, want letters, digits, - and _", m.Name), "")
		}
		m.check(&diags)
		catalog[m.Name] = m
	}
	if len(catalog) == 0 {
		diags.Add(doc.Pos(f.Models), "models names no model", "")
	}
	catalog.shared(&diags)
	return catalog, diags
}

// Names are those of all models, sorted.
func (c Catalog) Names() []string { return slices.Sorted(maps.Keys(c)) }

// shared refuses different limits for one endpoint: it counts all calls.
func (c Catalog) shared(diags *diag.List) {
	first := map[string]*Model{}
	for _, n := range c.Names() {
		m := c[n]
		if m.BaseURL == nil || m.Model == nil {
			continue
		}
		key := m.BaseURL.Value + "\x00" + m.Model.Value
		if other := first[key]; other == nil {
			first[key] = m
		} else if m.Pace() != other.Pace() {
			diags.Add(m.At, fmt.Sprintf("%q and %q are one model at one endpoint, which counts the calls of both", other.Name, m.Name), "give both the same limits")
		}
	}
}

// check says what is wrong with an entry, beside its form.
func (m *Model) check(diags *diag.List) {
	at := func(at flow.Pos, format string, args ...any) {
		if at.Line == 0 {
			at = m.At
		}
		diags.Add(at, fmt.Sprintf("model %q: ", m.Name)+fmt.Sprintf(format, args...), "")
	}
	fault := func(format string, args ...any) { at(m.At, format, args...) }
	if m.BaseURL == nil {
		fault("missing key %q", "base_url")
	}
	if m.Model == nil {
		fault("missing key %q", "model")
	}
	m.Endpoint.Check(at)
	m.kind(at)
	m.batch(fault)
	if m.Limits == nil {
		return
	}
	for _, n := range []struct {
		key string
		is  *int
	}{{"requests_per_minute", m.Limits.Requests}, {"tokens_per_minute", m.Limits.Tokens}, {"concurrency", m.Limits.Concurrency}} {
		if n.is != nil && *n.is < 1 {
			fault("%s is %d, want 1 or more", n.key, *n.is)
		}
	}
	m.Limits.Trying.Check(fault)
}

// batch checks what a model that is asked in batches can have.
func (m *Model) batch(fault func(format string, args ...any)) {
	m.BatchPrices.Check(fault)
	switch {
	case m.BatchPrices != nil && !m.Batch:
		fault("batch_prices belong to batch: true")
	case !m.Batch:
	case m.Embeds():
		fault("batch: true belongs to answers, and an embedding model gives vectors")
	case (m.Prices == nil) != (m.BatchPrices == nil):
		fault("batch: true wants prices and batch_prices, or neither")
	case m.Stream:
		fault("batch: true and stream: true contradict each other: a batch is answered whole")
	case m.AzureVersion != nil:
		fault("batch: true wants the address https://NAME.openai.azure.com/openai/v1, without azure_version")
	}
}

// Embeds says that the model gives vectors of texts, and no answers.
func (m *Model) Embeds() bool { return m.Kind != nil && m.Kind.Value == embedding }

const embedding = "embedding"

// kind checks what a model of its kind can have.
func (m *Model) kind(fault func(at flow.Pos, format string, args ...any)) {
	if k := m.Kind; k != nil && k.Value != "chat" && k.Value != embedding {
		fault(k.Pos, "kind is %q, want chat or embedding", k.Value)
	}
	fail := func(format string, args ...any) { fault(m.At, format, args...) }
	if !m.Embeds() {
		m.Prices.Check(fail)
		return
	}
	m.Prices.numbers(fail)
	for _, k := range []struct {
		key   string
		given bool
	}{{"tokens_field", m.TokensField != nil}, {"stream", m.Stream}, {"structured", m.Structured != nil}} {
		if k.given {
			fault(m.Kind.Pos, "%s belongs to answers, and an embedding model gives vectors", k.key)
		}
	}
	if p := m.Prices; p != nil && (p.Output != nil || p.Cached != nil) {
		fault(m.Kind.Pos, "an embedding model is paid by its input alone: prices: {input: 0.02}")
	}
}

// Pace is what the endpoint allows.
func (m *Model) Pace() llm.Pace {
	if m.Limits == nil {
		return llm.Pace{}
	}
	get := func(n *int) int {
		if n == nil {
			return 0
		}
		return *n
	}
	return llm.Pace{Requests: get(m.Limits.Requests), Tokens: get(m.Limits.Tokens), Concurrency: get(m.Limits.Concurrency)}
}

// Check says what is wrong with the prices of a model that gives answers.
func (p *Prices) Check(fault func(format string, args ...any)) {
	if p != nil && p.Output == nil {
		fault("prices: missing key %q", "output")
	}
	p.numbers(fault)
}

func (p *Prices) numbers(fault func(format string, args ...any)) {
	if p != nil && (p.Input < 0 || p.Output != nil && *p.Output < 0 || p.Cached != nil && *p.Cached < 0) {
		fault("prices are per million tokens, and none is below 0")
	}
}

// PerToken are the prices of one token; nil prices are 0.
func (p *Prices) PerToken() llm.Prices {
	if p == nil {
		return llm.Prices{}
	}
	cached := p.Input
	if p.Cached != nil {
		cached = *p.Cached
	}
	output := 0.0
	if p.Output != nil {
		output = *p.Output
	}
	const million = 1e6
	return llm.Prices{In: p.Input / million, Cached: cached / million, Out: output / million}
}

// Check says what is wrong with how long a call may try.
func (t Trying) Check(fault func(format string, args ...any)) {
	const most = 20
	if n := t.Retries; n != nil && (*n < 0 || *n > most) {
		fault("retries is %d, want 0 to %d", *n, most)
	}
	for _, d := range []struct {
		key string
		is  *time.Duration
	}{{"timeout", t.Timeout}, {"deadline", t.Deadline}} {
		if d.is != nil && *d.is <= 0 {
			fault("%s is %v, want a duration such as 30s", d.key, *d.is)
		}
	}
}

// Over is what t says, and what it leaves open as other says it.
func (t Trying) Over(other Trying) Trying {
	if t.Retries == nil {
		t.Retries = other.Retries
	}
	if t.Timeout == nil {
		t.Timeout = other.Timeout
	}
	if t.Deadline == nil {
		t.Deadline = other.Deadline
	}
	return t
}

// Retry is the same for the client, with 0 for what it leaves open.
func (t Trying) Retry() llm.Retry {
	var r llm.Retry
	if t.Retries != nil {
		r.Attempts = *t.Retries + 1
	}
	if t.Timeout != nil {
		r.Timeout = *t.Timeout
	}
	if t.Deadline != nil {
		r.Deadline = *t.Deadline
	}
	return r
}
