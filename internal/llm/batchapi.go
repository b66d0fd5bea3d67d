package llm

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	openai "github.com/sashabaranov/go-openai"
)

const (
	// tokenField is the metadata by which a batch is found again.
	tokenField = "rehearse"
	// fileTimeout is how long the transfer of a batch's questions or answers
	// may take.
	fileTimeout = 15 * time.Minute
	// listed and listPages bound the search for a batch at its endpoint.
	listed, listPages = 100, 50
)

// call makes one exchange of the endpoint's interface for files and batches.
func (c *Client) call(ctx context.Context, ex *exchange, timeout time.Duration, do func(context.Context) error) *Error {
	within, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err := do(withExchange(within, ex))
	if err == nil && ex.status/100 != 2 {
		err = errors.New("unexpected status")
	}
	if err == nil {
		return nil
	}
	return classify(ex, err, c.credentials.redact)
}

// insist makes an exchange until it succeeds or there is no use in trying.
func (c *Client) insist(ctx context.Context, ex *exchange, timeout time.Duration, do func(context.Context) error) error {
	for n := 1; ; n++ {
		e := c.call(ctx, ex, timeout, do)
		switch {
		case e == nil:
			return nil
		case ctx.Err() != nil:
			return interrupted(ctx)
		case !e.Retryable || n == c.retry.Attempts:
			return e
		}
		if err := c.rest(ctx, n, e); err != nil {
			return err
		}
		*ex = exchange{stream: ex.stream}
	}
}

// rest sleeps after the n-th failure.
func (c *Client) rest(ctx context.Context, n int, e *Error) error {
	if err := c.clock.Sleep(ctx, c.retry.Wait(n, e.RetryAfter, draw(c.seed, &Request{Step: "batch"}, n))); err != nil {
		return interrupted(ctx)
	}
	return nil
}

// upload sends the questions of a batch, and gives what the endpoint calls them.
func (c *Client) upload(ctx context.Context, token string, lines []byte) (string, error) {
	var f openai.File
	err := c.insist(ctx, &exchange{}, fileTimeout, func(ctx context.Context) (err error) {
		f, err = c.api.CreateFileBytes(ctx, openai.FileBytesRequest{Name: tokenField + "-" + token + ".jsonl", Bytes: lines, Purpose: openai.PurposeBatch})
		return err
	})
	if err == nil && f.ID == "" {
		err = &Error{Class: ClassUnparsable, Message: "the endpoint gives the file of a batch no name"}
	}
	return f.ID, err
}

// create has the endpoint begin a batch, and gives what it calls it. Where it
// is not known whether it did, it is looked for before anything is asked twice;
// sure says that no batch was begun where there is an error.
func (c *Client) create(ctx context.Context, b PendingBatch) (name string, sure bool, err error) {
	for n := 1; ; n++ {
		ex := &exchange{}
		var r openai.BatchResponse
		e := c.call(ctx, ex, c.retry.Timeout, func(ctx context.Context) (err error) {
			r, err = c.api.CreateBatch(ctx, openai.CreateBatchRequest{
				InputFileID: b.File, Endpoint: openai.BatchEndpointChatCompletions, CompletionWindow: "24h",
				Metadata: map[string]any{tokenField: b.Token},
			})
			return err
		})
		if e == nil && r.ID != "" {
			return r.ID, true, nil
		}
		if e == nil {
			e = &Error{Class: ClassUnparsable, Message: "the endpoint gives the batch no name", Retryable: true}
		}
		declined := ex.unsent || ex.status/100 == 4
		if ctx.Err() != nil {
			return "", declined, interrupted(ctx)
		}
		if !declined {
			if name, err := c.find(ctx, b); err != nil || name != "" {
				return name, false, err
			}
		}
		if !e.Retryable || n == c.retry.Attempts {
			return "", true, e
		}
		if err := c.rest(ctx, n, e); err != nil {
			return "", true, err
		}
	}
}

// find looks for a batch that may have been begun: by its token, or by its file.
func (c *Client) find(ctx context.Context, b PendingBatch) (name string, err error) {
	var after *string
	limit := listed
	for range listPages {
		var page openai.ListBatchResponse
		err := c.insist(ctx, &exchange{}, c.retry.Timeout, func(ctx context.Context) (err error) {
			page, err = c.api.ListBatch(ctx, after, &limit)
			return err
		})
		if err != nil {
			return "", fmt.Errorf("whether %s was begun is not known, and the endpoint does not list its batches: %w; look there, and if it was not, 'cache batches --forget %s'", &b, err, b.Token)
		}
		for _, one := range page.Data {
			if one.InputFileID == b.File || one.Metadata[tokenField] == b.Token {
				return one.ID, nil
			}
		}
		if !page.HasMore || len(page.Data) == 0 {
			return "", nil
		}
		after = &page.Data[len(page.Data)-1].ID
	}
	return "", nil
}

