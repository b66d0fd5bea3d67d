package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	openai "github.com/sashabaranov/go-openai"
)

// embedding renders the canonical body of a request for vectors.
func (e *Endpoint) embedding(r *Request) ([]byte, error) {
	if len(r.Messages) > 0 {
		return nil, badRequest("a request asks for vectors or for an answer, and this one for both")
	}
	for i, text := range r.Embed {
		if text == "" {
			return nil, badRequest("text %d is empty, and has no vector", i+1)
		}
	}
	b, err := json.Marshal(openai.EmbeddingRequest{Input: r.Embed, Model: openai.EmbeddingModel(e.Model)})
	if err != nil {
		return nil, badRequest("request cannot be written as JSON: %v", err)
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(b, &fields); err != nil {
		return nil, badRequest("request cannot be read back: %v", err)
	}
	return e.extended(fields, r.Extra)
}

// embed runs one exchange for vectors, as [Client.exchange] does for an answer.
func (c *Client) embed(ctx context.Context, ex *exchange) (completion, *Error) {
	_, err := c.api.CreateEmbeddings(withExchange(ctx, ex), openai.EmbeddingRequest{Model: "placeholder"})
	if err == nil && ex.status/100 != 2 {
		err = errors.New("unexpected status")
	}
	var answer completion
	if err == nil {
		answer, err = decodeVectors(ex.raw)
	}
	if err == nil && len(answer.vectors) != ex.texts {
		err = &Error{Class: ClassUnparsable, Message: fmt.Sprintf("the response holds %d vectors of %d texts", len(answer.vectors), ex.texts), Retryable: true}
	}
	if err != nil {
		return completion{}, classify(ex, err, c.credentials.redact)
	}
	return answer, nil
}

// decodeVectors reads an answer that holds vectors. They come by the index
// that the endpoint gives them, whatever their order.
func decodeVectors(raw []byte) (completion, error) {
	var whole openai.EmbeddingResponse
	if err := json.Unmarshal(raw, &whole); err != nil {
		return completion{}, err
	}
	unfit := func(format string, args ...any) (completion, error) {
		return completion{}, &Error{Class: ClassUnparsable, Message: fmt.Sprintf(format, args...), Retryable: true}
	}
	n := len(whole.Data)
	if n == 0 {
		if code, message := wireError(raw); message != string(raw) {
			return completion{}, classifyStatus(500, code, tidy([]byte(message)))
		}
		return unfit("the response holds no vectors")
	}
	vectors := make([][]float32, n)
	for _, d := range whole.Data {
		switch {
		case d.Index < 0 || d.Index >= n || vectors[d.Index] != nil:
			return unfit("the response numbers its vectors wrongly")
		case len(d.Embedding) == 0 || len(d.Embedding) != len(whole.Data[0].Embedding):
			return unfit("the response holds vectors of different lengths, or of none")
		case !directed(d.Embedding):
			return unfit("the response holds a vector without a direction")
		}
		vectors[d.Index] = d.Embedding
	}
	return completion{model: string(whole.Model), usage: Usage{In: whole.Usage.PromptTokens}, vectors: vectors}, nil
}

// directed says that a vector is finite and not zero.
func directed(v []float32) bool {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return sum > 0 && !math.IsInf(sum, 0) && !math.IsNaN(sum)
}
