package serve_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/internal/serve"
	"github.com/rehearse-dev/rehearse/internal/serve/servetest"
	"github.com/rehearse-dev/rehearse/service"
)

// endpoint is a service that listens, for one test.
type endpoint struct {
	url, audit string
	svc        *service.Service
	stop       context.CancelFunc
	done       chan error
}

func start(t *testing.T, g servetest.Gate, o serve.Options) *endpoint {
	t.Helper()
	dir, production := servetest.Project(t, g)
	e := &endpoint{audit: filepath.Join(dir, "audit"), done: make(chan error, 1)}
	var err error
	if e.svc, err = service.Open(context.Background(), service.Options{Production: production, Registry: g.Registry(), Audit: e.audit}); err != nil {
		t.Fatal(err)
	}
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if o.Concurrency == 0 {
		o.Concurrency, o.Waiting = 8, 8
	}
	o.MaxBody, o.Drain, o.Logger = 4096, time.Minute, slog.New(slog.DiscardHandler)
	if o.ReadTimeout == 0 {
		o.ReadTimeout = time.Minute
	}
	var ctx context.Context
	ctx, e.stop = context.WithCancel(context.Background())
	e.url = "http://" + on.Addr().String()
	go func() { e.done <- serve.Run(ctx, on, e.svc, o) }()
	t.Cleanup(func() {
		e.stop()
		if err := e.svc.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// ask sends a request; headers are "Name: value".
func (e *endpoint) ask(t *testing.T, method, path, body string, headers ...string) (int, http.Header, string) {
	t.Helper()
	r, err := http.NewRequest(method, e.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
		if name == "Host" {
			r.Host = value
		}
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Error(err)
		return 0, nil, ""
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Error(err)
	}
	return answer.StatusCode, answer.Header, string(text)
}

const aCase = `{"id":"c1","input":{"text":"invoice 7"}}`

var escalated = `{"id":"e/1 ü","input":{"text":"` + strings.Repeat("long ", 20) + `"}}`

// TestRequests sends what may come, and what should not: each is answered by
// JSON, with one error where it is refused.
func TestRequests(t *testing.T) {
	e := start(t, servetest.Gate{}, serve.Options{Hosts: []string{"intake.example"}})
	decision := `{"reviewer":"rex","seconds":5,"outcome":{"queue":"tech"}}`
	for _, tt := range []struct {
		why, method, path, body string
		headers                 []string
		status                  int
		want                    string
	}{
		{"a case", "POST", "/cases", aCase, nil, 200, `"status":"automated","outcome":{"queue":"billing","note":"for nobody"}`},
		{"what became of it", "GET", "/cases/c1", "", nil, 200, `"status":"automated"`},
		{"a case that a person takes", "POST", "/cases", escalated, nil, 200, `"team":"desk","reason":"too_long","end":"decide","shown":{"input.text":"long long`},
		{"the queue", "GET", "/queue", "", nil, 200, `"waiting":1`},
		{"a part of the queue", "GET", "/queue?limit=1", "", nil, 200, `"id":"e/1 ü"`},
		{"no part of the queue", "GET", "/queue?limit=0", "", nil, 400, `limit \"0\": want a number from 1 to 1000`},
		{"a decision without a reviewer", "POST", "/cases/e%2F1%20%C3%BC/decision", `{"outcome":{"queue":"tech"}}`, nil, 400, `want \"reviewer\"`},
		{"a decision that is none", "POST", "/cases/e%2F1%20%C3%BC/decision", `{"reviewer":"rex","outcome":{"queue":"sales"}}`, nil, 400, `field \"queue\" is \"sales\"`},
		{"a decision", "POST", "/cases/e%2F1%20%C3%BC/decision", decision, nil, 200, `"decision":{"reviewer":"rex"`},
		{"a second decision", "POST", "/cases/e%2F1%20%C3%BC/decision", decision, nil, 409, "decided before"},
		{"a decision about what nobody asked", "POST", "/cases/c1/decision", decision, nil, 409, "not escalated"},
		{"a decision about nothing", "POST", "/cases/c9/decision", decision, nil, 404, "no such case"},
		{"a case whose handoff broke", "POST", "/cases", `{"id":"b1","input":{"text":"torn invoice"}}`, nil, 200, `"broke":{"from":"queue","to":"post","kind":"rejected","clause":"receiver"},"shown":{"input.text":"torn invoice","queue.queue":"billing","input.who":null}`},
		{"a case that there is not", "GET", "/cases/c9", "", nil, 404, "no such case"},
		{"health", "GET", "/health", "", nil, 200, `"up"`},
		{"readiness", "GET", "/ready", "", nil, 200, `"design":"rules"`},
		{"no path", "GET", "/admin", "", nil, 404, "there is no /admin"},
		{"a path out of here", "GET", "/cases/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "", nil, 404, "no such case"},
		{"another method", "DELETE", "/cases", "", nil, 405, "/cases takes POST, not DELETE"},
		{"a form of a page", "POST", "/cases", "id=1", []string{"Content-Type: application/x-www-form-urlencoded"}, 415, "want application/json"},
		{"text that a page may send unasked", "POST", "/cases", aCase, []string{"Content-Type: text/plain"}, 415, "want application/json"},
		{"no JSON", "POST", "/cases", `{"id":`, nil, 400, "want a JSON object"},
		{"JSON of great depth", "POST", "/cases", strings.Repeat("[", 4000), nil, 400, "want a JSON object"},
		{"too much", "POST", "/cases", `{"id":"` + strings.Repeat("x", 5000), nil, 413, "more than 4096 bytes"},
		{"another origin", "POST", "/cases", aCase, []string{"Origin: https://evil.example"}, 403, "other origins"},
		{"a page without an origin", "POST", "/cases", aCase, []string{"Origin: null"}, 403, "other origins"},
		{"a request that a browser sends for another site", "GET", "/queue", "", []string{"Sec-Fetch-Site: cross-site"}, 403, "other origins"},
		{"a name that was made to point here", "GET", "/queue", "", []string{"Host: evil.example"}, 421, `host \"evil.example\" is not this service`},
		{"one that ends as ours does", "GET", "/queue", "", []string{"Host: localhost.evil.example:80"}, 421, "is not this service"},
		{"a name that was allowed", "GET", "/health", "", []string{"Host: intake.example:8443"}, 200, `"up"`},
		{"localhost", "GET", "/health", "", []string{"Host: LOCALHOST:1"}, 200, `"up"`},
		{"the IPv6 loopback", "GET", "/health", "", []string{"Host: [::1]:80"}, 200, `"up"`},
	} {
		status, header, body := e.ask(t, tt.method, tt.path, tt.body, tt.headers...)
		if status != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%s: %d %s, want %d %s", tt.why, status, body, tt.status, tt.want)
		}
		var object map[string]any
		if err := json.Unmarshal([]byte(body), &object); err != nil || (tt.status >= 400) != (object["error"] != nil) {
			t.Errorf("%s: %s is not one JSON object with an error where it is one", tt.why, body)
		}
		if header.Get("Content-Type") != "application/json" || header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: headers %v", tt.why, header)
		}
	}
}

// TestOverload: what cannot be worked on or wait is refused, nothing that was
// taken in is lost, and others get through meanwhile.
func TestOverload(t *testing.T) {
	g := servetest.Gate{Open: make(chan struct{})}
	var told atomic.Int64
	e := start(t, g, serve.Options{Concurrency: 2, Waiting: 3, Overloaded: func() { told.Add(1) }})
	var taken, refused atomic.Int64
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			status, header, body := e.ask(t, "POST", "/cases", fmt.Sprintf(`{"id":"c%d","input":{"text":"wait %d"}}`, i, i))
			switch {
			case status == 200:
				taken.Add(1)
			case status == 429 && header.Get("Retry-After") == "1" && strings.Contains(body, "it was not taken in"):
				refused.Add(1)
			default:
				t.Errorf("%d %s", status, body)
			}
		})
	}
	for deadline := time.Now().Add(time.Minute); refused.Load() < 15 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if status, _, _ := e.ask(t, "GET", "/health", ""); status != 200 {
		t.Errorf("health under load: %d", status)
	}
	close(g.Open)
	all.Wait()
	if taken.Load() != 5 || refused.Load() != 15 || told.Load() != 15 {
		t.Errorf("%d taken in, %d refused, %d told", taken.Load(), refused.Load(), told.Load())
	}
}

