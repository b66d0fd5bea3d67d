package app_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
)

// TestImagesOfCases: the pictures that cases name are shown to the model and
// nowhere else, one that cannot be shown is that case's own trouble, and the run
// is the same from stored answers.
func TestImagesOfCases(t *testing.T) {
	picture := "\x89PNG\r\n\x1a\n" + strings.Repeat("pixels", 20)
	shown := "data:image/png;base64," + base64.StdEncoding.EncodeToString([]byte(picture))
	addresses := map[string]string{"ticket number 00": shown, "ticket number 03": "https://example.com/3.png", "ticket number 04": ""}
	s := serve(t, func(c *llmtest.Call) llmtest.Reply {
		m := c.Messages[len(c.Messages)-1]
		if want, known := addresses[m.Content]; !known || strings.Join(m.Images, " ") != want {
			return llmtest.Reply{Status: 400, Message: "not shown what it was to be"}
		}
		return right(0)
	})
	project := tickets(t, "    images: [scan]\n    image_urls: true\n")
	files := map[string]string{
		"datasets/tickets/scans/a.png": picture,
		"datasets/tickets/cases.csv": "id,text,scan,queue\n" +
			"t00,ticket number 00,scans/a.png,billing\n" +
			"t01,ticket number 01,../../models.yaml,billing\n" +
			"t02,ticket number 02,scans/missing.png,billing\n" +
			"t03,ticket number 03,https://example.com/3.png,billing\n" +
			"t04,ticket number 04,,billing\n",
		"datasets/tickets/dataset.yaml": "dataset: tickets\nsource: cases.csv\nid: id\ninput: {text: text, scan: scan}\npersonal: [scan]\nlabels: {outcome: {queue: queue}}\n",
		"models.yaml":                   "models:\n  secret: {base_url: 'http://localhost:1/v1', model: small}\n",
	}
	for _, name := range []string{"workflow.yaml", "llm.yaml"} {
		data, err := os.ReadFile(filepath.Join(project, "workflows", "tickets", name))
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(string(data), "input: {text: string}", "input: {text: string, scan: string?}", 1)
		files["workflows/tickets/"+name] = strings.Replace(text, "in: {text: input.text}", "in: {text: input.text, scan: input.scan}", 1)
	}
	for name, content := range files {
		path := filepath.Join(project, name)
		write(t, path, content)
	}
	first := filepath.Join(project, "first")
	got := map[string]string{}
	all, stderr := replay(t, project, first)
	for _, trial := range all {
		got[trial.Case] = outcome(trial)
	}
	want := map[string]string{
		"t00": string(flow.Automated), "t01": "rejected image", "t02": "rejected image", "t03": string(flow.Automated), "t04": string(flow.Automated),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s(-want +got):\n%s", stderr, diff)
	}
	if s.Paid() != 3 {
		t.Errorf("%d answers paid for, want 3", s.Paid())
	}
	again := filepath.Join(project, "again")
	replay(t, project, again, "--offline")
	sameTrials(t, first, again)
	nowhere(t, project, base64.StdEncoding.EncodeToString([]byte(picture))[:60])
}