// finished waits until the endpoint is done with a batch.
func (c *Client) finished(ctx context.Context, b PendingBatch, told func(string)) (openai.Batch, error) {
	const first, longest = 250 * time.Millisecond, time.Minute
	lost := time.Time{} // since when the endpoint does not answer
	last := ""
	for pause := first; ; pause = min(pause*3/2, longest) {
		var r openai.BatchResponse
		e := c.call(ctx, &exchange{}, c.retry.Timeout, func(ctx context.Context) (err error) {
			r, err = c.api.RetrieveBatch(ctx, b.Name)
			return err
		})
		switch now := c.clock.Now(); {
		case ctx.Err() != nil:
			return r.Batch, interrupted(ctx)
		case e == nil:
			lost = time.Time{}
		case e.Status == 404:
			return r.Batch, fmt.Errorf("the endpoint does not know %s: %w; if it is gone for good, 'cache batches --forget %s' has its questions asked again", &b, e, b.Token)
		case !e.Retryable:
			return r.Batch, e
		case lost.IsZero():
			lost = now
		case now.Sub(lost) > c.retry.Deadline:
			return r.Batch, e
		}
		if e == nil {
			switch r.Status = strings.ToLower(r.Status); r.Status {
			case "completed", "failed", "expired", "cancelled":
				return r.Batch, nil
			}
			text := fmt.Sprintf("%s: %s, %d of %d answered", &b, r.Status, r.RequestCounts.Completed, r.RequestCounts.Total)
			if text != last {
				told(text)
			}
			last = text
		}
		if err := c.clock.Sleep(ctx, pause); err != nil {
			return r.Batch, interrupted(ctx)
		}
	}
}

// resultLine is what became of one question of a batch.
type resultLine struct {
	ID       string `json:"custom_id"`
	Response *struct {
		Status int             `json:"status_code"`
		Body   json.RawMessage `json:"body"`
	} `json:"response"`
	Error json.RawMessage `json:"error"`
}

// results reads a file of results, from its beginning where the connection ends
// inside.
func (c *Client) results(ctx context.Context, file string, each func(resultLine)) error {
	for n := 1; ; n++ {
		err := c.read(ctx, file, each)
		var e *Error
		switch {
		case ctx.Err() != nil:
			return interrupted(ctx)
		case !errors.As(err, &e), !e.Retryable, n == c.retry.Attempts:
			return err
		}
		if err := c.rest(ctx, n, e); err != nil {
			return err
		}
	}
}

// read reads a file of results, line by line.
func (c *Client) read(ctx context.Context, file string, each func(resultLine)) error {
	within, cancel := context.WithTimeout(ctx, fileTimeout)
	defer cancel()
	var content openai.RawResponse
	ex := &exchange{stream: true}
	err := c.insist(ctx, ex, fileTimeout, func(context.Context) (err error) {
		// The content is read under this context, not under that of the exchange.
		content, err = c.api.GetFileContent(withExchange(within, ex), file)
		return err
	})
	if err != nil {
		return err
	}
	defer content.Close()
	lines := bufio.NewScanner(content)
	lines.Buffer(nil, int(c.limits.ResponseBytes)+1<<16)
	for lines.Scan() {
		text := c.credentials.redact(lines.Bytes())
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		var l resultLine
		if err := json.Unmarshal(text, &l); err != nil {
			return &Error{Class: ClassUnparsable, Message: fmt.Sprintf("a line of the batch's results is no JSON: %s", tidy(text))}
		}
		each(l)
	}
	if err := lines.Err(); err != nil {
		return &Error{Class: ClassTruncated, Message: "the results of a batch cannot be read to their end: " + err.Error(), Retryable: !errors.Is(err, bufio.ErrTooLong)}
	}
	return nil
}

// answer is the answer in a line, or why there is none.
func (l *resultLine) answer() (completion, *Error) {
	switch r := l.Response; {
	case r != nil && r.Status/100 == 2:
		var whole openai.ChatCompletionResponse
		err := json.Unmarshal(r.Body, &whole)
		if err == nil {
			err = complete(&whole, r.Body)
		}
		var own *Error
		switch {
		case errors.As(err, &own):
			own.Status = max(own.Status, r.Status)
			return completion{}, own
		case err != nil:
			return completion{}, &Error{Class: ClassUnparsable, Status: r.Status, Message: "the response is not a chat completion: " + tidy([]byte(err.Error())), Retryable: true}
		}
		return newCompletion(&whole), nil
	case r != nil && r.Status != 0:
		code, message := wireError(r.Body)
		return completion{}, classifyStatus(r.Status, code, tidy([]byte(message)))
	}
	code, message := wireError(fmt.Appendf(nil, `{"error":%s}`, l.Error))
	return completion{}, unanswered(code, tidy([]byte(message)))
}

// unanswered is what a code of a batch, or of a line in it, says of a question.
func unanswered(code, message string) *Error {
	switch code {
	case "batch_expired":
		return &Error{Class: ClassTimeout, Message: "not answered within the batch's window", Retryable: true}
	case "batch_cancelled":
		return &Error{Class: ClassUntried, Message: "the batch was cancelled at the endpoint"}
	case "token_limit_exceeded", "rate_limit_exceeded", "request_limit_exceeded":
		return &Error{Class: ClassRate, Message: message, Retryable: true}
	case "billing_hard_limit_reached":
		return &Error{Class: ClassBudget, Message: message}
	case "server_error", "internal_error":
		return &Error{Class: ClassServer, Message: message, Retryable: true}
	}
	return classifyStatus(400, code, message)
}
