package design

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

// silenceRule is the rule about silences, which cannot be silenced.
const silenceRule = "silence"

// silence is a comment that allows what a rule finds in one line:
//
//	# lint: allow action-key because the bank refuses repeats
//
// It stands behind that line, or alone above it.
type silence struct {
	rule string
	line int
	pos  flow.Pos
	used bool
}

// silence takes out what the file allows, and adds what is wrong with that.
func (l *loader) silence(found diag.List) diag.List {
	var out diag.List
	wrong := func(at flow.Pos, message, hint string) {
		out = append(out, diag.Diagnostic{Pos: at, Severity: diag.Warning, Rule: silenceRule, Message: message, Hint: hint})
	}
	silences := l.silences(wrong)
	for _, d := range found {
		heard := true
		for i := range silences {
			if s := &silences[i]; s.rule == d.Rule && s.line == d.Pos.Line {
				s.used, heard = true, false
			}
		}
		if heard {
			out = append(out, d)
		}
	}
	for _, s := range silences {
		if !s.used {
			wrong(s.pos, fmt.Sprintf("rule %q finds nothing in line %d", s.rule, s.line), "take the silence out")
		}
	}
	return out
}

// silences reads the comments of the file that are meant for lint.
func (l *loader) silences(wrong report) []silence {
	const form = "# lint: allow RULE because REASON"
	comments := l.doc.Comments()
	alone := map[int]bool{}
	for _, c := range comments {
		alone[c.Line] = c.Alone
	}
	var out []silence
	for _, c := range comments {
		text, ok := strings.CutPrefix(strings.TrimSpace(strings.TrimLeft(c.Text, "#")), "lint:")
		if !ok {
			continue
		}
		s := silence{line: c.Line, pos: flow.Pos{File: l.doc.File, Line: c.Line, Column: c.Column}}
		for alone[s.line] {
			s.line++ // the line below, and several silences may stand above it
		}
		words := strings.Fields(text)
		if len(words) < 2 || words[0] != "allow" {
			wrong(s.pos, "a comment for lint that allows nothing", form)
			continue
		}
		s.rule = words[1]
		switch i := slices.IndexFunc(Rules, func(r Rule) bool { return r.ID == s.rule }); {
		case i < 0:
			wrong(s.pos, fmt.Sprintf("unknown rule %q", s.rule), orElse(diag.Suggest(s.rule, RuleNames()), "eval lint --rules lists them"))
		case Rules[i].ID == silenceRule:
			wrong(s.pos, "what is said of silences cannot be silenced", "")
		case len(words) < 4 || words[2] != "because":
			wrong(s.pos, fmt.Sprintf("rule %q is silenced without a reason", s.rule), form)
		default:
			out = append(out, s)
		}
	}
	return out
}

// RuleNames are the ids of all rules.
func RuleNames() []string {
	out := make([]string, len(Rules))
	for i, r := range Rules {
		out[i] = r.ID
	}
	return out
}
