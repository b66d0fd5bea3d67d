package app

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/report"
)

// What a shell completes follows from how commands are written: the words of a
// usage line, such as RUN, and the names of flags, such as --design. A command
// that keeps to them needs nothing more.

// source gives what a word of the command line can be. It is asked at every
// press of a key: it is quick, and says nothing where something is wrong.
type source struct {
	words func(*line) []cobra.Completion
	files bool // or the path of a file or folder
	more  bool // the word goes on behind what is completed, as name=
}

// sources are by the word of a usage line.
var sources = map[string]source{
	"WORKFLOW":   {words: (*line).workflows, files: true},
	"DESIGN":     {words: (*line).designs, files: true},
	"RUN":        {words: (*line).runs, files: true},
	"SCENARIO":   {words: (*line).scenarios, files: true},
	"SYSTEM":     {words: (*line).systems, files: true},
	"CARD":       {words: (*line).cards, files: true},
	"AUDITLOG":   {files: true},
	"PRODUCTION": {words: (*line).productions, files: true},
	"FILE":       {files: true},
	"LOG":        {files: true},
	"PATH":       {files: true},
	"DIR":        {files: true},
	"FOLDER":     {files: true},
	"OUT":        {files: true},
	"CASE":       {},
}

// flagSources are by the name of a flag; a flag that is not here takes what no
// list could hold, such as a number.
var flagSources = map[string]source{
	"run":      sources["RUN"],
	"recall":   sources["RUN"],
	"pilot":    sources["RUN"],
	"resume":   {words: (*line).unfinished, files: true},
	"design":   sources["DESIGN"],
	"rollback": sources["WORKFLOW"],
	"list":     sources["WORKFLOW"],
	"diff":     sources["WORKFLOW"],
	"export":   sources["WORKFLOW"],
	"sign":     {files: true},
	"data":     sources["CARD"],
	"fresh":    sources["CARD"],
	"against":  {files: true},
	"split":    {words: (*line).splits},
	"set":      {words: (*line).params, more: true},
	"where":    {words: (*line).tags, more: true},
	"rule":     {words: (*line).rules, more: true},
	"output":   {files: true},
	"out":      {files: true},
	"from":     sources["CARD"],
	"queue":    {files: true},
	"labelled": {files: true},
}

// completable has a shell complete the arguments and flags of a command and of
// all below it.
func completable(c *cobra.Command) {
	if !c.HasParent() { // cobra's own command answers an unknown shell with its help, as if it had been asked for
		c.InitDefaultCompletionCmd()
		if shells, _, err := c.Find([]string{"completion"}); err == nil {
			shells.RunE = func(c *cobra.Command, a []string) error {
				if len(a) > 0 {
					return withCode(ExitUsage, fmt.Errorf("no completion for %q: want bash, fish, powershell or zsh", a[0]))
				}
				return c.Help()
			}
			shells.Args = cobra.ArbitraryArgs
		}
	}
	for _, sub := range c.Commands() {
		completable(sub)
	}
	if len(c.ValidArgs) == 0 && c.ValidArgsFunction == nil {
		words, repeated := argumentWords(c.Use)
		c.ValidArgsFunction = func(c *cobra.Command, args []string, part string) ([]cobra.Completion, cobra.ShellCompDirective) {
			i := len(args)
			if repeated {
				i = min(i, len(words)-1)
			}
			if i >= len(words) {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			var from []source
			for _, w := range words[i] {
				from = append(from, sources[w])
			}
			return complete(&line{c, args}, from, part)
		}
	}
	c.Flags().VisitAll(func(f *pflag.Flag) {
		from, ok := flagSources[f.Name]
		value, _ := pflag.UnquoteUsage(f)
		switch {
		case f.Value.Type() == "bool" || value == "expression":
			return
		case f.Name == "format" || f.Name == "by" || f.Name == "kind":
			choices := choices(f.Usage)
			from = source{words: func(*line) []cobra.Completion { return choices }}
		case !ok:
			from = source{}
		}
		// An error says that the command has a function of its own.
		_ = c.RegisterFlagCompletionFunc(f.Name, func(c *cobra.Command, args []string, part string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return complete(&line{c, args}, []source{from}, part)
		})
	})
}

// argumentWords are what the arguments of a usage line can be, such as
// [[RUN PRODUCTION]] of "drift RUN|PRODUCTION --fresh CARD", and whether the
// last can stand more than once.
func argumentWords(use string) (words [][]string, repeated bool) {
	for _, w := range strings.Fields(use)[1:] {
		if strings.HasPrefix(w, "-") {
			break
		}
		repeated = strings.HasSuffix(w, "...")
		words = append(words, strings.Split(strings.Trim(w, "[]."), "|"))
	}
	return words, repeated
}

// choices are the words that a flag's help lists, as "text, md or json".
func choices(usage string) []cobra.Completion {
	list, _, _ := strings.Cut(usage, ":")
	return strings.FieldsFunc(strings.ReplaceAll(list, " or ", ","), func(r rune) bool { return r == ',' || r == ' ' })
}

// complete gives the words of all sources that begin with part.
func complete(l *line, from []source, part string) ([]cobra.Completion, cobra.ShellCompDirective) {
	directive := cobra.ShellCompDirectiveNoFileComp
	var out []cobra.Completion
	files := false
	for _, s := range from {
		if s.words != nil {
			for _, w := range s.words(l) {
				name, about, _ := strings.Cut(w, "\t")
				if strings.HasPrefix(name, part) && !strings.ContainsFunc(name, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
					out = append(out, cobra.CompletionWithDesc(name, oneLine(about)))
				}
			}
		}
		files = files || s.files
		if s.more {
			directive |= cobra.ShellCompDirectiveNoSpace
		}
	}
	if files && len(out) == 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return out, directive | cobra.ShellCompDirectiveKeepOrder
}

// oneLine is a description as a menu can show it.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
}

