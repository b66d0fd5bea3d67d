package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/audit"
	"github.com/rehearse-dev/rehearse/service"
)

type handler struct {
	s        *service.Service
	o        Options
	hosts    []string
	slots    chan struct{} // one a case that is worked on
	places   chan struct{} // one a case that is worked on or waits
	stopping atomic.Bool
}

func (h *handler) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /cases", h.post)
	mux.HandleFunc("GET /cases/{id}", h.get)
	mux.HandleFunc("POST /cases/{id}/decision", h.decide)
	mux.HandleFunc("GET /queue", h.queue)
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"status": "up"})
	})
	mux.HandleFunc("GET /ready", h.ready)
	if h.o.Metrics != nil {
		mux.Handle("GET /metrics", h.o.Metrics)
	}
	known := h.known(mux)
	if h.o.Around != nil {
		known = h.o.Around(known)
	}
	return h.guard(known)
}

// known answers what has no route as everything else is answered.
func (h *handler) known(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			other := r.Clone(r.Context())
			other.Method = method
			if _, pattern := mux.Handler(other); pattern != "" {
				w.Header().Set("Allow", method)
				refuse(w, http.StatusMethodNotAllowed, "%s takes %s, not %s", r.URL.Path, method, r.Method)
				return
			}
		}
		refuse(w, http.StatusNotFound, "there is no %s: want /cases, /cases/ID, /cases/ID/decision, /queue, /health, /ready or /metrics", r.URL.Path)
	})
}

// post takes a case in.
func (h *handler) post(w http.ResponseWriter, r *http.Request) {
	body, ok := h.body(w, r)
	if !ok {
		return
	}
	c, err := h.s.ParseCase(body)
	if err != nil {
		refuse(w, http.StatusBadRequest, "%v", err)
		return
	}
	select {
	case h.places <- struct{}{}:
		defer func() { <-h.places }()
	default:
		if h.o.Overloaded != nil {
			h.o.Overloaded()
		}
		w.Header().Set("Retry-After", "1")
		refuse(w, http.StatusTooManyRequests, "%d cases are worked on or wait: send it again later; it was not taken in", cap(h.places))
		return
	}
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-r.Context().Done():
		return // nobody waits for it any more, and nothing was begun
	}
	// A sender that goes away does not stop what was begun.
	served, err := h.s.Run(context.WithoutCancel(r.Context()), c)
	if err != nil {
		h.o.Logger.Error("a case was not taken in", slog.Any("error", err))
		unavailable(w, err)
		return
	}
	answer(w, http.StatusOK, h.view(served))
}

// unavailable says that a case could not be taken in.
func unavailable(w http.ResponseWriter, err error) {
	why := "the service cannot go on with any case before something is mended: see its log"
	if errors.Is(err, audit.ErrFull) {
		why = "the audit log is full"
	}
	w.Header().Set("Retry-After", "30")
	refuse(w, http.StatusServiceUnavailable, "the case was not taken in: %s", why)
}

func (h *handler) get(w http.ResponseWriter, r *http.Request) {
	served, ok := h.s.Case(r.PathValue("id"))
	if !ok {
		refuse(w, http.StatusNotFound, "%v", service.ErrUnknown)
		return
	}
	answer(w, http.StatusOK, h.view(served))
}

func (h *handler) decide(w http.ResponseWriter, r *http.Request) {
	body, ok := h.body(w, r)
	if !ok {
		return
	}
	review, err := h.s.ParseReview(body)
	if err != nil {
		refuse(w, http.StatusBadRequest, "%v", err)
		return
	}
	served, err := h.s.Decide(context.WithoutCancel(r.Context()), r.PathValue("id"), review)
	switch {
	case errors.Is(err, service.ErrUnknown):
		refuse(w, http.StatusNotFound, "%v", err)
	case errors.Is(err, service.ErrDecided), errors.Is(err, service.ErrNotEscalated):
		refuse(w, http.StatusConflict, "%v", err)
	case err != nil:
		h.o.Logger.Error("a decision was not taken in", slog.Any("error", err))
		w.Header().Set("Retry-After", "30")
		refuse(w, http.StatusServiceUnavailable, "the decision was not taken in: the audit log cannot be written")
	default:
		answer(w, http.StatusOK, h.view(served))
	}
}

// mostQueued is how many cases of the queue are told at once.
const mostQueued = 1000

