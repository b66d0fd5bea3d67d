package scenario

import (
	"fmt"
	"slices"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// callKeys are the keys of an AI service or a system that cases call.
type callKeys struct {
	Pos         flow.Pos       `yaml:",pos"`
	Steps       []flow.Text    `yaml:"steps,omitempty"`
	Latency     *yaml.Node     `yaml:"latency" schema:"latency"`
	Concurrency *flow.Text     `yaml:"concurrency"`
	Requests    *limitKeys     `yaml:"requests"`
	Tokens      *limitKeys     `yaml:"tokens"`
	OverLimit   *flow.Text     `yaml:"over_limit" jsonschema:"enum=wait,enum=fail"`
	Failures    *flow.Text     `yaml:"failures"`
	Timeout     *time.Duration `yaml:"timeout"`
	Outages     []outageKeys   `yaml:"outages,omitempty" schema:"[outage]"`
	Retry       *retryKeys     `yaml:"retry"`
	Fallback    *flow.Text     `yaml:"fallback"`
}

type limitKeys struct {
	Pos       flow.Pos   `yaml:",pos"`
	PerSecond *flow.Text `yaml:"per_second"`
	PerMinute *flow.Text `yaml:"per_minute"`
	PerHour   *flow.Text `yaml:"per_hour"`
	Burst     *flow.Text `yaml:"burst"`
	Each      *flow.Text `yaml:"each"`
}

type retryKeys struct {
	Attempts *flow.Text     `yaml:"attempts"`
	Wait     *time.Duration `yaml:"wait"`
	Factor   *flow.Text     `yaml:"factor"`
	Most     *time.Duration `yaml:"most"`
	Jitter   *bool          `yaml:"jitter"`
	Budget   *flow.Text     `yaml:"budget"`
}

const maxAttempts = 100

// services reads what cases call.
func (l *loader) services(n *yaml.Node) {
	if n == nil {
		return
	}
	if n.Kind != yaml.MappingNode {
		l.diags.Add(l.doc.Pos(n), `"services" wants names and what they are, such as llm: {concurrency: 8}`, "")
		return
	}
	for name, v := range yamldoc.Pairs(n) {
		if l.sc.TeamIndex(name.Value) >= 0 {
			l.diags.Add(l.doc.Pos(name), fmt.Sprintf("%q is a team already", name.Value), "")
		}
		l.sc.Services = append(l.sc.Services, l.called(name.Value, v))
	}
	l.fallbacks()
}

func (l *loader) called(name string, n *yaml.Node) Service {
	var k callKeys
	l.doc.Decode(n, &k, l.diags)
	s := Service{
		Name: name, Pos: k.Pos,
		Concurrency: l.whole(k.Concurrency, "concurrency", 1, 1_000_000, 0),
		Failures:    l.number(k.Failures, "failures", 0, 1, 0),
		Retry:       Retry{Attempts: 1, Factor: 2, Budget: 1},
	}
	for _, step := range k.Steps {
		s.Steps = append(s.Steps, step.Value)
	}
	if k.Latency != nil && k.Latency.Value != "case" {
		var latency lengthKeys
		latency.read(l.doc, k.Latency, "case for that of the replayed cases, "+wantLength, l.diags)
		s.Latency = latency.stated
	}
	s.Requests = l.limit(k.Requests, "requests")
	s.Tokens = l.limit(k.Tokens, "tokens")
	if k.Tokens != nil {
		s.TokensEach = l.number(k.Tokens.Each, "each", 0, 1e9, 0)
	}
	if k.Requests != nil && said(k.Requests.Each) {
		l.diags.Add(k.Requests.Each.Pos, "a request is one request", "each is for tokens")
	}
	if said(k.OverLimit) {
		switch k.OverLimit.Value {
		case "wait":
		case "fail":
			s.FailOver = true
		default:
			l.diags.Add(k.OverLimit.Pos, fmt.Sprintf(`"over_limit" is %q, want wait or fail`, k.OverLimit.Value), "")
		}
	}
	positive := func(d *time.Duration, key string) time.Duration {
		if d == nil {
			return 0
		}
		if *d <= 0 {
			l.diags.Add(k.Pos, fmt.Sprintf("%q is %v, want it above 0", key, *d), "")
		}
		return *d
	}
	s.Timeout = positive(k.Timeout, "timeout")
	for i := range k.Outages {
		if spell, ok := l.spell(&k.Outages[i]); ok {
			s.Outages = append(s.Outages, spell)
		}
	}
	if r := k.Retry; r != nil {
		s.Retry = Retry{
			Attempts: l.whole(r.Attempts, "attempts", 1, maxAttempts, 3),
			Wait:     time.Second, Factor: l.number(r.Factor, "factor", 1, 100, 2), Jitter: r.Jitter == nil || *r.Jitter,
			Budget: l.number(r.Budget, "budget", 0, 1, 1),
		}
		if r.Wait != nil {
			s.Retry.Wait = positive(r.Wait, "wait")
		}
		s.Retry.Most = positive(r.Most, "most")
	}
	if said(k.Fallback) {
		s.Fallback, s.FallbackPos = k.Fallback.Value, k.Fallback.Pos
	}
	return s
}

// limit reads a rate limit; what may come at once is, by default, what a minute
// gives.
func (l *loader) limit(k *limitKeys, name string) *Limit {
	if k == nil {
		return nil
	}
	given := 0
	out := &Limit{}
	for _, rate := range []struct {
		text    *flow.Text
		key     string
		perHour float64
	}{{k.PerSecond, "per_second", 3600}, {k.PerMinute, "per_minute", 60}, {k.PerHour, "per_hour", 1}} {
		if rate.text != nil {
			given++
			out.PerHour = rate.perHour * l.number(rate.text, rate.key, 1e-6, 1e9, 1)
		}
	}
	if given != 1 {
		l.diags.Add(k.Pos, fmt.Sprintf("%q wants one of per_second, per_minute and per_hour", name), "")
	}
	out.Burst = l.number(k.Burst, "burst", 1e-6, 1e12, max(1, out.PerHour/60))
	return out
}

// fallbacks wants what is fallen back on to exist, and no round of them.
func (l *loader) fallbacks() {
	var known []string
	for i := range l.sc.Services {
		known = append(known, l.sc.Services[i].Name)
	}
	for i := range l.sc.Teams {
		known = append(known, l.sc.Teams[i].Name)
	}
	for i := range l.sc.Services {
		s := &l.sc.Services[i]
		if s.Fallback == "" {
			continue
		}
		if !slices.Contains(known, s.Fallback) {
			l.diags.Add(s.FallbackPos, fmt.Sprintf("there is no service or team %q", s.Fallback), diag.Suggest(s.Fallback, known))
			continue
		}
		at := i
		for range l.sc.Services {
			if at = l.sc.ServiceIndex(l.sc.Services[at].Fallback); at < 0 {
				break
			}
		}
		if at >= 0 {
			l.diags.Add(s.FallbackPos, fmt.Sprintf("service %q falls back on itself in the end", s.Name), "")
		}
	}
}

// calls reads which services a case calls, in order.
func (l *loader) calls(list []flow.Text) []string {
	var out []string
	for _, name := range list {
		l.callRefs = append(l.callRefs, name)
		out = append(out, name.Value)
	}
	return out
}

// referCalls checks the names of services, once they are known.
func (l *loader) referCalls() {
	var known []string
	for i := range l.sc.Services {
		known = append(known, l.sc.Services[i].Name)
	}
	for _, name := range l.callRefs {
		if said(&name) && !slices.Contains(known, name.Value) {
			l.diags.Add(name.Pos, fmt.Sprintf("there is no service %q", name.Value), diag.Suggest(name.Value, known))
		}
	}
	for i := range l.sc.Services {
		s := &l.sc.Services[i]
		if l.sc.Cases == nil && len(s.Steps) == 0 && !slices.ContainsFunc(l.sc.Services, func(o Service) bool { return o.Fallback == s.Name }) {
			l.diags.Add(s.Pos, fmt.Sprintf("nothing says which steps call service %q", s.Name), "steps: [classify], by their names in the designs")
		}
		if l.sc.Cases != nil && len(s.Steps) > 0 {
			l.diags.Add(s.Pos, fmt.Sprintf("service %q has steps, and the cases are stated", s.Name), "cases: {services: [...]} says what a case calls")
		}
	}
}
