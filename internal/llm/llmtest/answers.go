package llmtest

import (
	"encoding/json"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
)

// BySchema answers in the shape that a call asks for: words of enums drawn by
// the digest of the question, so that the same question has the same answer,
// and a plain value for all else. Without a schema the answer is "ok". Tools
// that a call offers are called first, each once, with arguments made alike.
func BySchema(c *Call) Reply {
	var body struct {
		Tools []struct {
			Function struct {
				Name       string `json:"name"`
				Parameters schema `json:"parameters"`
			} `json:"function"`
		} `json:"tools"`
		Format struct {
			Schema struct {
				Schema json.RawMessage `json:"schema"`
			} `json:"json_schema"`
		} `json:"response_format"`
	}
	if err := json.Unmarshal(c.Body, &body); err != nil {
		return Reply{Status: 400, Message: "the request cannot be read: " + err.Error()}
	}
	h := fnv.New64a()
	h.Write([]byte(c.Last()))
	rng := rand.New(rand.NewPCG(h.Sum64(), 1))
	if !slices.ContainsFunc(c.Messages, func(m Message) bool { return m.Role == "tool" }) && len(body.Tools) > 0 {
		r := Reply{In: len(c.Body) / 4}
		for _, t := range body.Tools {
			arguments := t.Function.Parameters.written(rng)
			r.Calls = append(r.Calls, ToolCall{Name: t.Function.Name, Arguments: arguments})
			r.Out += max(1, len(arguments)/4)
		}
		return r
	}
	if len(body.Format.Schema.Schema) == 0 {
		return Reply{Text: "ok", In: len(c.Body) / 4, Out: 1}
	}
	var s schema
	if err := json.Unmarshal(body.Format.Schema.Schema, &s); err != nil {
		return Reply{Status: 400, Message: "the schema cannot be read: " + err.Error()}
	}
	text := s.written(rng)
	return Reply{Text: text, In: len(c.Body) / 4, Out: max(1, len(text)/4)}
}

// written is a value of the schema as JSON.
func (s *schema) written(rng *rand.Rand) string {
	text, err := json.Marshal(s.value(rng))
	if err != nil {
		panic(err) // it was read from JSON
	}
	return string(text)
}

// schema is as much of JSON Schema as answers need.
type schema struct {
	Type       any               `json:"type"`
	Format     string            `json:"format"`
	About      string            `json:"description"`
	Enum       []any             `json:"enum"`
	Const      any               `json:"const"`
	Properties map[string]schema `json:"properties"`
	Items      *schema           `json:"items"`
	AnyOf      []schema          `json:"anyOf"`
}

func (s *schema) value(rng *rand.Rand) any {
	switch {
	case s.Const != nil:
		return s.Const
	case len(s.Enum) > 0:
		return s.Enum[rng.IntN(len(s.Enum))]
	case len(s.AnyOf) > 0:
		return s.AnyOf[0].value(rng)
	}
	word, _ := s.Type.(string)
	if words, ok := s.Type.([]any); ok && len(words) > 0 {
		word, _ = words[0].(string)
	}
	switch word {
	case "object":
		out := map[string]any{}
		for _, name := range sortedKeys(s.Properties) {
			p := s.Properties[name]
			out[name] = p.value(rng)
		}
		return out
	case "array":
		if s.Items == nil {
			return []any{}
		}
		return []any{s.Items.value(rng)}
	case "number":
		return float64(rng.IntN(101)) / 100
	case "integer":
		return rng.IntN(2)
	case "boolean":
		return rng.IntN(2) == 1
	case "null":
		return nil
	}
	return s.text()
}

// text is a text in the format that the schema names, or spells out where
// endpoints know no formats.
func (s *schema) text() string {
	switch {
	case s.Format == "date-time", s.Format == "" && strings.Contains(s.About, "YYYY-MM-DDTHH:MM:SS"):
		return "2024-03-01T09:30:00Z"
	case s.Format == "date", s.Format == "" && strings.Contains(s.About, "YYYY-MM-DD"):
		return "2024-03-01"
	}
	return "stand-in"
}

func sortedKeys(m map[string]schema) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// Faults are shares of calls that go wrong in one way or another.
type Faults struct {
	Rate, Server, Drop, Hang, Cut, Slow, JSON float64
	Pause                                     string // Retry-After of Rate; "" for none
}

// Wrap makes so many of the answers go wrong, drawn by the number of the call.
func (f Faults) Wrap(answer func(*Call) Reply) func(*Call) Reply {
	return func(c *Call) Reply {
		u := rand.New(rand.NewPCG(uint64(c.N), 2)).Float64()
		for _, fault := range []struct {
			share float64
			reply func(r *Reply)
		}{
			{f.Rate, func(r *Reply) { *r = Reply{Status: 429, Message: "too many requests", RetryAfter: f.Pause} }},
			{f.Server, func(r *Reply) { *r = Reply{Status: 500, Message: "broken"} }},
			{f.Drop, func(r *Reply) { *r = Reply{Drop: true} }},
			{f.Hang, func(r *Reply) { *r = Reply{Hang: true} }},
			{f.Cut, func(r *Reply) { r.CutAfter = 40 }},
			{f.Slow, func(r *Reply) { r.Drip = 1 }},
			{f.JSON, func(r *Reply) { r.Raw = `{"choices":` }},
		} {
			if u < fault.share {
				r := answer(c)
				fault.reply(&r)
				return r
			}
			u -= fault.share
		}
		return answer(c)
	}
}