// line is a command line so far.
type line struct {
	c    *cobra.Command
	args []string
}

// argument is the argument that stands for a word of the usage line.
func (l *line) argument(word string) string {
	words, _ := argumentWords(l.c.Use)
	for i, w := range words {
		if i < len(l.args) && slices.Contains(w, word) {
			return l.args[i]
		}
	}
	return ""
}

func (l *line) workflows() []cobra.Completion {
	var out []cobra.Completion
	for _, name := range workflowNames() {
		out = append(out, name+"\t"+outlineOf(workflowFile(name)).Title)
	}
	return out
}

func workflowFile(name string) string {
	return filepath.Join(projectRoot("."), "workflows", name, "workflow.yaml")
}

// outline is what a menu needs of a workflow, a design or a system.
type outline struct {
	Title  string                    `yaml:"title"`
	Params map[string]any            `yaml:"params"`
	Rules  map[string]map[string]any `yaml:"rules"`
}

func outlineOf(file string) (o outline) {
	if data, err := os.ReadFile(file); err == nil {
		_ = yaml.Unmarshal(data, &o) // a file with faults has no title
	}
	return o
}

// designs are those of the run or the workflow that the line names, else all.
func (l *line) designs() []cobra.Completion {
	if run := l.run(); run != nil {
		var out []cobra.Completion
		for _, d := range run.Header.Designs {
			if d.Variant == "" {
				out = append(out, d.Name+"\tin run "+filepath.Base(run.Dir))
			}
		}
		return out
	}
	named := map[string]int{}
	files := l.designFiles()
	for _, f := range files {
		named[stem(f)]++
	}
	var out []cobra.Completion
	for _, f := range files {
		name, workflow := stem(f), filepath.Base(filepath.Dir(f))
		if named[name] > 1 {
			name = workflow + "/" + name
		}
		about := outlineOf(f).Title
		if about == "" {
			about = "a design of " + workflow
		}
		out = append(out, name+"\t"+about)
	}
	return out
}

// designFiles are those of the workflow that the line names, else all.
func (l *line) designFiles() []string {
	workflows := workflowNames()
	if name := l.argument("WORKFLOW"); name != "" && l.argument("DESIGN") == "" {
		workflows = []string{filepath.Base(name)}
	}
	var out []string
	for _, w := range workflows {
		files, _ := design.Files(filepath.Dir(workflowFile(w)))
		out = append(out, files...)
	}
	return out
}

func stem(file string) string { return strings.TrimSuffix(filepath.Base(file), ".yaml") }

// run is the run that the line names.
func (l *line) run() *record.Run {
	name := l.argument("RUN")
	if f := l.c.Flags().Lookup("run"); name == "" && f != nil {
		name = f.Value.String()
	}
	if name == "" {
		return nil
	}
	run, err := findRun(name)
	if err != nil {
		return nil
	}
	return run
}

// maxRuns bounds the runs of a menu: nobody reads more, and each is opened.
const maxRuns = 50

