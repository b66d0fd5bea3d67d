// Package llmtest is a stand-in for an OpenAI-compatible endpoint. It answers
// from a function instead of a model and misbehaves on request, so that tests
// need neither network nor key. It is not a model and proves nothing about one.
package llmtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Message is one turn of a request.
type Message struct {
	Role    string   `json:"role"`
	Content string   `json:"content"`
	Images  []string `json:"-"`            // addresses of the pictures shown with it
	Call    string   `json:"tool_call_id"` // the tool call that it answers
}

// UnmarshalJSON reads content in one piece or in parts.
func (m *Message) UnmarshalJSON(data []byte) error {
	var wire struct {
		Role    string          `json:"role"`
		Content json.RawMessage `json:"content"`
		Call    string          `json:"tool_call_id"`
	}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	*m = Message{Role: wire.Role, Call: wire.Call}
	if len(wire.Content) == 0 || wire.Content[0] != '[' {
		if wire.Content == nil {
			return nil
		}
		return json.Unmarshal(wire.Content, &m.Content)
	}
	var parts []struct {
		Text  string `json:"text"`
		Image struct {
			URL string `json:"url"`
		} `json:"image_url"`
	}
	if err := json.Unmarshal(wire.Content, &parts); err != nil {
		return err
	}
	for _, p := range parts {
		m.Content += p.Text
		if p.Image.URL != "" {
			m.Images = append(m.Images, p.Image.URL)
		}
	}
	return nil
}

// ToolCall is a call of a tool that a reply asks for.
type ToolCall struct{ Name, Arguments string }

// Call is one request as the stand-in received it.
type Call struct {
	N        int // from 1, in order of arrival
	Path     string
	Header   http.Header
	Body     []byte
	Model    string    `json:"model"`
	Messages []Message `json:"messages"`
	Input    []string  `json:"input"` // texts whose vectors are asked for
	Stream   bool      `json:"stream"`
}

// Last is the content of the last message.
func (c *Call) Last() string {
	if len(c.Messages) == 0 {
		return ""
	}
	return c.Messages[len(c.Messages)-1].Content
}

// Token is one output token with its log-probability.
type Token struct {
	Token   string  `json:"token"`
	Logprob float64 `json:"logprob"`
	Top     []Token `json:"top_logprobs,omitempty"`
}

// Reply is the stand-in's answer to one call, and the way in which it goes
// wrong. The zero value is an empty answer that went well.
type Reply struct {
	Text        string
	Refusal     string
	Calls       []ToolCall // of tools, in place of Text
	Finish      string     // "stop" when empty; "none" leaves it out
	Model       string     // the model asked for when empty
	Fingerprint string
	In, Out     int // tokens; 10 and 5 when both are 0
	Cached      int
	Tokens      []Token
	Vectors     [][]float32 // to a call for the vectors of texts, in place of all that is text

	Latency    time.Duration // before the first byte
	Status     int           // an error with this status instead of an answer
	Code       string        // the error's code
	Message    string        // the error's message
	RetryAfter string        // header value, as it is
	Location   string        // redirect target; Status picks the kind, 307 when 0
	Raw        string        // this body instead of an answer
	CutAfter   int           // bytes of the body sent before the connection ends; 0 sends all
	Drip       int           // bytes of the body sent at a time, ten times a second; 0 sends all at once
	Header     http.Header   // of the response, beside its own
	NoDone     bool          // a stream ends in good order, but without [DONE] and finish reason
	Hang       bool          // nothing is ever sent
	Drop       bool          // the connection ends before anything is sent
}

// Text answers with fixed text.
func Text(s string) func(*Call) Reply {
	return func(*Call) Reply { return Reply{Text: s} }
}

// Script gives the n-th call the n-th reply, and later calls the last one.
func Script(replies ...Reply) func(*Call) Reply {
	return func(c *Call) Reply { return replies[min(c.N, len(replies))-1] }
}

// Options say what a stand-in answers and demands.
type Options struct {
	Answer    func(*Call) Reply
	Embed     func(*Call) Reply // to calls for vectors; ByWords when nil
	Key       string            // demanded of every call unless empty
	Models    []string          // the only ones answered, unless empty
	KeepCalls bool              // keep what Calls returns
	Meter     *Meter            // refuses calls over its limits; nil for none
	Pause     string            // Retry-After of what Meter refuses; "" for none
	Batching  Batching
}

// Handler serves a stand-in.
type Handler struct {
	options Options
	closed  chan struct{}
	n       atomic.Int64
	paid    atomic.Int64

	mu    sync.Mutex
	calls []*Call

	files   []file
	batches []*batch
}

// NewHandler makes the stand-in without a server.
func NewHandler(o Options) *Handler {
	if o.Embed == nil {
		o.Embed = ByWords
	}
	return &Handler{options: o, closed: make(chan struct{})}
}

// Server is a running stand-in.
type Server struct {
	*Handler
	URL  string // base URL, with the path prefix /v1
	http *httptest.Server
}

