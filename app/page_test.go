package app_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/internal/report/pagetest"
)

const hostile = `</style></title><script>window.pwned=1</script><img src=x onerror=window.pwned=1>"' onmouseover='window.pwned=1`

// A project whose every text is hostile: what people write in a workflow, a
// design and a card, the names of files, and what comes with cases.
func hostileProject(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	quoted := `'` + strings.ReplaceAll(hostile, `'`, `''`) + `'`
	field := `"` + strings.ReplaceAll(hostile, `"`, `""`) + `"`
	files := map[string]string{
		"workflows/w/workflow.yaml": `workflow: w
title: ` + quoted + `
currency: ` + quoted + `
baseline: people
data: datasets/d/dataset.yaml
input: {text: string, other: string}
outcome: {class: {enum: [a, ` + quoted + `]}, note: {type: string, required: false}}
costs: {` + quoted + `: {a: 9}}
teams: {desk: {people: 1, minutes: 2}}
`,
		"workflows/w/people.yaml": "design: people\nworkflow: w\nsteps: [{name: desk, kind: human, team: desk}]\noutcome: {class: desk.class, note: desk.note}\n",
		"workflows/w/<svg onload=1>.yaml": `design: '<svg onload=1>'
title: ` + quoted + `
workflow: w
params: {param: ` + quoted + `}
steps:
  - {name: see, kind: compute, in: {text: input.text, other: input.other}, compute: {note: in.text + in.other}, out: {note: string}}
  - {name: pick, kind: rules, in: {text: input.text, by: params.param}, hit: first, rules: [{when: 'in.text == in.by', then: {class: 'in.by'}}], else: {class: 'in.by'}, out: {class: outcome.class}}
  - name: go
    kind: route
    routes:
      - {when: 'len(input.other) > 200', escalate: desk, because: ` + quoted + `}
      - {else: end}
outcome: {class: pick.class, note: see.note}
`,
		"workflows/w/stress/<i>.yaml": "stress: <i>\ntitle: " + quoted + "\nfaults: [ocr]\nown:\n  - {name: other, title: " + quoted + ", set: {text: input.other}}\n  - {name: fails, title: " + quoted + ", step: see, fails: rejected}\n",
		"datasets/d/dataset.yaml":     "dataset: " + quoted + "\nsource: '<b>data.csv'\nid: id\ncluster: id\ntags: [other]\nlabels: {outcome: {class: class, note: other}}\n",
		"datasets/d/<b>data.csv":      "id,text,other,class\n1," + field + "," + field + ",a\n" + field + "," + field + ",x,a\n3,x," + strings.Repeat("y", 300) + ",a\n",
	}
	for name, content := range files {
		path := filepath.Join(dir, name)
		write(t, path, content)
	}
	t.Chdir(dir)
}

func TestHostileProjectInBrowser(t *testing.T) {
	browser := pagetest.Start(t)
	hostileProject(t)
	for _, line := range [][]string{
		{"run", "w", "--out", "one", "--quiet"},
		{"report", "one", "--format", "html", "-o", "again.html"},
		{"gate", "one", "--format", "html", "--explain", "-o", "gate.html"},
		{"compare", "one", "--format", "html", "-o", "compare.html"},
	} {
		var out bytes.Buffer
		if code := app.Eval(app.Builtin(), append([]string{"eval"}, line...), strings.NewReader(""), &out, &out); code != app.ExitDone && code != app.ExitInconclusive {
			t.Fatalf("%v: exit code %d\n%s", line, code, &out)
		}
	}
	var out bytes.Buffer
	line := []string{"simulate", "stress", "workflows/w/<svg onload=1>.yaml", "--faults", "workflows/w/stress/<i>.yaml", "--format", "html", "-o", "stress.html"}
	if code := app.Simulate(app.Builtin(), line, strings.NewReader(""), &out, &out); code != app.ExitDone {
		t.Fatalf("%v: exit code %d\n%s", line, code, &out)
	}
	for _, file := range []string{"one/report.html", "again.html", "gate.html", "compare.html", "stress.html"} {
		browser.Open(t, file).CheckInert()
	}
	page, err := os.ReadFile("one/report.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"automated wrong", "gave {&#34;note&#34;", "window.pwned=1"} {
		if !bytes.Contains(page, []byte(text)) {
			t.Errorf("the page does not hold %q, so nothing was tested", text)
		}
	}
}
