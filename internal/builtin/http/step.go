package http

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	nethttp "net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
	"github.com/rehearse-dev/rehearse/internal/llm"
	"github.com/rehearse-dev/rehearse/internal/secret"
)

// Step asks a system. Between Open and Close it is safe for concurrent use.
type Step struct {
	name    string
	system  flow.NamedSystem
	method  string
	address template
	body    []member
	key     field.Key
	headers map[string]string
	// secretHeaders and secretQuery are names of what is sent, and of the
	// variables of the environment that hold it.
	secretHeaders, secretQuery map[string]string
	retry                      llm.Retry

	out   *flow.Schema
	take  [][]string // by out field, the pointer into the answer
	found int        // the out field that says whether something was found; -1 for none

	books *shelf
	live  *live // nil until opened
}

// member is one field of the body.
type member struct {
	name string
	term field.Term
}

// live is what a step holds while it is open.
type live struct {
	session flow.Session
	book    *book // nil where nothing is kept
	client  *nethttp.Client
	hosts   hosts
	base    string
	headers map[string]string
	query   url.Values
	secrets secret.Set
	flights singleflight.Group
	// proven says that the system has taken the credentials: from then on a
	// refusal is about the case at hand.
	proven atomic.Bool
}

var (
	_ flow.Requirer  = (*Step)(nil)
	_ flow.Dependent = (*Step)(nil)
	_ flow.Opener    = (*Step)(nil)
	_ flow.Retrier   = (*Step)(nil)
)

// Patience is how long the system is asked about one case.
func (s *Step) Patience() flow.Patience {
	return flow.Patience{Tries: s.retry.Attempts, Try: s.retry.Timeout, All: s.retry.Deadline}
}

// Ready says whether the environment has what calls need. Recordings need
// nothing.
func (s *Step) Ready(session flow.Session) error {
	if session.Offline {
		return nil
	}
	var unset []string
	need := func(name string) {
		if strings.TrimSpace(os.Getenv(name)) == "" && !slices.Contains(unset, name) {
			unset = append(unset, name)
		}
	}
	if s.address.variable != "" {
		need(s.address.variable)
	}
	for _, host := range s.system.Hosts {
		if m := fromVariable.FindStringSubmatch(host); m != nil {
			need(m[1])
		}
	}
	for _, secrets := range []map[string]string{s.secretHeaders, s.secretQuery} {
		for _, name := range slices.Sorted(maps.Keys(secrets)) {
			need(secrets[name])
		}
	}
	if len(unset) > 0 {
		return fmt.Errorf("system %q cannot be asked: the environment has no %s", s.system.Name, strings.Join(unset, " and no "))
	}
	_, _, err := s.target()
	return err
}

// target is the start of the address as the environment fills it in, and the
// hosts that may be called.
func (s *Step) target() (base string, h hosts, err error) {
	h = newHosts(s.system, os.Getenv)
	base = s.address.base
	if s.address.variable != "" {
		base = strings.TrimRight(strings.TrimSpace(os.Getenv(s.address.variable)), "/")
	}
	return base, h, h.names(base)
}

// DependsOn names the system, as the design says where it is.
func (s *Step) DependsOn() string {
	return fmt.Sprintf("system %q at %s", s.system.Name, s.address.start())
}

// Open reads the system's recordings.
func (s *Step) Open(_ context.Context, session flow.Session) error {
	l := &live{session: session, headers: maps.Clone(s.headers), query: url.Values{}}
	if !session.Offline {
		if err := s.Ready(session); err != nil {
			return err
		}
		var err error
		if l.base, l.hosts, err = s.target(); err != nil {
			return err
		}
		l.client = l.hosts.client()
		value := func(name string) string {
			v := strings.TrimSpace(os.Getenv(name))
			l.secrets.Add(v)
			return v
		}
		for header, name := range s.secretHeaders {
			v := value(name)
			if !headerValue.MatchString(v) {
				return fmt.Errorf("the variable %s of the environment holds what no header can", name)
			}
			if _, token, found := strings.Cut(v, " "); found {
				l.secrets.Add(token) // of "Bearer token"
			}
			l.headers[nethttp.CanonicalHeaderKey(header)] = v
		}
		for parameter, name := range s.secretQuery {
			l.query.Set(parameter, value(name))
		}
	}
	if session.Recordings != "" {
		var err error
		if l.book, err = s.books.take(filepath.Join(session.Recordings, s.system.Name+".jsonl")); err != nil {
			return err
		}
	}
	s.live = l
	return nil
}

// Close lets go of the recordings.
func (s *Step) Close() error {
	l := s.live
	if l == nil {
		return nil
	}
	s.live = nil
	if l.client != nil {
		l.client.CloseIdleConnections()
	}
	if l.book == nil {
		return nil
	}
	return s.books.give(l.book)
}

// question is what is asked for one case.
type question struct {
	path, readable string // behind the base
	body           []byte // nil for none
	sent           any    // the same, for the recording
	idempotency    string
	key            string // digest of all of it
}

