package llm

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	openai "github.com/sashabaranov/go-openai"
)

// completion is a whole answer, of text or of vectors, before it is judged. It is shared between
// callers and never changed.
type completion struct {
	text, refusal, finish, model, fingerprint string
	usage                                     Usage
	tokens                                    []TokenLogprob
	calls                                     []ToolCall
	vectors                                   [][]float32
}

// decode reads a stored answer.
func decode(raw []byte) (completion, error) {
	var whole openai.ChatCompletionResponse
	if err := json.Unmarshal(raw, &whole); err != nil {
		return completion{}, err
	}
	if len(whole.Choices) == 0 {
		if answer, err := decodeVectors(raw); err == nil {
			return answer, nil
		}
	}
	if err := complete(&whole, raw); err != nil {
		return completion{}, err
	}
	return newCompletion(&whole), nil
}

// newCompletion takes what this package uses out of a complete response.
func newCompletion(whole *openai.ChatCompletionResponse) completion {
	choice := &whole.Choices[0]
	a := completion{
		text: choice.Message.Content, refusal: choice.Message.Refusal, finish: string(choice.FinishReason),
		model: whole.Model, fingerprint: whole.SystemFingerprint,
		usage: Usage{In: whole.Usage.PromptTokens, Out: whole.Usage.CompletionTokens},
	}
	for _, c := range choice.Message.ToolCalls {
		a.calls = append(a.calls, ToolCall{Name: c.Function.Name, Arguments: c.Function.Arguments})
	}
	if d := whole.Usage.PromptTokensDetails; d != nil {
		a.usage.Cached = d.CachedTokens
	}
	if d := whole.Usage.CompletionTokensDetails; d != nil {
		a.usage.Reasoning = d.ReasoningTokens
	}
	if choice.LogProbs != nil {
		for _, t := range choice.LogProbs.Content {
			token := TokenLogprob{Token: spelled(t.Token, t.Bytes), Logprob: t.LogProb}
			for _, alt := range t.TopLogProbs {
				token.Top = append(token.Top, Alternative{Token: spelled(alt.Token, alt.Bytes), Logprob: alt.LogProb})
			}
			a.tokens = append(a.tokens, token)
		}
	}
	return a
}

// assemble puts the pieces of a streamed answer together into the response that
// the endpoint would have given in one. A stream that is cut before [DONE] ends
// in a plain io.EOF, so the end proves nothing: only a finish reason does, and
// complete asks for it.
func assemble(stream *openai.ChatCompletionStream, err error) (openai.ChatCompletionResponse, error) {
	var whole openai.ChatCompletionResponse
	if err != nil {
		return whole, err
	}
	defer stream.Close()
	var words, refusal strings.Builder
	var choice openai.ChatCompletionChoice
	var tools []openai.ToolCall
	seen := false
	for {
		piece, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return whole, err
		}
		if piece.Model != "" {
			whole.ID, whole.Model, whole.Created = piece.ID, piece.Model, piece.Created
		}
		if piece.SystemFingerprint != "" {
			whole.SystemFingerprint = piece.SystemFingerprint
		}
		if piece.Usage != nil {
			whole.Usage = *piece.Usage
		}
		for _, c := range piece.Choices {
			if c.Index != 0 {
				continue
			}
			seen = true
			words.WriteString(c.Delta.Content)
			refusal.WriteString(c.Delta.Refusal)
			for _, call := range c.Delta.ToolCalls {
				tools = gather(tools, call)
			}
			if c.FinishReason != "" {
				choice.FinishReason = c.FinishReason
			}
			if c.Logprobs == nil {
				continue
			}
			if choice.LogProbs == nil {
				choice.LogProbs = &openai.LogProbs{}
			}
			for _, t := range c.Logprobs.Content {
				token := openai.LogProb{Token: t.Token, LogProb: t.Logprob, Bytes: narrow(t.Bytes)}
				for _, alt := range t.TopLogprobs {
					token.TopLogProbs = append(token.TopLogProbs, openai.TopLogProbs{Token: alt.Token, LogProb: alt.Logprob, Bytes: narrow(alt.Bytes)})
				}
				choice.LogProbs.Content = append(choice.LogProbs.Content, token)
			}
		}
	}
	whole.Object = "chat.completion"
	if seen {
		choice.Message = openai.ChatCompletionMessage{Role: openai.ChatMessageRoleAssistant, Content: words.String(), Refusal: refusal.String(), ToolCalls: tools}
		whole.Choices = []openai.ChatCompletionChoice{choice}
	}
	return whole, nil
}

// spelled prefers a token's bytes: a character may be split between tokens, and
// the printed form of half a character is not its bytes.
func spelled(token string, b []byte) string {
	if len(b) > 0 {
		return string(b)
	}
	return token
}

func narrow(wide []int64) []byte {
	if wide == nil {
		return nil
	}
	out := make([]byte, len(wide))
	for i, v := range wide {
		out[i] = byte(v)
	}
	return out
}

// complete reports why a response with a good status holds no whole answer.
// Nothing that fails here is stored.
func complete(whole *openai.ChatCompletionResponse, raw []byte) error {
	if len(whole.Choices) > 0 {
		if f := whole.Choices[0].FinishReason; f != "" && f != openai.FinishReasonNull {
			return nil
		}
		return &Error{Class: ClassTruncated, Message: "the answer has no finish reason: it was cut off", Retryable: true}
	}
	if code, message := wireError(raw); message != string(raw) {
		// Some gateways say 200 and put the error into the body.
		return classifyStatus(500, code, tidy([]byte(message)))
	}
	return &Error{Class: ClassUnparsable, Message: "the response has no choices: it is not a chat completion", Retryable: true}
}

// judge reports why a whole answer cannot be used. Asking again would bring the
// same, so nothing here is retryable.
func (a *completion) judge(tools bool) *Error {
	switch {
	case a.finish == string(openai.FinishReasonContentFilter):
		return &Error{Class: ClassContentFilter, Message: "the endpoint's filter stopped the answer"}
	case a.refusal != "":
		return &Error{Class: ClassRefused, Message: "the model declined: " + tidy([]byte(a.refusal))}
	case a.finish == string(openai.FinishReasonLength):
		return &Error{Class: ClassTruncated, Message: fmt.Sprintf("the answer reached the token limit after %d tokens: raise max tokens or ask for less", a.usage.Out)}
	case len(a.calls) > 0 && !tools, len(a.calls) == 0 && a.finish == string(openai.FinishReasonToolCalls), a.finish == string(openai.FinishReasonFunctionCall):
		return &Error{Class: ClassUnparsable, Message: "the model called a tool that it was not offered"}
	}
	return nil
}
