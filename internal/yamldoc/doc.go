// Package yamldoc reads the YAML files that people write: strictly, with a
// position for every value, and reporting all that is wrong at once.
//
// A file is parsed once into nodes, and a small decoder walks them into
// structs with yaml tags. It accepts a plain subset of YAML: one document, no
// anchors or aliases, no tags, string keys that do not repeat.
package yamldoc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

const (
	maxBytes = 4 << 20 // of a file written by hand
	maxDepth = 40      // of nesting
)

// Doc is a parsed file.
type Doc struct {
	File string
	Root *yaml.Node // the mapping at the top; nil where the file is not one
	// lines are those of the file, where block scalars need their indentation.
	lines []string
}

// Parse reads one YAML document whose top is a mapping. The document is
// usable, if partly, where diagnostics are returned; its Root is nil where
// nothing could be read.
func Parse(file string, data []byte) (*Doc, diag.List) {
	d := &Doc{File: file}
	var diags diag.List
	top := flow.Pos{File: file, Line: 1, Column: 1}
	if len(data) > maxBytes {
		diags.Add(top, fmt.Sprintf("the file has %d bytes, at most %d are read", len(data), maxBytes), "")
		return d, diags
	}
	if at := invalidAt(data); at >= 0 {
		before := data[:at]
		line := bytes.Count(before, []byte("\n")) + 1
		column := at - bytes.LastIndexByte(before, '\n')
		diags.Add(flow.Pos{File: file, Line: line, Column: column}, fmt.Sprintf("byte 0x%02x is not UTF-8", data[at]), "save the file in UTF-8")
		return d, diags
	}
	d.lines = strings.Split(string(data), "\n")
	loader, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithV4Defaults())
	if err != nil {
		diags = append(diags, d.syntax(err)...)
		return d, diags
	}
	var doc yaml.Node
	switch err := loader.Load(&doc); {
	case errors.Is(err, io.EOF):
		diags.Add(top, "the file is empty", "")
		return d, diags
	case err != nil:
		return d, append(diags, d.syntax(err)...)
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) == 0 {
		diags.Add(top, "the file is empty", "")
		return d, diags
	}
	var second yaml.Node
	switch err := loader.Load(&second); {
	case err == nil:
		at := top
		if len(second.Content) > 0 {
			at = d.Pos(second.Content[0])
		}
		diags.Add(at, "a second document in the file", "a file holds one document; remove the line ---")
	case !errors.Is(err, io.EOF):
		diags = append(diags, d.syntax(err)...)
	}
	root := doc.Content[0]
	ok := d.check(root, 0, &diags)
	if root.Kind != yaml.MappingNode {
		if root.Kind != yaml.AliasNode {
			diags.Add(d.Pos(root), fmt.Sprintf("the file holds %s, want keys and values", describe(root)), "")
		}
		return d, diags
	}
	if ok {
		d.Root = root
	}
	return d, diags
}

// NamedLikeFile wants a name, where it is said, to be that of the file without its
// ending. What is the key that it stands under.
func (d *Doc) NamedLikeFile(what string, name flow.Text, diags *diag.List) {
	base := filepath.Base(d.File)
	if stem := strings.TrimSuffix(base, filepath.Ext(base)); name.Pos.Line > 0 && name.Value != stem {
		diags.Add(name.Pos, fmt.Sprintf("%s %q in a file named %q", what, name.Value, base), "call both the same: "+stem)
	}
}

