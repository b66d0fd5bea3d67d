package scaffold

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/inspect"
)

// project writes a project of a file and gives its folder.
func project(t *testing.T, content string) (string, *Project, error) {
	t.Helper()
	dir := t.TempDir()
	data := filepath.Join(dir, "cases.csv")
	if err := os.WriteFile(data, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	card, err := dataset.Bare(data)
	if err != nil {
		t.Fatal(err)
	}
	r, err := inspect.Run(t.Context(), card, inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Write(t.Context(), filepath.Join(dir, "project"), &Plan{Proposal: r.Propose("cases", "cases.csv"), Data: data})
	return filepath.Join(dir, "project"), p, err
}

func text(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Rules that were planted are found, with the counts of the training split, and
// neither the label nor what was known later is an input.
func TestPlantedRules(t *testing.T) {
	var b strings.Builder
	b.WriteString("id,text,amount,copy,closed_at,split,queue\n")
	train := 0
	for i := range 200 {
		word, queue, amount := "refund", "billing", 10
		switch i % 4 {
		case 1:
			word, queue = "crash", "tech"
		case 2:
			word, queue = "letter", []string{"billing", "tech"}[i/4%2] // says nothing
		case 3:
			word, queue, amount = "letter", "large", 5000
		}
		split := "dev"
		if i < 120 {
			split = "train"
			train++
		} else if word == "crash" {
			queue = "billing" // only in dev: no rule may know
		}
		fmt.Fprintf(&b, "c%03d,a %s that came as number %d,%d,%s,2025-01-01,%s,%s\n", i, word, i, amount+i%3, queue, split, queue)
	}
	dir, p, err := project(t, b.String())
	if err != nil {
		t.Fatal(err)
	}
	rules := text(t, dir, "workflows/cases/rules.yaml")
	for _, want := range []string{
		`when: 'in.text contains "refund"', then: {queue: billing}}.*# 30 of 30`,
		`when: 'in.text contains "crash"', then: {queue: tech}}.*# 30 of 30`,
		`when: "?in.amount > [0-9]+"?, then: {queue: large}}.*# 30 of 30`,
		`on the 120 labelled cases of split train`,
		`No rule took 30 of the cases`,
	} {
		if !regexp.MustCompile(want).MatchString(rules) {
			t.Errorf("no %s in\n%s", want, rules)
		}
	}
	input, _, _ := strings.Cut(text(t, dir, "workflows/cases/workflow.yaml"), "outcome:")
	for _, never := range []string{"copy", "closed_at", "queue", "split"} {
		if strings.Contains(input, "  "+never) {
			t.Errorf("%s is an input:\n%s", never, input)
		}
	}
	if len(p.Designs) != 2 || !p.Copied {
		t.Errorf("%+v", p)
	}
}

func TestNothingToRehearse(t *testing.T) {
	for _, c := range []struct{ why, content, want string }{
		{"no rows", "a,label\n", "has no rows"},
		{"no label", "id,amount\n1,2.5\n2,3.5\n", "looks like the right answer"},
		{"no input", "label\nx\ny\n", "is left that a design could see"},
	} {
		if _, _, err := project(t, c.content); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.why, err, c.want)
		}
	}
}

func TestShell(t *testing.T) {
	for in, want := range map[string]string{"tickets": "tickets", "a b": "'a b'", "it's": `'it'\''s'`, "$x": "'$x'", "/a/b-c.d": "/a/b-c.d"} {
		if got := Shell(in); got != want {
			t.Errorf("%q is %s, want %s", in, got, want)
		}
	}
}

func TestFolder(t *testing.T) {
	for in, want := range map[string]string{"tickets": "tickets", "my data (1)": "my-data-1", "../..": "cases", "": "cases", "größe": "größe", ".hidden": "hidden", strings.Repeat("é", 40): strings.Repeat("é", 30)} {
		if got := Folder(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}
