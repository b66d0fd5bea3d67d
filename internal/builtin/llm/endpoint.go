package llm

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
	client "github.com/rehearse-dev/rehearse/internal/llm"
	"github.com/rehearse-dev/rehearse/internal/models"
)

// The variables that say where the model is, where a design does not.
const (
	baseURLEnv = "REHEARSE_LLM_BASE_URL"
	modelEnv   = "REHEARSE_LLM_MODEL"
	keyEnv     = "REHEARSE_LLM_KEY"
)

// target is the model that a step asks, as it is written: the environment fills
// in its variables when the design runs, so that it can be checked where there
// is none.
type target struct {
	endpoint models.Endpoint
	listed   bool // in models.yaml
	keyNamed bool // the variable of the key is named, so it must be set
	priced   bool
	prices   client.Prices
	pace     client.Pace
	retry    client.Retry
}

// model finds the model in models.yaml, in the design, or in the environment.
func (r *reader) model(s *Step) {
	r.c.Trying.Check(r.failing(r.c.Prompt.Pos))
	r.c.Prices.Check(r.failing(r.c.Prompt.Pos))
	r.c.Endpoint.Check(r.Fail)
	a := target{endpoint: r.c.Endpoint, prices: r.c.Prices.PerToken(), priced: r.c.Prices != nil}
	trying := r.c.Trying
	if named := r.named(); named != nil {
		a.endpoint, a.pace = named.Endpoint, named.Pace()
		a.prices, a.priced = named.Prices.PerToken(), named.Prices != nil
		if named.Limits != nil {
			trying = trying.Over(named.Limits.Trying)
		}
	}
	a.retry = trying.Retry()
	a.listed = r.c.Model != nil
	a.keyNamed = a.listed || a.endpoint.KeyEnv != nil
	for _, d := range []struct {
		text  **flow.Text
		value string
	}{{&a.endpoint.BaseURL, "${" + baseURLEnv + "}"}, {&a.endpoint.Model, "${" + modelEnv + "}"}} {
		if *d.text == nil {
			*d.text = &flow.Text{Value: d.value}
		}
	}
	if !a.keyNamed {
		a.endpoint.KeyEnv = &flow.Text{Value: keyEnv}
	}
	s.target = a
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
	catalog, problems := models.Load(r.Config.Project())
	if err := problems.Err(); err != nil {
		r.Add(err)
		return nil
	}
	m := catalog[ref.Value]
	if m == nil {
		r.Fail(ref.Pos, "no model %q in the project's %s%s", ref.Value, models.FileName, field.Suggest(ref.Value, catalog.Names()))
	}
	return m
}

// resolve fills in the environment.
func (t *target) resolve() (client.Endpoint, error) {
	e, err := t.endpoint.Resolve(os.Getenv)
	if err == nil && !t.keyNamed && os.Getenv(e.KeyEnv) == "" {
		e.KeyEnv = "" // servers of one's own often want none
	}
	return e, err
}

// keyEnv is the variable to look at where the endpoint does not take the key.
func (t *target) keyEnv() string {
	switch {
	case t.endpoint.KeyEnv != nil:
		return t.endpoint.KeyEnv.Value
	case len(t.endpoint.HeadersEnv) > 0:
		return t.endpoint.HeadersEnv[0].Text.Value
	}
	return keyEnv
}

// Ready says whether the environment names the endpoint. Stored answers need
// its name too, as they are kept by it, but no key.
func (s *Step) Ready(session flow.Session) error {
	e, err := s.target.resolve()
	if err != nil || session.Offline {
		return err
	}
	if session.Budget.Limited() {
		switch {
		case !s.target.priced:
			return errors.New("a budget wants prices, and the step has none")
		case s.request.MaxTokens == 0:
			return errors.New("a budget wants max_tokens, which bounds what one answer costs, and the step has none")
		}
	}
	if name := models.MissingKey(e, os.Getenv); name != "" {
		return fmt.Errorf("no key for the model endpoint: the environment has no %s", name)
	}
	return nil
}

// Terms are what the step's calls cost and may do.
func (s *Step) Terms() (flow.Terms, error) {
	e, err := s.target.resolve()
	if err != nil {
		return flow.Terms{}, err
	}
	prices, pace := s.target.prices, s.target.pace
	return flow.Terms{
		Endpoint: strings.TrimRight(e.BaseURL, "/"), Version: e.AzureVersion, Model: e.Model,
		Input: prices.In, Cached: prices.Cached, Output: prices.Out, Priced: s.target.priced, MaxTokens: s.request.MaxTokens,
		RequestsPerMinute: pace.Requests, TokensPerMinute: pace.Tokens, Concurrency: pace.Concurrency,
	}, nil
}

// DependsOn names the model and the endpoint, without anything secret: a base
// URL holds no user and no query. What else of models.yaml decides an answer
// or its price is there as a digest.
func (s *Step) DependsOn() string {
	e, err := s.target.resolve()
	if err != nil {
		return ""
	}
	where := fmt.Sprintf("model %q at %s", e.Model, strings.TrimRight(e.BaseURL, "/"))
	if !s.target.listed {
		return where // all else is in the design
	}
	settings, err := json.Marshal([]any{e.AzureVersion, e.TokensField, e.Structured, e.Extra, s.target.prices})
	if err != nil {
		return where
	}
	sum := sha256.Sum256(settings)
	return fmt.Sprintf("%s, settings %s", where, hex.EncodeToString(sum[:4]))
}
