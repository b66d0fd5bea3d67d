package report_test

import (
	"bytes"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// hostile tries everything at its start, where nothing is cut off yet.
var hostile = []string{
	"\x1b[31m\x07\u009b2J\x7f\r\n# heading\r\n- item",
	"\u202eabc\u2066\u200f\u061c\u2028x\ufeff\U000e0041",
	"<script>alert(1)</script><img src=x onerror=y>",
	"[x](javascript:y) ![i](j) `c` **b** _e_ | ~s~ $m$",
	"http://evil.example www.evil.example @everyone #1",
	"\xff\xfe broken",
	strings.Repeat("long ", 2000),
	strings.Repeat("x", 10_000),
}

// spoil sets every text of a value, apart from those that the program itself
// chooses among.
func spoil(v reflect.Value, text string) {
	chosen := map[string]bool{"Metric": true, "Unit": true, "Verdict": true, "Method": true, "Status": true, "Disposition": true}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			if v.Kind() == reflect.Interface {
				if v.Elem().Kind() == reflect.String {
					v.Set(reflect.ValueOf(text))
				}
				return
			}
			spoil(v.Elem(), text)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			_, isMetric := v.Interface().(score.Metric)
			_, isTime := v.Interface().(time.Time)
			if isTime || !field.IsExported() || chosen[field.Name] || isMetric && field.Name == "Name" {
				continue
			}
			spoil(v.Field(i), text)
		}
	case reflect.Slice:
		if b, ok := v.Interface().([]byte); ok {
			if b != nil {
				v.SetBytes(flow.AppendValue(nil, map[string]any{"k": text}, false))
			}
			return
		}
		for i := range v.Len() {
			spoil(v.Index(i), text)
		}
	case reflect.Map:
		if m, ok := v.Interface().(map[string]string); ok {
			for k := range m {
				delete(m, k)
				m[text] = text
			}
		}
	case reflect.String:
		v.SetString(text)
	}
}

func spoiled(text string) *report.Report {
	r := example()
	spoil(reflect.ValueOf(r), text)
	// Names that have to fit together.
	r.Compare.Baseline = r.Score.Designs[0].Name
	for i := range r.Compare.Differences {
		r.Compare.Differences[i].Candidate = r.Score.Designs[1].Name
	}
	return r
}

// unsafe is a rune that no terminal should get from the data.
func unsafe(r rune) bool {
	return r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co)
}

func safe(t *testing.T, what, out string) {
	t.Helper()
	for i, line := range strings.Split(out, "\n") {
		if at := strings.IndexFunc(line, unsafe); at >= 0 {
			t.Errorf("%s, line %d: %q gets through", what, i+1, line[at:min(len(line), at+12)])
			return
		}
		if len([]rune(line)) > 1000 {
			t.Errorf("%s, line %d has %d characters", what, i+1, len([]rune(line)))
		}
	}
}

func TestHostileText(t *testing.T) {
	for _, text := range hostile {
		var b bytes.Buffer
		if err := spoiled(text).Text(&b, report.TextOptions{}); err != nil {
			t.Fatal(err)
		}
		safe(t, "text of "+text[:min(10, len(text))], b.String())
	}
}

var (
	own     = regexp.MustCompile(`<br>|<sup>\d+</sup>|<!-- -->`)
	entity  = regexp.MustCompile(`&(lt|gt|amp|#34|#39|#58|#46);`)
	escaped = regexp.MustCompile("\\\\[\\\\|`*_\\[\\]#~$]")
	mention = regexp.MustCompile(`@\w`)
)

func TestHostileMarkdown(t *testing.T) {
	rows := map[int]bool{}
	for _, text := range hostile {
		var b bytes.Buffer
		if err := spoiled(text).Markdown(&b); err != nil {
			t.Fatal(err)
		}
		out := b.String()
		safe(t, "Markdown of "+text[:min(10, len(text))], strings.ReplaceAll(out, "\u200c", ""))
		rows[strings.Count(out, "\n")] = true
		if mention.MatchString(out) {
			t.Errorf("%q calls somebody", text)
		}
		plain := escaped.ReplaceAllString(entity.ReplaceAllString(own.ReplaceAllString(out, ""), ""), "")
		for _, line := range strings.Split(plain, "\n") {
			body := strings.Trim(strings.TrimLeft(line, "# -"), "| ")
			if strings.Trim(body, "-:| ") == "" {
				continue
			}
			if at := strings.IndexAny(body, "<>`*[]~$\\"); at >= 0 || strings.Contains(body, "://") || strings.Contains(body, "www.") || strings.Contains(body, "_") {
				t.Errorf("%q gets through as markup: %q", text[:min(20, len(text))], body[:min(len(body), 200)])
				break
			}
		}
	}
	if len(rows) != 1 {
		t.Errorf("reports of %v lines: a text has broken out of its line", rows)
	}
}

func TestHostileTrace(t *testing.T) {
	for _, text := range hostile {
		trial, c, g := traced()
		spoilTrial(trial, c, g, text)
		for _, status := range []flow.Status{flow.Escalated, flow.Failed, flow.NotMeasured} {
			trial.Status = status
			safe(t, "trace", trace(t, trial, c, g, report.TraceOptions{Workflow: claim}))
		}
	}
}

// spoilTrial sets every text of a trial, its case and what came of it.
func spoilTrial(trial *flow.Trial, c *flow.Case, g score.Judgement, text string) {
	spoil(reflect.ValueOf(trial), text)
	spoil(reflect.ValueOf(&c.Label.Routes), text)
	c.ID, c.Cluster = text, text
	for _, values := range [][]any{c.Input.Values, c.Label.Outcome.Values, g.Final, trial.Shadow} {
		for i := range values {
			values[i] = text
		}
	}
}
