// Package page renders reports as one self-contained HTML file: tables with
// intervals drawn into their cells, bars, diagrams and traces. It knows nothing
// of runs. A page has no script and loads nothing, so it opens offline, prints,
// and gives text that comes from a case or a model nowhere to act.
package page

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
)

// Page is a report in its parts, in reading order.
type Page struct {
	Kind     string // what sort of report it is, above the title
	Title    string
	Subtitle string
	// Verdicts are what a reader meets first.
	Verdicts  []Verdict
	Sections  []Section
	Footnotes []string // numbered from 1
	Foot      string   // the last line: what made the page
	Style     string   // style sheet of the diagrams in it
}

// Verdict is the sentence on one design or candidate, with its figures.
type Verdict struct {
	Name     string
	Role     string // such as "baseline"
	Sentence string
	More     []string // sentences after it, a paragraph each
	Figures  []Figure
	Findings []Finding
}

// Figure is a number with its name and its interval, as text.
type Figure struct {
	Name, Value, Unit, Interval string
}

// Finding is one word on one metric, such as "better on cost per case".
type Finding struct {
	Text string
	Tone Tone
}

// Tone colours what is found. The words say the same without colour.
type Tone string

const (
	Plain  Tone = ""
	Good   Tone = "good"
	Bad    Tone = "bad"
	Unsure Tone = "unsure"
)

// Section is a titled part of a page, with a line in the contents.
type Section struct {
	Title string
	Intro string
	Notes []int // its footnotes
	Parts []Part
}

// Part is one of the things that a section holds: exactly one is set, beside its
// heading.
type Part struct {
	Heading string
	Texts   []string // a list
	Table   *Table
	Folded  string // of a table that only who asks for it reads: what it holds
	Bars    *Bars
	Panels  []Panel
	Charts  []Chart
	Diagram *Diagram
	Traces  []Trace
}

// Diagram is a drawing that another package made, with what it shows as text.
type Diagram struct {
	Label string
	// SVG is trusted: whoever made it has escaped what it holds.
	SVG template.HTML
}

// Trace is what happened to one case, behind its headline.
type Trace struct {
	Headline string
	Detail   string // on the right of the headline
	Groups   []TraceGroup
}

// TraceGroup is a titled part of a trace.
type TraceGroup struct {
	Title string
	Lines []TraceLine
}

// TraceLine is one event of a trace.
type TraceLine struct {
	Depth int // 0 to 2
	Text  string
	Tone  Tone
}

var (
	//go:embed page.html
	source string
	//go:embed page.css
	style string

	parsed = template.Must(template.New("page").Funcs(template.FuncMap{
		"anchor": func(i int) string { return fmt.Sprintf("s%d", i+1) },
		"next":   func(i int) int { return i + 1 },
		"pos":    position,
	}).Parse(source))
)

// Render writes the page.
func (p *Page) Render(w io.Writer) error {
	sheet := style + p.Style
	// The hash lets a browser apply this style sheet and no other.
	sum := sha256.Sum256([]byte(sheet))
	return parsed.Execute(w, struct {
		*Page
		Sheet  template.CSS
		Policy string
	}{p, template.CSS(sheet), "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"})
}

// Sheet is the style sheet of all pages, without its diagrams.
func Sheet() string { return style }
