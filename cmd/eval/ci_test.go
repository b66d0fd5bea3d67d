package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"go.yaml.in/yaml/v4"
)

// expressions are what a workflow on GitHub may ask in the test: a pull request
// of its own repository.
var expressions = map[string]string{
	"github.token":                        "token",
	"github.event.pull_request.html_url":  "https://github.example/acme/desk/pull/7",
	"always()":                            "true",
	"github.event_name == 'pull_request'": "true",
}

var expression = regexp.MustCompile(`\$\{\{\s*(.*?)\s*\}\}`)

// runCI runs the steps of a file of GitHub Actions as its runner does, each in
// bash -e: workflow FILE. What the runner brings is not here: checkouts and tools
// (uses:) are passed over, and stand-ins take the place of go, whose install puts
// the program under test where a build would, and of gh, which keeps the comment
// that it is given in posted.md. With ! a step has to fail, after which only those
// that always run do.
func runCI(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: [!] workflow FILE")
	}
	var file struct {
		Jobs map[string]struct {
			Steps []struct {
				Uses, Run, If string
				Env           map[string]string
				Continue      bool `yaml:"continue-on-error"`
			}
		}
	}
	ts.Check(yaml.Unmarshal([]byte(ts.ReadFile(args[0])), &file))
	evaluate := func(s string) string {
		v, ok := expressions[s]
		if !ok {
			ts.Fatalf("%s asks for %q, which this test does not know", args[0], s)
		}
		return v
	}
	tools, home := ts.MkAbs(".ci-tools"), ts.MkAbs(".ci-go")
	for _, dir := range []string{tools, filepath.Join(home, "bin")} {
		ts.Check(os.MkdirAll(dir, 0o755))
	}
	program, err := exec.LookPath("eval")
	ts.Check(err)
	for name, text := range map[string]string{
		"go": fmt.Sprintf("case \"$1\" in install) ln -sf %q %q;; env) echo %q;; *) exit 1;; esac", program, filepath.Join(home, "bin", "eval"), home),
		"gh": `case " $* " in *" --edit-last --create-if-none "*) ;; *) exit 1;; esac
while [ "$1" != --body-file ]; do shift; done
cp "$2" posted.md`,
	} {
		ts.Check(os.WriteFile(filepath.Join(tools, name), []byte("#!/bin/sh\nset -e\n"+text+"\n"), 0o755))
	}
	ran, failed := 0, false
	for name, job := range file.Jobs {
		for _, step := range job.Steps {
			if step.Uses != "" || failed && !strings.Contains(step.If, "always()") {
				continue
			}
			for _, condition := range strings.Split(step.If, " && ") {
				if condition != "" && evaluate(condition) != "true" {
					ts.Fatalf("a step of %s would not run here", name)
				}
			}
			cmd := exec.Command("bash", "-e", "-o", "pipefail", "-c", step.Run)
			cmd.Dir = ts.MkAbs(".")
			cmd.Env = []string{"PATH=" + tools + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + ts.Getenv("HOME"), "STANDIN=" + ts.Getenv("STANDIN"),
				"CI=true", "GITHUB_ACTIONS=true", "GITHUB_STEP_SUMMARY=" + ts.MkAbs("summary.md")}
			for key, value := range step.Env {
				cmd.Env = append(cmd.Env, key+"="+expression.ReplaceAllStringFunc(value, func(s string) string { return evaluate(expression.FindStringSubmatch(s)[1]) }))
			}
			out, err := cmd.CombinedOutput()
			ts.Logf("$ %s\n%s", step.Run, out)
			failed = failed || err != nil && !step.Continue
			ran++
		}
	}
	if ran == 0 || failed != neg {
		ts.Fatalf("%s: %d steps, failed: %v", args[0], ran, failed)
	}
}
