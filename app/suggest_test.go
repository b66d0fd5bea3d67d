package app_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/app"
)

// What a run proposes to go on with names a case of the data, whose id may be
// made to repaint a terminal.
func TestSuggestedCase(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"workflows/w/workflow.yaml": "workflow: w\ninput: {text: string}\noutcome: {class: {enum: [a, b]}}\nteams: {desk: {people: 1, minutes: 2}}\n",
		"workflows/w/people.yaml":   "design: people\nworkflow: w\nsteps: [{name: desk, kind: human, team: desk}]\noutcome: {class: desk.class}\n",
		"datasets/w/dataset.yaml":   "dataset: w\nsource: data.csv\nid: id\nlabels: {outcome: {class: class}}\n",
		"datasets/w/data.csv":       "id,text,class\nc0\x1b[31m,x,a\n",
	} {
		path := filepath.Join(dir, name)
		write(t, path, content)
	}
	t.Chdir(dir)
	var out, problems bytes.Buffer
	if code := app.Eval(app.Builtin(), []string{"eval", "run", "w", "--out", "one"}, strings.NewReader(""), &out, &problems); code != app.ExitDone {
		t.Fatalf("exit code %d\n%s", code, &problems)
	}
	if shown := out.String() + problems.String(); strings.Contains(shown, "\x1b") || !strings.Contains(shown, "eval trace one 'c0?[31m' ") {
		t.Errorf("it shows %q", shown)
	}
}
