package report_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/rehearse-dev/rehearse/internal/discover"
	"github.com/rehearse-dev/rehearse/internal/eventlog"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/report/pagetest"
)

// process is what is found in a log whose names are these texts: two activities
// one after the other, the second done again in every third case.
func process(t *testing.T, texts []string) *discover.Result {
	t.Helper()
	l := &eventlog.Log{Path: texts[0] + ".csv", Zone: time.UTC, Starts: true}
	for i, text := range texts {
		l.Activities = append(l.Activities, fmt.Sprintf("%s %d", text, i))
		l.Resources = append(l.Resources, fmt.Sprintf("%s %d", text, i))
	}
	first := time.Date(2025, 3, 3, 9, 0, 0, 0, time.UTC)
	for c := range 60 {
		l.Cases = append(l.Cases, fmt.Sprintf("%s %d", texts[c%len(texts)], c))
		t := first.AddDate(0, 0, c/4).Add(time.Duration(c%4) * 90 * time.Minute)
		for k := range 2 + btoi(c%3 == 0) {
			who := int32((c + min(k, 1)) % len(texts))
			l.Events = append(l.Events, eventlog.Event{Case: int32(c), Activity: who, Resource: who, Start: t.UnixNano(), End: t.Add(20 * time.Minute).UnixNano()})
			t = t.Add(30 * time.Minute)
		}
	}
	r, err := discover.Run(t.Context(), l, discover.Options{Replications: 3, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if r.Check == nil || len(r.Loops) == 0 || len(r.Pairs) == 0 {
		t.Fatal("the log has no rework, no handoffs or too few cases to test what is shown of them")
	}
	return r
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Names of a log are texts that others wrote.
func TestHostileProcess(t *testing.T) {
	r := report.Process{Result: process(t, hostile)}
	var text, markdown bytes.Buffer
	if err := r.Text(&text, report.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := r.Markdown(&markdown); err != nil {
		t.Fatal(err)
	}
	for name, out := range map[string]string{"text": text.String(), "Markdown": markdown.String()} {
		for _, c := range out {
			if c != '\n' && (unicode.IsControl(c) || unicode.Is(unicode.Cf, c)) {
				t.Errorf("%s: %q is printed as it is", name, c)
				break
			}
		}
		if strings.Contains(out, strings.Repeat("x", 1000)) {
			t.Errorf("%s: a name is shown without end", name)
		}
	}
	for _, act := range []string{"<script>", "[x](javascript:", "\n# heading", "@everyone"} {
		if strings.Contains(markdown.String(), act) {
			t.Errorf("Markdown: %q is printed as it is", act)
		}
	}
}

// The page holds what every report promises, whatever the names are.
func TestProcessInBrowser(t *testing.T) {
	browser := pagetest.Start(t)
	for i, texts := range [][]string{{"take in", "check", "decide"}, acts} {
		path := filepath.Join(t.TempDir(), fmt.Sprintf("process%d.html", i))
		var b bytes.Buffer
		if err := (report.Process{Result: process(t, texts)}).HTML(&b); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		browser.Open(t, path).Check()
	}
}
