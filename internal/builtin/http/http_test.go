package http

import (
	"context"
	"errors"
	"fmt"
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/flowtest"
	"github.com/rehearse-dev/rehearse/internal/builtin/kindtest"
)

const token = "tok-planted/secret+1234"

// standInSystem answers as a system of record might, and counts its calls.
func standInSystem(t *testing.T) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	var calls atomic.Int64
	s := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		n := calls.Add(1)
		switch {
		case r.URL.Path == "/open":
			fmt.Fprint(w, `{"name": "open"}`)
		case r.Header.Get("Authorization") != "Bearer "+token:
			w.WriteHeader(nethttp.StatusUnauthorized)
		case strings.HasPrefix(r.URL.Path, "/customers/"):
			id := strings.TrimPrefix(r.URL.EscapedPath(), "/customers/")
			switch id {
			case "unknown":
				w.WriteHeader(nethttp.StatusNotFound)
			case "busy":
				if n < 3 {
					w.WriteHeader(nethttp.StatusServiceUnavailable)
					return
				}
				fmt.Fprint(w, `{"name": "Busy", "plan": {"tier": 3}}`)
			case "down":
				w.WriteHeader(nethttp.StatusBadGateway)
			case "slow":
				<-r.Context().Done()
			case "broken":
				fmt.Fprint(w, `{"name": `)
			case "torn":
				w.Header().Set("Content-Length", "100")
				fmt.Fprint(w, `{"name"`)
			case "huge":
				_, _ = io.WriteString(w, `"`+strings.Repeat("x", longestAnswer)+`"`)
			case "deep":
				_, _ = io.WriteString(w, strings.Repeat("[", 100)+strings.Repeat("]", 100))
			case "typed":
				fmt.Fprint(w, `{"name": 7}`)
			case "forbidden":
				w.WriteHeader(nethttp.StatusForbidden)
			case "away":
				nethttp.Redirect(w, r, "http://localhost:1/"+id, nethttp.StatusFound)
			case "circle":
				nethttp.Redirect(w, r, "/customers/circle", nethttp.StatusFound)
			case "moved":
				nethttp.Redirect(w, r, "/customers/c1", nethttp.StatusFound)
			default:
				fmt.Fprintf(w, `{"name": %q, "plan": {"tier": 2}, "echo": %q}`, id, r.Header.Get("Authorization"))
			}
		case r.URL.Path == "/search":
			body, _ := io.ReadAll(r.Body)
			fmt.Fprintf(w, `{"name": %q, "plan": {"tier": 1}}`, fmt.Sprintf("%s %s %s %s", r.Method, r.URL.RawQuery, body, r.Header.Get("Idempotency-Key")))
		}
	}))
	t.Cleanup(s.Close)
	t.Setenv("CRM_URL", s.URL)
	t.Setenv("CRM_HOST", strings.TrimPrefix(s.URL, "http://"))
	t.Setenv("CRM_TOKEN", "Bearer "+token)
	return s, &calls
}

var crm = flow.NamedSystem{Name: "crm", Hosts: []string{"${CRM_HOST}"}}

const (
	named = `
get: ${CRM_URL}/customers/{in.id}
headers_env: {Authorization: CRM_TOKEN}
retries: 1
`
	byID = named + "take: {tier: /plan/tier}\n"
)

func step(t *testing.T, yaml, in, out string, session flow.Session) (*Step, *flow.Schema) {
	t.Helper()
	s := kindtest.New(t, Kind(), kindtest.Config{InSchema: kindtest.Schema(t, in), OutSchema: kindtest.Schema(t, out), YAML: yaml, Of: crm}).(*Step)
	s.retry.Base = time.Millisecond
	if err := s.Open(context.Background(), session); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, kindtest.Schema(t, in)
}

