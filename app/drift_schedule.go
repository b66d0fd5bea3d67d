package app

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/internal/drift"
)

// often are the schedules that cron knows by how many checks a year they make.
var often = []struct {
	checks float64
	name   string
	cron   string
}{
	{12, "monthly", "17 5 1 * *"},
	{drift.Weekly, "weekly", "17 5 * * 1"},
	{365, "daily", "17 5 * * *"},
	{8760, "hourly", "17 * * * *"},
}

// printSchedule prints how cron and a CI server make the check, as often as
// --checks-per-year says.
func printSchedule(s *streams, f *driftFlags, name string) error {
	if _, ok := promotedFolder(name); !ok {
		if _, err := findRun(name); err != nil {
			return err
		}
	}
	checks := cmp.Or(f.checks, drift.Weekly)
	at := often[len(often)-1]
	for _, o := range often {
		if checks <= o.checks*1.5 {
			at = o
			break
		}
	}
	words := []string{"drift", name, "--fresh", f.fresh}
	add := func(flag, value string) {
		if value != "" {
			words = append(words, "--"+flag, value)
		}
	}
	add("design", f.design)
	for _, split := range f.splits {
		add("split", split)
	}
	for _, where := range f.where {
		add("where", where)
	}
	add("since", f.since)
	add("alarms-per-year", fmt.Sprintf("%g", f.alarms))
	add("checks-per-year", fmt.Sprintf("%g", at.checks))
	add("ledger", f.ledger)
	add("prometheus", f.prometheus)
	words = append(words, "--quiet")
	for i, w := range words {
		words[i] = shellWord(w)
	}
	command := strings.Join(words, " ")
	job, err := ciFile(at.name, at.cron, command)
	if err != nil {
		return err
	}
	// A shell has an eval of its own, so the program is called by its path.
	program, err := os.Executable()
	if err != nil {
		return err
	}
	line := "cd " + shellWord(projectRoot(".")) + " && " + shellWord(program) + " " + command
	return s.print(f.output, func(w io.Writer) error {
		// In a crontab % ends the command.
		_, err := fmt.Fprintf(w, "# crontab -e, %s; cron mails what is printed\n%s %s\n\n# .github/workflows/drift.yml, %s\n%s",
			at.name, at.cron, strings.ReplaceAll(line, "%", `\%`), at.name, job)
		return err
	})
}

// ciFile is a workflow of GitHub that makes the check and keeps its ledger from
// one to the next.
func ciFile(name, cron, command string) (string, error) {
	type step map[string]any
	file := yaml.Node{}
	err := file.Encode(struct {
		Name string         `yaml:"name"`
		On   map[string]any `yaml:"on"`
		Jobs map[string]any `yaml:"jobs"`
	}{
		Name: "drift, " + name,
		On:   map[string]any{"schedule": []map[string]string{{"cron": cron}}, "workflow_dispatch": map[string]any{}},
		Jobs: map[string]any{"drift": map[string]any{
			"runs-on":     "ubuntu-latest",
			"permissions": map[string]string{"contents": "write"},
			"steps": []step{
				{"uses": "actions/checkout@v4"},
				{"uses": "actions/setup-go@v5", "with": map[string]string{"go-version": "stable"}},
				{"run": "go install github.com/rehearse-dev/rehearse/cmd/eval@latest"},
				// The exit code is that of the check: 4 for drift, 5 for not enough data.
				{"run": `"$(go env GOPATH)/bin/eval" ` + command},
				// The next check has to know of this one.
				{"if": "always()", "run": "git config user.name drift\ngit config user.email drift@localhost\ngit add -f '*drift.jsonl'\ngit commit -m 'Note the check for drift' && git push || true\n"},
				{"if": "always()", "uses": "actions/upload-artifact@v4", "with": map[string]string{"name": "drift", "path": "reports/drift"}},
			},
		}},
	})
	if err != nil {
		return "", err
	}
	text, err := yaml.Marshal(&file)
	return string(text), err
}

// shellWord is a word of a command, quoted where a shell would read it otherwise.
func shellWord(w string) string {
	plain := strings.IndexFunc(w, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./=:,@+", r))
	}) < 0
	if plain && w != "" {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}
