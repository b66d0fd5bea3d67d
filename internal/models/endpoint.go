package models

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/llm"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// Endpoint says where a model is, as it is written. Texts may hold ${NAME},
// which the environment fills in when a design runs.
type Endpoint struct {
	BaseURL *flow.Text `yaml:"base_url" jsonschema:"description=such as https://api.openai.com/v1; may hold ${NAME}"`
	Model   *flow.Text `yaml:"model" jsonschema:"description=what the endpoint calls the model; Azure: the deployment"`
	KeyEnv  *flow.Text `yaml:"key_env" jsonschema:"description=variable of the environment that holds the key"`
	// Headers are sent as they are; those of HeadersEnv come from variables.
	Headers    flow.Texts `yaml:"headers,omitempty" jsonschema:"description=sent as they are"`
	HeadersEnv flow.Texts `yaml:"headers_env,omitempty" jsonschema:"description=header: variable of the environment"`
	// AzureVersion is the api-version of Azure's own address.
	AzureVersion *flow.Text `yaml:"azure_version" jsonschema:"description=api-version of Azure's own address (2024-10-21)"`
	// TokensField is the name under which max_tokens is sent.
	TokensField *flow.Text `yaml:"tokens_field" jsonschema:"description=max_tokens (default) or max_completion_tokens"`
	Stream      bool       `yaml:"stream,omitempty" jsonschema:"description=ask for the answer in pieces: for gateways that cut idle connections"`
	// Structured is how far the endpoint helps with answers by a schema.
	Structured *flow.Text `yaml:"structured" jsonschema:"description=how far the endpoint keeps answers to their schema; default schema,enum=schema,enum=json,enum=none"`
	// Extra are further fields of every request.
	Extra Extra `yaml:"extra,omitempty" schema:"json_object" jsonschema:"description=further fields of every request (top_k)"`
}

// Extra are fields of a request as JSON.
type Extra map[string]json.RawMessage

// DecodeYAML turns YAML into JSON.
func (e *Extra) DecodeYAML(d *yamldoc.Doc, n *yaml.Node, diags *diag.List) {
	if n.Kind != yaml.MappingNode {
		diags.Add(d.Pos(n), "extra wants the names and values of fields", "")
		return
	}
	*e = Extra{}
	for k, v := range yamldoc.Pairs(n) {
		var value any
		raw, err := []byte(nil), v.Decode(&value)
		if err == nil {
			raw, err = json.Marshal(value)
		}
		if err != nil {
			diags.Add(d.Pos(v), fmt.Sprintf("extra: the value of %q cannot be written as JSON", k.Value), "")
			continue
		}
		(*e)[k.Value] = raw
	}
}

var (
	name         = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)
	variable     = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)
	variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	headerName   = regexp.MustCompile(`^[A-Za-z0-9-]+$`)
)

// Check says what is wrong with an endpoint as written. What might be a key
// that somebody wrote in the wrong place is not repeated.
func (e *Endpoint) Check(fault func(at flow.Pos, format string, args ...any)) {
	for _, t := range []*flow.Text{e.BaseURL, e.Model, e.AzureVersion} {
		if t != nil && strings.Contains(variable.ReplaceAllString(t.Value, ""), "${") {
			fault(t.Pos, "%q has a ${ that is no variable, want one like ${NAME}", t.Value)
		}
	}
	if t := e.KeyEnv; t != nil && !variableName.MatchString(t.Value) {
		fault(t.Pos, "key_env wants the name of a variable of the environment, such as MODEL_KEY")
	}
	if t := e.TokensField; t != nil && t.Value != "max_tokens" && t.Value != "max_completion_tokens" {
		fault(t.Pos, "tokens_field is %q, want max_tokens or max_completion_tokens", t.Value)
	}
	if t := e.Structured; t != nil && !slices.Contains([]string{"schema", "json", "none"}, t.Value) {
		fault(t.Pos, "structured is %q, want schema, json or none", t.Value)
	}
	for _, h := range slices.Concat(e.Headers, e.HeadersEnv) {
		if !headerName.MatchString(h.Name) {
			fault(h.Pos, "%q is no name of a header", h.Name)
		}
		if strings.ContainsFunc(h.Text.Value, unicode.IsControl) {
			fault(h.Text.Pos, "the value of a header is one line")
		}
	}
	for _, h := range e.HeadersEnv {
		if !variableName.MatchString(h.Text.Value) {
			fault(h.Text.Pos, "headers_env wants header: NAME, the name of a variable of the environment")
		}
	}
	known := e.written()
	if known.BaseURL == "" || strings.Contains(known.BaseURL, "${") {
		known.BaseURL = "http://localhost" // known when a design runs
	}
	if known.Model == "" {
		known.Model = "any"
	}
	bare := known
	bare.Headers, bare.HeaderEnvs = nil, nil
	if err := bare.Validate(); err != nil {
		fault(e.BaseURL.Pos, "%s", err.Error())
	} else if err := known.Validate(); err != nil {
		fault(slices.Concat(e.Headers, e.HeadersEnv)[0].Pos, "%s", err.Error())
	}
}

// written is the endpoint with its variables not filled in.
func (e *Endpoint) written() llm.Endpoint {
	text := func(t *flow.Text) string {
		if t == nil {
			return ""
		}
		return t.Value
	}
	out := llm.Endpoint{
		BaseURL: text(e.BaseURL), Model: text(e.Model), KeyEnv: text(e.KeyEnv),
		AzureVersion: text(e.AzureVersion), TokensField: text(e.TokensField), Stream: e.Stream, Extra: e.Extra,
	}
	if t := e.Structured; t != nil && t.Value != "schema" {
		out.Structured = llm.Structured(t.Value)
	}
	if len(e.Headers) > 0 {
		out.Headers = map[string]string{}
		for _, h := range e.Headers {
			out.Headers[h.Name] = h.Text.Value
		}
	}
	if len(e.HeadersEnv) > 0 {
		out.HeaderEnvs = map[string]string{}
		for _, h := range e.HeadersEnv {
			out.HeaderEnvs[h.Name] = h.Text.Value
		}
	}
	return out
}

// Resolve fills in the variables of the environment.
func (e *Endpoint) Resolve(getenv func(string) string) (llm.Endpoint, error) {
	var unset []string
	fill := func(text string) string {
		return variable.ReplaceAllStringFunc(text, func(v string) string {
			name := variable.FindStringSubmatch(v)[1]
			value := strings.TrimSpace(getenv(name))
			if value == "" {
				unset = append(unset, name)
			}
			return value
		})
	}
	out := e.written()
	out.BaseURL, out.Model, out.AzureVersion = fill(out.BaseURL), fill(out.Model), fill(out.AzureVersion)
	if len(unset) > 0 {
		return out, fmt.Errorf("no model endpoint: the environment has no %s", strings.Join(unset, " and no "))
	}
	return out, out.Validate()
}

// MissingKey is the first variable with a secret that the environment lacks.
func MissingKey(e llm.Endpoint, getenv func(string) string) string {
	for _, n := range append([]string{e.KeyEnv}, slices.Sorted(maps.Values(e.HeaderEnvs))...) {
		if n != "" && strings.TrimSpace(getenv(n)) == "" {
			return n
		}
	}
	return ""
}