func TestAsk(t *testing.T) {
	_, calls := standInSystem(t)
	session := flow.Session{Recordings: t.TempDir()}
	s, in := step(t, byID, "id: string", "name: string, tier: integer?", session)
	for _, tc := range []struct {
		why, id string
		want    []any
		class   flow.ErrorClass
		message string
		calls   int64
	}{
		{"fields by pointer", "c1", []any{"c1", int64(2)}, "", "", 1},
		{"the same again costs no call", "c1", []any{"c1", int64(2)}, "", "", 0},
		{"a slash does not leave its place", "a/b?c=d#e&f", []any{"a%2Fb%3Fc=d%23e&f", int64(2)}, "", "", 1},
		{"nor do dots", "..", nil, flow.ErrRejected, `the path of the address would lead elsewhere: ".." is a part of it`, 0},
		{"nothing is no part of a path", "", nil, flow.ErrIncomplete, "{in.id} in the path of the address is empty", 0},
		{"nor is a whole book", strings.Repeat("x", 9000), nil, flow.ErrRejected, "the address is longer than 8192 bytes", 0},
		{"a system that is down", "down", nil, flow.ErrUnavailable, `the system "crm" answers 502 Bad Gateway, after 2 calls`, 2},
		{"is asked again later", "down", nil, flow.ErrUnavailable, `the system "crm" answers 502 Bad Gateway, after 2 calls`, 2},
		{"a line that breaks", "torn", nil, flow.ErrUnavailable, "unexpected EOF, after 2 calls", 2},
		{"refused", "forbidden", nil, flow.ErrRejected, `the system "crm" answers 403 Forbidden`, 1},
		{"refused from the recording", "forbidden", nil, flow.ErrRejected, `the system "crm" answers 403 Forbidden`, 0},
		{"not found, where nothing says that this may be", "unknown", nil, flow.ErrRejected, `the system "crm" answers 404 Not Found`, 1},
		{"no JSON", "broken", nil, flow.ErrMalformed, `the answer of the system "crm": it is not JSON: unexpected EOF`, 1},
		{"too long", "huge", nil, flow.ErrMalformed, `the answer of the system "crm": it is larger than 1048576 bytes`, 1},
		{"too deep", "deep", nil, flow.ErrMalformed, `the answer of the system "crm": it is not JSON: objects and lists more than 64 deep`, 1},
		{"of another type", "typed", nil, flow.ErrMalformed, "the answer's /name is a number in JSON, want string", 1},
		{"to another host", "away", nil, flow.ErrRejected, `it redirects to another host, "localhost:1": refused`, 1},
		{"in a circle", "circle", nil, flow.ErrRejected, "it redirects in a circle", 4},
		{"on the same host", "moved", []any{"c1", int64(2)}, "", "", 2},
	} {
		t.Run(tc.why, func(t *testing.T) {
			before := calls.Load()
			out, err := s.Do(context.Background(), kindtest.Input(in, tc.id))
			if diff := cmp.Diff(tc.want, out.Values); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			checkError(t, err, tc.class, tc.message)
			if n := calls.Load() - before; n != tc.calls {
				t.Errorf("%d calls, want %d", n, tc.calls)
			}
			if tc.calls > 0 && (len(out.Attempts) == 0 || out.Cost.Cached) {
				t.Errorf("attempts %v, cost %+v, want those of the calls", out.Attempts, out.Cost)
			}
		})
	}
	calls.Store(0)
	out, err := s.Do(context.Background(), kindtest.Input(in, "busy"))
	checkError(t, err, flow.ErrUnavailable, `the system "crm" answers 503 Service Unavailable, after 2 calls`)
	if len(out.Attempts) != 2 || out.Attempts[0].Class != flow.ErrUnavailable {
		t.Errorf("attempts %+v, want two that failed", out.Attempts)
	}
	out, err = s.Do(context.Background(), kindtest.Input(in, "busy"))
	if err != nil || out.Values[0] != "Busy" {
		t.Errorf("%v %v, want an answer on the third call", out.Values, err)
	}
	// Nothing but what hangs is asked with so little time.
	hasty, in := step(t, named+"timeout: 50ms\n", "id: string", "name: string", flow.Session{})
	_, err = hasty.Do(context.Background(), kindtest.Input(in, "slow"))
	checkError(t, err, flow.ErrUnavailable, `the system "crm" did not answer in time, after 2 calls`)
	flowtest.Step(t, s, s.out, kindtest.Input(in, "c1"), kindtest.Input(in, "forbidden"), kindtest.Input(in, "broken"))
}

