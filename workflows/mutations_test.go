package workflows_test

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// mutation is a kind of fault, put in wherever it can be.
type mutation struct {
	kind     string
	workflow bool // in workflow.yaml, not in the design
	// must says that lint has to name every one of them. Others are no fault
	// where nothing hangs on them.
	must  bool
	sites func(root *yaml.Node) []site
}

var (
	guard     = regexp.MustCompile(` \?\? [\w."]+`)
	reference = regexp.MustCompile(`\b([a-z_]+)\.([a-z_]+)\b`)
)

var mutations = []mutation{
	{kind: "a step deleted", sites: func(root *yaml.Node) []site {
		var out []site
		all := get(root, "steps")
		for i, s := range items(all) {
			out = append(out, site{"step " + value(s, "name"), func() { all.Content = slices.Delete(all.Content, i, i+1) }})
		}
		return out
	}},
	{kind: "two steps swapped", sites: func(root *yaml.Node) []site {
		var out []site
		all := items(get(root, "steps"))
		for i := 1; i < len(all); i++ {
			out = append(out, site{"step " + value(all[i], "name"), func() { all[i-1], all[i] = all[i], all[i-1] }})
		}
		return out
	}},
	{kind: "an output renamed", must: true, sites: rename("out")},
	{kind: "an input renamed", sites: rename("in")},
	{kind: "an input dropped", sites: steps(func(s *yaml.Node, add func(string, func())) {
		in := get(s, "in")
		pairs(in, func(name, _ *yaml.Node) { add("without in."+name.Value, func() { remove(in, name.Value) }) })
	})},
	{kind: "a reference to nothing", must: true, sites: expressions(func(text string) string {
		if !strings.ContainsAny(text, "=<>?+") { // a plain name may be a file
			return text
		}
		return reference.ReplaceAllString(text, "$1.${2}x")
	})},
	{kind: "a type that may be absent", sites: retype(func(t string) string {
		if t == "" || strings.HasSuffix(t, "?") || strings.HasPrefix(t, "outcome.") {
			return t
		}
		return t + "?"
	})},
	{kind: "a type that claims to be there", sites: retype(func(t string) string { return strings.TrimSuffix(t, "?") })},
	{kind: "a number for a text, a text for a number", sites: retype(func(t string) string {
		switch strings.TrimSuffix(t, "?") {
		case "number", "integer", "probability":
			return "string"
		case "string", "boolean":
			return "number"
		}
		return t
	})},
	{kind: "a default taken out", sites: expressions(func(text string) string { return guard.ReplaceAllString(text, "") })},
	{kind: "a route's else taken out", must: true, sites: steps(func(s *yaml.Node, add func(string, func())) {
		routes := get(s, "routes")
		if n := len(items(routes)); n > 0 && get(routes.Content[n-1], "when") == nil {
			add("without else", func() { routes.Content = routes.Content[:n-1] })
		}
	})},
	{kind: "a table's else taken out", must: true, sites: without("rules", "else")},
	{kind: "a row of a table written twice", must: true, sites: steps(func(s *yaml.Node, add func(string, func())) {
		rows := get(s, "rules")
		for i, row := range items(rows) {
			if value(s, "hit") == "collect" {
				return
			}
			add("row "+value(row, "when"), func() {
				again := *row
				again.Content = slices.Clone(row.Content)
				remove(&again, "name")
				rows.Content = slices.Insert(rows.Content, i+1, &again)
			})
		}
	})},
	{kind: "a branch written twice", must: true, sites: steps(func(s *yaml.Node, add func(string, func())) {
		routes := get(s, "routes")
		for i, b := range items(routes) {
			add("branch "+value(b, "when"), func() { routes.Content = slices.Insert(routes.Content, i+1, b) })
		}
	})},
	{kind: "a way back, which would make a cycle", must: true, sites: func(root *yaml.Node) []site {
		var out []site
		first := items(get(root, "steps"))
		for _, s := range first {
			for _, b := range items(get(s, "routes")) {
				for _, way := range []string{"to", "else"} {
					if to := get(b, way); to != nil {
						out = append(out, site{"a branch of " + value(s, "name"), func() { to.Value = value(first[0], "name") }})
					}
				}
			}
		}
		return out
	}},
	{kind: "a way to nowhere", must: true, sites: steps(func(s *yaml.Node, add func(string, func())) {
		for _, b := range items(get(s, "routes")) {
			for _, way := range []string{"to", "else", "escalate"} {
				if to := get(b, way); to != nil && to.Value != "end" {
					add(way+" "+to.Value, func() { to.Value += "x" })
				}
			}
		}
	})},
	{kind: "a step jumped over by every case", must: true, sites: func(root *yaml.Node) []site {
		var out []site
		all := get(root, "steps")
		for i := 1; i+1 < len(items(all)); i++ {
			next := value(all.Content[i+1], "name")
			jump := &yaml.Node{}
			_ = jump.Encode(map[string]any{"name": "jump", "kind": "route", "routes": []map[string]string{{"else": next}}})
			out = append(out, site{"step " + value(all.Content[i], "name"), func() { all.Content = slices.Insert(all.Content, i, jump) }})
		}
		return out
	}},
	{kind: "all escalations taken out", must: true, sites: func(root *yaml.Node) []site {
		models := slices.ContainsFunc(items(get(root, "steps")), func(s *yaml.Node) bool {
			return value(s, "kind") == "classify" || value(s, "kind") == "llm"
		})
		if !models {
			return nil
		}
		return []site{{"of the design", func() {
			for _, s := range items(get(root, "steps")) {
				if routes := get(s, "routes"); routes != nil {
					routes.Content = slices.DeleteFunc(routes.Content, func(b *yaml.Node) bool { return get(b, "escalate") != nil })
				}
			}
		}}}
	}},
	{kind: "a cutoff on a confidence taken out", must: true, sites: steps(func(s *yaml.Node, add func(string, func())) {
		routes := get(s, "routes")
		for i, b := range items(routes) {
			if when := value(b, "when"); strings.Contains(when, "confidence") && !strings.Contains(when, " or ") {
				add("branch "+when, func() { routes.Content = slices.Delete(routes.Content, i, i+1) })
			}
		}
	})},
	{kind: "the design's fallback taken out", must: true, sites: func(root *yaml.Node) []site {
		works := slices.ContainsFunc(items(get(root, "steps")), func(s *yaml.Node) bool { return value(s, "kind") != "human" })
		if get(root, "on_broken_handoff") == nil || !works {
			return nil // people take a case as it comes
		}
		return []site{{"of the design", func() { remove(root, "on_broken_handoff") }}}
	}},
	{kind: "a step's fallback taken out", sites: without("", "on_broken_handoff")},
	{kind: "an action's key taken out", must: true, sites: without("action", "idempotency_key")},
	{kind: "an action's system taken out", must: true, sites: without("action", "system")},
	{kind: "a system's owner taken out", workflow: true, sites: func(root *yaml.Node) []site {
		var out []site
		pairs(get(root, "systems"), func(name, s *yaml.Node) {
			if get(s, "owner") != nil {
				out = append(out, site{"system " + name.Value, func() { remove(s, "owner") }})
			}
		})
		return out
	}},
	{kind: "an action deleted", must: true, sites: func(root *yaml.Node) []site {
		var out []site
		all := get(root, "steps")
		for i, s := range items(all) {
			if value(s, "kind") == "action" {
				out = append(out, site{"action " + value(s, "name"), func() { all.Content = slices.Delete(all.Content, i, i+1) }})
			}
		}
		return out
	}},
	{kind: "a need that the payload does not have", must: true, sites: steps(func(s *yaml.Node, add func(string, func())) {
		for _, need := range items(get(s, "needs")) {
			add("needs "+need.Value, func() { need.Value += "x" })
		}
	})},
	{kind: "a need taken out", sites: without("", "needs")},
	{kind: "a word that the enum does not have", must: true, sites: expressions(func(text string) string {
		for _, word := range []string{"approve", "reject", "pay", "refuse", "hold", "decline"} {
			if text == word || strings.Contains(text, `"`+word+`"`) || strings.Contains(text, "'"+word+"'") {
				return strings.Replace(text, word, word+"x", 1)
			}
		}
		return text
	})},
	{kind: "a field of the outcome left out", sites: func(root *yaml.Node) []site {
		var out []site
		o := get(root, "outcome")
		pairs(o, func(name, _ *yaml.Node) { out = append(out, site{name.Value, func() { remove(o, name.Value) }}) })
		return out
	}},
	{kind: "a param that nothing reads", must: true, sites: func(root *yaml.Node) []site {
		params := get(root, "params")
		if params == nil {
			return nil
		}
		return []site{{"of the design", func() {
			params.Content = append(params.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: "idle"}, &yaml.Node{Kind: yaml.ScalarNode, Value: "1"})
		}}}
	}},
	{kind: "a param that there is not", must: true, sites: func(root *yaml.Node) []site {
		var out []site
		pairs(get(root, "params"), func(name, _ *yaml.Node) { out = append(out, site{name.Value, func() { name.Value += "x" }}) })
		return out
	}},
}
