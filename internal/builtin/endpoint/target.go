// Package endpoint is what the step kinds that ask models share: where a model
// is, what it costs, its stored answers, and what a failed call means.
package endpoint

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
	client "github.com/rehearse-dev/rehearse/internal/llm"
	"github.com/rehearse-dev/rehearse/internal/models"
)

// keyEnv is the variable with the key where nothing names another.
const keyEnv = "REHEARSE_LLM_KEY"

// Target is the model that a step asks, as it is written: the environment fills
// in its variables when the design runs, so that it can be checked where there
// is none.
type Target struct {
	Endpoint models.Endpoint
	Listed   bool // in models.yaml
	Priced   bool
	Prices   client.Prices
	Pace     client.Pace
	Retry    client.Retry
	// MaxTokens is the longest answer; 0 for no limit.
	MaxTokens int
	// Embeds says that the model gives vectors of texts, and no answers.
	Embeds bool

	// Rounds is how often a call may be followed by another for the same answer.
	Rounds int

	batch    bool          // it is asked in batches where the session wants it
	batched  client.Prices // of what is asked in batches
	keyNamed bool          // the variable of the key is named, so it must be set
}

// Named finds the model of models.yaml that a step names.
func Named(cfg flow.Config, ref flow.Text, embeds bool) (*models.Model, error) {
	catalog, problems := models.Load(cfg.Project())
	if err := problems.Err(); err != nil {
		return nil, err
	}
	m := catalog[ref.Value]
	switch {
	case m == nil:
		return nil, cfg.Errorf(ref.Pos, "no model %q in the project's %s%s", ref.Value, models.FileName, field.Suggest(ref.Value, catalog.Names()))
	case embeds && !m.Embeds():
		return nil, cfg.Errorf(ref.Pos, "model %q gives answers, want one of kind embedding in %s", ref.Value, models.FileName)
	case !embeds && m.Embeds():
		return nil, cfg.Errorf(ref.Pos, "model %q gives vectors (kind: embedding), and no answers", ref.Value)
	}
	return m, nil
}

// Use makes a model of models.yaml the target. What the step says of its
// trying comes before what the model's limits say.
func (t *Target) Use(m *models.Model, trying models.Trying) {
	t.Endpoint, t.Pace, t.Listed = m.Endpoint, m.Pace(), true
	t.Prices, t.Priced = m.Prices.PerToken(), m.Prices != nil
	t.batch, t.batched = m.Batch, m.BatchPrices.PerToken()
	if m.Limits != nil {
		trying = trying.Over(m.Limits.Trying)
	}
	t.Retry = trying.Retry()
}

// Key settles which variable holds the key.
func (t *Target) Key() {
	t.keyNamed = t.Listed || t.Endpoint.KeyEnv != nil
	if !t.keyNamed {
		t.Endpoint.KeyEnv = &flow.Text{Value: keyEnv}
	}
}

// resolve fills in the environment.
func (t *Target) resolve() (client.Endpoint, error) {
	e, err := t.Endpoint.Resolve(os.Getenv)
	if err == nil && !t.keyNamed && os.Getenv(e.KeyEnv) == "" {
		e.KeyEnv = "" // servers of one's own often want none
	}
	return e, err
}

// keyEnv is the variable to look at where the endpoint does not take the key.
func (t *Target) keyEnv() string {
	switch {
	case t.Endpoint.KeyEnv != nil:
		return t.Endpoint.KeyEnv.Value
	case len(t.Endpoint.HeadersEnv) > 0:
		return t.Endpoint.HeadersEnv[0].Text.Value
	}
	return keyEnv
}

// Ready says whether the environment names the endpoint. Stored answers need
// its name too, as they are kept by it, but no key.
func (t *Target) Ready(session flow.Session) error {
	e, err := t.resolve()
	if err != nil || session.Offline {
		return err
	}
	if session.Budget.Limited() {
		switch {
		case !t.Priced:
			return errors.New("a budget wants prices, and the step has none")
		case t.MaxTokens == 0 && !t.Embeds:
			return errors.New("a budget wants max_tokens, which bounds what one answer costs, and the step has none")
		}
	}
	if name := models.MissingKey(e, os.Getenv); name != "" {
		return fmt.Errorf("no key for the model endpoint: the environment has no %s", name)
	}
	return nil
}

// Terms are what calls cost and may do.
func (t *Target) Terms() (flow.Terms, error) {
	e, err := t.resolve()
	if err != nil {
		return flow.Terms{}, err
	}
	return flow.Terms{
		Endpoint: strings.TrimRight(e.BaseURL, "/"), Version: e.AzureVersion, Model: e.Model, Embeds: t.Embeds, Rounds: t.Rounds,
		Batches: t.batch, BatchInput: t.batched.In, BatchCached: t.batched.Cached, BatchOutput: t.batched.Out,
		Input: t.Prices.In, Cached: t.Prices.Cached, Output: t.Prices.Out, Priced: t.Priced, MaxTokens: t.MaxTokens,
		RequestsPerMinute: t.Pace.Requests, TokensPerMinute: t.Pace.Tokens, Concurrency: t.Pace.Concurrency,
	}, nil
}

// DependsOn names the model and the endpoint, without anything secret: a base
// URL holds no user and no query. What else of models.yaml decides an answer
// or its price is there as a digest.
func (t *Target) DependsOn() string {
	e, err := t.resolve()
	if err != nil {
		return ""
	}
	where := fmt.Sprintf("model %q at %s", e.Model, strings.TrimRight(e.BaseURL, "/"))
	if !t.Listed {
		return where // all else is in the design
	}
	decide := []any{e.AzureVersion, e.TokensField, e.Structured, e.Extra, t.Prices}
	if t.batch {
		decide = append(decide, t.batched)
	}
	settings, err := json.Marshal(decide)
	if err != nil {
		return where
	}
	sum := sha256.Sum256(settings)
	return fmt.Sprintf("%s, settings %s", where, hex.EncodeToString(sum[:4]))
}
