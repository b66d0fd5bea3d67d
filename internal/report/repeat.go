package report

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// repeat is what is needed to make the run again.
func (r *Report) repeat() table {
	h := r.Header
	t := table{
		title: "To repeat this run",
		intro: "The same files, seed and responses give the same trials, byte for byte.",
		head:  []string{"what", "which", "sha256"},
		right: make([]bool, 3),
	}
	add := func(what, which, digest string) {
		if which != "" {
			t.rows = append(t.rows, []string{what, which, digest})
		}
	}
	add("command", r.command(), "")
	add("run", flat(h.Run), "")
	if !h.Started.IsZero() {
		add("started", h.Started.UTC().Format(time.DateTime)+" UTC", "")
	}
	add("seed", fmt.Sprint(h.Seed), "")
	add("tool", strings.TrimSpace("rehearse "+flat(h.Tool.Version)+" "+flat(h.Tool.Go)), "")
	commit := flat(h.Tool.Commit)
	if commit != "" && h.Tool.Dirty {
		commit += "\nwith changes that are not committed"
	}
	add("git commit", commit, "")
	add("workflow", flat(h.Workflow.Path), flat(h.Workflow.SHA256))
	for i := range h.Designs {
		d := &h.Designs[i]
		which := flat(d.File.Path)
		for _, param := range sortedKeys(d.Params) {
			which += "\n" + oneLine(fmt.Sprintf("%s = %v", param, d.Params[param]), 80)
		}
		add("design "+name(d.Name), which, flat(d.Digest))
		for _, l := range d.Learnt {
			what := fmt.Sprintf("learnt from %d cases", l.Examples)
			if l.Examples == 0 && l.Calibration == 0 {
				what = "prepared before the cases"
			}
			add("", name(l.Step)+", "+what, flat(l.SHA256))
		}
	}
	add("dataset card", flat(h.Data.Card.Path), flat(h.Data.Card.SHA256))
	for _, s := range h.Data.Sources {
		add("dataset", flat(s.Path), flat(s.SHA256))
	}
	if h.Data.Inputs != "" {
		add("inputs", fmt.Sprintf("of %d cases, in order", h.Data.Cases), flat(h.Data.Inputs))
	}
	return t
}

// shapeless are settings that change nothing of a run's trials.
var shapeless = []string{"out", "quiet", "json", "no-report", "parallel", "resume", "recall"}

// command is the line that made the run, without what does not change it.
func (r *Report) command() string {
	if r.Program == "" {
		return ""
	}
	line := r.Program + " run " + quoted(r.Score.Workflow)
	for _, setting := range sortedKeys(r.Header.Settings) {
		if slices.Contains(shapeless, setting) {
			continue
		}
		for _, value := range strings.Split(r.Header.Settings[setting], "\n") {
			if value == "true" {
				line += " --" + setting
			} else {
				line += " --" + setting + " " + quoted(value)
			}
		}
	}
	return line
}

// quoted is a word as a shell takes it.
func quoted(word string) string {
	plain := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("-_./=:,+@", c)
	}
	if word != "" && !strings.ContainsFunc(word, func(c rune) bool { return !plain(c) }) {
		return word
	}
	return "'" + strings.ReplaceAll(flat(word), "'", `'\''`) + "'"
}
