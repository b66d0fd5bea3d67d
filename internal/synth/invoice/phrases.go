package invoice

import (
	_ "embed"
	"strings"
)

//go:embed phrases.txt
var phraseText string

// phrases maps "kind language" to the ways of saying it.
var phrases = parsePhrases(phraseText)

func parsePhrases(text string) map[string][]string {
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

// purchasers are the people who may order and agree on the company's behalf.
var purchasers = []string{"Fr. Keller", "Hr. Brandt", "Ms Okafor", "Mr Lindqvist", "S. Yilmaz", "J. Petersen", "Fr. Dr. Thoma", "M. Nowak"}
