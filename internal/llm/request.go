package llm

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	openai "github.com/sashabaranov/go-openai"
)

// Request is one question. The zero value of an optional field leaves the
// choice to the endpoint.
type Request struct {
	Messages []Message
	// Embed are texts whose vectors are asked for, in place of an answer to
	// Messages. Of the rest only Extra is sent.
	Embed       []string
	Temperature *float64 // 0 is sent as 0
	TopP        *float64
	MaxTokens   int // of the answer; 0 sends none
	Seed        *int64
	Schema      *Schema // asks for structured output and checks it here too
	Tools       []Tool  // that the model may call in place of an answer
	Logprobs    bool
	TopLogprobs int // alternatives listed per token; needs Logprobs

	// Extra holds further body fields that only some endpoints know (top_k,
	// min_p, chat_template_kwargs). It cannot replace a field set above.
	Extra map[string]json.RawMessage

	// Repeat, Sample and Reask tell apart questions with the same words: the
	// replay's repeat, the k-th of several samples, the n-th time of asking
	// after an answer that did not satisfy the caller. None of them ever reads
	// another one's stored answer.
	Repeat, Sample, Reask int

	// Case and Step say on whose behalf the question is asked. They key the
	// jitter of retries and appear in errors; they are not part of the Key.
	Case, Step string
}

// Usage counts tokens as the endpoint reported them.
type Usage struct {
	In        int `json:"in"`        // all input tokens, cached ones included
	Cached    int `json:"cached"`    // input tokens billed at the cached price
	Out       int `json:"out"`       // all output tokens, reasoning ones included
	Reasoning int `json:"reasoning"` // output tokens that the answer does not show
}

// Attempt is one exchange with the endpoint, good or bad.
type Attempt struct {
	Wait    time.Duration `json:"wait"`            // slept before it
	Latency time.Duration `json:"latency"`         // from sending to the last byte
	Status  int           `json:"status"`          // HTTP status, 0 when none arrived
	Class   Class         `json:"class,omitempty"` // empty when it brought an answer
	Usage   Usage         `json:"usage"`           // zero when the endpoint did not say
	// Batch is the endpoint's name of the batch that it was a part of; how long
	// it took is then not known. "" for an exchange of its own.
	Batch string `json:"batch,omitempty"`
}

// Response is what came back. It is meaningful beside an error too: Attempts
// tells what was tried, and an answer that failed its check is there to be read.
type Response struct {
	Text        string
	Output      any        // the checked JSON value when a schema was asked for; numbers are json.Number
	Calls       []ToolCall // what the model asks of tools; then there is no Output
	Refusal     string     // the model's own words for declining
	Finish      string     // finish reason as sent: "stop", "length", "content_filter", ...
	Model       string     // the model the endpoint says answered
	Fingerprint string     // its system_fingerprint, often empty
	Usage       Usage
	Vectors     [][]float32    // of the texts of Embed, in their order
	Tokens      []TokenLogprob // empty unless Logprobs was set and the endpoint complied
	Latency     time.Duration  // of the attempt that brought the answer; as recorded when FromCache
	Attempts    []Attempt
	FromCache   bool // nothing was paid for this call: stored before, or paid by a caller asking the same at the same time
	Raw         []byte
	Key         Key
}

// Key names one answer: SHA-256 over a [Question].
type Key [sha256.Size]byte

// String gives the key in hexadecimal.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// Digest is a SHA-256.
type Digest [sha256.Size]byte

// Question is what tells one stored answer from all others.
type Question struct {
	BaseURL, Version      string // of the endpoint; Version is Azure's api-version
	Asked                 string // the model asked for
	Request               Digest // of the body that was sent
	Repeat, Sample, Reask int
}

// Key hashes the question's length-prefixed parts, so that no two splits of the
// same bytes agree.
func (q *Question) Key() Key {
	h := sha256.New()
	part := func(b []byte) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	part([]byte("rehearse response key 2"))
	part([]byte(q.BaseURL))
	part([]byte(q.Version))
	part([]byte(q.Asked))
	part(q.Request[:])
	fmt.Fprintf(h, "repeat=%d sample=%d reask=%d", q.Repeat, q.Sample, q.Reask)
	return Key(h.Sum(nil))
}

