package extract

import "strings"

// plainLines is a text as its patterns see it: lines end with "\n" alone, with no
// blanks before that, and no empty line stands before the first. Nobody sees these
// blanks, and which system a text went through must not decide what is found in it.
func plainLines(text string) string {
	if !strings.Contains(text, "\r") && !strings.Contains(text, " \n") && !strings.Contains(text, "\t\n") && !strings.HasPrefix(text, "\n") {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for line := range strings.Lines(text) {
		bare, ended := strings.CutSuffix(line, "\n")
		bare = strings.TrimRight(bare, " \t\r")
		if bare == "" && b.Len() == 0 {
			continue
		}
		b.WriteString(bare)
		if ended {
			b.WriteByte('\n')
		}
	}
	return b.String()
}
