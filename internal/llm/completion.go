package llm

import (
	"errors"
	"fmt"
	"io"
	"strings"

	openai "github.com/sashabaranov/go-openai"
)

// completion is an answer as decoded, before it is judged. It is shared between
// callers and never changed.
type completion struct {
	text, refusal, finish, model, fingerprint string
	usage                                     Usage
	tokens                                    []TokenLogprob
	choices                                   int
}

func readWhole(resp openai.ChatCompletionResponse, err error) (completion, error) {
	if err != nil {
		return completion{}, err
	}
	a := completion{
		model: resp.Model, fingerprint: resp.SystemFingerprint,
		usage: usageOf(&resp.Usage), choices: len(resp.Choices),
	}
	if a.choices > 0 {
		choice := resp.Choices[0]
		a.text, a.refusal, a.finish = choice.Message.Content, choice.Message.Refusal, string(choice.FinishReason)
		if choice.LogProbs != nil {
			for _, t := range choice.LogProbs.Content {
				token := TokenLogprob{Token: spelled(t.Token, t.Bytes), Logprob: t.LogProb}
				for _, alt := range t.TopLogProbs {
					token.Top = append(token.Top, Alternative{Token: spelled(alt.Token, alt.Bytes), Logprob: alt.LogProb})
				}
				a.tokens = append(a.tokens, token)
			}
		}
	}
	return a, nil
}

// readStream puts the pieces of a streamed answer together. A stream that is
// cut before [DONE] ends in a plain io.EOF, so the end proves nothing: only a
// finish reason does, and complete asks for it.
func readStream(stream *openai.ChatCompletionStream, err error) (completion, error) {
	if err != nil {
		return completion{}, err
	}
	defer stream.Close()
	var a completion
	var words, refusal strings.Builder
	for {
		piece, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return completion{}, err
		}
		if piece.Model != "" {
			a.model = piece.Model
		}
		if piece.SystemFingerprint != "" {
			a.fingerprint = piece.SystemFingerprint
		}
		if piece.Usage != nil {
			a.usage = usageOf(piece.Usage)
		}
		for _, choice := range piece.Choices {
			if choice.Index != 0 {
				continue
			}
			a.choices = 1
			words.WriteString(choice.Delta.Content)
			refusal.WriteString(choice.Delta.Refusal)
			if choice.FinishReason != "" {
				a.finish = string(choice.FinishReason)
			}
			if choice.Logprobs != nil {
				for _, t := range choice.Logprobs.Content {
					token := TokenLogprob{Token: spelled(t.Token, narrow(t.Bytes)), Logprob: t.Logprob}
					for _, alt := range t.TopLogprobs {
						token.Top = append(token.Top, Alternative{Token: spelled(alt.Token, narrow(alt.Bytes)), Logprob: alt.Logprob})
					}
					a.tokens = append(a.tokens, token)
				}
			}
		}
	}
	a.text, a.refusal = words.String(), refusal.String()
	return a, nil
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
	out := make([]byte, len(wide))
	for i, v := range wide {
		out[i] = byte(v)
	}
	return out
}

func usageOf(u *openai.Usage) Usage {
	out := Usage{In: u.PromptTokens, Out: u.CompletionTokens}
	if u.PromptTokensDetails != nil {
		out.Cached = u.PromptTokensDetails.CachedTokens
	}
	if u.CompletionTokensDetails != nil {
		out.Reasoning = u.CompletionTokensDetails.ReasoningTokens
	}
	return out
}

// complete reports why a response with a good status holds no whole answer.
// Nothing that fails here is stored.
func (a *completion) complete(raw []byte) error {
	switch {
	case a.finish != "":
		return nil
	case a.choices > 0:
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
func (a *completion) judge() *Error {
	switch {
	case a.finish == string(openai.FinishReasonContentFilter):
		return &Error{Class: ClassContentFilter, Message: "the endpoint's filter stopped the answer"}
	case a.refusal != "":
		return &Error{Class: ClassRefused, Message: "the model declined: " + tidy([]byte(a.refusal))}
	case a.finish == string(openai.FinishReasonLength):
		return &Error{Class: ClassTruncated, Message: fmt.Sprintf("the answer reached the token limit after %d tokens: raise max tokens or ask for less", a.usage.Out)}
	case a.finish == string(openai.FinishReasonToolCalls), a.finish == string(openai.FinishReasonFunctionCall):
		return &Error{Class: ClassUnparsable, Message: "the model called a tool that it was not offered"}
	}
	return nil
}
