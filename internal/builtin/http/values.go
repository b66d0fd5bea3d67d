package http

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
)

// Bounds of an answer.
const (
	longestAnswer = 1 << 20 // bytes
	deepestAnswer = 64      // objects and lists in one another
)

// decode reads one JSON value.
func decode(raw []byte) (any, error) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something stands after the JSON")
	}
	if depth(v) > deepestAnswer {
		return nil, fmt.Errorf("objects and lists more than %d deep", deepestAnswer)
	}
	return v, nil
}

func depth(v any) int {
	deepest := 0
	switch x := v.(type) {
	case []any:
		for _, e := range x {
			deepest = max(deepest, depth(e))
		}
	case map[string]any:
		for _, e := range x {
			deepest = max(deepest, depth(e))
		}
	default:
		return 0
	}
	return deepest + 1
}

// Marks before a text in a recording: of a number in which something was
// hidden, and of a text that begins like a mark itself.
const (
	numberMark = "number:"
	textMark   = "text:"
)

// hidden is a JSON value with every text in it, and every number, as hide gives
// it.
func hidden(v any, hide func(string) string) any {
	return each(v, hide, func(leaf any) any {
		switch x := leaf.(type) {
		case string:
			if strings.HasPrefix(x, numberMark) || strings.HasPrefix(x, textMark) {
				return textMark + hide(x)
			}
			return hide(x)
		case json.Number:
			if h := hide(x.String()); h != x.String() {
				return numberMark + h
			}
		}
		return leaf
	})
}

// shown is the inverse of [hidden], as far as show puts back what was hidden.
func shown(v any, show func(string) string) any {
	return each(v, show, func(leaf any) any {
		x, ok := leaf.(string)
		if !ok {
			return leaf
		}
		if rest, marked := strings.CutPrefix(x, textMark); marked {
			return show(rest)
		}
		if rest, marked := strings.CutPrefix(show(x), numberMark); marked {
			if _, err := strconv.ParseFloat(rest, 64); err == nil {
				return json.Number(rest)
			}
		}
		return show(x)
	})
}

// each is a JSON value with every key and every leaf as they are given back.
func each(v any, key func(string) string, leaf func(any) any) any {
	switch x := v.(type) {
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = each(e, key, leaf)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			out[key(k)] = each(e, key, leaf)
		}
		return out
	}
	return leaf(v)
}

// pointer reads a JSON pointer (RFC 6901) into its parts.
func pointer(text string) []string {
	if text == "" {
		return nil
	}
	parts := strings.Split(strings.TrimPrefix(text, "/"), "/")
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(strings.ReplaceAll(p, "~1", "/"), "~0", "~")
	}
	return parts
}

// at is what a pointer leads to, nil where it leads nowhere.
func at(v any, pointer []string) any {
	for _, p := range pointer {
		switch x := v.(type) {
		case map[string]any:
			v = x[p]
		case []any:
			i, err := strconv.Atoi(p)
			if err != nil || i < 0 || i >= len(x) || p != strconv.Itoa(i) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

// fields reads out fields from an answer.
func (s *Step) fields(answer any) ([]any, error) {
	out := make([]any, s.out.Len())
	for i, f := range s.out.Fields() {
		if i == s.found {
			out[i] = true
			continue
		}
		v, err := f.Type.FromJSON(at(answer, s.take[i]))
		if err != nil {
			return nil, malformed("the answer's /%s %w", strings.Join(s.take[i], "/"), err)
		}
		if why := f.Type.Check(v); why != "" {
			return nil, malformed("the answer's /%s %s", strings.Join(s.take[i], "/"), why)
		}
		out[i] = v
	}
	return out, nil
}

func malformed(format string, args ...any) error {
	return flow.Errorf(flow.ErrMalformed, format, args...)
}
