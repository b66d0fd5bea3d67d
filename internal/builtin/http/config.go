// Package http is the step kind `http`: a question to a system over HTTP,
// recorded once and replayed after.
package http

import (
	"fmt"
	"maps"
	nethttp "net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
	"github.com/rehearse-dev/rehearse/internal/models"
)

// Config is the part of a design file that belongs to the kind.
type Config struct {
	// Get or Post is the address, with expressions over `in` in braces.
	Get  *flow.Text `yaml:"get" jsonschema:"description=the address with expressions over in in braces"`
	Post *flow.Text `yaml:"post" jsonschema:"description=the address of a question that wants a body"`
	// Reads promises that a post changes nothing.
	Reads bool `yaml:"reads,omitempty" jsonschema:"description=that a post only asks and changes nothing"`
	// Body are the fields of the JSON object that a post sends.
	Body flow.Texts `yaml:"body,omitempty"`
	// Headers are sent as they are; HeadersEnv and QueryEnv from variables of
	// the environment, whose values are secrets.
	Headers    flow.Texts `yaml:"headers,omitempty"`
	HeadersEnv flow.Texts `yaml:"headers_env,omitempty" jsonschema:"description=header: the variable of the environment that holds it"`
	QueryEnv   flow.Texts `yaml:"query_env,omitempty" jsonschema:"description=query parameter: the variable of the environment that holds it"`
	// Key makes a post one that may be repeated.
	Key []flow.Text `yaml:"idempotency_key,omitempty"`
	// Take maps out fields to JSON pointers into the answer; by default the
	// member of the field's name.
	Take flow.Texts `yaml:"take,omitempty"`

	models.Trying `yaml:",inline"`
}

// Kind makes steps of kind http. Steps of one Kind share the recordings that
// they open.
func Kind() flow.StepKind {
	books := &shelf{}
	return flow.StepKind{
		Doc: "A question to a system of the workflow over HTTP, whose hosts the workflow names: `system: crm` and `get: https://crm.example.com/customers/{in.id}`, with expressions over `in` in braces. " +
			"A `post` with `body: {id: in.id}` says `reads: true` where it only asks; what changes a system is an action. " +
			"`take: {tier: /plan/tier}` reads out fields from the JSON answer by pointer, the member of the same name by default; an out field `found: boolean` is false where the answer is 404. " +
			"`headers_env: {Authorization: CRM_TOKEN}` and `query_env` send secrets of the environment. `retries`, `timeout` and `deadline` bound the trying; a post is repeated only with `idempotency_key`. " +
			"Every answer is recorded beside the dataset, without secrets and what is personal, and replayed after; `eval run --offline` makes do with recordings.",
		Role:   flow.Work,
		Actor:  flow.System,
		Config: (*Config)(nil),
		New:    func(cfg flow.Config) (flow.Step, error) { return newStep(cfg, books) },
	}
}

// newStep makes a step that is not open yet.
func newStep(cfg flow.Config, books *shelf) (flow.Step, error) {
	var c Config
	if err := cfg.Decode(&c); err != nil {
		return nil, err
	}
	r := &reader{Faults: field.Faults{Config: cfg}, c: c, in: flow.Scope{Name: "in", Schema: cfg.In()}}
	s := &Step{name: cfg.Step(), system: cfg.System(), books: books, out: cfg.Out(), found: -1}
	r.address(s)
	r.body(s)
	r.headers(s)
	r.takes(s)
	r.trying(s)
	if err := r.Err(); err != nil {
		return nil, err
	}
	if s.system.Price > 0 {
		return Priced{s}, nil
	}
	return s, nil
}

// reader reads a configuration, collecting what is wrong with it.
type reader struct {
	field.Faults
	c  Config
	in flow.Scope
}

// address reads the method and the address.
func (r *reader) address(s *Step) {
	at := r.c.Get
	s.method = nethttp.MethodGet
	if r.c.Post != nil {
		at, s.method = r.c.Post, nethttp.MethodPost
	}
	switch {
	case r.c.Get == nil && r.c.Post == nil:
		r.Fail(flow.Pos{}, "missing key %q or %q: the address to ask", "get", "post")
		return
	case r.c.Get != nil && r.c.Post != nil:
		r.Fail(r.c.Post.Pos, "get and post: a step asks one question")
		return
	case r.c.Post != nil && !r.c.Reads:
		r.Fail(r.c.Post.Pos, "a post may change the system, and a replay changes nothing: say reads: true where it only asks, or make it an action")
	case r.c.Get != nil && r.c.Reads:
		r.Fail(r.c.Get.Pos, "reads belongs to post: a get only asks")
	}
	switch {
	case s.system.Name == "":
		r.Fail(at.Pos, "missing key %q: which of the workflow's systems is asked", "system")
	case !fileName.MatchString(s.system.Name):
		r.Fail(at.Pos, "the system %q cannot be asked: its recordings are a file of its name, so it wants letters, digits, - and _", s.system.Name)
	case len(s.system.Hosts) == 0:
		r.Fail(at.Pos, "the workflow names no hosts of the system %q: systems: {%s: {hosts: [crm.example.com]}}", s.system.Name, s.system.Name)
	}
	t, err := parse(*at)
	if err != nil {
		r.Fail(at.Pos, "%v", err)
		return
	}
	for i := range t.parts {
		p := &t.parts[i]
		if p.source == "" {
			continue
		}
		if p.term, err = field.Compile(r.Config, flow.Text{Value: p.source, Pos: at.Pos}, flow.Type{Kind: flow.Any}, r.in); err != nil {
			r.Add(err)
		} else if k := p.term.Type().Kind; k == flow.List || k == flow.Record {
			r.Fail(at.Pos, "{%s} is a %s, and an address holds texts and numbers", p.source, k)
		}
	}
	s.address = t
	if t.variable == "" && len(s.system.Hosts) > 0 {
		if err := newHosts(s.system, nil).names(t.base); err != nil {
			r.Fail(at.Pos, "%v", err)
		}
	}
}

