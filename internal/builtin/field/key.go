package field

import (
	"errors"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
)

// Key is an idempotency key: what makes two doings of a thing one.
type Key []Term

// CompileKey compiles the parts of an idempotency key.
func CompileKey(cfg flow.Config, parts []flow.Text, scopes ...flow.Scope) (Key, error) {
	var (
		key  Key
		errs []error
	)
	for _, p := range parts {
		t, err := Compile(cfg, p, flow.Type{Kind: flow.Any, Optional: true}, scopes...)
		errs = append(errs, err)
		key = append(key, t)
	}
	return key, errors.Join(errs...)
}

var escape = strings.NewReplacer(`\`, `\\`, `|`, `\|`)

// Of is the key of some values. Its parts are joined in a form in which no two
// different lists of parts look the same.
func (k Key) Of(scopes ...[]any) (string, error) {
	var b strings.Builder
	for i, part := range k {
		v, err := part.Eval(scopes...)
		if err != nil {
			return "", err
		}
		if v == nil {
			return "", flow.Errorf(flow.ErrIncomplete, "part %d of the idempotency key is absent", i+1)
		}
		if i > 0 {
			b.WriteByte('|')
		}
		_, _ = escape.WriteString(&b, Plain(v, false))
	}
	return b.String(), nil
}

// Plain is a value as text without quotes, a time as a date where asked to be.
func Plain(v any, asDate bool) string {
	if s, ok := v.(string); ok {
		return s
	}
	return strings.Trim(string(flow.AppendValue(nil, v, asDate)), `"`)
}
