package forget

import (
	"fmt"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// withoutEntries is a file of reviewed labels or of the regression split without
// the entries of the cases: a list under one key, whose entries begin on lines of
// their own.
func withoutEntries(path string, text []byte, ids map[string]bool) ([]byte, error) {
	doc, problems := yamldoc.Parse(path, text)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	lines := strings.SplitAfter(string(text), "\n")
	drop := make([]bool, len(lines))
	dropped, kept := 0, 0
	for key, list := range yamldoc.Pairs(doc.Root) {
		for i, entry := range list.Content {
			id := yamldoc.Find(entry, "case")
			if id == nil || !ids[id.Value] {
				kept++
				continue
			}
			dropped++
			from, to := entry.Line-1, len(lines)
			if i+1 < len(list.Content) {
				to = list.Content[i+1].Line - 1
			}
			if from == key.Line-1 || to <= from {
				return nil, fmt.Errorf("line %d: the entry of a case that is to be forgotten shares its line: write entries one a line", from+1)
			}
			for n := from; n < to; n++ {
				drop[n] = true
			}
		}
	}
	if dropped == 0 {
		return text, nil
	}
	var out strings.Builder
	for i, line := range lines {
		if drop[i] {
			continue
		}
		if kept == 0 && !strings.HasPrefix(line, "#") && strings.HasSuffix(strings.TrimSpace(line), ":") {
			line = strings.TrimRight(line, "\r\n") + " []\n"
		}
		out.WriteString(line)
	}
	return []byte(out.String()), nil
}
