// Package llm is the step kind `llm`: a question to a language model behind an
// OpenAI-compatible endpoint, answered in a declared shape.
package llm

import (
	"fmt"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/endpoint"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
	client "github.com/rehearse-dev/rehearse/internal/llm"
	"github.com/rehearse-dev/rehearse/internal/models"
)

// Config is the part of a design file that belongs to the kind.
type Config struct {
	// Model is the name of an entry of models.yaml, which says all of where it
	// is, what it costs and what it allows.
	Model *flow.Text `yaml:"model" jsonschema:"description=a name of models.yaml"`
	// Endpoint says the same in the design; by default the environment does.
	Endpoint models.Endpoint `yaml:"endpoint,omitempty"`
	// Prompt is a file of the workflow's folder: a template over the fields of
	// `in`, in parts that begin with a line `system:`, `user:` or `assistant:`.
	Prompt flow.Text `yaml:"prompt"`
	// Schema is a JSON Schema file for the answer; by default it follows from
	// `out`.
	Schema *flow.Text `yaml:"schema"`
	// Confidence says where the step's confidence comes from.
	Confidence *Confidence `yaml:"confidence"`
	// Learn is the gold value that Examples show and Confidence.Calibrate is
	// measured by: an outcome field, or step.field.
	Learn *flow.Text `yaml:"learn"`
	// Examples are training cases shown in the prompt.
	Examples *Examples `yaml:"examples"`
	// Samples is how often each case is asked about; the answers vote.
	Samples *int `yaml:"samples" jsonschema:"description=times that a case is asked about; the answers vote; default 1"`
	// Images are fields of `in` that name pictures.
	Images    []flow.Text `yaml:"images,omitempty" jsonschema:"description=fields of in that name pictures: files below the dataset's folder"`
	ImageURLs bool        `yaml:"image_urls,omitempty" jsonschema:"description=they may be https addresses too: the endpoint fetches them"`
	// Tools are steps of the design that the model may call.
	Tools  []flow.Text `yaml:"tools,omitempty" jsonschema:"description=steps of the design that are marked as tools"`
	Rounds *int        `yaml:"rounds" jsonschema:"description=times that the model may call tools before it answers; default 4"`
	// Repairs is how often an answer that breaks its schema may be mended.
	Repairs *int `yaml:"repairs" jsonschema:"description=times that the model is told what is wrong with an answer that breaks its schema; default 0"`

	Temperature *float64 `yaml:"temperature" jsonschema:"description=0 is sent as 0; left to the endpoint where it is not given"`
	TopP        *float64 `yaml:"top_p"`
	MaxTokens   *int     `yaml:"max_tokens" jsonschema:"description=longest answer; one that reaches it is truncated and malformed"`
	Seed        *int64   `yaml:"seed" jsonschema:"description=sent to the endpoint; it may ignore it"`

	models.Trying `yaml:",inline"`
	// Prices per million tokens, in the workflow's currency.
	Prices *models.Prices `yaml:"prices"`
}

// Confidence names its source: one of the first three.
type Confidence struct {
	// Field is a field of the answer in which the model states it.
	Field *flow.Text `yaml:"field"`
	// Logprobs is the enum of `out` whose tokens tell it; the field
	// `confidence` of `out`, if there is one, is then filled in by the step.
	Logprobs *flow.Text `yaml:"logprobs"`
	// Agreement is the enum or boolean of `out` by which samples vote.
	Agreement *flow.Text `yaml:"agreement"`
	Top       *int       `yaml:"top" jsonschema:"description=alternatives listed for each token; default 5"`
	// Calibrate maps the confidence to how often such answers were right.
	Calibrate *flow.Text `yaml:"calibrate" jsonschema:"description=curve fitted on the calibration split,enum=isotonic,enum=platt"`
	Cases     *int       `yaml:"cases" jsonschema:"description=cases that are asked about to calibrate; default 500"`
}

// Examples say which training cases the prompt shows.
type Examples struct {
	K      *int        `yaml:"k" jsonschema:"description=how many; default 4"`
	Choose *flow.Text  `yaml:"choose" jsonschema:"description=class takes as many of each; default class,enum=class,enum=random,enum=similar"`
	By     []flow.Text `yaml:"by,omitempty" jsonschema:"description=texts of in that are compared for similarity; default all"`
	Seed   *uint64     `yaml:"seed" jsonschema:"description=draws the cases; default 1"`
}