// runs are the newest runs, with what they are.
func (l *line) runs() []cobra.Completion {
	return l.someRuns(func(*record.Header) bool { return true })
}

// unfinished are the runs that can be gone on with.
func (l *line) unfinished() []cobra.Completion {
	return l.someRuns(func(h *record.Header) bool { return h.State != record.Complete })
}

func (l *line) someRuns(want func(*record.Header) bool) []cobra.Completion {
	var out []cobra.Completion
	found, _ := filepath.Glob(filepath.Join(runsDir(), "*", "run.json"))
	written := map[string]time.Time{}
	for _, f := range found {
		written[f] = modified(f)
	}
	slices.SortFunc(found, func(a, b string) int { return written[b].Compare(written[a]) })
	for _, f := range found[:min(len(found), maxRuns)] {
		run, err := record.Open(filepath.Dir(f))
		if err != nil || !want(run.Header) {
			continue
		}
		h := run.Header
		about := strings.Join(append([]string{filepath.Base(filepath.Dir(h.Workflow.Path))}, h.Data.Split...), ", ")
		if h.State == record.Complete {
			about += ", " + count(int(h.Data.Cases), "case")
		} else {
			about += ", not complete"
		}
		about += ", " + report.Age(time.Since(written[f])) + " ago"
		if len(out) == 0 {
			out = append(out, "latest\t"+filepath.Base(run.Dir)+": "+about)
		}
		out = append(out, filepath.Base(run.Dir)+"\t"+about)
	}
	return out
}

func (l *line) scenarios() []cobra.Completion { return scenarioNames(projectRoot(".")) }

func (l *line) systems() []cobra.Completion {
	var out []cobra.Completion
	for _, name := range systemNames() {
		out = append(out, name+"\t"+outlineOf(systemFile(name)).Title)
	}
	return out
}

// rules are those that the system of the line states.
func (l *line) rules() []cobra.Completion {
	file := l.argument("SYSTEM")
	if !exists(file) {
		file = systemFile(file)
	}
	var out []cobra.Completion
	rules := outlineOf(file).Rules
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		if v, ok := rules[name]["value"]; ok {
			out = append(out, fmt.Sprintf("%s=\t%v", name, v))
		}
	}
	return out
}

func (l *line) cards() []cobra.Completion {
	found, _ := filepath.Glob(filepath.Join(projectRoot("."), "datasets", "*", "dataset.yaml"))
	for i, f := range found {
		found[i] = filepath.Base(filepath.Dir(f))
	}
	return found
}

func (l *line) productions() []cobra.Completion {
	found, _ := filepath.Glob(filepath.Join(projectRoot("."), "workflows", "*", "production", "production.yaml"))
	for i, f := range found {
		found[i] = relative(filepath.Dir(f))
	}
	return found
}

// card is the card that the line names, else that of its workflow.
func (l *line) card() *dataset.Card {
	name := ""
	for _, flag := range []string{"data", "fresh"} {
		if f := l.c.Flags().Lookup(flag); f != nil && name == "" {
			name = f.Value.String()
		}
	}
	w := &design.Workflow{Dir: "."}
	if workflow := l.argument("WORKFLOW"); workflow != "" {
		var err error
		if w, err = findWorkflow(workflow); err != nil {
			return nil
		}
	}
	card, _ := findCard(w, name)
	return card
}

func (l *line) splits() []cobra.Completion {
	if card := l.card(); card != nil && len(card.SplitNames()) > 0 {
		return card.SplitNames()
	}
	return []cobra.Completion{"dev"}
}

func (l *line) tags() []cobra.Completion {
	var out []cobra.Completion
	if card := l.card(); card != nil {
		for _, t := range card.Tags {
			out = append(out, t+"=\ta tag of "+card.Name)
		}
	}
	return out
}

// params are those of the designs that the line names, with their values.
func (l *line) params() []cobra.Completion {
	chosen, _ := l.c.Flags().GetStringArray("design")
	values := map[string]string{}
	for _, f := range l.designFiles() {
		if len(chosen) > 0 && !slices.Contains(chosen, stem(f)) {
			continue
		}
		for name, v := range outlineOf(f).Params {
			if values[name] != "" {
				values[name] += ", "
			}
			values[name] += fmt.Sprintf("%v in %s", v, stem(f))
		}
	}
	var out []cobra.Completion
	for _, name := range slices.Sorted(maps.Keys(values)) {
		out = append(out, name+"=\t"+values[name])
	}
	return out
}