// body reads what a post sends.
func (r *reader) body(s *Step) {
	for _, n := range r.c.Body {
		if r.c.Post == nil {
			r.Fail(n.Pos, "body belongs to post")
			return
		}
		t, err := field.Compile(r.Config, n.Text, flow.Type{Kind: flow.Any, Optional: true}, r.in)
		if err != nil {
			r.Add(err)
		}
		s.body = append(s.body, member{n.Name, t})
	}
	var err error
	if len(r.c.Key) > 0 && r.c.Post == nil {
		r.Fail(r.c.Key[0].Pos, "idempotency_key belongs to post: a get may always be repeated")
	}
	if s.key, err = field.CompileKey(r.Config, r.c.Key, r.in); err != nil {
		r.Add(err)
	}
}

var (
	headerName   = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
	headerValue  = regexp.MustCompile(`^[\t\x20-\x7e]*$`)
	fileName     = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_-]*$`)
	variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// framing are headers that the call itself decides about, and credentials are
// those that carry secrets.
var (
	framing     = []string{"Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "Te", "Trailer", "Idempotency-Key"}
	credentials = []string{"Authorization", "Proxy-Authorization", "Cookie", "X-Api-Key", "Api-Key"}
)

// headers reads what is sent beside the question.
func (r *reader) headers(s *Step) {
	s.headers = map[string]string{"Accept": "application/json"}
	if r.c.Post != nil {
		s.headers["Content-Type"] = "application/json"
	}
	for _, h := range r.c.Headers {
		name := nethttp.CanonicalHeaderKey(h.Name)
		switch {
		case !headerName.MatchString(h.Name) || !headerValue.MatchString(h.Text.Value):
			r.Fail(h.Pos, "%q is no header that can be sent", h.Name)
		case slices.Contains(credentials, name):
			r.Fail(h.Pos, "header %q carries a secret: name a variable of the environment under headers_env", h.Name)
		case slices.Contains(framing, name):
			r.Fail(h.Pos, "header %q is not for a design to set", h.Name)
		}
		s.headers[name] = h.Text.Value
	}
	secrets := func(from flow.Texts, key string) map[string]string {
		out := map[string]string{}
		for _, h := range from {
			if !variableName.MatchString(h.Text.Value) {
				r.Fail(h.Text.Pos, "%s wants %s: NAME, the name of a variable of the environment", key, h.Name)
			}
			out[h.Name] = h.Text.Value
		}
		return out
	}
	s.secretHeaders, s.secretQuery = secrets(r.c.HeadersEnv, "headers_env"), secrets(r.c.QueryEnv, "query_env")
	for _, h := range slices.Sorted(maps.Keys(s.secretHeaders)) {
		if name := nethttp.CanonicalHeaderKey(h); !headerName.MatchString(h) || slices.Contains(framing, name) {
			r.Fail(r.c.HeadersEnv[0].Pos, "header %q is not for a design to set", h)
		}
	}
}

// takes says where in the answer each out field is.
func (r *reader) takes(s *Step) {
	explicit := map[string]bool{}
	for _, n := range r.c.Take {
		explicit[n.Name] = true
		if n.Text.Value != "" && !strings.HasPrefix(n.Text.Value, "/") {
			r.Fail(n.Text.Pos, "take: %q is no JSON pointer, want one such as /plan/tier, or \"\" for the whole answer", n.Text.Value)
		}
	}
	columns, err := field.Columns(r.Config, r.c.Take)
	if err != nil {
		r.Add(err)
	}
	for i, f := range s.out.Fields() {
		if f.Name == "found" && f.Type.Kind == flow.Boolean && !explicit["found"] {
			s.found = i
		}
		p := pointer(columns[i].Column.Value)
		if !explicit[f.Name] {
			p = []string{f.Name}
		}
		s.take = append(s.take, p)
	}
	if s.found < 0 {
		return
	}
	for i, f := range s.out.Fields() {
		if i != s.found && !f.Type.Optional {
			r.Fail(columns[i].Column.Pos, "the out field %q is absent where nothing is found: write its type as %s?", f.Name, f.Type)
		}
	}
}

// trying reads how long a call may try.
func (r *reader) trying(s *Step) {
	r.c.Trying.Check(func(format string, args ...any) { r.Fail(flow.Pos{}, format, args...) })
	s.retry = r.c.Trying.Retry()
	if r.c.Post != nil && len(r.c.Key) == 0 {
		if s.retry.Attempts > 1 {
			r.Fail(r.c.Post.Pos, "retries of a post want idempotency_key: the system must know that it is asked the same again")
		}
		s.retry.Attempts = 1
	}
	s.retry = s.retry.WithDefaults()
}

// String names the step and what it asks.
func (s *Step) String() string {
	return fmt.Sprintf("step %q, %s %s", s.name, s.method, s.address)
}
