package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode"

	openai "github.com/sashabaranov/go-openai"
)

// Class says what kind of failure stands between a question and its answer.
type Class string

const (
	ClassRefused        Class = "refused"        // the model declined, in words of its own
	ClassTruncated      Class = "truncated"      // the answer or the connection ended early
	ClassUnparsable     Class = "unparsable"     // not JSON, or not a chat completion
	ClassSchema         Class = "schema"         // JSON, but not what the schema asks for
	ClassContentFilter  Class = "content_filter" // stopped by the endpoint's filter
	ClassRate           Class = "rate"           // too many requests
	ClassTimeout        Class = "timeout"        // no answer within the deadline
	ClassServer         Class = "server"         // the endpoint is down or broken
	ClassAuthentication Class = "authentication" // no key, or one the endpoint does not take
	ClassBadRequest     Class = "bad_request"    // the request is wrong and stays wrong
	ClassBudget         Class = "budget"         // the account or the run has no money left
	ClassOfflineMiss    Class = "offline_miss"   // not stored, and calls are off
	ClassUntried        Class = "untried"        // not asked, as the endpoint was down for others
)

// NotMeasured reports whether a failure of this class means that the harness
// could not try, rather than that the design failed.
func (c Class) NotMeasured() bool {
	return c == ClassAuthentication || c == ClassBudget || c == ClassOfflineMiss || c == ClassUntried
}

// Error is a failed call. Its text never holds a secret.
type Error struct {
	Class      Class
	Status     int           // HTTP status, 0 when none arrived
	Message    string        // what is wrong, and what would be right where known
	Causes     []string      // for ClassSchema, every violation with its place
	RetryAfter time.Duration // how long the endpoint asked to wait, 0 when it did not
	Retryable  bool          // the same request may succeed later
	err        error
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Class))
	if e.Status != 0 {
		fmt.Fprintf(&b, " (HTTP %d)", e.Status)
	}
	b.WriteString(": ")
	b.WriteString(e.Message)
	for _, c := range e.Causes {
		b.WriteString("; ")
		b.WriteString(c)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.err }

// ClassOf returns the class of err, or "" when it is not a failed call.
func ClassOf(err error) Class {
	var e *Error
	if errors.As(err, &e) {
		return e.Class
	}
	return ""
}

func badRequest(format string, args ...any) *Error {
	return &Error{Class: ClassBadRequest, Message: fmt.Sprintf(format, args...)}
}

// classifyStatus sorts an HTTP status with the endpoint's own code and message.
// 429 hides two things: too fast (worth waiting) and no money (not).
func classifyStatus(status int, code, message string) *Error {
	e := &Error{Status: status, Message: message}
	switch {
	case strings.Contains(code, "content_filter"), strings.Contains(code, "content_policy"):
		e.Class = ClassContentFilter
	case code == "insufficient_quota", status == http.StatusPaymentRequired:
		e.Class = ClassBudget
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		e.Class = ClassAuthentication
	case status == http.StatusRequestTimeout:
		e.Class, e.Retryable = ClassTimeout, true
	case status == http.StatusTooManyRequests, status == http.StatusTooEarly:
		e.Class, e.Retryable = ClassRate, true
	case status == http.StatusConflict: // a lock on the endpoint's side
		e.Class, e.Retryable = ClassServer, true
	case status == http.StatusNotImplemented:
		e.Class = ClassBadRequest
	case status >= 500:
		e.Class, e.Retryable = ClassServer, true
	default:
		e.Class = ClassBadRequest
	}
	return e
}

// classify turns what go-openai and the transport returned into one Error.
func classify(ex *exchange, err error, red func([]byte) []byte) *Error {
	var own *Error
	if errors.As(err, &own) { // redirects, oversized responses: judged in the transport
		own.Message = tidy(red([]byte(own.Message))) // a redirect may name the key as its host
		return own
	}
	if ex.status != 0 && ex.status/100 != 2 {
		code, message := wireError(ex.raw)
		e := classifyStatus(ex.status, code, tidy(red([]byte(message))))
		e.RetryAfter = ex.retryAfter
		return e
	}
	text := tidy(red([]byte(err.Error())))
	var dns *net.DNSError
	var netErr net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &netErr) && netErr.Timeout():
		return &Error{Class: ClassTimeout, Status: ex.status, Message: "no complete answer within the deadline of the attempt", Retryable: true}
	case errors.As(err, &dns) && dns.IsNotFound:
		return &Error{Class: ClassBadRequest, Message: fmt.Sprintf("host %q is not known: check the base URL", dns.Name)}
	case ex.cut, ex.status != 0 && errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Class: ClassTruncated, Status: ex.status, Message: "the response ended before it was complete", Retryable: true}
	case ex.status == 0:
		return &Error{Class: ClassServer, Message: "the endpoint cannot be reached: " + text, Retryable: true}
	}
	var api *openai.APIError
	if errors.As(err, &api) { // an error event inside a stream
		e := classifyStatus(http.StatusInternalServerError, fmt.Sprint(api.Code), tidy(red([]byte(api.Message))))
		e.Status = ex.status
		return e
	}
	return &Error{Class: ClassUnparsable, Status: ex.status, Message: "the response is not " + ex.wanted() + ": " + text, Retryable: true}
}

// wireError reads the error object of an OpenAI-compatible body, or takes the
// body's first words.
func wireError(raw []byte) (code, message string) {
	var body struct {
		Error json.RawMessage `json:"error"`
	}
	if json.Unmarshal(raw, &body) == nil && len(body.Error) > 0 {
		var object struct {
			Message json.RawMessage `json:"message"`
			Code    any             `json:"code"`
			Type    string          `json:"type"`
		}
		if json.Unmarshal(body.Error, &object) == nil {
			code = object.Type
			if s, ok := object.Code.(string); ok && s != "" {
				code = s
			}
			return code, jsonText(object.Message)
		}
		return "", jsonText(body.Error)
	}
	return "", string(raw)
}

func jsonText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// tidy makes foreign text fit for one line of an error.
func tidy(b []byte) string {
	const most = 400
	s := strings.Join(strings.FieldsFunc(strings.ToValidUTF8(string(b), "?"), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	if s == "" {
		return "no message"
	}
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