// question is what a request with this body asks. Headers and keys are no part
// of it: rotating a key must not lose what was paid for.
func (e *Endpoint) question(body []byte, r *Request) Question {
	return Question{
		BaseURL: strings.TrimRight(e.BaseURL, "/"), Version: e.AzureVersion, Asked: e.Model,
		Request: sha256.Sum256(body), Repeat: r.Repeat, Sample: r.Sample, Reask: r.Reask,
	}
}

// body renders the canonical request body. go-openai's struct supplies the wire
// names; the fields that it would drop at zero (temperature, top_p, seed) or
// does not know (extra) are set on the decoded object.
func (e *Endpoint) body(r *Request) ([]byte, error) {
	if len(r.Embed) > 0 {
		return e.embedding(r)
	}
	if err := r.validate(); err != nil {
		return nil, err
	}
	wire := openai.ChatCompletionRequest{
		Model:       e.Model,
		Stream:      e.Stream,
		LogProbs:    r.Logprobs,
		TopLogProbs: r.TopLogprobs,
	}
	for _, m := range e.Structured.tell(r.Messages, r.Schema) {
		wire.Messages = append(wire.Messages, m.wire())
	}
	for _, t := range r.Tools {
		wire.Tools = append(wire.Tools, t.wire())
	}
	if e.Stream {
		wire.StreamOptions = &openai.StreamOptions{IncludeUsage: true}
	}
	if r.Schema != nil {
		wire.ResponseFormat = e.Structured.format(r.Schema)
	}
	b, err := json.Marshal(wire)
	if err != nil {
		return nil, badRequest("request cannot be written as JSON: %v", err)
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(b, &fields); err != nil {
		return nil, badRequest("request cannot be read back: %v", err)
	}
	set := func(name string, v any) {
		if raw, merr := json.Marshal(v); merr != nil {
			err = badRequest("%s cannot be written as JSON: %v", name, merr)
		} else {
			fields[name] = raw
		}
	}
	if r.Temperature != nil {
		set("temperature", *r.Temperature)
	}
	if r.TopP != nil {
		set("top_p", *r.TopP)
	}
	if r.Seed != nil {
		set("seed", *r.Seed)
	}
	if r.MaxTokens > 0 {
		set(e.tokensField(), r.MaxTokens)
	}
	if err != nil {
		return nil, err
	}
	return e.extended(fields, r.Extra)
}

// extended writes a body with the extra fields of the endpoint and of the
// request, by the order of their names.
func (e *Endpoint) extended(fields, extra map[string]json.RawMessage) ([]byte, error) {
	for name, v := range e.Extra {
		if _, own := extra[name]; !own {
			if _, taken := fields[name]; taken {
				return nil, badRequest("the endpoint's extra field %q is already set by the request: remove it from the endpoint", name)
			}
			fields[name] = v
		}
	}
	for name, v := range extra {
		if _, taken := fields[name]; taken {
			return nil, badRequest("extra field %q is already set by the request: remove it from the extra fields", name)
		}
		fields[name] = v
	}
	out, err := json.Marshal(fields) // sorts the keys
	if err != nil {
		return nil, badRequest("extra fields are not JSON: %v", err)
	}
	return out, nil
}

func (r *Request) validate() error {
	if len(r.Messages) == 0 {
		return badRequest("request has no messages")
	}
	for i, m := range r.Messages {
		if why := m.fault(); why != "" {
			return badRequest("message %d %s", i+1, why)
		}
	}
	if r.TopLogprobs > 0 && !r.Logprobs {
		return badRequest("top_logprobs is %d but logprobs is off: set both", r.TopLogprobs)
	}
	if r.MaxTokens < 0 {
		return badRequest("max tokens is %d: give a positive number or none", r.MaxTokens)
	}
	return nil
}
