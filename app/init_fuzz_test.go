package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/app"
)

// FuzzInit makes projects of files that nobody made for it: there is a project
// that passes lint and its own tests, or one message about the file.
func FuzzInit(f *testing.F) {
	row := func(head, line string, n int) string { return head + strings.Repeat(line, n) }
	f.Add(row("id,text,label\n", "1,a b c,x\n2,d e f,y\n", 1), false)
	f.Add(row("in;not;\"# x\";- y;label\n", "1;2;3 4 5;'\"#;null\n1,5;;x\ny;03.04.2025;~\n", 20), false)
	f.Add(row("text,queue\n", "please pay the invoice,a b: \"c\"\nthe app crashes again,{d}\n", 40), false)
	f.Add(row("id,when,amount,channel,target\n", ",2025-01-03,1.5,m,1\n,2025-01-04,,n,0\n", 40), false)
	f.Add(row("", `{"id": 1, "a": [1], "b": {"c": 2}, "if": 3, "label": true}`+"\n"+`{"b": "x", "if": null, "label": "y"}`+"\n", 15), true)
	f.Fuzz(func(t *testing.T, content string, lines bool) {
		dir := t.TempDir()
		file := filepath.Join(dir, "cases.csv")
		if lines {
			file = filepath.Join(dir, "cases.jsonl")
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		project := filepath.Join(dir, "project")
		switch code, out := inProject(t, dir, "init", project, "--from", file); code {
		case app.ExitInput:
			return
		case app.ExitDone:
		default:
			t.Fatalf("init: exit code %d\n%s", code, out)
		}
		if code, out := inProject(t, project, "lint"); code != app.ExitDone {
			t.Errorf("lint: exit code %d\n%s", code, out)
		}
		if code, out := inProject(t, project, "test"); code != app.ExitDone && code != app.ExitInconclusive {
			t.Errorf("test: exit code %d\n%s", code, out)
		}
	})
}
