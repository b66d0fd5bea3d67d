package app

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

// Every word of a usage line is one that can be completed, or says that it
// cannot: a new command has to keep to them.
func TestArgumentWordsAreKnown(t *testing.T) {
	for _, root := range programs() {
		each(root, func(c *cobra.Command) {
			if len(c.ValidArgs) > 0 {
				return
			}
			words, _ := argumentWords(c.Use)
			for _, alternatives := range words {
				for _, w := range alternatives {
					if _, ok := sources[w]; !ok {
						t.Errorf("%s: a shell does not know how to complete %s: give it a source", c.CommandPath(), w)
					}
				}
			}
		})
	}
}

// Every flag that takes one of a few words, as its help lists them, is
// completed with them.
func TestFormatsAreChoices(t *testing.T) {
	seen := 0
	for _, root := range programs() {
		each(root, func(c *cobra.Command) {
			if f := c.Flags().Lookup("format"); f != nil {
				seen++
				for _, choice := range choices(f.Usage) {
					if strings.ToLower(choice) != choice {
						t.Errorf("%s: --format %s", c.CommandPath(), choice)
					}
				}
			}
		})
	}
	if seen < 5 {
		t.Errorf("%d commands with formats: the test saw nothing", seen)
	}
}

func TestArgumentWords(t *testing.T) {
	for _, test := range []struct {
		why, use string
		want     [][]string
		repeated bool
	}{
		{"no argument", "version", nil, false},
		{"two, with flags behind", "trace RUN CASE --x Y", [][]string{{"RUN"}, {"CASE"}}, false},
		{"one of two", "drift RUN|PRODUCTION --fresh CARD", [][]string{{"RUN", "PRODUCTION"}}, false},
		{"any number of some", "test [WORKFLOW|FILE]...", [][]string{{"WORKFLOW", "FILE"}}, true},
	} {
		words, repeated := argumentWords(test.use)
		if diff := cmp.Diff(test.want, words); diff != "" || repeated != test.repeated {
			t.Errorf("%s: repeated %v, words (-want +got)\n%s", test.why, repeated, diff)
		}
	}
}

func TestChoices(t *testing.T) {
	for usage, want := range map[string][]string{
		"text, md, html or json":             {"text", "md", "html", "json"},
		"time or hash: propose other splits": {"time", "hash"},
	} {
		if diff := cmp.Diff(want, choices(usage)); diff != "" {
			t.Errorf("%q (-want +got)\n%s", usage, diff)
		}
	}
}

// programs are the command trees of both programs.
func programs() []*cobra.Command {
	s := &streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard, program: "try"}
	return []*cobra.Command{evalCommand(Builtin(), s), simulateCommand(Builtin(), s)}
}

func each(c *cobra.Command, do func(*cobra.Command)) {
	do(c)
	for _, sub := range c.Commands() {
		each(sub, do)
	}
}
