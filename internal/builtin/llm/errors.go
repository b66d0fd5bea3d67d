package llm

import (
	"fmt"

	"github.com/rehearse-dev/rehearse/flow"
	client "github.com/rehearse-dev/rehearse/internal/llm"
)

// logprobs is the detail of an answer whose token probabilities cannot be read.
const logprobs client.Class = "logprobs"

func malformed(detail client.Class, format string, args ...any) error {
	return &flow.StepError{Class: flow.ErrMalformed, Detail: string(detail), Err: fmt.Errorf(format, args...)}
}
