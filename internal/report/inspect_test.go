package report_test

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/internal/inspect"
	"github.com/rehearse-dev/rehearse/internal/report"
)

// Names and values come from files that anybody may have written.
func TestHostileInspect(t *testing.T) {
	at := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, text := range hostile {
		r := &inspect.Result{
			Sources: []string{""}, Rows: 2, Warnings: []string{""},
			Columns:      []inspect.Column{{Tag: true, Distinct: 2, Top: []inspect.Count{{Count: 2}}}, {}},
			Splits:       []inspect.Part{{Rows: 2, From: &at, To: &at}},
			Associations: []inspect.Association{{}},
			Alike:        inspect.Duplicates{Columns: []string{""}, Examples: []inspect.Group{{Rows: []int64{1, 2}}}},
		}
		spoil(reflect.ValueOf(r), text)
		r.Columns[0].Values, r.Columns[0].Personal = map[string]int64{text: 2}, ""
		var out bytes.Buffer
		r.Proposed = ""
		if err := (report.Inspect{Result: r}).Text(&out, report.TextOptions{}); err != nil {
			t.Fatal(err)
		}
		safe(t, "text of "+text[:min(10, len(text))], out.String())
		r.Proposed = "# " + text
		out.Reset()
		if err := (report.Inspect{Result: r}).Markdown(&out); err != nil {
			t.Fatal(err)
		}
		if bytes.ContainsAny(out.Bytes(), "\x1b\x07\r") || mention.MatchString(out.String()[:bytes.Index(out.Bytes(), []byte("## Proposed card"))]) {
			t.Errorf("%q gets through", text[:min(20, len(text))])
		}
	}
}