// TestSlow: who sends a request drop by drop is cut off, headers and body.
func TestSlow(t *testing.T) {
	patient := start(t, servetest.Gate{}, serve.Options{})
	hasty := start(t, servetest.Gate{}, serve.Options{ReadTimeout: 2 * time.Second})
	for _, tt := range []struct {
		why, sent, want string
		from            *endpoint
	}{
		{"a body that does not end", "POST /cases HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", "408 Request Timeout", hasty},
		{"headers that do not end", "POST /cases HTTP/1.1\r\nHost: localhost\r\n", "", hasty},
		{"nothing", "", "", hasty},
		{"no HTTP", "\x16\x03\x01 hello\r\n\r\n", "400 Bad Request", patient},
		{"headers without end", "GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("x", 40_000) + "\r\n\r\n", "431 Request Header Fields Too Large", patient},
		{"two lengths", "POST /cases HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", "400 Bad Request", patient},
	} {
		t.Run(tt.why, func(t *testing.T) {
			t.Parallel()
			c, err := net.Dial("tcp", strings.TrimPrefix(tt.from.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			io.WriteString(c, tt.sent)
			c.SetReadDeadline(time.Now().Add(time.Minute))
			line, err := bufio.NewReader(c).ReadString('\n')
			if tt.want == "" && err == nil || tt.want != "" && !strings.Contains(line, tt.want) {
				t.Errorf("%q, %v", line, err)
			}
			if e, ok := err.(net.Error); ok && e.Timeout() {
				t.Error("the connection was left open")
			}
		})
	}
}

// TestStop: a stop takes nothing more and waits for the cases under way.
func TestStop(t *testing.T) {
	g := servetest.Gate{Open: make(chan struct{})}
	e := start(t, g, serve.Options{})
	answered := make(chan int, 1)
	go func() {
		status, _, _ := e.ask(t, "POST", "/cases", `{"id":"c1","input":{"text":"wait"}}`)
		answered <- status
	}()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if size, _ := e.svc.AuditSize(); size > 300 {
			break // the case is in the log: it was begun
		}
	}
	e.stop()
	select {
	case err := <-e.done:
		t.Errorf("stopped with a case under way: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(g.Open)
	if status := <-answered; status != 200 {
		t.Errorf("the case under way: %d", status)
	}
	if err := <-e.done; err != nil {
		t.Error(err)
	}
}
