package workflows_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

var stride = flag.Int("stride", 100, "of so many places for a kind of fault, try one")

// TestMutants puts faults into the shipped designs, one at a time, and counts
// which lint names. docs/proofs.md has the table, which -v prints, of every
// tenth place (-stride 10).
func TestMutants(t *testing.T) {
	files, err := filepath.Glob("*/workflow.yaml")
	if err != nil {
		t.Fatal(err)
	}
	counts := make([]struct{ places, all, refused, named int }, len(mutations))
	for _, file := range files {
		wf := read(t, file)
		paths, err := design.Files(filepath.Dir(file))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			text := read(t, path)
			clean := said(file, path, wf, text)
			for k, m := range mutations {
				c := &counts[k]
				changed := text
				if m.workflow {
					changed = wf
				}
				for n := 0; ; n++ {
					what, mutant := mutate(t, changed, m.sites, n)
					if what == "" {
						break
					}
					if c.places++; (c.places-1)%*stride != 0 {
						continue
					}
					var problems diag.List
					if m.workflow {
						problems = said(file, path, mutant, text)
					} else {
						problems = said(file, path, wf, mutant)
					}
					switch c.all++; {
					case problems.Err() != nil:
						c.refused++
					case len(problems) > len(clean):
						c.named++
					case m.must:
						t.Errorf("%s: %s: nothing is said of %s", path, m.kind, what)
					default:
						t.Logf("%s: %s: nothing is said of %s", path, m.kind, what)
					}
				}
			}
		}
	}
	all, found := 0, 0
	t.Log("| fault | mutants | refused | named | missed |")
	for k, m := range mutations {
		c := counts[k]
		all, found = all+c.all, found+c.refused+c.named
		t.Logf("| %s | %d | %d | %d | %d |", m.kind, c.all, c.refused, c.named, c.all-c.refused-c.named)
		if c.all == 0 {
			t.Errorf("%s: no design has such a place", m.kind)
		}
	}
	t.Logf("%d of %d named", found, all)
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// said is what lint says of a design and its workflow.
func said(workflow, path string, wf, text []byte) diag.List {
	w, problems := design.ParseWorkflow(workflow, wf)
	if w == nil || problems.Err() != nil {
		return problems
	}
	_, more := design.Parse(path, text, w, app.Builtin(), design.Options{})
	return append(problems, more...)
}

// mutate changes the n-th of the places that a mutation can change; what is ""
// where there are fewer.
func mutate(t *testing.T, text []byte, sites func(*yaml.Node) []site, n int) (what string, out []byte) {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	all := sites(doc.Content[0])
	if n >= len(all) {
		return "", nil
	}
	all[n].change()
	out, err := yaml.Marshal(&doc)
	if err != nil {
		t.Fatal(err)
	}
	return all[n].what, out
}

// site is a place of a design, and what makes it wrong.
type site struct {
	what   string
	change func()
}

// get is the value of a key, nil where there is none.
func get(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// value is the text of a key, "" where there is none.
func value(n *yaml.Node, key string) string {
	if v := get(n, key); v != nil {
		return v.Value
	}
	return ""
}

func remove(n *yaml.Node, key string) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			n.Content = slices.Delete(n.Content, i, i+2)
			return
		}
	}
}

// items are those of a list.
func items(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}

// pairs goes over a mapping.
func pairs(n *yaml.Node, do func(key, value *yaml.Node)) {
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		do(n.Content[i], n.Content[i+1])
	}
}

// steps gathers sites step by step.
func steps(of func(s *yaml.Node, add func(what string, change func()))) func(*yaml.Node) []site {
	return func(root *yaml.Node) []site {
		var out []site
		for _, s := range items(get(root, "steps")) {
			of(s, func(what string, change func()) {
				out = append(out, site{fmt.Sprintf("step %s %s", value(s, "name"), what), change})
			})
		}
		return out
	}
}

// without takes a key out of every step of a kind ("" for all) that has it.
func without(kind, key string) func(*yaml.Node) []site {
	return steps(func(s *yaml.Node, add func(string, func())) {
		if get(s, key) != nil && (kind == "" || value(s, "kind") == kind) {
			add("without "+key, func() { remove(s, key) })
		}
	})
}

// rename gives every entry of a key's mapping another name.
func rename(key string) func(*yaml.Node) []site {
	return steps(func(s *yaml.Node, add func(string, func())) {
		pairs(get(s, key), func(name, _ *yaml.Node) {
			add(key+"."+name.Value+" renamed", func() { name.Value += "x" })
		})
	})
}

// retype changes the declared types of outputs.
func retype(to func(string) string) func(*yaml.Node) []site {
	return steps(func(s *yaml.Node, add func(string, func())) {
		pairs(get(s, "out"), func(name, typ *yaml.Node) {
			if other := to(typ.Value); typ.Kind == yaml.ScalarNode && other != typ.Value {
				add(fmt.Sprintf("out.%s: %s in place of %s", name.Value, other, typ.Value), func() { typ.Value = other })
			}
		})
	})
}

// expressions are sites in all texts of the design that could be expressions.
func expressions(change func(string) string) func(*yaml.Node) []site {
	return func(root *yaml.Node) []site {
		var out []site
		var walk func(n *yaml.Node)
		walk = func(n *yaml.Node) {
			if other := change(n.Value); n.Kind == yaml.ScalarNode && other != n.Value {
				out = append(out, site{fmt.Sprintf("%q in place of %q in line %d", other, n.Value, n.Line), func() { n.Value = other }})
			}
			for i, c := range n.Content {
				if n.Kind != yaml.MappingNode || i%2 == 1 {
					walk(c)
				}
			}
		}
		walk(get(root, "steps"))
		walk(get(root, "outcome"))
		return out
	}
}
