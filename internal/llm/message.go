package llm

import (
	"encoding/json"
	"fmt"
	"slices"

	openai "github.com/sashabaranov/go-openai"
)

// Message is one turn of the conversation put to the model.
type Message struct {
	Role    string // "system", "developer", "user", "assistant" or "tool"
	Content string // empty only beside Calls
	// Images are addresses of pictures shown after Content: https: or data:.
	Images []string
	Calls  []ToolCall // of the assistant: what it asked of tools
	Call   string     // of a tool: the ID of the call that Content answers
}

// Tool is something that the model may call in place of answering.
type Tool struct {
	Name, Description string
	Parameters        json.RawMessage // JSON Schema of the arguments
}

// ToolCall is one call that the model asks for.
type ToolCall struct {
	ID        string // as the conversation names it; empty in a [Response]
	Name      string
	Arguments string // JSON, if the model kept to what it was told
}

// fault says what is wrong with a message; "" for nothing.
func (m *Message) fault() string {
	switch {
	case !slices.Contains([]string{"system", "developer", "user", "assistant", "tool"}, m.Role):
		return fmt.Sprintf("has role %q: use system, developer, user, assistant or tool", m.Role)
	case m.Content == "" && len(m.Calls) == 0:
		return fmt.Sprintf("(%s) is empty", m.Role)
	case (m.Role == "tool") != (m.Call != ""):
		return fmt.Sprintf("(%s) answers the call %q: the role tool, and no other, answers one", m.Role, m.Call)
	}
	return ""
}

func (m *Message) wire() openai.ChatCompletionMessage {
	out := openai.ChatCompletionMessage{Role: m.Role, Content: m.Content, ToolCallID: m.Call}
	for _, c := range m.Calls {
		out.ToolCalls = append(out.ToolCalls, openai.ToolCall{
			ID: c.ID, Type: openai.ToolTypeFunction, Function: openai.FunctionCall{Name: c.Name, Arguments: c.Arguments},
		})
	}
	if len(m.Images) > 0 {
		out.Content = ""
		out.MultiContent = []openai.ChatMessagePart{{Type: openai.ChatMessagePartTypeText, Text: m.Content}}
		for _, at := range m.Images {
			out.MultiContent = append(out.MultiContent, openai.ChatMessagePart{
				Type: openai.ChatMessagePartTypeImageURL, ImageURL: &openai.ChatMessageImageURL{URL: at},
			})
		}
	}
	return out
}

func (t *Tool) wire() openai.Tool {
	return openai.Tool{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{
		Name: t.Name, Description: t.Description, Parameters: t.Parameters,
	}}
}

// gather adds a piece of a streamed tool call: the first piece of a call names
// it, later ones bring more of its arguments. Pieces are told apart by index;
// servers that leave it out send calls whole.
func gather(calls []openai.ToolCall, piece openai.ToolCall) []openai.ToolCall {
	i := len(calls)
	if piece.Index != nil {
		i = slices.IndexFunc(calls, func(c openai.ToolCall) bool { return c.Index != nil && *c.Index == *piece.Index })
	}
	if i < 0 || i == len(calls) {
		return append(calls, piece)
	}
	calls[i].Function.Name += piece.Function.Name
	calls[i].Function.Arguments += piece.Function.Arguments
	return calls
}