// question makes the question of a case.
func (s *Step) question(ctx context.Context, in flow.Input) (q question, err error) {
	private := flow.PrivateOf(ctx)
	if q.path, q.readable, err = s.address.fill(in.Values, private.Hide); err != nil {
		return q, err
	}
	if s.method == nethttp.MethodPost {
		q.body = []byte{'{'}
		for i, m := range s.body {
			v, err := m.term.Eval(in.Values)
			if err != nil {
				return q, err
			}
			if i > 0 {
				q.body = append(q.body, ',')
			}
			q.body = append(flow.AppendValue(q.body, m.name, false), ':')
			q.body = flow.AppendValue(q.body, v, m.term.Type().Kind == flow.Date)
		}
		q.body = append(q.body, '}')
		if q.sent, err = decode(q.body); err != nil {
			return q, malformed("the body: %w", err)
		}
	}
	if len(s.key) > 0 {
		key, err := s.key.Of(in.Values)
		if err != nil {
			return q, err
		}
		sum := sha256.Sum256([]byte(key))
		q.idempotency = hex.EncodeToString(sum[:])
	}
	// The base as it is written: a recording made at one place is replayed at
	// any other. No secret is part of it.
	h := sha256.New()
	for _, text := range []string{s.method, s.address.start(), q.path, string(q.body), q.idempotency} {
		fmt.Fprintf(h, "%d:%s", len(text), text)
	}
	for _, name := range slices.Sorted(maps.Keys(s.headers)) {
		fmt.Fprintf(h, "%q:%q", name, s.headers[name])
	}
	q.key = hex.EncodeToString(h.Sum(nil)[:16])
	return q, nil
}

// Do asks about one case, or takes what was recorded.
func (s *Step) Do(ctx context.Context, in flow.Input) (flow.Output, error) {
	if err := ctx.Err(); err != nil {
		return flow.Output{}, err
	}
	l := s.live
	if l == nil {
		return flow.Output{}, flow.Errorf(flow.ErrNotMeasured, "step %q has not been opened", s.name)
	}
	q, err := s.question(ctx, in)
	if err != nil {
		return flow.Output{}, err
	}
	var e *entry
	if l.book != nil {
		e = l.book.find(q.key)
	}
	recorded := e != nil
	if l.session.Plan != nil {
		l.session.Plan(flow.Call{Case: in.Key.Case, Step: s.name, Repeat: in.Key.Repeat, Bytes: len(q.path) + len(q.body), Stored: recorded})
	}
	failed, err := s.drill(ctx, in.Key)
	if err != nil {
		return flow.Output{Attempts: failed}, err
	}
	paid := false
	var tries []try
	switch {
	case recorded:
		tries = e.Tries
	case l.session.Offline:
		return flow.Output{}, &flow.StepError{Class: flow.ErrNotMeasured, Detail: "offline", Err: fmt.Errorf("no recording of %s %s%s (key %s) among those of the system %q: run once without --offline", s.method, s.address.start(), q.readable, q.key, s.system.Name)}
	default:
		e, tries, paid, err = s.ask(ctx, in.Key, q)
	}
	out := flow.Output{Attempts: append(failed, s.attempts(tries)...), Cost: flow.Cost{Cached: recorded}}
	if paid {
		for _, a := range out.Attempts {
			out.Cost.Spent += a.Price
		}
	}
	if err == nil {
		out.Values, err = s.answer(ctx, e)
	}
	if err == nil {
		return out, nil
	}
	if own := (*flow.StepError)(nil); errors.As(err, &own) && len(out.Attempts) > 0 {
		out.Attempts[len(out.Attempts)-1].Class = own.Class
	}
	return out, err
}

// drill has tries fail that a drill wants to fail. Whether there is a recording
// makes no difference.
func (s *Step) drill(ctx context.Context, key flow.Key) ([]flow.Attempt, error) {
	fails, wait := flow.DrillOf(ctx), key.Rand("drill")
	tried, over := s.retry.Fail(
		func(n int) llm.Class { return llm.Class(fails(key, "", n)) },
		func(int) float64 { return wait.Float64() })
	var failed []flow.Attempt
	for _, a := range tried {
		failed = append(failed, flow.Attempt{Latency: a.Latency, Class: flow.ErrUnavailable})
	}
	if !over {
		return failed, nil
	}
	return failed, &flow.StepError{Class: flow.ErrUnavailable, Detail: string(tried[len(tried)-1].Class), Err: fmt.Errorf("a drill, in all of %d calls of the system %q", len(tried), s.system.Name)}
}

// answer reads what a recording says.
func (s *Step) answer(ctx context.Context, e *entry) ([]any, error) {
	switch {
	case s.found >= 0 && (e.Status == nethttp.StatusNotFound || e.Status == nethttp.StatusGone):
		out := make([]any, s.out.Len())
		out[s.found] = false
		return out, nil
	case e.Status/100 != 2:
		return nil, &flow.StepError{Class: flow.ErrRejected, Detail: fmt.Sprint(e.Status), Err: fmt.Errorf("the system %q answers %d %s", s.system.Name, e.Status, nethttp.StatusText(e.Status))}
	case e.Fault != "":
		return nil, malformed("the answer of the system %q: %s", s.system.Name, e.Fault)
	}
	v, err := decode(e.Answer)
	if err != nil {
		return nil, malformed("the recorded answer: %w", err)
	}
	return s.fields(shown(v, flow.PrivateOf(ctx).Show))
}

// attempts are the calls as they were when they were really made.
func (s *Step) attempts(tries []try) []flow.Attempt {
	var out []flow.Attempt
	for _, t := range tries {
		a := flow.Attempt{Latency: time.Duration(t.Milliseconds * float64(time.Millisecond)), Class: t.Class}
		if t.Class == "" {
			a.Price = s.system.Price
		}
		out = append(out, a)
	}
	return out
}

// Priced is a step whose system has a price.
type Priced struct{ *Step }

var _ flow.Caller = Priced{}

// Terms are what its calls cost.
func (p Priced) Terms() (flow.Terms, error) {
	return flow.Terms{Endpoint: p.address.start(), Model: "system " + p.system.Name, Priced: true, PerCall: p.system.Price}, nil
}

// raw is a value as JSON, nil for nothing.
func raw(v any) (json.RawMessage, error) {
	if v == nil {
		return nil, nil
	}
	return json.Marshal(v)
}
