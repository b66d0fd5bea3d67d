package llm

import (
	"regexp"
	"slices"

	openai "github.com/sashabaranov/go-openai"
)

// Structured says how far an endpoint helps with answers by a JSON Schema.
// What it does not promise is said to the model in words; the answer is
// checked here in any case.
type Structured string

const (
	BySchema Structured = ""     // it is given the schema, and keeps to it
	ByJSON   Structured = "json" // it keeps to JSON, of whatever shape
	ByWords  Structured = "none" // it does nothing
)

func (s Structured) format(schema *Schema) *openai.ChatCompletionResponseFormat {
	switch s {
	case ByJSON:
		return &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONObject}
	case ByWords:
		return nil
	}
	return &openai.ChatCompletionResponseFormat{
		Type:       openai.ChatCompletionResponseFormatTypeJSONSchema,
		JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: schema.name, Schema: schema.raw, Strict: true},
	}
}

// tell puts the schema into the words of the system's part, where the endpoint
// is not given it.
func (s Structured) tell(messages []Message, schema *Schema) []Message {
	if s == BySchema || schema == nil {
		return messages
	}
	words := "Answer with one JSON value that satisfies this JSON Schema, and with nothing else:\n" + string(schema.raw)
	out := slices.Clone(messages)
	if len(out) > 0 && out[0].Role == "system" {
		out[0].Content += "\n\n" + words
		return out
	}
	return slices.Insert(out, 0, Message{Role: "system", Content: words})
}

// fence is an answer in the fence of a Markdown code block.
var fence = regexp.MustCompile("(?s)^\\s*```(?:json)?\\s*\n(.*?)\\s*```\\s*$")

// unwrapped is an answer without the fence that models put around JSON where
// nothing keeps them from it.
func (s Structured) unwrapped(text string) string {
	if s != ByWords {
		return text
	}
	if m := fence.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return text
}
