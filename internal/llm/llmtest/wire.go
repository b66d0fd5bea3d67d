package llmtest

import (
	"bytes"
	"encoding/json"
	"fmt"
)

type object = map[string]any

// whole is a chat completion in one piece.
func whole(c *Call, p Reply) []byte {
	message := object{"role": "assistant", "content": p.Text}
	if p.Refusal != "" {
		message["refusal"] = p.Refusal
		message["content"] = nil
	}
	if len(p.Calls) > 0 {
		message["tool_calls"], message["content"] = calls(p, false), nil
	}
	choice := object{"index": 0, "message": message, "finish_reason": finish(p)}
	if len(p.Tokens) > 0 {
		choice["logprobs"] = object{"content": p.Tokens}
	}
	return encode(object{
		"id": fmt.Sprintf("standin-%d", c.N), "object": "chat.completion", "created": 1,
		"model": model(c, p), "system_fingerprint": p.Fingerprint,
		"choices": []object{choice}, "usage": usage(p),
	})
}

// stream is the same as server-sent events: a piece for every few characters,
// the finish reason, the usage, and [DONE].
func stream(c *Call, p Reply) []byte {
	var b bytes.Buffer
	event := func(choices []object, usage object) {
		fmt.Fprintf(&b, "data: %s\n\n", encode(object{
			"id": fmt.Sprintf("standin-%d", c.N), "object": "chat.completion.chunk", "created": 1,
			"model": model(c, p), "system_fingerprint": p.Fingerprint, "choices": choices, "usage": usage,
		}))
	}
	if len(p.Tokens) > 0 {
		for i := range p.Tokens {
			event([]object{{"index": 0, "delta": object{"content": p.Tokens[i].Token},
				"logprobs": object{"content": p.Tokens[i : i+1]}}}, nil)
		}
	} else {
		for text := []rune(p.Text); len(text) > 0; {
			n := min(4, len(text))
			event([]object{{"index": 0, "delta": object{"content": string(text[:n])}}}, nil)
			text = text[n:]
		}
	}
	for _, call := range calls(p, true) {
		event([]object{{"index": 0, "delta": object{"tool_calls": []object{call}}}}, nil)
	}
	if p.Refusal != "" {
		event([]object{{"index": 0, "delta": object{"refusal": p.Refusal}}}, nil)
	}
	if p.NoDone {
		return b.Bytes()
	}
	event([]object{{"index": 0, "delta": object{}, "finish_reason": finish(p)}}, nil)
	event([]object{}, usage(p))
	b.WriteString("data: [DONE]\n\n")
	return b.Bytes()
}

// calls are the tool calls of a reply; in pieces, the arguments come in two.
func calls(p Reply, pieces bool) []object {
	var out []object
	for i, c := range p.Calls {
		whole := func(name, arguments string) object {
			return object{"index": i, "id": fmt.Sprintf("call_%d", i), "type": "function", "function": object{"name": name, "arguments": arguments}}
		}
		half := len(c.Arguments) / 2
		if pieces {
			out = append(out, whole(c.Name, c.Arguments[:half]), whole("", c.Arguments[half:]))
			continue
		}
		out = append(out, whole(c.Name, c.Arguments))
	}
	return out
}

func finish(p Reply) any {
	switch p.Finish {
	case "":
		if len(p.Calls) > 0 {
			return "tool_calls"
		}
		return "stop"
	case "none":
		return nil
	}
	return p.Finish
}

func model(c *Call, p Reply) string {
	if p.Model != "" {
		return p.Model
	}
	return c.Model
}

func usage(p Reply) object {
	if p.In == 0 && p.Out == 0 {
		p.In, p.Out = 10, 5
	}
	return object{
		"prompt_tokens": p.In, "completion_tokens": p.Out, "total_tokens": p.In + p.Out,
		"prompt_tokens_details": object{"cached_tokens": p.Cached},
	}
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // replies are plain values: a test gave one that is not
	}
	return b
}