// New starts a stand-in. Close it.
func New(o Options) *Server {
	s := &Server{Handler: NewHandler(o)}
	s.http = httptest.NewServer(s.Handler)
	s.URL = s.http.URL + "/v1"
	return s
}

// Close ends hanging calls and stops the stand-in.
func (s *Server) Close() {
	close(s.closed)
	s.http.CloseClientConnections()
	s.http.Close()
}

// Received counts all calls.
func (s *Handler) Received() int { return int(s.n.Load()) }

// Paid counts the calls for which a provider would have charged: an answer was
// made, whether or not it arrived whole.
func (s *Handler) Paid() int { return int(s.paid.Load()) }

// Calls returns the calls received so far, if KeepCalls was set.
func (s *Handler) Calls() []*Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*Call(nil), s.calls...)
}

// ServeHTTP takes one call.
func (s *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && r.URL.Path == "/stats" {
		fmt.Fprintf(w, "{\"received\": %d, \"paid\": %d, \"batches\": %d}\n", s.Received(), s.Paid(), s.Batches())
		return
	}
	if s.serveBatches(w, r) {
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	c := &Call{N: int(s.n.Add(1)), Path: r.URL.RequestURI(), Header: r.Header, Body: body}
	if err := json.Unmarshal(body, c); err != nil {
		fail(w, Reply{Status: http.StatusBadRequest, Message: "body is not JSON: " + err.Error()})
		return
	}
	if s.options.KeepCalls {
		s.mu.Lock()
		s.calls = append(s.calls, c)
		s.mu.Unlock()
	}
	embeds := strings.HasSuffix(r.URL.Path, "/embeddings")
	switch {
	case !embeds && !strings.HasSuffix(r.URL.Path, "/chat/completions"):
		fail(w, Reply{Status: http.StatusNotFound, Message: "no such path: " + r.URL.Path})
	case !s.admits(r):
		fail(w, Reply{Status: http.StatusUnauthorized, Code: "invalid_api_key", Message: "incorrect API key provided: " + r.Header.Get("Authorization")})
	case len(s.options.Models) > 0 && !slices.Contains(s.options.Models, c.Model):
		fail(w, Reply{Status: http.StatusNotFound, Code: "model_not_found", Message: fmt.Sprintf("the model %q does not exist", c.Model)})
	default:
		answer := s.options.Answer
		if embeds {
			answer = s.options.Embed
		}
		p := answer(c)
		if m := s.options.Meter; m != nil {
			u := usage(p)
			if !m.Enter(u["total_tokens"].(int)) {
				fail(w, Reply{Status: http.StatusTooManyRequests, RetryAfter: s.options.Pause, Message: "over the limit"})
				return
			}
			defer m.Leave()
		}
		s.reply(w, r, c, p)
	}
}

// admits says whether a call has the key.
func (s *Handler) admits(r *http.Request) bool {
	return s.options.Key == "" || r.Header.Get("Authorization") == "Bearer "+s.options.Key || r.Header.Get("api-key") == s.options.Key
}

func (s *Handler) reply(w http.ResponseWriter, r *http.Request, c *Call, p Reply) {
	for name, v := range p.Header {
		w.Header()[name] = v
	}
	if p.Latency > 0 {
		select {
		case <-time.After(p.Latency):
		case <-s.closed:
			return
		case <-r.Context().Done():
			return
		}
	}
	switch {
	case p.Hang:
		select {
		case <-s.closed:
		case <-r.Context().Done():
		}
		return
	case p.Drop:
		sever(w)
		return
	case p.Location != "":
		w.Header().Set("Location", p.Location)
		w.WriteHeader(max(p.Status, http.StatusTemporaryRedirect))
		return
	case p.Status != 0 && p.Status != http.StatusOK:
		fail(w, p)
		return
	}
	s.paid.Add(1)
	body, kind := []byte(nil), "application/json"
	switch {
	case len(p.Vectors) > 0:
		body = vectors(c, p)
	case c.Stream:
		body, kind = stream(c, p), "text/event-stream"
	default:
		body = whole(c, p)
	}
	if p.Raw != "" {
		body = []byte(p.Raw)
	}
	w.Header().Set("Content-Type", kind)
	if p.CutAfter > 0 && p.CutAfter < len(body) {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		w.Write(body[:p.CutAfter])
		http.NewResponseController(w).Flush()
		sever(w)
		return
	}
	if p.Drip == 0 {
		w.Write(body)
		return
	}
	for part := range slices.Chunk(body, p.Drip) {
		w.Write(part)
		http.NewResponseController(w).Flush()
		select {
		case <-time.After(100 * time.Millisecond):
		case <-s.closed:
			return
		case <-r.Context().Done():
			return
		}
	}
}

// sever ends the connection without the courtesies of HTTP.
func sever(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // severs it too
	}
	conn.Close()
}

func fail(w http.ResponseWriter, p Reply) {
	if p.RetryAfter != "" {
		w.Header().Set("Retry-After", p.RetryAfter)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(p.Status)
	if p.Raw != "" {
		io.WriteString(w, p.Raw)
		return
	}
	json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{
		"message": p.Message, "code": p.Code, "type": "stand_in_error",
	}})
}
