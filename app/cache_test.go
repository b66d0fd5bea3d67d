package app_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// evalIn runs the program in a folder.
func evalIn(t *testing.T, dir string, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	t.Chdir(dir)
	got, stdout, stderr := eval(t, args...)
	if got != code {
		t.Fatalf("eval %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, stdout, stderr)
	}
	return stdout, stderr
}

// TestRecording carries answers to another project, whose offline run without a
// key has the same bytes.
func TestRecording(t *testing.T) {
	s := serve(t, perTicket(func(n, _ int) llmtest.Reply { return right(n) }))
	one, two, three := tickets(t, ""), tickets(t, ""), tickets(t, "")
	evalIn(t, one, app.ExitDone, "run", "tickets", "--design", "llm", "--quiet", "--out", "reports/runs/first", "--repeat", "2")
	evalIn(t, one, app.ExitDone, "run", "tickets", "--design", "llm", "--quiet", "--out", "reports/runs/small", "--limit", "5")
	paid := s.Paid()
	stdout, _ := evalIn(t, one, app.ExitDone, "cache", "export", "first", "--by", "the team", "--licence", "CC0-1.0")
	for _, want := range []string{"recordings/first.jsonl.zst: 100 answers", "CC0-1.0", "the team", "answered by stand-in-2025", "design   llm "} {
		if !strings.Contains(stdout, want) {
			t.Errorf("export does not say %q:\n%s", want, stdout)
		}
	}
	if stdout, _ := evalIn(t, one, app.ExitDone, "cache", "export", "small"); !strings.Contains(stdout, "small.jsonl.zst: 5 answers") {
		t.Errorf("the answers of a run are not its own:\n%s", stdout)
	}
	recording := filepath.Join(one, "recordings", "first.jsonl.zst")
	evalIn(t, one, app.ExitDone, "cache", "verify", recording)
	was := content(t, recording)
	if _, stderr := evalIn(t, one, app.ExitInput, "cache", "export", "first"); !strings.Contains(stderr, "recordings/first.jsonl.zst is there already: --force overwrites it, --out names another file") || !bytes.Equal(content(t, recording), was) {
		t.Errorf("a recording is overwritten, with its licence: %s", stderr)
	}
	evalIn(t, one, app.ExitDone, "cache", "export", "first", "--force", "--licence", "CC0-1.0")
	noKeyIn(t, one)
	if strings.Contains(string(unpacked(t, recording)), "ticket number") {
		t.Error("a prompt is in the recording")
	}

	t.Setenv("REHEARSE_LLM_KEY", "")
	// Found by itself, and named in the run record.
	if err := os.CopyFS(filepath.Join(two, "recordings"), os.DirFS(filepath.Join(one, "recordings"))); err != nil {
		t.Fatal(err)
	}
	evalIn(t, two, app.ExitDone, "run", "tickets", "--design", "llm", "--quiet", "--out", "reports/runs/first", "--repeat", "2", "--offline")
	run, err := record.Open(filepath.Join(two, "reports/runs/first"))
	if err != nil {
		t.Fatal(err)
	}
	if r := run.Header.Recordings; len(r) != 2 || r[0].Path != "recordings/first.jsonl.zst" || r[0].Answers != 100 || len(r[0].SHA256) != 64 {
		t.Errorf("the record names the recordings %+v", r)
	}
	// Imported.
	if stdout, _ := evalIn(t, three, app.ExitDone, "cache", "import", recording, recording); !strings.Contains(stdout, "100 new, 0 stored already, 0 conflicts") || !strings.Contains(stdout, "0 new, 100 stored already, 0 conflicts") {
		t.Errorf("imported:\n%s", stdout)
	}
	evalIn(t, three, app.ExitDone, "run", "tickets", "--design", "llm", "--quiet", "--out", "reports/runs/first", "--repeat", "2", "--offline")
	for _, dir := range []string{two, three} {
		if !bytes.Equal(segments(t, filepath.Join(one, "reports/runs/first")), segments(t, filepath.Join(dir, "reports/runs/first"))) {
			t.Errorf("the trials of %s have other bytes than those of the project that was recorded", dir)
		}
	}
	if s.Paid() != paid {
		t.Errorf("%d answers were paid for again", s.Paid()-paid)
	}
	// The same answers make the same lines, wherever they are stored.
	evalIn(t, three, app.ExitDone, "cache", "export", "--out", "again.jsonl.zst")
	if _, was, _ := bytes.Cut(unpacked(t, recording), []byte("\n")); !bytes.HasSuffix(unpacked(t, filepath.Join(three, "again.jsonl.zst")), was) {
		t.Error("the same answers were written in other bytes")
	}
}

// unpacked are the lines of a recording.
func unpacked(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	lines, err := r.DecodeAll(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// TestBadRecording: a recording that was changed is refused whole.
func TestBadRecording(t *testing.T) {
	serve(t, perTicket(func(n, _ int) llmtest.Reply { return right(n) }))
	project := tickets(t, "")
	evalIn(t, project, app.ExitDone, "run", "tickets", "--design", "llm", "--quiet", "--limit", "8", "--out", "reports/runs/r")
	evalIn(t, project, app.ExitDone, "cache", "export", "--out", "good.jsonl.zst")
	good := unpacked(t, "good.jsonl.zst")
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	pack := func(b []byte) []byte { return w.EncodeAll(b, nil) }
	lines := bytes.SplitAfter(good, []byte("\n"))
	for _, tt := range []struct {
		why  string
		data []byte
		want string
	}{
		{"no recording", []byte("case,text\n"), "no recording, or damaged"},
		{"nothing", pack(nil), "it is empty"},
		{"no provenance", pack(bytes.Join(lines[1:], nil)), "line 1: no provenance"},
		{"cut off between answers", pack(bytes.Join(lines[:5], nil)), "changed or cut off"},
		{"cut off in a byte", pack(good)[:200], "damaged"},
		{"answers in another order", pack(bytes.Join([][]byte{lines[0], lines[2], lines[1], bytes.Join(lines[3:], nil)}, nil)), "changed or cut off"},
		{"another answer", pack(bytes.Replace(good, []byte(`:0.9}`), []byte(`:0.1}`), 1)), "changed or cut off"},
		{"tokens made up", pack(bytes.Replace(good, []byte(`"in":1000`), []byte(`"in":10`), -1)), "tokens are not those"},
		{"an identity made up", pack(bytes.Replace(good, []byte(`"answered_by":"stand-in-2025"`), []byte(`"answered_by":"other"`), -1)), `model "stand-in-2025" answered, and "other" is said to have`},
		{"a question made up", pack(bytes.Replace(good, []byte(`"repeat":0`), []byte(`"repeat":7`), 1)), "its key does not follow"},
		{"no key", pack(bytes.Replace(good, []byte(`{"key":"`), []byte(`{"key":"zz`), 1)), "want SHA-256 in hexadecimal"},
		{"an unknown field", pack(bytes.Replace(good, []byte(`{"key":"`), []byte(`{"keys":"`), 1)), `unknown field "keys"`},
	} {
		t.Run(tt.why, func(t *testing.T) {
			other := tickets(t, "")
			file := filepath.Join(other, "recordings", "bad.jsonl.zst")
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, tt.data, 0o644); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{
				{"cache", "verify", file}, {"cache", "import", file},
				{"run", "tickets", "--design", "llm", "--quiet", "--offline", "--out", "run"},
			} {
				if _, stderr := evalIn(t, other, app.ExitInput, args...); !strings.Contains(stderr, tt.want) || !strings.Contains(stderr, "bad.jsonl.zst") {
					t.Errorf("eval %s: %s, want %q", strings.Join(args, " "), stderr, tt.want)
				}
			}
			if _, err := os.Stat(filepath.Join(other, "run")); err == nil {
				t.Error("a folder was made for a run that cannot start")
			}
			if stdout, _ := evalIn(t, other, app.ExitDone, "cache", "stats", "--format", "json"); !strings.Contains(stdout, `"models": []`) {
				t.Errorf("answers of it were stored:\n%s", stdout)
			}
		})
	}
}

// TestCacheCare: what is stored is counted with its money, kept where runs use
// it, and named where it was damaged or is in conflict.
func TestCacheCare(t *testing.T) {
	confidence := "0.9"
	s := serve(t, perTicket(func(n, _ int) llmtest.Reply {
		r := right(n)
		r.Text = strings.Replace(r.Text, "0.9", confidence, 1)
		return r
	}))
	project := tickets(t, "")
	if stdout, _ := evalIn(t, project, app.ExitDone, "cache", "verify"); !strings.Contains(stdout, "holds none") {
		t.Errorf("verify without answers: %s", stdout)
	}
	evalIn(t, project, app.ExitInput, "cache", "export")
	write(t, filepath.Join(project, "models.yaml"), "models:\n  small: {base_url: '"+s.URL+"', model: stand-in, prices: {input: 1, output: 2}}\n")
	evalIn(t, project, app.ExitDone, "run", "tickets", "--design", "llm", "--quiet", "--limit", "20", "--out", "reports/runs/kept")
	evalIn(t, project, app.ExitDone, "run", "tickets", "--design", "llm", "--quiet", "--out", "elsewhere")

	stdout, _ := evalIn(t, project, app.ExitDone, "cache", "stats", "--format", "json")
	var got struct {
		Models []struct {
			Name            string
			Answers, Unused int
			Paid            float64
			AnsweredBy      []string `json:"answered_by"`
		}
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatal(err)
	}
	if m := got.Models; len(m) != 1 || m[0].Name != "small" || m[0].Answers != ticketCases || m[0].Unused != ticketCases-20 || m[0].Paid < 0.0999 || m[0].Paid > 0.1001 || m[0].AnsweredBy[0] != "stand-in-2025" {
		t.Errorf("stats: %+v", got)
	}
	for _, format := range []string{"text", "md", "html"} {
		if stdout, _ := evalIn(t, project, app.ExitDone, "cache", "stats", "--format", format); !strings.Contains(stdout, "0.1000") {
			t.Errorf("stats as %s have no money:\n%s", format, stdout)
		}
	}
	for _, args := range [][]string{{}, {"--older", "soon"}, {"--older", "-3d"}, {"--older", "-3h"}} {
		evalIn(t, project, app.ExitUsage, append([]string{"cache", "prune"}, args...)...)
	}
	for _, tt := range []struct {
		why, want string
		args      []string
	}{
		{"none is that old", "would remove 0 answers", []string{"--older", "1d"}},
		{"all are of the model", "would remove 50 answers", []string{"--model", "stand-in"}},
		{"none is of another", "would remove 0 answers", []string{"--model", "small"}},
		{"a dry run comes first", "would remove 30 answers", []string{"--unused"}},
		{"conditions are joined", "would remove 0 answers", []string{"--unused", "--older", "1d"}},
		{"those that a kept run used stay", "removed 30 answers", []string{"--unused", "--yes"}},
		{"once", "removed 0 answers", []string{"--unused", "--yes"}},
	} {
		if stdout, _ := evalIn(t, project, app.ExitDone, append([]string{"cache", "prune"}, tt.args...)...); !strings.Contains(stdout, tt.want) {
			t.Errorf("%s: prune %v: %s", tt.why, tt.args, stdout)
		}
	}
	evalIn(t, project, app.ExitDone, "run", "tickets", "--design", "llm", "--quiet", "--limit", "20", "--offline", "--out", "reports/runs/again")
	if stdout, _ := evalIn(t, project, app.ExitDone, "cache", "verify"); !strings.Contains(stdout, "20 answers, none damaged") {
		t.Errorf("verify: %s", stdout)
	}

	// The same questions, answered otherwise elsewhere.
	other := tickets(t, "")
	confidence = "0.8"
	evalIn(t, other, app.ExitDone, "run", "tickets", "--design", "llm", "--quiet", "--limit", "3", "--out", "reports/runs/r")
	evalIn(t, other, app.ExitDone, "cache", "export", "--out", "other.jsonl.zst")
	stdout, _ = evalIn(t, project, app.ExitDone, "cache", "import", filepath.Join(other, "other.jsonl.zst"))
	if !strings.Contains(stdout, "0 new, 0 stored already, 3 conflicts") || strings.Count(stdout, "the answer that was stored before stays") != 3 {
		t.Errorf("conflicts: %s", stdout)
	}
}

// write writes a file, and the folders that it is in.
func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
