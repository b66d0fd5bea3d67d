package llm

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	openai "github.com/sashabaranov/go-openai"
)

// Endpoint is one OpenAI-compatible place that answers for one model. It holds
// names of environment variables, never a secret itself.
type Endpoint struct {
	BaseURL string // "https://api.openai.com/v1"; no user, query or fragment
	Model   string // sent as it is: names are not interpreted
	KeyEnv  string // environment variable with the key; empty sends none

	Headers    map[string]string // sent as they are
	HeaderEnvs map[string]string // header name to environment variable; values are treated as secrets

	// AzureVersion selects Azure's URL layout and api-key header, with this
	// api-version; Model then names the deployment.
	AzureVersion string

	// Stream asks for server-sent events, for gateways that cut idle
	// connections. The answer is the same.
	Stream bool

	// TokensField is the body field for the answer's length limit:
	// "max_tokens" when empty; newer OpenAI models want "max_completion_tokens".
	TokensField string

	// Structured is how far the endpoint helps with answers by a schema.
	Structured Structured

	// Extra holds body fields sent with every request unless the request sets
	// its own.
	Extra map[string]json.RawMessage
}

// Validate says what is wrong with the endpoint, if anything.
func (e *Endpoint) Validate() error {
	u, err := url.Parse(e.BaseURL)
	switch {
	case err != nil:
		// The parse error repeats its input, which might hold a password.
		return fmt.Errorf("endpoint: base URL cannot be read: give one like %q", "https://api.openai.com/v1")
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return fmt.Errorf("endpoint: base URL must start with http:// or https:// and name a host, like %q", "https://api.openai.com/v1")
	case u.User != nil, u.RawQuery != "", u.Fragment != "":
		return fmt.Errorf("endpoint at %q: base URL holds a user, a query or a fragment: put secrets in the environment and name the variable", u.Host)
	case e.Model == "":
		return fmt.Errorf("endpoint at %q: no model named", u.Host)
	}
	for name := range e.Headers {
		if _, twice := e.HeaderEnvs[name]; twice {
			return fmt.Errorf("endpoint at %q: header %q is given both as text and from the environment", u.Host, name)
		}
		if strings.EqualFold(name, "Authorization") || strings.EqualFold(name, openai.AzureAPIKeyHeader) {
			return fmt.Errorf("endpoint at %q: header %q carries a secret: give it from an environment variable", u.Host, name)
		}
	}
	return nil
}

func (e *Endpoint) tokensField() string {
	if e.TokensField == "" {
		return "max_tokens"
	}
	return e.TokensField
}

// host names the endpoint in messages.
func (e *Endpoint) host() string {
	if u, err := url.Parse(e.BaseURL); err == nil {
		return u.Host
	}
	return ""
}
