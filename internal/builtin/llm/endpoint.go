package llm

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	client "github.com/rehearse-dev/rehearse/internal/llm"
)

// The variables that say where the model is, where a design does not.
const (
	baseURLEnv = "REHEARSE_LLM_BASE_URL"
	modelEnv   = "REHEARSE_LLM_MODEL"
	keyEnv     = "REHEARSE_LLM_KEY"
)

// endpoint is one as written: the environment fills in its variables when the
// design runs, so that it can be checked where there is none.
type endpoint struct {
	client.Endpoint
	keyNamed bool // the design names the variable of the key, so it must be set
}

var (
	variable     = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)
	variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

func (r *reader) endpoint() endpoint {
	c := r.c.Endpoint
	text := func(t *flow.Text, otherwise string) string {
		if t == nil {
			return otherwise
		}
		if strings.Contains(variable.ReplaceAllString(t.Value, ""), "${") {
			r.Fail(t.Pos, "endpoint: %q has a ${ that is no variable, want one like ${NAME}", t.Value)
		}
		return t.Value
	}
	e := endpoint{keyNamed: c.KeyEnv != nil, Endpoint: client.Endpoint{
		BaseURL:     text(c.BaseURL, "${"+baseURLEnv+"}"),
		Model:       text(c.Model, "${"+modelEnv+"}"),
		KeyEnv:      keyEnv,
		TokensField: text(c.TokensField, "max_tokens"),
		Stream:      c.Stream,
	}}
	if c.KeyEnv != nil {
		if e.KeyEnv = c.KeyEnv.Value; !variableName.MatchString(e.KeyEnv) {
			// Not repeated: it may be the key itself.
			r.Fail(c.KeyEnv.Pos, "endpoint: key_env wants the name of a variable of the environment, such as %s", keyEnv)
		}
	}
	if t := c.TokensField; t != nil && t.Value != "max_tokens" && t.Value != "max_completion_tokens" {
		r.Fail(t.Pos, "endpoint: tokens_field is %q, want max_tokens or max_completion_tokens", t.Value)
	}
	if c.BaseURL != nil && !strings.Contains(c.BaseURL.Value, "${") {
		known := client.Endpoint{BaseURL: c.BaseURL.Value, Model: "any"}
		if err := known.Validate(); err != nil {
			r.Fail(c.BaseURL.Pos, "%w", err)
		}
	}
	return e
}

// resolve fills in the environment.
func (e endpoint) resolve() (client.Endpoint, error) {
	var unset []string
	fill := func(text string) string {
		return variable.ReplaceAllStringFunc(text, func(v string) string {
			name := variable.FindStringSubmatch(v)[1]
			value := strings.TrimSpace(os.Getenv(name))
			if value == "" {
				unset = append(unset, name)
			}
			return value
		})
	}
	out := e.Endpoint
	out.BaseURL, out.Model = fill(out.BaseURL), fill(out.Model)
	if len(unset) > 0 {
		return out, fmt.Errorf("no model endpoint: the environment has no %s", strings.Join(unset, " and no "))
	}
	if !e.keyNamed && os.Getenv(e.KeyEnv) == "" {
		out.KeyEnv = "" // servers of one's own often want none
	}
	return out, out.Validate()
}

// Ready says whether the environment names the endpoint. Stored answers need
// its name too, as they are kept by it, but no key.
func (s *Step) Ready(session flow.Session) error {
	e, err := s.endpoint.resolve()
	if err != nil {
		return err
	}
	if session.Budget.Limited() && !session.Offline {
		switch {
		case s.prices == client.Prices{}:
			return errors.New("a budget wants prices, and the step has none")
		case s.request.MaxTokens == 0:
			return errors.New("a budget wants max_tokens, which bounds what one answer costs, and the step has none")
		}
	}
	if s.endpoint.keyNamed && !session.Offline && os.Getenv(e.KeyEnv) == "" {
		return errors.New("no key for the model endpoint: the environment has no " + e.KeyEnv)
	}
	return nil
}

// DependsOn names the model and the endpoint, without anything secret: a base
// URL holds no user and no query.
func (s *Step) DependsOn() string {
	e, err := s.endpoint.resolve()
	if err != nil {
		return ""
	}
	return fmt.Sprintf("model %q at %s", e.Model, strings.TrimRight(e.BaseURL, "/"))
}
