package llm

import (
	"reflect"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/endpoint"
	"github.com/rehearse-dev/rehearse/internal/models"
)

// The variables that say where the model is, where a design does not.
const (
	baseURLEnv = "REHEARSE_LLM_BASE_URL"
	modelEnv   = "REHEARSE_LLM_MODEL"
)

// model finds the model in models.yaml, in the design, or in the environment.
func (r *reader) model() endpoint.Target {
	r.c.Trying.Check(r.failing(r.c.Prompt.Pos))
	r.c.Prices.Check(r.failing(r.c.Prompt.Pos))
	r.c.Endpoint.Check(r.Fail)
	t := endpoint.Target{Endpoint: r.c.Endpoint, Prices: r.c.Prices.PerToken(), Priced: r.c.Prices != nil, Retry: r.c.Trying.Retry()}
	if named := r.named(); named != nil {
		t.Use(named, r.c.Trying)
	}
	t.Listed = r.c.Model != nil
	for _, d := range []struct {
		text  **flow.Text
		value string
	}{{&t.Endpoint.BaseURL, "${" + baseURLEnv + "}"}, {&t.Endpoint.Model, "${" + modelEnv + "}"}} {
		if *d.text == nil {
			*d.text = &flow.Text{Value: d.value}
		}
	}
	t.Key()
	return t
}

func (r *reader) failing(at flow.Pos) func(string, ...any) {
	return func(format string, args ...any) { r.Fail(at, format, args...) }
}

// named is the entry of models.yaml that the step names; nil where it names
// none, or one that is not there.
func (r *reader) named() *models.Model {
	ref := r.c.Model
	if ref == nil {
		return nil
	}
	if r.c.Prices != nil {
		r.Fail(ref.Pos, "model: the prices of %q belong to %s", ref.Value, models.FileName)
	}
	if !reflect.ValueOf(r.c.Endpoint).IsZero() {
		r.Fail(ref.Pos, "model and endpoint both say where the model is: keep one")
	}
	m, err := endpoint.Named(r.Config, *ref, false)
	if err != nil {
		r.Add(err)
	}
	return m
}
