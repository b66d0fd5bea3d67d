package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/gate"
)

const (
	// commentLimit is how many bytes of Markdown a comment of a pull request
	// holds, with room for what a bot writes around it; GitHub takes 65,536
	// characters.
	commentLimit = 60_000
	// commentRows is how many rows of a table stand open in a comment.
	commentRows = 12
)

// pullRequest prints a document as a comment of a pull request: what a reader
// meets first, the first table if it is short, and all else folded. What does not
// fit is left out, and said.
func (d document) pullRequest(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n%s\n", paragraph(d.title), paragraph(d.subtitle))
	for i, line := range d.lead {
		if i == 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "- %s\n", paragraph(line))
	}
	var notes strings.Builder
	for i, f := range d.footnotes {
		fmt.Fprintf(&notes, "%d. %s\n", i+1, paragraph(f))
	}
	if len(d.footnotes) > 0 {
		notes.WriteString("\n")
	}
	left := 0
	for i, t := range d.tables {
		var part strings.Builder
		if t.intro != "" {
			fmt.Fprintf(&part, "%s\n\n", paragraph(t.intro))
		}
		markdownTable(&part, t)
		heading := paragraph(t.title) + superscripts(t.notes)
		if i == 0 && len(t.rows) <= commentRows {
			fmt.Fprintf(&b, "\n**%s**\n\n%s", heading, &part)
			continue
		}
		text := folded(heading, part.String())
		if b.Len()+len(text)+notes.Len() > commentLimit {
			left++
			continue
		}
		b.WriteString(text)
	}
	if len(d.footnotes) > 0 && b.Len()+notes.Len() <= commentLimit {
		b.WriteString(folded("Notes", strings.TrimSuffix(notes.String(), "\n")))
	}
	if left > 0 {
		fmt.Fprintf(&b, "\n%d more tables do not fit into a comment; they are in the whole report.\n", left)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func folded(heading, text string) string {
	return "\n<details><summary>" + heading + "</summary>\n\n" + text + "\n</details>\n"
}

// PullRequest prints the report as a comment of a pull request.
func (r *Report) PullRequest(w io.Writer) error {
	tables, footnotes := r.tables()
	tables, footnotes = glance(tables, footnotes)
	return document{title: r.title(), subtitle: r.subtitle(), lead: r.lead(), tables: tables, footnotes: footnotes}.pullRequest(w)
}

// PullRequest prints the comparison as a comment of a pull request.
func (c *Comparison) PullRequest(w io.Writer) error { return c.document().pullRequest(w) }

// PullRequest prints the verdict as a comment of a pull request.
func (g *Gate) PullRequest(w io.Writer) error {
	d := document{title: "Gate: " + g.title() + ": " + string(g.Verdict), subtitle: g.subtitle(), lead: []string{g.Reason}, footnotes: g.Warnings}
	for i := range g.Candidates {
		c := &g.Candidates[i]
		if len(c.Lines) == 0 {
			continue
		}
		t := g.table(c)
		t.title, t.intro = c.Design+": "+string(c.Verdict), c.Reason
		d.tables = append(d.tables, t)
	}
	return d.pullRequest(w)
}

// annotation is a workflow command of GitHub: a line that it shows beside a
// check.
type annotation struct {
	level       string // "error", "warning" or "notice"
	title, text string
}

func annotate(w io.Writer, all []annotation) error {
	for _, a := range all {
		if _, err := fmt.Fprintf(w, "::%s title=%s::%s\n", a.level, AnnotationProperty(a.title), AnnotationText(a.text)); err != nil {
			return err
		}
	}
	return nil
}

var (
	annotationText     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	annotationProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// AnnotationText escapes the message of a workflow command of GitHub, as its
// toolkit does.
func AnnotationText(s string) string { return annotationText.Replace(clean(s)) }

// AnnotationProperty escapes a property of a workflow command of GitHub.
func AnnotationProperty(s string) string { return annotationProperty.Replace(clean(s)) }

// annotations are a warning for what a candidate is worse in, and a notice for
// what else is told of it.
func annotations(c *compare.Result) []annotation {
	var out []annotation
	seen := map[string]bool{}
	for _, d := range c.Differences {
		if d.Verdict == compare.Worse {
			out = append(out, annotation{"warning", d.Candidate + " is worse on " + words(d.Metric), inOneLine(&d)})
		}
		if seen[d.Candidate] {
			continue
		}
		seen[d.Candidate] = true
		if found := sentence(findings(c, d.Candidate)); found != "" {
			out = append(out, annotation{"notice", d.Candidate + " against " + c.Baseline, found})
		}
	}
	return out
}

// inOneLine is one difference in a sentence.
func inOneLine(d *compare.Difference) string {
	return fmt.Sprintf("%s against %s on %d cases, 95%% interval %s, p %s: %s", difference(d.Estimate.Value, d.Unit), d.Baseline, d.Cases, signedSpan(d.Interval, d.Unit), pValue(d.Adjusted), verdictWords(d))
}

// GitHub prints the report as annotations of a check on GitHub.
func (r *Report) GitHub(w io.Writer) error {
	var all []annotation
	if r.Compare != nil {
		all = annotations(r.Compare)
	}
	for _, d := range r.Score.Designs {
		if c := d.Confidence; c != nil {
			if said := confidenceWords(c); said != "" {
				all = append(all, annotation{"warning", d.Name + ": confidence", said})
			}
		}
	}
	return annotate(w, all)
}

// GitHub prints the comparison as annotations of a check on GitHub.
func (c *Comparison) GitHub(w io.Writer) error {
	all := annotations(&c.Result)
	for _, r := range c.Residues {
		all = append(all, annotation{"warning", "the runs differ in: " + r.What, fmt.Sprintf("first run: %s; run %s: %s", r.First, r.Run, r.Other)})
	}
	return annotate(w, all)
}

// GitHub prints the verdict as annotations of a check on GitHub: an error for
// each critical threshold that fails, a warning for what is undecided or only
// advised, and the verdict.
func (g *Gate) GitHub(w io.Writer) error {
	var all []annotation
	for i := range g.Candidates {
		c := &g.Candidates[i]
		for j := range c.Lines {
			l := &c.Lines[j]
			level := "warning"
			switch {
			case l.Verdict == gate.Pass:
				continue
			case l.Verdict == gate.Fail && l.Tier == gate.Critical:
				level = "error"
			}
			all = append(all, annotation{level, fmt.Sprintf("%s: %s (%s)", c.Design, l.Name(), l.Tier), string(l.Verdict) + ": " + l.Reason})
		}
	}
	level := map[gate.Verdict]string{gate.Pass: "notice", gate.Fail: "error", gate.Inconclusive: "warning"}[g.Verdict]
	return annotate(w, append(all, annotation{level, "gate: " + string(g.Verdict), g.Reason}))
}

// JUnit prints the comparison with the baseline as JUnit XML.
func (r *Report) JUnit(w io.Writer) error {
	return comparedJUnit(w, r.Score.Workflow, r.Compare)
}

// JUnit prints the comparison as JUnit XML.
func (c *Comparison) JUnit(w io.Writer) error { return comparedJUnit(w, c.Workflow, &c.Result) }

// comparedJUnit prints a suite a candidate and a test a metric: worse is a
// failure, what cannot be told is skipped with what it lacks.
func comparedJUnit(w io.Writer, workflow string, c *compare.Result) error {
	all := junitSuites{Name: "compare " + clean(workflow)}
	if c != nil {
		var suites []junitSuite
		for i := range c.Differences {
			d := &c.Differences[i]
			class := clean(workflow + "." + d.Candidate)
			if len(suites) == 0 || suites[len(suites)-1].Name != class {
				suites = append(suites, junitSuite{Name: class})
			}
			test := junitCase{Class: class, Name: clean(words(d.Metric) + " against " + d.Baseline)}
			switch {
			case !d.Estimate.Valid:
				test.Skipped = &junitMessage{Message: clean(d.Why)}
			case d.Verdict == compare.Worse:
				test.Failure = &junitMessage{Type: string(d.Verdict), Message: clean(inOneLine(d))}
			case d.Verdict == compare.CannotTell:
				test.Skipped = &junitMessage{Message: clean(inOneLine(d))}
			default:
				test.Out = clean(inOneLine(d))
			}
			s := &suites[len(suites)-1]
			s.Cases = append(s.Cases, test)
		}
		for _, s := range suites {
			all.add(s)
		}
	}
	return all.write(w)
}
