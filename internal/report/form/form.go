// Package form makes the page on which a person reviews the cases of a queue: one
// file that works offline, shows a case at a time, takes what the person decides,
// and saves it as a file of decisions. All that comes from cases is escaped text;
// the page has one script, its own, and may load and send nothing.
package form

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/queue"
	"github.com/rehearse-dev/rehearse/internal/report/page"
)

var (
	//go:embed form.html
	source string
	//go:embed form.css
	style string
	//go:embed form.js
	script string

	parsed = template.Must(template.New("form").Parse(source))
)

// Options say how a queue is shown.
type Options struct {
	// Proposed shows what the design proposed, but for cases of the audit, whose
	// reviewers are not to be led.
	Proposed bool
}

// data is what the template shows.
type data struct {
	Title, Subtitle string
	Notes           []string
	Queue           string
	Cases           []shownCase
	Sheet           template.CSS
	Script          template.JS
	Policy          string
}

type shownCase struct {
	Number, Of int
	Case       string // "" where ids are personal
	Input      []queue.Value
	Proposed   []queue.Value
	Fields     []field
}

// field is an outcome field to decide.
type field struct {
	ID, Name string
	Decision bool
	Choices  []string // of an enum; nil for one that is written
	Hint     string
}

// Write writes the page for a queue of the workflow.
func Write(w io.Writer, q *queue.Queue, wf *design.Workflow, o Options) error {
	sheet := page.Sheet() + style
	d := data{
		Title:    fmt.Sprintf("Review %s: %d cases", wf.Name, len(q.Entries)),
		Subtitle: fmt.Sprintf("Queue %s, made on %s. Nothing leaves this page: save your decisions, and hand the file back.", q.Header.Queue, q.Header.Made.UTC().Format("2006-01-02")),
		Queue:    q.Header.Queue, Sheet: template.CSS(sheet), Script: template.JS(script),
		Policy: "default-src 'none'; style-src '" + hash(sheet) + "'; script-src '" + hash(script) + "'; base-uri 'none'; form-action 'none'",
	}
	if q.Header.Personal {
		d.Notes = append(d.Notes, "This file shows personal values: keep it as you keep the data, and delete it when you are done.")
	}
	if len(q.Header.Withheld) > 0 {
		d.Notes = append(d.Notes, fmt.Sprintf("Some inputs were not kept where these cases come from (%s): decide only what you can from the rest, and say else that nobody can tell.", strings.Join(q.Header.Withheld, ", ")))
	}
	if !o.Proposed {
		d.Notes = append(d.Notes, "What was proposed for the cases is not shown, so that it leads nobody.")
	}
	for i := range q.Entries {
		e := &q.Entries[i]
		c := shownCase{Number: e.Number, Of: len(q.Entries), Case: q.CaseName(e), Input: e.Input}
		for _, name := range q.Header.Outcome {
			f := wf.Outcome.Fields()[wf.Outcome.Index(name)]
			c.Fields = append(c.Fields, field{
				ID: fmt.Sprintf("e%d-%s", e.Number, name), Name: name, Choices: f.Type.Enum, Hint: hint(f.Type),
				Decision: wf.Decision >= 0 && wf.Outcome.Fields()[wf.Decision].Name == name,
			})
			if text := q.ProposedTo(e, name); o.Proposed && text != "" {
				c.Proposed = append(c.Proposed, queue.Value{Field: name, Text: text})
			}
		}
		d.Cases = append(d.Cases, c)
	}
	return parsed.Execute(w, d)
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// hint says how a value is written.
func hint(t flow.Type) string {
	switch t.Kind {
	case flow.Date:
		return "as 2026-11-21"
	case flow.Time:
		return "as 2026-11-21T09:30:00Z"
	case flow.Number, flow.Integer, flow.Probability:
		return "a number, as 1234.5"
	case flow.Boolean:
		return "true or false"
	case flow.List:
		return `a list, as ["a", "b"]`
	}
	return ""
}