// invalidAt is where a text stops being UTF-8, -1 where it never does. YAML may
// be UTF-16, too; no file of a project is.
func invalidAt(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// Pos is the position of a node.
func (d *Doc) Pos(n *yaml.Node) flow.Pos {
	p := flow.Pos{File: d.File, Line: 1, Column: 1}
	if n != nil && n.Line > 0 {
		p.Line, p.Column = n.Line, max(n.Column, 1)
	}
	return p
}

// Text is a scalar with the position of its first character, inside the
// quotes or below the sign of a block.
func (d *Doc) Text(n *yaml.Node) flow.Text {
	p := d.Pos(n)
	switch {
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		p.Column++
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 && n.Value != "":
		p.Line++
		p.Column = 1
		if p.Line <= len(d.lines) {
			line := d.lines[p.Line-1]
			p.Column = len(line) - len(strings.TrimLeft(line, " ")) + 1
		}
	}
	return flow.Text{Value: n.Value, Pos: p}
}

// check refuses the parts of YAML that hide what a file says. It is false
// where the tree is too deep to walk.
func (d *Doc) check(n *yaml.Node, depth int, diags *diag.List) bool {
	if depth > maxDepth {
		diags.Add(d.Pos(n), fmt.Sprintf("nested more than %d levels deep", maxDepth), "")
		return false
	}
	switch {
	case n.Kind == yaml.AliasNode:
		diags.Add(d.Pos(n), fmt.Sprintf("alias %q", "*"+n.Value), "aliases are not read; write the value out")
		return true
	case n.Anchor != "":
		diags.Add(d.Pos(n), fmt.Sprintf("anchor %q", "&"+n.Anchor), "anchors are not read; write the value out where it is used")
	case n.Style&yaml.TaggedStyle != 0:
		diags.Add(d.Pos(n), fmt.Sprintf("tag %q", n.Tag), "tags are not read; the type follows from the key")
	}
	ok := true
	if n.Kind == yaml.MappingNode {
		seen := make(map[string]*yaml.Node, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i]
			if k.Kind != yaml.ScalarNode {
				diags.Add(d.Pos(k), fmt.Sprintf("%s as a key, want a name", describe(k)), "")
				continue
			}
			if first, dup := seen[k.Value]; dup {
				diags.Add(d.Pos(k), fmt.Sprintf("key %q twice", k.Value), fmt.Sprintf("first in line %d", first.Line))
				continue
			}
			seen[k.Value] = k
		}
	}
	for _, c := range n.Content {
		if !d.check(c, depth+1, diags) {
			return false
		}
	}
	return ok
}

// syntax turns the library's errors into diagnostics.
func (d *Doc) syntax(err error) diag.List {
	var out diag.List
	add := func(e *yaml.LoadError) {
		at := flow.Pos{File: d.File, Line: max(e.Mark.Line, 1), Column: max(e.Mark.Column, 1)}
		out.Add(at, e.Message, d.syntaxHint(e.Message, at.Line))
	}
	var all *yaml.LoadErrors
	var one *yaml.LoadError
	switch {
	case errors.As(err, &all) && len(all.Errors) > 0:
		for _, e := range all.Errors {
			add(e)
		}
	case errors.As(err, &one):
		add(one)
	default:
		out.Add(flow.Pos{File: d.File, Line: 1, Column: 1}, strings.TrimPrefix(err.Error(), "yaml: "), "")
	}
	return out
}

// syntaxHint says what most often is behind an error of the parser.
func (d *Doc) syntaxHint(message string, line int) string {
	switch {
	case strings.Contains(message, "mapping values are not allowed"), strings.Contains(message, "did not find expected ',' or"):
		return `an expression that holds ": " or "," is written in quotes`
	case strings.Contains(message, "cannot start any token"), strings.Contains(message, "tab"):
		if line <= len(d.lines) && strings.Contains(d.lines[line-1], "\t") {
			return "indent with spaces, not tabs"
		}
		return "a value that starts with this character is written in quotes"
	}
	return ""
}

// describe names what a node holds.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	case yaml.ScalarNode:
		if IsNull(n) && n.Value == "" {
			return "nothing"
		}
		v := n.Value
		if r := []rune(v); len(r) > 40 {
			v = string(r[:40]) + "…"
		}
		return fmt.Sprintf("%q", v)
	}
	return "nothing"
}

// IsNull says whether a node is null, or nothing at all.
func IsNull(n *yaml.Node) bool {
	return n == nil || n.Kind == 0 || n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
}
