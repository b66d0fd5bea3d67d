package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/expr"
	"github.com/rehearse-dev/rehearse/internal/schema"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// block is one fenced block of a page.
type block struct {
	page string
	line int // of the fence, from 1
	lang string
	path string // of the file that it is; "" where it is none
	text string
}

var fence = regexp.MustCompile("(?m)^```([^\n]*)\n((?s:.*?))^```$")

// blocks are the fenced blocks of a page. A block is a whole file where a path
// stands after its language, or in its first line as a comment.
func blocks(t *testing.T, page string) []block {
	t.Helper()
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var out []block
	for _, m := range fence.FindAllSubmatchIndex(data, -1) {
		lang, path, _ := strings.Cut(string(data[m[2]:m[3]]), " ")
		b := block{page: page, line: 1 + bytes.Count(data[:m[0]], []byte("\n")), lang: lang, path: path, text: string(data[m[4]:m[5]])}
		first, _, _ := strings.Cut(b.text, "\n")
		if comment, ok := strings.CutPrefix(first, "# "); ok && lang == "yaml" && b.path == "" {
			b.path = comment
		}
		out = append(out, b)
	}
	return out
}

// pages are the documents of the repository.
func pages(t *testing.T) []string {
	t.Helper()
	out := []string{"../README.md"}
	err := filepath.WalkDir("../docs", func(path string, e fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".md" {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// documented writes the files that all pages show into a new project: they
// make up one.
func documented(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, page := range pages(t) {
		for _, b := range blocks(t, page) {
			if b.path == "" {
				continue
			}
			path := filepath.Join(dir, filepath.FromSlash(b.path))
			if _, err := os.Stat(path); err == nil {
				t.Fatalf("%s:%d: %s is shown twice", b.page, b.line, b.path)
			}
			write(t, path, b.text)
		}
	}
	return dir
}

// inProject runs the program in a project and gives its exit code and all that
// it printed.
func inProject(t *testing.T, dir string, args ...string) (int, string) {
	t.Helper()
	back, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chdir(dir); err != nil {
		t.Fatal(err)
	}
	defer os.Chdir(back)
	var out bytes.Buffer
	code := app.Eval(app.Builtin(), append([]string{"eval"}, args...), strings.NewReader(""), &out, &out)
	return code, out.String()
}

// noEndpoint takes away what the environment may say of models.
func noEndpoint(t *testing.T) {
	t.Helper()
	for _, name := range []string{"REHEARSE_LLM_BASE_URL", "REHEARSE_LLM_MODEL", "REHEARSE_LLM_KEY"} {
		t.Setenv(name, "")
	}
	t.Setenv("NO_COLOR", "1")
}

// parted are pages whose YAML blocks are parts of files; tests beside the code
// they are about read them.
var parted = []string{"lint.md", "llm.md", "scenarios.md", "stress.md"}

// Every YAML block of the other pages is a whole file, and nothing is wrong
// with it.
func TestDocumentedFiles(t *testing.T) {
	noEndpoint(t)
	for _, page := range pages(t) {
		if slices.Contains(parted, filepath.Base(page)) {
			continue
		}
		for _, b := range blocks(t, page) {
			if b.lang == "yaml" && !strings.HasSuffix(b.path, ".yaml") {
				t.Errorf("%s:%d: the YAML block does not begin with a comment that is its path", b.page, b.line)
			}
		}
	}
	if code, out := inProject(t, documented(t), "lint"); code != app.ExitDone || !strings.Contains(out, " 0 errors, 0 warnings") {
		t.Errorf("lint of the documented project: exit code %d\n%s", code, out)
	}
}

// The schemas take every file that a page shows, so all keys there.
func TestDocumentedFilesFitSchemas(t *testing.T) {
	compile := func(s map[string]any) *jsonschema.Schema {
		c := jsonschema.NewCompiler()
		if err := c.AddResource("schema.json", asJSON(t, s)); err != nil {
			t.Fatal(err)
		}
		out, err := c.Compile("schema.json")
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	workflow, card, designs, tests, models, reviews, broke := compile(schema.Workflow()), compile(schema.Dataset()), compile(schema.Design(app.Builtin())), compile(schema.Tests()), compile(schema.Models()), compile(schema.Review()), compile(schema.Regression())
	for _, page := range pages(t) {
		for _, b := range blocks(t, page) {
			fits := designs
			switch {
			case path.Base(b.path) == "workflow.yaml":
				fits = workflow
			case path.Base(b.path) == "dataset.yaml":
				fits = card
			case path.Base(b.path) == "review.yaml":
				fits = reviews
			case path.Base(b.path) == "regression.yaml":
				fits = broke
			case strings.HasSuffix(b.path, "_test.yaml"):
				fits = tests
			case path.Base(b.path) == "models.yaml":
				fits = models
			case b.lang != "yaml" || strings.Count(b.path, "/") != 2:
				continue // a file that a design reads
			}
			var doc any
			if err := yaml.Unmarshal([]byte(b.text), &doc); err != nil {
				t.Fatalf("%s:%d: %v", b.page, b.line, err)
			}
			if err := fits.Validate(asJSON(t, doc)); err != nil {
				t.Errorf("%s:%d: %s: %v", b.page, b.line, b.path, err)
			}
		}
	}
}

// asJSON is a value as a reader of JSON sees it.
func asJSON(t *testing.T, v any) any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Every command of a console block ends well, and prints the lines that the
// page shows below it, in that order and perhaps among others. The commands of
// one page run one after the other in one project.
func TestDocumentedCommands(t *testing.T) {
	noEndpoint(t)
	ran := 0
	for _, page := range pages(t) {
		dir := ""
		for _, b := range blocks(t, page) {
			if b.lang != "console" {
				if strings.Contains(b.text, "\n$ eval ") || strings.HasPrefix(b.text, "$ eval ") {
					t.Errorf("%s:%d: commands stand in a console block", b.page, b.line)
				}
				continue
			}
			if dir == "" {
				dir = documented(t)
			}
			var command, out string
			for i, line := range strings.Split(strings.TrimSuffix(b.text, "\n"), "\n") {
				if c, ok := strings.CutPrefix(line, "$ "); ok {
					command = c
					words := strings.Fields(strings.SplitN(c, " #", 2)[0])
					if !slices.Contains([]string{"eval", "bin/eval"}, words[0]) {
						t.Fatalf("%s:%d: %q is no command of eval", b.page, b.line+1+i, c)
					}
					var code int
					if code, out = inProject(t, dir, words[1:]...); code != app.ExitDone {
						t.Errorf("%s:%d: %q: exit code %d\n%s", b.page, b.line+1+i, c, code, out)
					}
					ran++
					continue
				}
				at := strings.Index(out, line)
				if at < 0 {
					t.Errorf("%s:%d: %q does not print %q; it prints\n%s", b.page, b.line+1+i, command, line, out)
					continue
				}
				out = out[at+len(line):]
			}
		}
	}
	if ran == 0 {
		t.Error("the pages show no command")
	}
}

// Links between pages lead somewhere.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	for _, page := range append(pages(t), "../ARCHITECTURE.md", "../CONTRIBUTING.md", "../CHANGELOG.md") {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(data), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s: a link to %s, which is not there", page, m[1])
			}
		}
	}
}

// Tables that repeat what the code knows say all of it, in its words.
func TestDocumentedTables(t *testing.T) {
	read := func(page string) string {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	files, metrics := read("../docs/files.md"), read("../docs/metrics.md")
	row := func(page, name, line string) {
		if !strings.Contains(page, "\n"+line+"\n") {
			t.Errorf("%s lacks the row\n%s", name, line)
		}
	}
	for _, r := range design.Rules {
		row(files, "docs/files.md", fmt.Sprintf("| `%s` | %s |", r.ID, r.Doc))
	}
	for _, doc := range expr.Functions {
		call, does, _ := strings.Cut(doc, ": ")
		row(files, "docs/files.md", fmt.Sprintf("| `%s` | %s |", call, does))
	}
	for _, m := range design.Metrics {
		if !strings.Contains(metrics, "\n| `"+m+"` |") {
			t.Errorf("docs/metrics.md has no row for %q", m)
		}
	}
	for _, d := range score.Dispositions {
		if !strings.Contains(metrics, "\n| `"+string(d)+"` |") {
			t.Errorf("docs/metrics.md has no row for %q", d)
		}
	}
}