func checkError(t *testing.T, err error, class flow.ErrorClass, message string) {
	t.Helper()
	var e *flow.StepError
	switch {
	case class == "" && err == nil:
	case !errors.As(err, &e) || e.Class != class || e.Error() != message:
		t.Errorf("error %v, want %s: %s", err, class, message)
	}
}

func TestReplay(t *testing.T) {
	server, calls := standInSystem(t)
	session := flow.Session{Recordings: t.TempDir()}
	s, in := step(t, byID, "id: string", "name: string, tier: integer?", session)
	live, err := s.Do(context.Background(), kindtest.Input(in, "c1"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	server.Close()
	for _, name := range []string{"CRM_URL", "CRM_HOST", "CRM_TOKEN"} {
		t.Setenv(name, "")
	}
	if err := s.Ready(flow.Session{}); err == nil || err.Error() != `system "crm" cannot be asked: the environment has no CRM_URL and no CRM_HOST and no CRM_TOKEN` {
		t.Errorf("%v, want what the environment lacks", err)
	}
	session.Offline = true
	if err := s.Ready(session); err != nil {
		t.Errorf("recordings want nothing of the environment: %v", err)
	}
	s, _ = step(t, byID, "id: string", "name: string, tier: integer?", session)
	replayed, err := s.Do(context.Background(), kindtest.Input(in, "c1"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(live.Values, replayed.Values); diff != "" {
		t.Errorf("-live +replayed\n%s", diff)
	}
	if diff := cmp.Diff(live.Attempts, replayed.Attempts); diff != "" || !replayed.Cost.Cached {
		t.Errorf("attempts: -live +replayed\n%s", diff)
	}
	_, err = s.Do(context.Background(), kindtest.Input(in, "c2"))
	var e *flow.StepError
	if !errors.As(err, &e) || e.Class != flow.ErrNotMeasured || !strings.HasPrefix(e.Error(), "no recording of GET ${CRM_URL}/customers/c2 (key ") {
		t.Errorf("%v, want that it is not recorded", err)
	}
	if n := calls.Load(); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}

// standInPrivacy hides one name, as the policy of a dataset does.
type standInPrivacy struct{}

func (standInPrivacy) Hide(s string) string {
	return strings.NewReplacer("Ann", "(personal: id)", "4711", "(personal: no)").Replace(s)
}

func (standInPrivacy) Show(s string) string {
	return strings.NewReplacer("(personal: id)", "Ann", "(personal: no)", "4711").Replace(s)
}

// TestNothingSecretIsKept plants a secret, which the system sends back, and
// personal values, and looks for them in all that is written.
func TestNothingSecretIsKept(t *testing.T) {
	standInSystem(t)
	session := flow.Session{Recordings: t.TempDir()}
	s, in := step(t, named+"query_env: {api_key: CRM_TOKEN}\n", "id: string", "name: string, echo: string", session)
	ctx := flow.WithPrivate(context.Background(), standInPrivacy{})
	live, err := s.Do(ctx, kindtest.Input(in, "Ann Lee"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{"Ann%20Lee", "[secret]"}, live.Values); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	again, err := s.Do(ctx, kindtest.Input(in, "Ann Lee"))
	if diff := cmp.Diff(live.Values, again.Values); diff != "" || err != nil {
		t.Errorf("a personal value comes back: -live +replayed\n%s%v", diff, err)
	}
	_, err = s.Do(ctx, kindtest.Input(in, "down"))
	if err == nil || strings.Contains(err.Error(), "planted") {
		t.Errorf("%v, want an error without the secret", err)
	}
	data, err := os.ReadFile(filepath.Join(session.Recordings, "crm.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"planted", "Ann"} {
		if strings.Contains(string(data), secret) {
			t.Errorf("%q is in the recordings:\n%s", secret, data)
		}
	}
	if !strings.Contains(string(data), `"url":"${CRM_URL}/customers/(personal: id) Lee"`) {
		t.Errorf("the question cannot be read:\n%s", data)
	}
}

func TestPost(t *testing.T) {
	standInSystem(t)
	const yaml = `
post: ${CRM_URL}/search?q={in.text}
reads: true
body: {text: in.text, day: in.day, none: 'null'}
headers: {X-Team: desk}
headers_env: {Authorization: CRM_TOKEN}
idempotency_key: [in.text]
`
	s, in := step(t, yaml, "text: string, day: date", "name: string", flow.Session{})
	got, err := s.Do(context.Background(), kindtest.Input(in, `a&"b`, time.Date(2025, 3, 4, 0, 0, 0, 0, time.UTC)))
	if err != nil {
		t.Fatal(err)
	}
	want := `POST q=a%26%22b {"text":"a&\"b","day":"2025-03-04","none":null} ` // and the key
	if name := got.Values[0].(string); !strings.HasPrefix(name, want) || len(name) != len(want)+64 {
		t.Errorf("got  %s\nwant %s", name, want)
	}
}

func TestFound(t *testing.T) {
	standInSystem(t)
	s, in := step(t, named, "id: string", "name: string?, found: boolean", flow.Session{})
	for id, want := range map[string][]any{"unknown": {nil, false}, "c1": {"c1", true}} {
		got, err := s.Do(context.Background(), kindtest.Input(in, id))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got.Values); diff != "" {
			t.Errorf("%s: -want +got\n%s", id, diff)
		}
	}
}

func TestUnauthorized(t *testing.T) {
	standInSystem(t)
	t.Setenv("CRM_TOKEN", "Bearer wrong-token")
	s, in := step(t, named, "id: string", "name: string", flow.Session{})
	_, err := s.Do(context.Background(), kindtest.Input(in, "c1"))
	var stop *flow.StopError
	if !errors.As(err, &stop) || err.Error() != `the system "crm" answers 401 Unauthorized: set CRM_TOKEN to what it takes` {
		t.Errorf("%v, want the run to stop", err)
	}
	s.live.proven.Store(true)
	_, err = s.Do(context.Background(), kindtest.Input(in, "c1"))
	checkError(t, err, flow.ErrNotMeasured, `the system "crm" answers 401 Unauthorized`)
}

// TestInside asks a name that leads into the machine itself.
func TestInside(t *testing.T) {
	server, calls := standInSystem(t)
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	h := newHosts(flow.NamedSystem{Name: "crm", Hosts: []string{"crm.example.com:" + port}}, os.Getenv)
	client := h.client()
	// A resolver that leads a public name to the machine: what an attacker's
	// name server may say at any time.
	_, err := client.Get("http://127.0.0.1:" + port + "/open")
	if !errors.Is(err, errInside) || calls.Load() != 0 {
		t.Errorf("%v after %d calls, want no connection", err, calls.Load())
	}
}

func TestReachable(t *testing.T) {
	h := newHosts(flow.NamedSystem{Name: "crm", Hosts: []string{"crm.example.com", "10.1.0.0/16", "192.168.7.7:8080", "[fd00::7]:443"}}, os.Getenv)
	local := newHosts(flow.NamedSystem{Name: "crm", Hosts: []string{"localhost:8080"}}, os.Getenv)
	for _, tc := range []struct {
		why, address string
		of           hosts
		want         bool
	}{
		{"public", "93.184.216.34", h, true},
		{"public, version 6", "2606:2800:220:1::1", h, true},
		{"the machine itself", "127.0.0.1", h, false},
		{"in the form of version 6", "::ffff:127.0.0.1", h, false},
		{"or by another way of writing", "64:ff9b::7f00:1", h, false},
		{"the machine itself, named", "127.0.0.1", local, true},
		{"metadata of a cloud", "169.254.169.254", h, false},
		{"metadata, version 6", "fd00:ec2::254", h, false},
		{"nowhere", "0.0.0.0", h, false},
		{"a private network", "10.2.0.1", h, false},
		{"one that is named", "10.1.2.3", h, true},
		{"an address that is named", "192.168.7.7", h, true},
		{"its neighbour", "192.168.7.8", h, false},
		{"named, version 6", "fd00::7", h, true},
		{"carriers' own", "100.64.0.1", h, false},
		{"to all", "255.255.255.255", h, false},
		{"to many", "224.0.0.1", h, false},
		{"a link's own", "fe80::1%eth0", h, false},
	} {
		if err := tc.of.reachable(parseAddr(t, tc.address)); (err == nil) != tc.want {
			t.Errorf("%s, %s: %v", tc.why, tc.address, err)
		}
	}
}

// TestPrice: answers are paid for once, by one of those who ask at the same
// time, within the budget.
func TestPrice(t *testing.T) {
	_, calls := standInSystem(t)
	paid := flow.Spending{}
	budget := flow.NewBudget(1, flow.Spending{}, func(s flow.Spending) error {
		paid.Spent += s.Spent
		paid.Doubtful += s.Doubtful
		return nil
	})
	c := kindtest.Config{InSchema: kindtest.Schema(t, "id: string"), OutSchema: kindtest.Schema(t, "name: string"), YAML: named, Of: crm}
	c.Of.Price = 0.25
	s := kindtest.New(t, Kind(), c).(Priced)
	s.retry.Base = time.Millisecond
	if terms, err := s.Terms(); err != nil || terms.PerCall != 0.25 || !terms.Priced {
		t.Errorf("terms %+v, %v", terms, err)
	}
	session := flow.Session{Recordings: t.TempDir(), Budget: budget}
	if err := s.Open(context.Background(), session); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ask := func(id string) (flow.Output, error) {
		return s.Do(context.Background(), kindtest.Input(c.InSchema, id))
	}
	var wg sync.WaitGroup
	var spent atomic.Int64
	for range 8 {
		wg.Go(func() {
			out, err := ask("c1")
			if err != nil || len(out.Attempts) != 1 || out.Attempts[0].Price != 0.25 {
				t.Errorf("%+v %v, want one attempt with its price", out.Attempts, err)
			}
			spent.Add(int64(out.Cost.Spent * 100))
		})
	}
	wg.Wait()
	if calls.Load() != 1 || spent.Load() != 25 {
		t.Errorf("%d calls, %d hundredths spent by eight who asked the same, want 1 and 25", calls.Load(), spent.Load())
	}
	if out, err := ask("down"); err == nil || out.Cost.Spent != 0 || out.Attempts[0].Price != 0 {
		t.Errorf("a system that is down was paid: %+v", out)
	}
	if _, err := ask("torn"); err == nil {
		t.Error("a torn answer is one")
	}
	if want := (flow.Spending{Spent: 0.25, Doubtful: 0.5}); paid != want {
		t.Errorf("spending %+v, want %+v: a torn answer, twice, may have been charged", paid, want)
	}
	if _, err := ask("unknown"); err == nil || budget.Spent().Total() != 1 {
		t.Errorf("not found is an answer: %v after %v", err, budget.Spent())
	}
	if _, err := ask("c2"); !errors.Is(err, flow.ErrBudget) {
		t.Errorf("past the budget: %v", err)
	}
	if out, err := ask("c1"); err != nil || !out.Cost.Cached || out.Cost.Spent != 0 || out.Attempts[0].Price != 0.25 {
		t.Errorf("a recorded answer: %+v, %v", out, err)
	}
}
