package app_test

import (
	"bytes"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/internal/dataset"
)

// programs are the two programs by their names.
var programs = map[string]func(args []string, in io.Reader, out, errOut io.Writer) int{
	"eval": func(args []string, in io.Reader, out, errOut io.Writer) int {
		return app.Eval(app.Builtin(), args, in, out, errOut)
	},
	"simulate": func(args []string, in io.Reader, out, errOut io.Writer) int {
		return app.Simulate(app.Builtin(), args, in, out, errOut)
	},
}

// example is a line that a help text gives as an example.
type example struct {
	program, line string
	args          []string
}

// helpExamples are the examples of a command and of all below it, as their help shows them.
func helpExamples(t *testing.T, program string, command []string) []example {
	t.Helper()
	var out bytes.Buffer
	if code := programs[program](append(append([]string{program}, command...), "--help"), strings.NewReader(""), &out, &out); code != app.ExitDone {
		t.Fatalf("%s %v --help: exit code %d", program, command, code)
	}
	var found []example
	section := ""
	name := regexp.MustCompile(`^  ([a-z-]+) `)
	for line := range strings.Lines(out.String()) {
		line = strings.TrimRight(line, "\n")
		switch {
		case line != "" && line[0] != ' ':
			section = line
		case section == "Examples:" && strings.HasPrefix(line, "  "+program+" "):
			words := strings.Fields(strings.SplitN(line, "#", 2)[0])
			if i := len(words) - 2; words[i] == ">" {
				words = words[:i]
			}
			found = append(found, example{program, strings.TrimSpace(line), words[1:]})
		case section == "Examples:" && line != "":
			t.Errorf("%s %v: the example %q does not call the program by its name", program, command, line)
		case section == "Available Commands:":
			if m := name.FindStringSubmatch(line); m != nil && m[1] != "help" && m[1] != "completion" {
				below := helpExamples(t, program, append(command, m[1]))
				if len(below) == 0 {
					t.Errorf("%s %v %s: the help has no example", program, command, m[1])
				}
				found = append(found, below...)
			}
		}
	}
	return found
}

// The case that help texts trace is one of the shipped dataset's dev split.
func TestHelpCase(t *testing.T) {
	card, problems := dataset.Load("../datasets/invoice/dataset.yaml")
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	found := false
	for _, e := range helpExamples(t, "eval", []string{"trace"}) {
		found = true
		n, err := card.Count(t.Context(), dataset.Request{Splits: []string{"dev"}, Where: []dataset.Where{{Column: "case_id", Value: e.args[2]}}})
		if err != nil || n != 1 {
			t.Errorf("%q: the dev split has %d such cases (%v)", e.line, n, err)
		}
	}
	if !found {
		t.Error("the help of trace has no example")
	}
}

// Designs in help texts are called by what tells them from each other in the
// shipped project, where workflows have designs of the same names.
func TestHelpDesigns(t *testing.T) {
	t.Chdir("..")
	for _, command := range []string{"tune", "diagram"} {
		for _, e := range helpExamples(t, "eval", []string{command}) {
			var out bytes.Buffer
			if code := programs["eval"]([]string{"eval", "diagram", e.args[1]}, strings.NewReader(""), &out, &out); code != app.ExitDone {
				t.Errorf("%q: %s", e.line, out.String())
			}
		}
	}
}

// TestHelpExamples runs every example of every help text in a small project
// that has what the shipped one has: its names of designs, params, columns,
// cases and scenarios.
func TestHelpExamples(t *testing.T) {
	noEndpoint(t)
	a, err := txtar.ParseFile("testdata/help.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range a.Files {
		path := filepath.Join(dir, f.Name)
		write(t, path, string(f.Data))
	}
	t.Chdir(dir)
	ran := 0
	run := func(e example, want ...int) {
		t.Helper()
		ran++
		var out bytes.Buffer
		code := programs[e.program](append([]string{e.program}, e.args...), strings.NewReader(""), &out, &out)
		for _, w := range want {
			if code == w {
				return
			}
		}
		t.Errorf("%q: exit code %d, want one of %d\n%s", e.line, code, want, out.String())
	}
	var rest []example
	for _, e := range helpExamples(t, "eval", nil) {
		switch {
		case e.args[0] == "promote", e.args[0] == "verify", e.args[0] == "serve", e.args[0] == "drift" && strings.Contains(e.line, "production"):
			run(e, app.ExitInput) // no case of the project is held out: nothing is promoted
		case e.args[0] == "dataset" && e.args[1] == "served":
			run(e, app.ExitInput) // nothing was served
		case e.args[0] == "review" && e.args[1] == "import", e.args[0] == "dataset" && e.args[1] == "add":
			run(e, app.ExitInput) // nobody has decided anything yet
		case e.args[0] == "tune":
			run(e, app.ExitInput) // no case of the project is for calibration
		case e.args[0] == "cache" && (e.args[1] == "export" || e.args[1] == "import"):
			run(e, app.ExitInput) // nothing is stored where no model was asked
		case e.args[0] != "run":
			rest = append(rest, e)
		case e.args[1] == "--resume":
			run(e, app.ExitInput) // there is nothing to go on with
		default:
			run(e, app.ExitDone)
		}
	}
	// The others look at the latest run, which is to hold all designs.
	run(example{"eval", "a run of all designs", []string{"run", "invoice", "--quiet"}}, app.ExitDone)
	for _, e := range append(rest, helpExamples(t, "simulate", nil)...) {
		switch e.args[0] {
		case "cutoff":
			run(e, app.ExitInput) // no case of the project is for calibration
		case "gate", "drift": // whatever it says of so few cases, it says it
			run(e, app.ExitDone, app.ExitFailed, app.ExitInconclusive)
		default:
			run(e, app.ExitDone)
		}
	}
	if ran < 15 {
		t.Errorf("%d examples were run: the help texts were not read", ran)
	}
}
