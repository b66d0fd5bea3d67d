package llm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"sync"
)

// Bounds on one batch. Endpoints take 50,000 questions at most and larger
// files; a batch is held in memory while it is sent.
const (
	batchQuestions = 50_000
	batchBytes     = 32 << 20
)

// Batches gathers the questions that a run asks together: an endpoint answers
// them when it has time for it, at a lower price. It serves the clients of one
// endpoint over all passes of the run, and is safe for concurrent use.
type Batches struct {
	collecting sync.Mutex

	mu      sync.Mutex
	waiting map[Key]*gathered
	tried   map[Key][]Attempt // of questions that are worth asking again
	failed  map[Key]failure
	spool   *os.File // the questions, as lines of a batch
	size    int64    // of spool
	proven  bool     // the endpoint has answered something
}

// gathered is a question that waits for its batch.
type gathered struct {
	key      Key
	question Question
	at       int64 // in the spool
	line     int   // bytes there
	body     int   // bytes of the request alone
	most     float64
}

// failure is a question that no batch will answer.
type failure struct {
	attempts []Attempt
	err      *Error
}

// batchLine is a question in a batch.
type batchLine struct {
	ID     string          `json:"custom_id"`
	Method string          `json:"method"`
	URL    string          `json:"url"`
	Body   json.RawMessage `json:"body"`
}

// add gathers a question, unless it is there.
func (b *Batches) add(q Question, key Key, body []byte, most float64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting[key] != nil {
		return nil
	}
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(batchLine{key.String(), "POST", "/v1/chat/completions", body}); err != nil {
		return err
	}
	if b.spool == nil {
		f, err := os.CreateTemp("", "rehearse-batch-*.jsonl")
		if err != nil {
			return err
		}
		_ = os.Remove(f.Name()) // where the system lets go of open files, a kill leaves no prompts behind
		b.spool, b.size = f, 0
	}
	if _, err := b.spool.WriteAt(line.Bytes(), b.size); err != nil {
		return fmt.Errorf("gathering questions: %w", err)
	}
	if b.waiting == nil {
		b.waiting = map[Key]*gathered{}
	}
	b.waiting[key] = &gathered{key, q, b.size, line.Len(), len(body), most}
	b.size += int64(line.Len())
	return nil
}

// Waiting is how many questions are gathered and not asked yet.
func (b *Batches) Waiting() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.waiting)
}

// failure is why no batch answers a question; false where that is not known.
func (b *Batches) failure(key Key) (failure, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f, ok := b.failed[key]
	return f, ok
}

// settle takes note of what came of a question that was not answered. What is
// worth trying again is gathered anew when it is next needed, up to so many
// times.
func (b *Batches) settle(key Key, e *Error, times int, batch string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed == nil {
		b.failed, b.tried = map[Key]failure{}, map[Key][]Attempt{}
	}
	attempts := append(b.tried[key], Attempt{Status: e.Status, Class: e.Class, Batch: batch})
	if e.Retryable && len(attempts) < times {
		b.tried[key] = attempts
		return
	}
	b.failed[key] = failure{attempts, e}
}

// before are the attempts that failed before a question was answered.
func (b *Batches) before(key Key) []Attempt {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tried[key]
}

// taken are the questions gathered so far, by their keys. Nothing is gathered
// while they are asked.
func (b *Batches) taken() []*gathered {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]*gathered, 0, len(b.waiting))
	for _, g := range b.waiting {
		out = append(out, g)
	}
	slices.SortFunc(out, func(x, y *gathered) int { return bytes.Compare(x.key[:], y.key[:]) })
	return out
}

// forget drops what was gathered.
func (b *Batches) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.spool != nil {
		b.spool.Close()
		os.Remove(b.spool.Name()) // where it could not go before
	}
	b.waiting, b.spool = nil, nil
}

// lines are questions as the content of a batch.
func (b *Batches) lines(of []*gathered) ([]byte, error) {
	n := 0
	for _, g := range of {
		n += g.line
	}
	out := make([]byte, 0, n)
	for _, g := range of {
		out = out[:len(out)+g.line]
		if _, err := b.spool.ReadAt(out[len(out)-g.line:], g.at); err != nil {
			return nil, fmt.Errorf("gathering questions: %w", err)
		}
	}
	return out, nil
}

// cut makes batches of questions.
func cut(of []*gathered) [][]*gathered {
	var out [][]*gathered
	from, bytes := 0, 0
	for i, g := range of {
		if i > from && (i-from == batchQuestions || bytes+g.line > batchBytes) {
			out = append(out, of[from:i])
			from, bytes = i, 0
		}
		bytes += g.line
	}
	if from < len(of) {
		out = append(out, of[from:])
	}
	return out
}

// sum is what questions may cost at most.
func sum(of []*gathered) float64 {
	total := 0.0
	for _, g := range of {
		total += g.most
	}
	return total
}

// errGathered says that a question waits for its batch.
var errGathered = &Error{Class: ClassUntried, Message: "not answered yet: it is asked in a batch"}

// batched gives a stored answer, or what came of the question in a batch. A
// question that no batch was asked is gathered for the next one.
func (c *Client) batched(r *Request, q Question, key Key, body []byte) (Response, error) {
	entry, found, err := c.cache.Get(key)
	if err != nil {
		return Response{Key: key}, err
	}
	if found {
		c.cache.Use(c.run, key)
		p, err := c.reread(entry)
		return c.respond(r, key, p, true, err)
	}
	if f, ok := c.batches.failure(key); ok {
		return c.respond(r, key, payment{entry: Entry{Attempts: f.attempts}}, false, f.err)
	}
	if !c.gather {
		return Response{Key: key}, &Error{Class: ClassUntried, Message: "not asked: the question differs from those that were asked in batches"}
	}
	if err := c.batches.add(q, key, body, c.prices.atMost(len(body), r.MaxTokens)); err != nil {
		return Response{Key: key}, err
	}
	return Response{Key: key}, errGathered
}
