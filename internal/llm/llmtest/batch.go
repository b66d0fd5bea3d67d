package llmtest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Batching says how batches go, and go wrong. Each line is answered as a call
// of its own would be: a reply with a status is that line's error, and one that
// drops or hangs is not answered within the window.
type Batching struct {
	Busy   func() bool // while it says so, no batch is done; nil for never
	Polls  int         // times that a batch is asked about before it is done
	Late   int         // times more that it is, before its results can be fetched
	Fails  string      // code with which no batch is taken after its file was read; "" for none
	Line   int         // the line that Fails is about; 0 for none
	Cancel bool        // batches are cancelled once half of their lines are answered
	Lose   int         // of so many batches, the connection ends before their names are told
	Hidden bool        // batches are not listed
	Short  int         // lines left out at the end of results
}

// file is what was uploaded, or what came of a batch.
type file struct {
	name    string
	content []byte
}

// batch is one that was begun.
type batch struct {
	wire   object
	polls  int
	output []byte
	errors []byte
}

// Batches counts the batches that were begun.
func (s *Handler) Batches() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.batches)
}

// serveBatches takes a call about files or batches.
func (s *Handler) serveBatches(w http.ResponseWriter, r *http.Request) bool {
	_, rest, ok := strings.Cut(r.URL.Path, "/v1/")
	parts := strings.Split(rest, "/")
	if !ok || parts[0] != "files" && parts[0] != "batches" {
		return false
	}
	if !s.admits(r) {
		fail(w, Reply{Status: http.StatusUnauthorized, Code: "invalid_api_key", Message: "incorrect API key provided: " + r.Header.Get("Authorization")})
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch what := r.Method + " " + parts[0]; {
	case what == "POST files" && len(parts) == 1:
		s.upload(w, r)
	case what == "GET files" && len(parts) == 3 && parts[2] == "content":
		i := slices.IndexFunc(s.files, func(f file) bool { return f.name == parts[1] })
		if i < 0 {
			fail(w, Reply{Status: http.StatusNotFound, Message: "no such file: " + parts[1]})
			break
		}
		w.Write(s.files[i].content)
	case what == "POST batches" && len(parts) == 1:
		s.begin(w, r)
	case what == "GET batches" && len(parts) == 1:
		s.list(w, r)
	case what == "GET batches" && len(parts) == 2:
		i := slices.IndexFunc(s.batches, func(b *batch) bool { return b.wire["id"] == parts[1] })
		if i < 0 {
			fail(w, Reply{Status: http.StatusNotFound, Message: "no such batch: " + parts[1]})
			break
		}
		s.look(s.batches[i])
		w.Write(encode(s.batches[i].wire))
	default:
		fail(w, Reply{Status: http.StatusNotFound, Message: "no such path: " + r.URL.Path})
	}
	return true
}

func (s *Handler) upload(w http.ResponseWriter, r *http.Request) {
	f, _, err := r.FormFile("file")
	if err != nil || r.FormValue("purpose") != "batch" {
		fail(w, Reply{Status: http.StatusBadRequest, Message: fmt.Sprintf("want a file and purpose batch: %v", err)})
		return
	}
	defer f.Close()
	content, err := io.ReadAll(f)
	if err != nil {
		fail(w, Reply{Status: http.StatusBadRequest, Message: err.Error()})
		return
	}
	w.Write(encode(object{"id": s.store(content), "object": "file", "bytes": len(content), "purpose": "batch"}))
}

// store keeps a file and gives its name.
func (s *Handler) store(content []byte) string {
	name := fmt.Sprintf("file-%d", len(s.files)+1)
	s.files = append(s.files, file{name, content})
	return name
}

func (s *Handler) begin(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		File     string `json:"input_file_id"`
		Endpoint string `json:"endpoint"`
		Window   string `json:"completion_window"`
		Metadata object `json:"metadata"`
	}
	err := json.NewDecoder(r.Body).Decode(&ask)
	i := slices.IndexFunc(s.files, func(f file) bool { return f.name == ask.File })
	if err != nil || i < 0 || ask.Endpoint != "/v1/chat/completions" || ask.Window != "24h" {
		fail(w, Reply{Status: http.StatusBadRequest, Message: fmt.Sprintf("want a file, its endpoint and a window of 24h, not %+v: %v", ask, err)})
		return
	}
	b := &batch{wire: object{
		"id": fmt.Sprintf("batch-%d", len(s.batches)+1), "object": "batch", "endpoint": ask.Endpoint, "input_file_id": ask.File,
		"completion_window": ask.Window, "status": "validating", "created_at": 1, "metadata": ask.Metadata,
	}}
	s.batches = append(s.batches, b)
	if code := s.options.Batching.Fails; code != "" {
		fault := object{"code": code, "message": "stand-in: " + code}
		if line := s.options.Batching.Line; line > 0 {
			fault["line"] = line
		}
		b.wire["status"], b.wire["errors"] = "failed", object{"object": "list", "data": []object{fault}}
	} else {
		s.answer(b, s.files[i].content)
	}
	if s.options.Batching.Lose >= len(s.batches) {
		sever(w)
		return
	}
	w.Write(encode(b.wire))
}

