package models

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rehearse-dev/rehearse/internal/llm"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestBad reads every file of testdata/bad, whose name is its fault, and
// compares all that is said of them.
func TestBad(t *testing.T) {
	paths, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	var b strings.Builder
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, diags := Parse(path, data)
		if diags.Err() == nil {
			t.Errorf("%s: nothing is found wrong with it", path)
		}
		for _, d := range diags.Sort() {
			b.WriteString(strings.TrimPrefix(d.String(), "testdata/bad/") + "\n")
		}
	}
	const golden = "testdata/bad/messages.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
	for _, secret := range []string{"secret1234", "sk-0123456789-secret"} { // of password-in-the-address.yaml and two more
		if strings.Contains(b.String(), secret) {
			t.Errorf("%q is repeated:\n%s", secret, b.String())
		}
	}
}

const full = `models:
  small:
    base_url: ${BASE}/v1
    model: m-${SIZE}
    key_env: KEY
    azure_version: 2024-10-21
    tokens_field: max_completion_tokens
    stream: true
    headers: {X-Team: invoices}
    headers_env: {X-Token: TOKEN}
    extra: {top_k: 20, chat_template_kwargs: {enable_thinking: false}}
    prices: {input: 1, cached: 0.5, output: 4}
    limits: {requests_per_minute: 500, tokens_per_minute: 200000, concurrency: 8, retries: 0, timeout: 30s, deadline: 2m}
  plain: {base_url: 'http://localhost:1/v1', model: plain, prices: {input: 2, output: 3}}
`

func TestParse(t *testing.T) {
	catalog, diags := Parse("models.yaml", []byte(full))
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"plain", "small"}, catalog.Names()); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	small := catalog["small"]
	env := map[string]string{"BASE": " https://host ", "SIZE": "7b", "KEY": "k"}
	e, err := small.Resolve(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	want := llm.Endpoint{
		BaseURL: "https://host/v1", Model: "m-7b", KeyEnv: "KEY", AzureVersion: "2024-10-21", TokensField: "max_completion_tokens", Stream: true,
		Headers: map[string]string{"X-Team": "invoices"}, HeaderEnvs: map[string]string{"X-Token": "TOKEN"},
		Extra: Extra{"top_k": []byte("20"), "chat_template_kwargs": []byte(`{"enable_thinking":false}`)},
	}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Errorf("endpoint (-want +got):\n%s", diff)
	}
	if got := MissingKey(e, func(name string) string { return env[name] }); got != "TOKEN" {
		t.Errorf("missing key %q, want TOKEN", got)
	}
	if diff := cmp.Diff(llm.Pace{Requests: 500, Tokens: 200000, Concurrency: 8}, small.Pace()); diff != "" {
		t.Errorf("pace (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(llm.Retry{Attempts: 1, Timeout: 30 * time.Second, Deadline: 2 * time.Minute}, small.Limits.Retry()); diff != "" {
		t.Errorf("retry (-want +got):\n%s", diff)
	}
	near := cmpopts.EquateApprox(1e-12, 0)
	if diff := cmp.Diff(llm.Prices{In: 1e-6, Cached: 5e-7, Out: 4e-6}, small.Prices.PerToken(), near); diff != "" {
		t.Errorf("prices (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(llm.Prices{In: 2e-6, Cached: 2e-6, Out: 3e-6}, catalog["plain"].Prices.PerToken(), near); diff != "" {
		t.Errorf("cached input without a price of its own (-want +got):\n%s", diff)
	}
	if _, err := small.Resolve(func(string) string { return "" }); err == nil || !strings.Contains(err.Error(), "the environment has no BASE and no SIZE") {
		t.Errorf("%v, want what the environment lacks", err)
	}
	// What the environment holds is checked when it is known.
	if _, err := small.Resolve(func(string) string { return "localhost" }); err == nil || !strings.Contains(err.Error(), "http://") {
		t.Errorf("%v, want an address", err)
	}
}

func TestTryingOver(t *testing.T) {
	n, d, e := 2, time.Second, time.Minute
	got := Trying{Retries: &n}.Over(Trying{Timeout: &d, Deadline: &e}).Retry()
	if diff := cmp.Diff(llm.Retry{Attempts: 3, Timeout: d, Deadline: e}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLoadWithoutAFile(t *testing.T) {
	if catalog, diags := Load(t.TempDir()); len(catalog) > 0 || len(diags) > 0 {
		t.Errorf("%v %v", catalog, diags)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(full))
	paths, _ := filepath.Glob("testdata/bad/*.yaml")
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		catalog, diags := Parse("models.yaml", data)
		for _, d := range diags {
			if d.Pos.Line == 0 {
				t.Errorf("no position: %s", d)
			}
		}
		if diags.Err() != nil {
			return
		}
		for _, m := range catalog {
			if _, err := m.Resolve(func(string) string { return "x" }); err != nil && !strings.Contains(string(data), "$") {
				t.Errorf("a model that was taken does not resolve: %v", err)
			}
		}
	})
}
