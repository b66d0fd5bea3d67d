package promote

import (
	"fmt"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// maxText is the size up to which a text that a design reads is shown in
// production.yaml.
const maxText = 32 << 10

// show puts into the config what people want to read of a file: the design with
// the params in force, and short texts.
func (c *Config) show(f File, content []byte) error {
	switch {
	case f.Role == DesignFile:
		var doc yaml.Node
		if err := yaml.Load(content, &doc); err != nil {
			return fmt.Errorf("%s: %w", f.Path, err)
		}
		resolved := plain(&doc)
		if m, ok := resolved.(map[string]any); ok && len(c.Params) > 0 {
			m["params"] = c.Params
		}
		c.Design = resolved
	case f.Role == ReadFile && len(content) > 0 && len(content) <= maxText && isText(content):
		if c.Texts == nil {
			c.Texts = map[string]string{}
		}
		c.Texts[f.Path] = string(content)
	}
	return nil
}

// isText says that content is what a YAML file can hold as it is.
func isText(content []byte) bool {
	for _, r := range string(content) {
		if r == utf8.RuneError || r == '\r' || r < ' ' && r != '\n' && r != '\t' {
			return false
		}
	}
	return true
}

// plain is a document as maps, lists, numbers, flags and texts. What is none of
// them, such as a date, is its text.
func plain(n *yaml.Node) any {
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) == 1 {
			return plain(n.Content[0])
		}
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = plain(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, e := range n.Content {
			list[i] = plain(e)
		}
		return list
	case yaml.ScalarNode:
		var v any
		switch n.ShortTag() {
		case "!!int", "!!float", "!!bool", "!!null":
			if err := n.Decode(&v); err == nil {
				return v
			}
		}
		return n.Value
	}
	return nil
}
