package synth

import "strings"

// Phrases reads ways of saying things: a line "[section]" opens a section,
// every line below it is one way, and # begins a comment line.
func Phrases(text string) map[string][]string {
	sections := map[string][]string{}
	var section string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			section = strings.Trim(line, "[]")
		default:
			sections[section] = append(sections[section], line)
		}
	}
	return sections
}