// Kind makes steps of kind llm. Steps of one Kind share the files of stored
// answers that they open.
func Kind() flow.StepKind {
	shelf := &endpoint.Shelf{}
	return flow.StepKind{
		Doc: "A question to a language model behind an OpenAI-compatible endpoint. `prompt: prompts/assess.md` is a Jinja template over the fields of `in`, in parts that begin with a line `system:` or `user:`; " +
			"the answer is JSON by a schema that follows from `out`, or by `schema: schemas/assess.json`. `model: small` is an entry of the project's models.yaml; without it `endpoint: {base_url, model, key_env}` come from REHEARSE_LLM_BASE_URL, REHEARSE_LLM_MODEL and REHEARSE_LLM_KEY where they are not given. " +
			"`confidence: {field: confidence}` takes what the model states, `confidence: {logprobs: decision}` the probability of the tokens of an enum, which it also gives as `confidence: probability` of `out`. " +
			"`temperature`, `top_p`, `max_tokens` and `seed` are sent; `retries`, `timeout` and `deadline` bound the trying; `prices: {input, cached, output}` are per million tokens. " +
			"Every answer is stored and paid for once; `eval run --offline` makes do with what is stored.",
		Role:   flow.Work,
		Actor:  flow.AI,
		Config: (*Config)(nil),
		New:    func(cfg flow.Config) (flow.Step, error) { return newStep(cfg, shelf) },
	}
}

// newStep makes a step that is not open yet.
func newStep(cfg flow.Config, shelf *endpoint.Shelf) (flow.Step, error) {
	var c Config
	if err := cfg.Decode(&c); err != nil {
		return nil, err
	}
	r := &reader{Faults: field.Faults{Config: cfg}, c: c}
	s := &Step{in: cfg.In(), out: cfg.Out(), filled: -1, decided: -1}
	s.Name, s.Shelf, s.Target = cfg.Step(), shelf, r.model()
	r.confidence(s)
	r.times(s)
	for i := range s.out.Fields() {
		if i != s.filled {
			s.asked = append(s.asked, i)
		}
	}
	s.request = r.request()
	s.MaxTokens = s.request.MaxTokens
	s.request.Logprobs, s.request.TopLogprobs = s.top > 0, s.top
	s.request.Schema = r.schema(s)
	if s.request.Tools = r.tools(s); len(s.request.Tools) > 0 {
		s.Rounds = s.rounds
	}
	s.images, s.imageURLs = r.images(), c.ImageURLs
	lessons := r.lessons(s)
	s.prompt = r.prompt(lessons != nil && lessons.k > 0)
	if err := r.Err(); err != nil {
		return nil, err
	}
	if lessons != nil {
		return &learner{Step: s, lessons: *lessons}, nil
	}
	return s, nil
}

// reader reads a configuration, collecting what is wrong with it.
type reader struct {
	field.Faults
	c Config
}

// request is what all questions of the step have in common.
func (r *reader) request() client.Request {
	q := client.Request{Temperature: r.c.Temperature, TopP: r.c.TopP, Seed: r.c.Seed}
	if t := q.Temperature; t != nil && *t < 0 {
		r.Fail(r.c.Prompt.Pos, "temperature is %v, want a number from 0 up", *t)
	}
	if p := q.TopP; p != nil && !(*p > 0 && *p <= 1) {
		r.Fail(r.c.Prompt.Pos, "top_p is %v, want a number above 0 and up to 1", *p)
	}
	if n := r.c.MaxTokens; n != nil {
		if q.MaxTokens = *n; *n < 1 {
			r.Fail(r.c.Prompt.Pos, "max_tokens is %d, want 1 or more", *n)
		}
	}
	return q
}

// schemaName is what the endpoint is told the answer's schema is called.
func (r *reader) schemaName() string {
	if name := r.Config.Step(); len(name) <= longestName {
		return name
	}
	return r.Config.Step()[:longestName]
}

// longestName is that of a schema or a tool, as endpoints take it.
const longestName = 64

// schema is that of the answer.
func (r *reader) schema(s *Step) *client.Schema {
	raw, err := schemaOf(s.out, s.asked)
	at := flow.Pos{}
	if r.c.Schema != nil {
		at = r.c.Schema.Pos
		raw, err = r.Config.ReadFile(*r.c.Schema)
		if err != nil {
			r.Add(err)
			return nil
		}
		err = gives(raw, s)
	}
	if err == nil {
		var compiled *client.Schema
		if compiled, err = client.CompileSchema(r.schemaName(), raw); err == nil {
			return compiled
		}
	}
	r.Fail(at, "%s", fmt.Sprint(err))
	return nil
}
