package expr

import (
	"strings"

	"github.com/expr-lang/expr/ast"
)

// The library takes every `in` for its operator, and designs call what a step
// receives `in`. An `in.` that begins a name is therefore handed to the parser
// under a name of the same length, and gets its own back in the tree.
const escapedIn = "$n"

// escapeIn replaces every `in` that begins a name.
func escapeIn(src string) string {
	if !strings.Contains(src, "in.") {
		return src
	}
	out := []byte(src)
	var quote byte
	for i := 0; i < len(src); i++ {
		c := src[i]
		switch {
		case quote != 0:
			if c == '\\' && quote != '`' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case beginsIn(src, i):
			copy(out[i:], escapedIn)
		}
	}
	return string(out)
}

// beginsIn says whether a name like in.field begins at i.
func beginsIn(src string, i int) bool {
	return strings.HasPrefix(src[i:], "in.") && i+3 < len(src) && wordByte(src[i+3]) && !('0' <= src[i+3] && src[i+3] <= '9') &&
		(i == 0 || !wordByte(src[i-1]) && src[i-1] != '.')
}

func wordByte(c byte) bool {
	return c == '_' || c == '$' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// unescapeIn is a visitor that gives back the names that escapeIn took from
// the source that it is.
type unescapeIn string

// Visit renames one identifier.
func (src unescapeIn) Visit(node *ast.Node) {
	n, ok := (*node).(*ast.IdentifierNode)
	if !ok || n.Value != escapedIn {
		return
	}
	i := 0
	for at := range string(src) {
		if i == n.Location().From {
			if beginsIn(string(src), at) {
				n.Value = "in"
			}
			return
		}
		i++
	}
}
