package yamldoc

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Replace gives the scalar at a path of keys another value, which is written as
// it stands, and leaves every other byte of the file alone. A path that leads
// to no scalar in one line is an error.
func Replace(file string, data []byte, path []string, value string) ([]byte, error) {
	d, diags := Parse(file, data)
	if err := diags.Err(); err != nil {
		return nil, err
	}
	at := follow(d.Root, path)
	from, to, ok := scalarSpan(data, at)
	if !ok {
		return nil, fmt.Errorf("%s: %q is no value in one line: write it as %s: %s", d.Pos(at), strings.Join(path, "."), path[len(path)-1], value)
	}
	out := append(append(append([]byte(nil), data[:from]...), value...), data[to:]...)
	after, diags := Parse(file, out)
	if err := diags.Err(); err != nil {
		return nil, err
	}
	want, now := yaml.Node{Kind: yaml.ScalarNode, Value: value}, follow(after.Root, path)
	if !same(&want, now) {
		return nil, errors.New("the value does not stand for itself in YAML: " + value)
	}
	// Nothing else has changed.
	*now = *at
	if !same(d.Root, after.Root) {
		return nil, fmt.Errorf("%s: the layout hides where %q ends: write it in a line of its own", d.Pos(at), strings.Join(path, "."))
	}
	return out, nil
}

// follow is the node at a path of keys, nil where there is none.
func follow(n *yaml.Node, path []string) *yaml.Node {
	for _, key := range path {
		if n = Find(n, key); n == nil {
			return nil
		}
	}
	return n
}

// scalarSpan is where a scalar stands in the file, quotes included.
func scalarSpan(data []byte, n *yaml.Node) (from, to int, ok bool) {
	if n == nil || n.Kind != yaml.ScalarNode || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return 0, 0, false
	}
	text := n.Value
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		text = `"` + text + `"`
	case n.Style&yaml.SingleQuotedStyle != 0:
		text = `'` + text + `'`
	}
	for line := 1; line < n.Line; line++ {
		end := strings.IndexByte(string(data[from:]), '\n')
		if end < 0 {
			return 0, 0, false
		}
		from += end + 1
	}
	for column := 1; column < n.Column; column++ {
		_, size := utf8.DecodeRune(data[from:])
		from += size
	}
	to = from + len(text)
	return from, to, text != "" && to <= len(data) && string(data[from:to]) == text
}
