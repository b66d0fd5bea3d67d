package stress

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

var update = flag.Bool("update", false, "rewrite golden files")

// office is a workflow as its loader gives it.
func office() *design.Workflow {
	return &design.Workflow{
		Name: "invoice", Decision: 0,
		Input: flow.NewSchema(
			flow.Field{Name: "text", Type: flow.Type{Kind: flow.String}},
			flow.Field{Name: "amount", Type: flow.Type{Kind: flow.Number, Optional: true}},
			flow.Field{Name: "channel", Type: flow.Type{Kind: flow.Enum, Enum: []string{"email", "paper"}}},
			flow.Field{Name: "received_at", Type: flow.Type{Kind: flow.Time}},
		),
		Outcome: flow.NewSchema(flow.Field{Name: "decision", Type: flow.Type{Kind: flow.Enum, Enum: []string{"approve", "hold", "reject"}}}),
		Costs:   map[string]map[string]float64{"approve": {"hold": 60, "reject": 400}, "reject": {"approve": 25}},
	}
}

// TestBad reads every file of testdata/bad, whose name is its fault, and
// compares all that is said about it.
func TestBad(t *testing.T) {
	paths, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal("no files", err)
	}
	var b strings.Builder
	for _, path := range paths {
		f, problems := Load(path, office())
		if f != nil || problems.Err() == nil {
			t.Errorf("%s: nothing is said about it", path)
		}
		for _, d := range problems {
			if d.Pos.File != path || d.Pos.Line < 1 || d.Pos.Column < 1 {
				t.Errorf("no position: %+v", d)
			}
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
		t.Errorf("%s (-want +got; -update rewrites it):\n%s", golden, diff)
	}
}

func TestLoadMissing(t *testing.T) {
	_, problems := Load("testdata/nosuch.yaml", office())
	if got := problems.Error(); got != "testdata/nosuch.yaml: there is no such file" {
		t.Errorf("got %q", got)
	}
}

// TestDocumented reads the example of docs/stress.md, and wants every built-in
// fault to be there.
func TestDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/stress.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	text, _, _ := strings.Cut(rest, "```")
	f, problems := Parse("example.yaml", []byte(text), office())
	if problems.Err() != nil {
		t.Fatalf("%v\n%s", problems, text)
	}
	if f.Cases != 200 || len(f.own) != 4 {
		t.Errorf("%+v", f)
	}
	for _, name := range Names() {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/stress.md does not say what %s does", name)
		}
	}
}

// FuzzParse wants no panic and a position for every message.
func FuzzParse(f *testing.F) {
	paths, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("stress: x\nfaults: []\nown: [{name: a, exec: {run: [cat]}}, {name: b, step: s, set: {x: out.y}}]"))
	w := office()
	f.Fuzz(func(t *testing.T, data []byte) {
		file, problems := Parse("x.yaml", data, w)
		if (file == nil) != (problems.Err() != nil) {
			t.Fatalf("file %v with problems %v", file, problems)
		}
		for _, d := range problems {
			if d.Message == "" || d.Pos.Line < 1 {
				t.Errorf("%+v", d)
			}
		}
	})
}