func (h *handler) queue(w http.ResponseWriter, r *http.Request) {
	most := mostQueued
	if text := r.URL.Query().Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > mostQueued {
			refuse(w, http.StatusBadRequest, "limit %q: want a number from 1 to %d", text, mostQueued)
			return
		}
		most = n
	}
	waiting, total := h.s.Queue(most)
	list := make([]view, len(waiting))
	for i, s := range waiting {
		list[i] = h.view(s)
	}
	answer(w, http.StatusOK, map[string]any{"waiting": total, "cases": list})
}

func (h *handler) ready(w http.ResponseWriter, _ *http.Request) {
	err := h.s.Ready()
	if err == nil && h.stopping.Load() {
		err = errors.New("it is being stopped")
	}
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, "no case can be taken in: %v", err)
		return
	}
	answer(w, http.StatusOK, map[string]string{"status": "ready", "design": h.s.Promoted().Plan().Design.Name, "digest": h.s.Promoted().Digest()})
}

// body is a request's JSON; where there is none that may be taken, the request
// is answered.
func (h *handler) body(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, "content type %q, want application/json", r.Header.Get("Content-Type"))
		return nil, false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.o.MaxBody))
	var large *http.MaxBytesError
	switch {
	case err == nil:
		return body, true
	case errors.As(err, &large):
		refuse(w, http.StatusRequestEntityTooLarge, "the request has more than %d bytes", h.o.MaxBody)
	case errors.Is(err, os.ErrDeadlineExceeded):
		w.Header().Set("Connection", "close")
		refuse(w, http.StatusRequestTimeout, "the request took longer than %s to come in", h.o.ReadTimeout)
	default:
		refuse(w, http.StatusBadRequest, "the request ended before it was whole")
	}
	return nil, false
}

// view is a case as it is answered.
type view struct {
	ID       string          `json:"id"`
	Trial    string          `json:"trial"`
	Received time.Time       `json:"received"`
	Status   flow.Status     `json:"status"`
	Outcome  json.RawMessage `json:"outcome,omitempty"`  // what was decided, by the design or the reviewer
	Team     string          `json:"team,omitempty"`     // who takes an escalated case
	Reason   string          `json:"reason,omitempty"`   // why it was escalated, or failed
	End      string          `json:"end,omitempty"`      // the step at which it ended
	Broke    *broke          `json:"broke,omitempty"`    // the handoff that broke and so gave the case to people, or to nobody
	Shown    json.RawMessage `json:"shown,omitempty"`    // what the team gets while the case waits for it
	Proposed json.RawMessage `json:"proposed,omitempty"` // what the design would have decided
	Withheld []string        `json:"withheld,omitempty"` // fields of these whose values are not known any more
	Decision *decided        `json:"decision,omitempty"`
}

type broke struct {
	From   string           `json:"from"`
	To     string           `json:"to"`
	Kind   flow.HandoffKind `json:"kind"`
	Clause string           `json:"clause,omitempty"` // of the receiver's contract
}

type decided struct {
	Reviewer string    `json:"reviewer"`
	At       time.Time `json:"at"`
	Seconds  float64   `json:"seconds"`
	Agrees   *bool     `json:"agrees,omitempty"` // whether the design would have decided the same
}

func (h *handler) view(s *service.Served) view {
	schema := h.s.Promoted().Outcome()
	values := func(v []any) json.RawMessage {
		if v == nil {
			return nil
		}
		return flow.AppendJSON(nil, schema, v)
	}
	v := view{
		ID: s.ID, Trial: s.Trial, Received: s.When, Status: s.Status, Outcome: values(s.Outcome), Team: s.Team, Reason: s.Reason, End: s.End,
		Proposed: values(s.Proposed), Withheld: s.Withheld,
	}
	if h := s.Broke; h != nil {
		v.Broke = &broke{From: h.From, To: h.To, Kind: h.Kind, Clause: h.Clause}
	}
	if s.Shown.Schema.Len() > 0 {
		v.Shown = flow.AppendJSON(nil, s.Shown.Schema, s.Shown.Values)
	}
	if d := s.Decision; d != nil {
		v.Outcome = values(d.Outcome)
		v.Decision = &decided{Reviewer: d.Reviewer, At: d.At, Seconds: d.Took.Seconds(), Agrees: d.Agrees}
	}
	return v
}

func answer(w http.ResponseWriter, status int, v any) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false) // it is no HTML, and says so
	if err := enc.Encode(v); err != nil {
		status = http.StatusInternalServerError
		text.Reset()
		text.WriteString(`{"error":"the answer cannot be written"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(text.Bytes())
}

// refuse answers with one error.
func refuse(w http.ResponseWriter, status int, format string, args ...any) {
	answer(w, status, map[string]string{"error": fmt.Sprintf(format, args...)})
}
