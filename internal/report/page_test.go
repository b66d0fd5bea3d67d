package report_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/report/pagetest"
)

// acts are texts that would act on a page that lets them.
var acts = []string{
	`<script>window.pwned=1</script>`,
	`"><img src=x onerror="window.pwned=1"><svg onload=window.pwned=1>`,
	`' onmouseover='window.pwned=1' style='position:fixed`,
	`</style></title></textarea></script><script>window.pwned=1</script>`,
	`<a href="javascript:window.pwned=1">x</a><iframe srcdoc="<script>parent.pwned=1</script>"></iframe>`,
	`<!-- --><base href="http://evil.example/"><link rel=stylesheet href=http://evil.example/a.css>`,
	`{{.Policy}} ${window.pwned=1} &lt;script&gt; &#x22; ]]>`,
}

// withCase is a report with the trace of a wrong case.
func withCase(r *report.Report) *report.Report {
	trial, c, g := traced()
	trial.Status = flow.Automated
	r.Cases = append(r.Cases, report.NewCaseTrace(trial, c, g, report.TraceOptions{Workflow: claim}))
	return r
}

func htmlFile(t *testing.T, r *report.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.HTML(&b); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPageInBrowser(t *testing.T) {
	browser := pagetest.Start(t)
	r := example()
	r.Score.Designs[1].Worst[0].Case = "C-17"
	p := browser.Open(t, htmlFile(t, withCase(r)))
	p.Check()
	p.CheckTables()
}

func TestHostilePageInBrowser(t *testing.T) {
	browser := pagetest.Start(t)
	hostilePage := func(text string) *pagetest.Page {
		r := spoiled(text)
		trial, c, g := traced()
		spoilTrial(trial, c, g, text)
		r.Cases = append(r.Cases, report.NewCaseTrace(trial, c, g, report.TraceOptions{Workflow: claim}))
		return browser.Open(t, htmlFile(t, r))
	}
	for _, text := range append(acts, hostile...) {
		hostilePage(text).CheckInert()
		if t.Failed() {
			t.Fatalf("with %.60q in every text", text)
		}
	}
	hostilePage(acts[1]).Check()
	hostilePage(strings.Repeat("x", 10_000)).Check()
}