// answer answers every line of a batch. What is asked about later comes from
// here.
func (s *Handler) answer(b *batch, content []byte) {
	var output, errors bytes.Buffer
	lines := bufio.NewScanner(bytes.NewReader(content))
	lines.Buffer(nil, len(content)+1)
	total, answered := bytes.Count(content, []byte("\n")), 0
	for n := 0; lines.Scan(); n++ {
		var line struct {
			ID   string          `json:"custom_id"`
			URL  string          `json:"url"`
			Body json.RawMessage `json:"body"`
		}
		c := &Call{N: int(s.n.Add(1)), Path: "/batch"}
		err := json.Unmarshal(lines.Bytes(), &line)
		if err == nil {
			err = json.Unmarshal(line.Body, c)
		}
		c.Body = line.Body
		if s.options.KeepCalls {
			s.calls = append(s.calls, c)
		}
		result := object{"id": fmt.Sprintf("line-%d", n), "custom_id": line.ID, "response": nil, "error": nil}
		to := &errors
		switch p := s.options.Answer(c); {
		case err != nil:
			result["error"] = object{"code": "invalid_json_line", "message": err.Error()}
		case s.options.Batching.Cancel && 2*n >= total:
			result["error"] = object{"code": "batch_cancelled", "message": "This request was not executed."}
		case p.Drop, p.Hang:
			result["error"] = object{"code": "batch_expired", "message": "This request could not be executed before the completion window expired."}
		case p.Status != 0 && p.Status != http.StatusOK:
			result["response"] = object{"status_code": p.Status, "request_id": "r", "body": object{"error": object{"message": p.Message, "code": p.Code, "type": "stand_in_error"}}}
		default:
			to, answered = &output, answered+1
			s.paid.Add(1)
			body := json.RawMessage(whole(c, p))
			if p.Raw != "" {
				body = encode(p.Raw) // what is no JSON has no place in a line, but as a text
			}
			result["response"] = object{"status_code": 200, "request_id": "r", "body": body}
		}
		if n < total-s.options.Batching.Short {
			to.Write(append(encode(result), '\n'))
		}
	}
	b.output, b.errors = output.Bytes(), errors.Bytes()
	b.wire["request_counts"] = object{"total": total, "completed": answered, "failed": total - answered}
}

// look takes a batch further each time that it is asked about.
func (s *Handler) look(b *batch) {
	o := &s.options.Batching
	if b.wire["status"] == "failed" {
		return
	}
	if o.Busy != nil && o.Busy() {
		b.wire["status"] = "in_progress"
		return
	}
	switch b.polls++; {
	case b.polls <= o.Polls:
		b.wire["status"] = "in_progress"
	case b.polls <= o.Polls+o.Late:
		b.wire["status"] = "finalizing"
	case b.polls == o.Polls+o.Late+1:
		b.wire["status"] = "completed"
		if o.Cancel {
			b.wire["status"] = "cancelled"
		}
		if bytes.Contains(b.errors, []byte("batch_expired")) {
			b.wire["status"] = "expired"
		}
		for name, content := range map[string][]byte{"output_file_id": b.output, "error_file_id": b.errors} {
			if len(content) > 0 {
				b.wire[name] = s.store(content)
			}
		}
	}
}

func (s *Handler) list(w http.ResponseWriter, r *http.Request) {
	if s.options.Batching.Hidden {
		fail(w, Reply{Status: http.StatusNotFound, Message: "no such path: " + r.URL.Path})
		return
	}
	after := r.URL.Query().Get("after")
	var page []object
	seen := after == ""
	for _, b := range slices.Backward(s.batches) {
		if seen {
			page = append(page, b.wire)
		}
		seen = seen || b.wire["id"] == after
	}
	const most = 2 // so that a search goes on to the next page
	more := len(page) > most
	w.Write(encode(object{"object": "list", "data": page[:min(most, len(page))], "has_more": more}))
}
