package app

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/internal/llm"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/regular"
)

func cacheExportCommand(s *streams) *cobra.Command {
	var out string
	var force bool
	var p llm.Provenance
	c := &cobra.Command{
		Use:   "export [RUN]",
		Short: "Write stored answers as a recording, which replays without a key",
		Long: `Export writes the answers that a run used, or all of them, into one file of JSON
lines under zstd. Its first line says where they are from: who made it and when,
endpoints and models, the digests of the run's designs and data, how many answers
there are, and the licence.

A recording in the project's folder recordings/ is found by every run, and named
in its record: whoever has the project replays it with --offline and no key.
A recording holds what models answered about your cases: look through it before
you pass it on. It holds no prompts and no keys.`,
		Example: join(s.program,
			"%s cache export latest --licence CC-BY-4.0",
			"%s cache export --out answers.jsonl.zst"),
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			if out != "" {
				s.spare("--out", out)
			}
			cache, err := openCache()
			if err != nil {
				return err
			}
			if cache == nil {
				return withCode(ExitInput, fmt.Errorf("%s holds no answers to export", relative(cacheFile())))
			}
			defer cache.Close()
			name, user := "answers", ""
			if len(a) == 1 {
				run, err := findRun(a[0])
				if err != nil {
					return err
				}
				name, user = run.Header.Run, run.Header.ID()
				describe(&p, run.Header)
			}
			if p.By == "" {
				p.By = gitUser()
			}
			p.Made, p.Tool = time.Now().UTC().Truncate(time.Second), tool(projectRoot(".")).Version
			if out == "" {
				out = filepath.Join(recordingsDir(projectRoot(".")), name+recordingEnding)
			}
			if _, err := os.Lstat(out); err == nil && !force {
				return withCode(ExitInput, fmt.Errorf("%s is there already: --force overwrites it, --out names another file", relative(out)))
			}
			if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
				return err
			}
			err = regular.Replace(out, func(w io.Writer) error {
				if err := cache.Export(c.Context(), w, user, &p); err != nil {
					return err
				}
				if p.Answers == 0 {
					return withCode(ExitInput, errNoneUsed)
				}
				return nil
			})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(s.out, "%s: %s\n%s", relative(out), count(p.Answers, "answer"), provenance(&p))
			return err
		},
	}
	c.Flags().StringVar(&out, "out", "", "the recording's `file` (default recordings/RUN.jsonl.zst)")
	c.Flags().BoolVar(&force, "force", false, "overwrite the file, with who made it, its licence and its note")
	c.Flags().StringVar(&p.By, "by", "", "`who` made it (default user.name of git)")
	c.Flags().StringVar(&p.Licence, "licence", "", "`licence` of the answers")
	c.Flags().StringVar(&p.Note, "note", "", "a `sentence` for whoever replays it")
	return c
}

var errNoneUsed = errors.New("there is no answer to export: a run that used none, or whose answers were pruned")

// describe fills in what a run's header says of where answers are from.
func describe(p *llm.Provenance, h *record.Header) {
	p.Run, p.Workflow, p.Designs = h.Run, h.Workflow.SHA256, map[string]string{}
	for _, d := range h.Designs {
		p.Designs[d.Name] = d.Digest
	}
	for _, f := range h.Data.Sources {
		p.Data = append(p.Data, f.SHA256)
	}
}

// gitUser is the name that git puts on commits; "" where there is none.
func gitUser() string {
	name, err := exec.Command("git", "config", "user.name").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(name))
}

// provenance is the first line of a recording for a person.
func provenance(p *llm.Provenance) string {
	var b strings.Builder
	line := func(what, text string) {
		if text != "" {
			fmt.Fprintf(&b, "  %-8s %s\n", what, oneLine(text))
		}
	}
	line("made", p.Made.Format(time.RFC3339))
	line("by", p.By)
	line("licence", p.Licence)
	line("note", p.Note)
	line("run", p.Run)
	for _, name := range sortedKeys(p.Designs) {
		line("design", name+" "+p.Designs[name])
	}
	for _, m := range p.Models {
		line("model", fmt.Sprintf("%s at %s, answered by %s: %s", m.Asked, m.BaseURL, strings.Join(m.Answered, ", "), count(m.Answers, "answer")))
	}
	return b.String()
}
