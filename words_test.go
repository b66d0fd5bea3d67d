package rehearse

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// otherWords are words that docs/glossary.md replaces by one of ours, as far as
// they mean nothing else in a program.
var otherWords = []string{
	"Sample", "GroundTruth", "Cohort", "Experiment", "Epoch", "Deferral", "Fallback", "Pipeline", "Backtest",
	"Transcript", "Evaluator", "Control", "Treatment", "Slice", "Iteration",
}

// TestWords keeps the public packages to the words of docs/glossary.md.
func TestWords(t *testing.T) {
	refused := regexp.MustCompile(`(` + strings.Join(otherWords, "|") + `)s?([A-Z]|$)`)
	page, err := os.ReadFile("docs/glossary.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, dir := range []string{"flow", "flowtest", "engine", "app"} {
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				for _, id := range declared(n) {
					if !id.IsExported() {
						continue
					}
					seen++
					if m := refused.FindStringSubmatch(id.Name); m != nil {
						t.Errorf("%s: %q: the glossary has another word for %q", set.Position(id.Pos()), id.Name, m[1])
					}
				}
				return true
			})
		}
	}
	if seen == 0 {
		t.Fatal("no exported name was looked at")
	}
	for _, word := range []string{"disposition", "silent failure", "shadow outcome", "handoff", "segment", "trial"} {
		if !strings.Contains(string(page), "\n| "+word) {
			t.Errorf("docs/glossary.md does not say what a %s is", word)
		}
	}
}

// declared are the names that a node declares.
func declared(n ast.Node) []*ast.Ident {
	switch n := n.(type) {
	case *ast.FuncDecl:
		return []*ast.Ident{n.Name}
	case *ast.TypeSpec:
		return []*ast.Ident{n.Name}
	case *ast.ValueSpec:
		return n.Names
	case *ast.Field:
		return n.Names
	}
	return nil
}
