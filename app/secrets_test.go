package app_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	nethttp "net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/internal/llm"
	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
)

// nowhere looks for secrets in all files under a folder, also inside of those
// that are packed.
func nowhere(t *testing.T, dir string, secrets ...string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files++
		b := content(t, path)
		for _, secret := range secrets {
			if bytes.Contains(b, []byte(secret)) {
				t.Errorf("%s holds %q", path, secret)
			}
		}
		return nil
	})
	if err != nil || files < 10 {
		t.Errorf("looked for secrets in %d files: %v", files, err)
	}
}

// content is what a file holds: its bytes, and what is packed in them.
func content(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	switch filepath.Ext(path) {
	case ".parquet":
		return append(b, cells(t, b)...)
	case ".zst":
		return append(b, unpacked(t, path)...)
	case ".sqlite":
		cache, err := llm.OpenStored(path)
		if err != nil {
			t.Fatal(err)
		}
		defer cache.Close()
		for _, entry := range cache.Each(t.Context(), "") {
			e, err := entry()
			if err != nil {
				t.Fatal(err)
			}
			b = fmt.Appendf(append(b, e.Body...), "%+v", e.Question)
		}
	}
	return b
}

// cells are the texts of a Parquet file.
func cells(t *testing.T, data []byte) (out []byte) {
	t.Helper()
	file, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range file.RowGroups() {
		rows := group.Rows()
		defer rows.Close()
		buf := make([]parquet.Row, 64)
		for {
			n, err := rows.ReadRows(buf)
			for _, row := range buf[:n] {
				for _, v := range row {
					if k := v.Kind(); k == parquet.ByteArray || k == parquet.FixedLenByteArray {
						out = append(append(out, v.ByteArray()...), '\n')
					}
				}
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return out
}

// forms are the ways in which a secret may come to be written.
func forms(secret string) []string {
	quoted, _ := json.Marshal(secret)
	return []string{
		secret, strings.ReplaceAll(secret, "/", `\/`), strings.Trim(string(quoted), `"`), url.QueryEscape(secret), url.PathEscape(secret),
		base64.StdEncoding.EncodeToString([]byte("Bearer " + secret)), secret[4:20],
	}
}

// reaching is a kind of steps that reach out.
type reaching struct {
	step  string // of the design
	files map[string]string
	// start sets up what is reached, and plants the secret.
	start func(t *testing.T, secret string) (files map[string]string)
	// trouble are the outcomes that it must come to, beside being answered.
	trouble []string
	needs   string // a program
}

// echoing answers for a model, and repeats the key in every way it can.
func echoing(secret string, good func(*llmtest.Call) llmtest.Reply) func(*llmtest.Call) llmtest.Reply {
	bad := []llmtest.Reply{
		{}, {Status: 429, RetryAfter: "0"}, {Status: 500}, {Status: 400}, {Status: 401}, {Status: 402}, {Raw: "<html>" + secret}, {Raw: `{"error":"` + secret + `"}`},
		{Drop: true}, {CutAfter: 60}, {Location: "http://localhost:1/" + secret}, {Refusal: secret}, {Finish: "length"}, {Finish: "content_filter"}, {Text: `{"queue":"` + secret + `"}`}, {Text: secret},
	}
	return func(c *llmtest.Call) llmtest.Reply {
		text := c.Last()
		if len(c.Input) > 0 {
			text = c.Input[0]
		}
		n, err := strconv.Atoi(strings.TrimPrefix(text, "ticket number "))
		r := good(c)
		if err == nil && n > 0 { // the first, and documents, are answered
			b := bad[n%len(bad)]
			if b.Text == "" {
				b.Text = r.Text
			}
			b.Vectors = r.Vectors
			r = b
		}
		r.Message, r.Fingerprint, r.Model = "not with "+secret, secret, "stand-in "+secret
		r.Header = nethttp.Header{"X-Request": {secret}}
		return r
	}
}

func modelEnvironment(t *testing.T, s *llmtest.Server, secret string) {
	t.Helper()
	t.Cleanup(s.Close)
	t.Setenv("REHEARSE_LLM_BASE_URL", s.URL)
	t.Setenv("REHEARSE_LLM_MODEL", "stand-in")
	t.Setenv("REHEARSE_LLM_KEY", secret)
}

var reachingOut = map[string]reaching{
	"llm": {
		step: `  - name: ask
    kind: llm
    in: {text: input.text}
    prompt: prompts/assess.md
    retries: 0
    prices: {input: 1, output: 2}
    endpoint: {headers_env: {X-Team: REHEARSE_LLM_KEY}}
    out: {queue: outcome.queue}
outcome: {queue: ask.queue}
`,
		files: map[string]string{"workflows/tickets/prompts/assess.md": "{{ text }}\n"},
		start: func(t *testing.T, secret string) map[string]string {
			modelEnvironment(t, llmtest.New(llmtest.Options{Key: secret, Answer: echoing(secret, llmtest.Text(`{"queue":"billing"}`))}), secret)
			return nil
		},
		trouble: []string{
			"unavailable rate", "unavailable server", "rejected bad_request", "not_measured authentication", "not_measured budget", "rejected refused",
			"rejected content_filter", "malformed unparsable", "malformed truncated", "malformed schema",
		},
	},
	"retrieve": {
		step: `  - name: ask
    kind: retrieve
    in: {text: input.text}
    documents: policies
    query: in.text
    embeddings: {model: vectors}
    out: {hits: {list: record}}
outcome: {queue: '"billing"'}
`,
		files: map[string]string{"workflows/tickets/policies/faults.md": "# Faults\n\nThe number of a ticket.\n"},
		start: func(t *testing.T, secret string) map[string]string {
			s := llmtest.New(llmtest.Options{Key: secret, Embed: echoing(secret, llmtest.ByWords)})
			modelEnvironment(t, s, secret)
			return map[string]string{"models.yaml": "models:\n  vectors: {kind: embedding, base_url: '" + s.URL + "', model: v, key_env: REHEARSE_LLM_KEY, headers_env: {X-Team: REHEARSE_LLM_KEY}, limits: {retries: 0}}\n"}
		},
		trouble: []string{
			"unavailable rate", "unavailable server", "rejected bad_request", "not_measured authentication", "not_measured budget", "malformed unparsable", "malformed truncated",
		},
	},
	"http": {
		step: `  - name: ask
    kind: http
    system: crm
    in: {text: input.text}
    get: ${CRM_URL}/tickets/{in.text}
    headers_env: {Authorization: CRM_TOKEN}
    query_env: {api_key: CRM_TOKEN}
    retries: 0
    out: {queue: outcome.queue, echo: string?}
outcome: {queue: ask.queue}
`,
		start: func(t *testing.T, secret string) map[string]string {
			s := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) { echoTicket(w, r, secret) }))
			t.Cleanup(s.Close)
			t.Setenv("CRM_URL", s.URL)
			t.Setenv("CRM_HOST", strings.TrimPrefix(s.URL, "http://"))
			t.Setenv("CRM_TOKEN", secret)
			return nil
		},
		trouble: []string{"unavailable server", "unavailable rate", "rejected 403", "rejected redirect", "not_measured authentication", "malformed "},
	},
	"exec": {
		needs: "python3",
		step: `  - name: ask
    kind: exec
    in: {text: input.text}
    run: [python3, -B, scripts/echo.py]
    env: [SCORING_KEY]
    record: true
    restarts: 100
    workers: 1
    out: {queue: outcome.queue}
outcome: {queue: ask.queue}
`,
		files: map[string]string{"workflows/tickets/scripts/echo.py": `import json, os, sys

key = os.environ["SCORING_KEY"]
for line in sys.stdin:
    request = json.loads(line)
    n = int(request["in"]["text"].split()[-1]) % 8
    print("key", key, file=sys.stderr, flush=True)
    if n == 1:
        raise ValueError(key)
    if n == 2:
        print(key, flush=True)
        continue
    reply = {"id": request["id"], "out": {"queue": "billing"}}
    if n == 3:
        reply = {"id": request["id"], "error": {"class": "rejected", "message": key}}
    if n == 4:
        reply = {"id": request["id"], "error": {"class": "unavailable", "message": key}}
    if n == 5:
        reply["out"] = {"queue": key}
    if n == 6:
        reply["out"] = {"queue": "billing", key: key}
    print(json.dumps(reply), flush=True)
`},
		start: func(t *testing.T, secret string) map[string]string {
			t.Setenv("SCORING_KEY", secret)
			return nil
		},
		trouble: []string{"unavailable ", "rejected ", "malformed "},
	},
}

