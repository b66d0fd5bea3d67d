package llm

import (
	"net/http"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/secret"
)

// credentials are an endpoint's secrets as read from the environment.
type credentials struct {
	key     string
	headers http.Header // literal and from the environment
	missing string      // the first variable that is named but empty
	secrets secret.Set
}

func (e *Endpoint) credentials(getenv func(string) string) credentials {
	c := credentials{headers: http.Header{}}
	read := func(env string) string {
		v := strings.TrimSpace(getenv(env))
		if v == "" && c.missing == "" {
			c.missing = env
		}
		c.secrets.Add(v)
		return v
	}
	if e.KeyEnv != "" {
		c.key = read(e.KeyEnv)
	}
	for name, v := range e.Headers {
		c.headers.Set(name, v)
	}
	for name, env := range e.HeaderEnvs {
		c.headers.Set(name, read(env))
	}
	return c
}

// redact removes every secret from what an endpoint sent or an error said.
func (c *credentials) redact(b []byte) []byte { return c.secrets.Redact(b) }
