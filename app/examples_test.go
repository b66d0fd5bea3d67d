package app_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/internal/report/pagetest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// exampleReports are the commands that render reports/examples, by the name of
// the report, with the exit code of each.
var exampleReports = []struct {
	name, program, line string
	code                int
}{
	{"report", "eval", "report RUN", app.ExitDone},
	{"gate", "eval", "gate RUN --explain", app.ExitFailed},
	{"attribute", "eval", "attribute RUN --design rules --quiet --out attribution", app.ExitDone},
	{"drift", "eval", "drift RUN --fresh invoice-fresh --design rules --quiet --out fresh", app.ExitFailed},
	{"simulate", "simulate", "run workflows/invoice/scenarios/peak.yaml --run RUN --design as-is --design rules --replications 5", app.ExitDone},
	{"stress", "simulate", "stress workflows/invoice/rules.yaml --cases 200", app.ExitDone},
	{"staff", "simulate", "staff workflows/invoice/scenarios/peak.yaml --run RUN --design rules --replications 5", app.ExitDone},
	{"shifts", "simulate", "staff workflows/invoice/scenarios/shifts.yaml --run RUN --replications 4", app.ExitDone},
	{"compare", "simulate", "compare workflows/invoice/scenarios/peak.yaml --run RUN --replications 5", app.ExitDone},
	{"capacity-invoice", "simulate", "sweep workflows/invoice/scenarios/peak.yaml --run RUN --volume 0.5,1,2 --staff ap_clerks=4,6,8,16,32 --replications 3", app.ExitDone},
	{"business", "simulate", "business workflows/invoice/scenarios/peak.yaml --run RUN --replications 5", app.ExitDone},
}

// everyFormat has the examples rendered in all formats, as the long tests do.
// Each format works the same figures out again, and internal/report holds all
// of them to golden files of its own: text is enough to see figures move.
var everyFormat = false

// exampleFormats are the formats to render, with the endings of their files.
func exampleFormats() map[string]string {
	if everyFormat || *update {
		return map[string]string{"text": ".txt", "md": ".md", "html": ".html"}
	}
	return map[string]string{"text": ".txt"}
}

// renderExamples renders the example reports in a copy of the project, and
// returns the folder that they are in.
func renderExamples(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, folder := range []string{"workflows/invoice", "datasets/invoice", "datasets/invoice-fresh", "reports/examples/dev-300"} {
		if err := os.CopyFS(filepath.Join(dir, folder), os.DirFS(filepath.Join("..", folder))); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for _, e := range exampleReports {
		for format, ending := range exampleFormats() {
			for _, out := range []string{"attribution", "fresh", "reports/drift"} {
				if err := os.RemoveAll(out); err != nil {
					t.Fatal(err)
				}
			}
			args := append([]string{e.program}, strings.Fields(strings.ReplaceAll(e.line, "RUN", "reports/examples/dev-300"))...)
			args = append(args, "--format", format, "--output", e.name+ending)
			var out bytes.Buffer
			if code := programs[e.program](args, strings.NewReader(""), &out, &out); code != e.code {
				t.Fatalf("%v: exit code %d, want %d\n%s", args, code, e.code, &out)
			}
		}
	}
	return dir
}

// The example reports are what the programs print today.
func TestExampleReports(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	rendered := renderExamples(t)
	for _, e := range exampleReports {
		for _, ending := range exampleFormats() {
			got, err := os.ReadFile(filepath.Join(rendered, e.name+ending))
			if err != nil {
				t.Fatal(err)
			}
			sameExample(t, got, filepath.Join(root, "reports", "examples", e.name+ending))
		}
	}
}

// sameExample compares a report with the committed one, or rewrites that.
func sameExample(t *testing.T, got []byte, path string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("%s (-want +got), -update rewrites it\n%.3000s", path, diff)
	}
}

// The capacity stories of the workflows without a committed record: their first
// cases are replayed, and swept over volumes.
func TestExampleReportsOfCapacity(t *testing.T) {
	noEndpoint(t)
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, w := range []string{"claims", "onboarding", "invoice"} {
		for _, folder := range []string{"workflows/" + w, "datasets/" + w} {
			if err := os.CopyFS(filepath.Join(dir, folder), os.DirFS(filepath.Join(root, folder))); err != nil {
				t.Fatal(err)
			}
		}
	}
	lines := map[string]string{"cutoff": "cutoff invoice/peak --design model-cutoff --grid 0,0.5,0.7,0.8,0.9,0.95 --replications 4"}
	for _, w := range []string{"claims", "onboarding"} {
		if code, out := inProject(t, dir, "run", w, "--design", "as-is", "--design", "rules", "--limit", "300", "--quiet", "--no-report", "--out", w+"-300"); code != app.ExitDone {
			t.Fatalf("exit code %d\n%s", code, out)
		}
		lines["capacity-"+w] = "sweep " + w + "/peak --run " + w + "-300 --volume 0.5,1,2 --replications 3"
	}
	t.Chdir(dir)
	for name, line := range lines {
		for format, ending := range exampleFormats() {
			args := append([]string{"simulate"}, strings.Fields(line)...)
			args = append(args, "--format", format, "--output", name+ending)
			var out bytes.Buffer
			if code := programs["simulate"](args, strings.NewReader(""), &out, &out); code != app.ExitDone {
				t.Fatalf("%v: exit code %d\n%s", args, code, &out)
			}
			got, err := os.ReadFile(name + ending)
			if err != nil {
				t.Fatal(err)
			}
			sameExample(t, got, filepath.Join(root, "reports", "examples", name+ending))
		}
	}
}

// The shipped system is replayed from its first workflow to its last, and its
// report is the committed one.
func TestExampleSystem(t *testing.T) {
	noEndpoint(t)
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	folders := []string{"systems"}
	for _, w := range []string{"onboarding", "claims", "invoice"} {
		folders = append(folders, "workflows/"+w, "datasets/"+w, "datasets/customers-"+w)
	}
	for _, folder := range folders {
		if err := os.CopyFS(filepath.Join(dir, folder), os.DirFS(filepath.Join(root, folder))); err != nil {
			t.Fatal(err)
		}
	}
	if code, out := inProject(t, dir, "lint", "systems", "--strict"); code != app.ExitDone {
		t.Errorf("lint: exit code %d\n%s", code, out)
	}
	if code, out := inProject(t, dir, "system", "run", "customers", "--quiet", "--out", "customers", "--output", "system.txt"); code != app.ExitDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	for from, ending := range map[string]string{"system.txt": ".txt", "customers/report.md": ".md", "customers/report.html": ".html"} {
		got, err := os.ReadFile(filepath.Join(dir, from))
		if err != nil {
			t.Fatal(err)
		}
		sameExample(t, got, filepath.Join(root, "reports", "examples", "system"+ending))
	}
}

// Every sort of page is fit to be read.
func TestExamplePagesInBrowser(t *testing.T) {
	browser := pagetest.Start(t)
	names := []string{"system"}
	for _, e := range exampleReports {
		names = append(names, e.name)
	}
	for _, name := range append(names, "capacity-claims", "capacity-onboarding", "cutoff", "stress-claims") {
		p := browser.Open(t, filepath.Join("..", "reports", "examples", name+".html"))
		if name == "report" { // the one with every sort of part
			p.Check()
		} else {
			p.CheckInert()
		}
		p.CheckTables()
		if t.Failed() {
			t.Fatalf("in the page of %s", name)
		}
	}
}