// echoTicket answers for a system, and repeats what it was sent.
func echoTicket(w nethttp.ResponseWriter, r *nethttp.Request, secret string) {
	n, _ := strconv.Atoi(strings.TrimPrefix(path.Base(r.URL.Path), "ticket number "))
	w.Header().Set("X-Echo", secret)
	answer := map[string]any{"queue": "billing", "echo": secret + r.Header.Get("Authorization") + r.URL.String(), secret: r.Header}
	switch n % 10 {
	case 1:
		w.WriteHeader(nethttp.StatusBadGateway)
	case 2:
		w.WriteHeader(nethttp.StatusTooManyRequests)
	case 3:
		w.WriteHeader(nethttp.StatusForbidden)
	case 4:
		nethttp.Redirect(w, r, "http://localhost:1/"+secret, nethttp.StatusFound)
		return
	case 5:
		w.WriteHeader(nethttp.StatusUnauthorized)
	case 6:
		io.WriteString(w, "<html>"+secret)
		return
	case 7:
		answer["queue"] = secret
	case 8:
		w.Header().Set("Content-Length", "10000")
	case 9:
		io.WriteString(w, `"`+strings.Repeat(secret, 1<<16)+`"`)
		return
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// TestSecretsAreNowhere plants a secret for each kind of steps that reach out,
// has what is reached repeat it in every way it can, in answers and in every
// class of error, and looks for it in all that was written and said.
func TestSecretsAreNowhere(t *testing.T) {
	for kind, k := range reachingOut {
		t.Run(kind, func(t *testing.T) {
			if _, err := exec.LookPath(k.needs); k.needs != "" && err != nil {
				t.Skipf("%s is not on the PATH", k.needs)
			}
			secret := "planted/" + kind + `+0123456789"\abc`
			dir := tickets(t, "")
			files := map[string]string{"workflows/tickets/llm.yaml": "design: llm\nworkflow: tickets\non_broken_handoff: desk\nsteps:\n" + k.step}
			if kind == "http" {
				workflow, err := os.ReadFile(filepath.Join(dir, "workflows/tickets/workflow.yaml"))
				if err != nil {
					t.Fatal(err)
				}
				files["workflows/tickets/workflow.yaml"] = string(workflow) + "systems: {crm: {hosts: ['${CRM_HOST}']}}\n"
			}
			for _, more := range []map[string]string{k.files, k.start(t, secret)} {
				for name, text := range more {
					files[name] = text
				}
			}
			for name, text := range files {
				if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
					t.Fatal(err)
				}
				write(t, filepath.Join(dir, name), text)
			}
			var said strings.Builder
			run := func(args ...string) {
				code, out := inProject(t, dir, args...)
				said.WriteString(out)
				if code != app.ExitDone {
					t.Errorf("eval %s: exit code %d\n%s", strings.Join(args, " "), code, out)
				}
			}
			out := filepath.Join(dir, "reports", "runs", "live")
			run("run", "tickets", "--design", "llm", "--limit", "17", "--parallel", "1", "--out", out)
			var came []string
			for _, trial := range trials(t, out) {
				came = append(came, outcome(trial))
				run("trace", "live", trial.Case)
			}
			for _, want := range append([]string{"automated"}, k.trouble...) {
				if !slices.ContainsFunc(came, func(o string) bool { return strings.HasPrefix(o, want) }) {
					t.Errorf("no case came to %q: the test proves nothing of it; they came to %q", want, came)
				}
			}
			run("run", "tickets", "--design", "llm", "--quiet", "--limit", "17", "--parallel", "1", "--offline", "--out", "offline")
			for _, format := range []string{"text", "md", "html", "json"} {
				run("report", "live", "--format", format, "--output", "report."+format)
				run("handoffs", "live", "--format", format, "--output", "handoffs."+format)
			}
			run("trace", "live", "t01", "--json")
			run("cache", "stats")
			run("cache", "verify")
			if kind == "llm" || kind == "retrieve" {
				run("cache", "export", "live", "--out", "answers.jsonl.zst")
			}
			if segment, err := filepath.Glob(filepath.Join(out, "trials-*.parquet")); err != nil || len(segment) == 0 || !bytes.Contains(content(t, segment[0]), []byte("t01")) {
				t.Errorf("the record's texts are not read (%v): the test proves nothing of it", err)
			}
			nowhere(t, dir, forms(secret)...)
			for _, form := range forms(secret) {
				if strings.Contains(said.String(), form) {
					t.Errorf("%q was said", form)
				}
			}
			if !strings.Contains(said.String(), "[secret]") {
				t.Error("nothing was taken out: what was reached did not repeat the secret, and this test proves nothing")
			}
		})
	}
}
