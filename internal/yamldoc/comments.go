package yamldoc

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Comment is a comment of a file, up to the end of its line.
type Comment struct {
	Line, Column int
	Text         string // from # on
	Alone        bool   // nothing else stands in its line
}

// Comments are all comments of a file, in order. What looks like one inside a
// quoted or a block text is none.
func (d *Doc) Comments() []Comment {
	inside := make([][][2]int, len(d.lines)) // by line: stretches of bytes that belong to texts
	d.texts(d.Root, inside)
	var out []Comment
	for i, line := range d.lines {
		line = strings.TrimSuffix(line, "\r")
		for at := 0; at < len(line); at++ {
			if line[at] != '#' || at > 0 && line[at-1] != ' ' && line[at-1] != '\t' || within(inside[i], at) {
				continue
			}
			out = append(out, Comment{Line: i + 1, Column: utf8.RuneCountInString(line[:at]) + 1, Text: line[at:], Alone: strings.TrimSpace(line[:at]) == ""})
			break
		}
	}
	return out
}

func within(stretches [][2]int, at int) bool {
	for _, s := range stretches {
		if s[0] <= at && at < s[1] {
			return true
		}
	}
	return false
}

// texts marks the quoted and the block texts below a node.
func (d *Doc) texts(n *yaml.Node, inside [][][2]int) {
	if n == nil {
		return
	}
	if n.Kind == yaml.ScalarNode && n.Line >= 1 && n.Line <= len(d.lines) {
		switch {
		case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
			d.block(n.Line, inside)
		case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
			d.quoted(n.Line-1, offset(d.lines[n.Line-1], n.Column), inside)
		}
	}
	for _, c := range n.Content {
		d.texts(c, inside)
	}
}

// block marks the lines of a block text, which follow the line of its sign: all
// that are indented as far as the first.
func (d *Doc) block(from int, inside [][][2]int) {
	depth := 0
	for i := from; i < len(d.lines); i++ {
		line := d.lines[i]
		if strings.TrimSpace(line) == "" {
			continue
		}
		indent := len(line) - len(strings.TrimLeft(line, " "))
		if depth == 0 {
			depth = indent
		}
		if indent < depth || depth == 0 {
			return
		}
		inside[i] = append(inside[i], [2]int{0, len(line)})
	}
}

// quoted marks a text from its first quote to its last.
func (d *Doc) quoted(i, from int, inside [][][2]int) {
	if from >= len(d.lines[i]) {
		return
	}
	quote := d.lines[i][from]
	for start := from + 1; i < len(d.lines); i, from, start = i+1, 0, 0 {
		line := d.lines[i]
		for at := start; at < len(line); at++ {
			switch {
			case quote == '"' && line[at] == '\\':
				at++
			case line[at] == quote && quote == '\'' && at+1 < len(line) && line[at+1] == quote:
				at++
			case line[at] == quote:
				inside[i] = append(inside[i], [2]int{from, at + 1})
				return
			}
		}
		inside[i] = append(inside[i], [2]int{from, len(line)})
	}
}

// offset is where a column, counted in characters from 1, begins in bytes.
func offset(line string, column int) int {
	for at := range line {
		if column--; column == 0 {
			return at
		}
	}
	return len(line)
}
