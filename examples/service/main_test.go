package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/serve/servetest"
)

// TestRun serves three cases, one of them twice and in two runs of the program.
func TestRun(t *testing.T) {
	dir, production := servetest.Project(t, servetest.Gate{}, "kind: wait", "kind: compute", "out: {waited: boolean}", `compute: {waited: "false"}, out: {waited: boolean}`)
	folder := filepath.Join(dir, "service")
	in := `{"id":"a","input":{"text":"invoice 1"}}` + "\n" + `{"id":"b","input":{"text":"` + strings.Repeat("long ", 20) + `"}}` + "\n"
	want := `{"id":"a","status":"automated","outcome":{"queue":"billing","note":"for nobody"}}
{"id":"b","status":"escalated","team":"desk","because":"too_long"}
`
	for range 2 {
		var out bytes.Buffer
		if err := run(context.Background(), production, folder, strings.NewReader(in), &out); err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Errorf("got\n%s", out.String())
		}
	}
	actions, err := os.ReadFile(filepath.Join(folder, "actions.jsonl"))
	if err != nil || string(actions) != `{"case":"a","payload":{"text":"invoice 1","queue":"billing"},"step":"post","system":"crm"}`+"\n" {
		t.Errorf("%s, %v", actions, err)
	}
}
