package yamldoc

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Set gives a key at the top of a file another value, written as "key: value"
// in one line, and leaves all else as it stands: the order, the other lines,
// the comments. A key that the file lacks is added at its end.
//
// A file whose layout hides where a key ends is not edited, but an error.
func Set(file string, data []byte, key, value string) ([]byte, error) {
	out, err := set(file, data, key, value)
	if err != nil {
		return nil, err
	}
	before, _ := Parse(file, data)
	after, diags := Parse(file, out)
	sound := diags.Err() == nil && Find(after.Root, key) != nil
	for k, v := range Pairs(before.Root) {
		sound = sound && (k.Value == key || same(v, Find(after.Root, k.Value)))
	}
	if !sound {
		return nil, fmt.Errorf("the layout hides where %q ends: write its keys one a line", key)
	}
	return out, nil
}

// same says whether two nodes hold the same.
func same(a, b *yaml.Node) bool {
	if b == nil || a.Kind != b.Kind || a.Value != b.Value || len(a.Content) != len(b.Content) {
		return false
	}
	for i := range a.Content {
		if !same(a.Content[i], b.Content[i]) {
			return false
		}
	}
	return true
}

func set(file string, data []byte, key, value string) ([]byte, error) {
	d, diags := Parse(file, data)
	if err := diags.Err(); err != nil {
		return nil, err
	}
	if d.Root.Style&yaml.FlowStyle != 0 {
		return nil, errors.New("the file is one mapping in braces, which cannot be edited line by line: write its keys one a line")
	}
	lines := strings.SplitAfter(string(data), "\n")
	newline := "\n"
	if strings.HasSuffix(lines[0], "\r\n") {
		newline = "\r\n"
	}
	from, to := d.span(key, lines)
	if from < 0 {
		if last := lines[len(lines)-1]; last != "" {
			lines[len(lines)-1] = last + newline
		}
		return []byte(strings.Join(lines, "") + key + ": " + value + newline), nil
	}
	// The comment behind the key stays behind it, those of further lines come
	// to stand above.
	var out strings.Builder
	out.WriteString(strings.Join(lines[:from], ""))
	behind := ""
	for i, line := range lines[from:to] {
		switch c := comment(line); {
		case c != "" && i == 0:
			behind = "  " + c
		case c != "":
			out.WriteString(c + newline)
		}
	}
	fmt.Fprintf(&out, "%s: %s%s%s", key, value, behind, newline)
	out.WriteString(strings.Join(lines[to:], ""))
	return []byte(out.String()), nil
}

// span are the lines of a key at the top and of its value: from, and up to.
// Comments and empty lines below belong to what follows. It is -1 where the
// key is not there.
func (d *Doc) span(key string, lines []string) (from, to int) {
	from, to = -1, len(lines)
	for k := range Pairs(d.Root) {
		if k.Value == key {
			from = k.Line - 1
		} else if from >= 0 && k.Line-1 > from {
			to = min(to, k.Line-1)
		}
	}
	for from >= 0 && to > from+1 {
		line := strings.TrimSpace(lines[to-1])
		if line != "" && line[0] != '#' {
			break
		}
		to--
	}
	return from, to
}

// comment is the comment at the end of a line of YAML, "" where there is none.
func comment(line string) string {
	quote := byte(0)
	for i := range len(line) {
		switch b := line[i]; {
		case quote != 0:
			if b == quote && (b == '\'' || line[i-1] != '\\') {
				quote = 0
			}
		case b == '"', b == '\'':
			if i == 0 || strings.IndexByte(" ,[{:", line[i-1]) >= 0 {
				quote = b
			}
		case b == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t'):
			return strings.TrimRight(line[i:], "\r\n")
		}
	}
	return ""
}
