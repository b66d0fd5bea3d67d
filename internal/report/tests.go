package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/designtest"
)

// Tests are the results of tests of designs.
type Tests struct {
	Suites   []TestSuite
	Coverage []*designtest.Coverage // nil where it was not asked for
	Verbose  bool                   // text names the tests that passed, too
	Text     TextOptions
}

// TestSuite is one file of tests.
type TestSuite struct {
	Path     string
	Workflow *design.Workflow
	Design   string
	Results  []*designtest.Result
}

// counts are the tests that passed and all of them.
func (s *TestSuite) counts() (passed, all int) {
	for _, r := range s.Results {
		if r.Passed() {
			passed++
		}
	}
	return passed, len(s.Results)
}

// Counts are the tests that passed and all of them.
func (t *Tests) Counts() (passed, all int) {
	for i := range t.Suites {
		p, n := t.Suites[i].counts()
		passed, all = passed+p, all+n
	}
	return passed, all
}

// Print prints a line a file, what failed with the trace of its trial, and the
// sums.
func (t *Tests) Print(w io.Writer) error {
	var b strings.Builder
	for i := range t.Suites {
		s := &t.Suites[i]
		passed, all := s.counts()
		mark := t.Text.paint(green, "ok  ")
		if passed < all {
			mark = t.Text.paint(red, "FAIL")
		}
		fmt.Fprintf(&b, "%s  %s  %d of %d passed\n", mark, flat(s.Path), passed, all)
		for _, r := range s.Results {
			if !r.Passed() {
				t.failed(&b, s, r)
			} else if t.Verbose {
				fmt.Fprintf(&b, "      %s\n", oneLine(r.Test.Name, 100))
			}
		}
		if passed < all {
			b.WriteByte('\n')
		}
	}
	passed, all := t.Counts()
	fmt.Fprintf(&b, "%s, %d passed, %d failed\n", plural(all, "test"), passed, all-passed)
	t.coverage(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// failed prints what was expected, what happened, and the way there.
func (t *Tests) failed(b *strings.Builder, s *TestSuite, r *designtest.Result) {
	fmt.Fprintf(b, "\n  %s\n  %s\n", t.Text.paint(bold, oneLine(r.Test.Name, 200)), flat(r.Test.Pos.String()))
	t.difference(b, r)
	if r.Trial == nil {
		return
	}
	var trace traceGroup
	tracer{s.Workflow, r.Shown}.events(&trace, r.Trial)
	if len(trace.lines) > 0 {
		b.WriteString("    what happened\n")
		for i := range trace.lines {
			trace.lines[i].depth += 2
		}
		trace.text(b, t.Text)
	}
}

func (t *Tests) difference(b *strings.Builder, r *designtest.Result) {
	if r.Err != "" {
		fmt.Fprintf(b, "    %s\n", t.Text.paint(red, oneLine(r.Err, 400)))
	}
	for _, m := range r.Mismatches {
		fmt.Fprintf(b, "    %s (line %d)\n", name(m.What), m.Pos.Line)
		for _, side := range []struct{ word, text, style string }{{"want", m.Want, green}, {"got ", got(r, m), red}} {
			for i, line := range strings.Split(clean(side.text), "\n") {
				word := side.word
				if i > 0 {
					word = "    "
				}
				fmt.Fprintf(b, "      %s  %s\n", word, t.Text.paint(side.style, oneLine(line, 200)))
			}
		}
	}
}

// got is what happened instead, without what is personal in a stored case.
func got(r *designtest.Result, m designtest.Mismatch) string {
	return fmt.Sprint(r.Shown.Value(m.What, m.Got))
}

// coverage prints what of each design the tests reached, and what they did not.
func (t *Tests) coverage(b *strings.Builder) {
	for _, c := range t.Coverage {
		reached, of := c.Count("")
		fmt.Fprintf(b, "\n%s, %s: %d of %d reached", name(c.Workflow), name(c.Design), reached, of)
		sep := " ("
		for _, k := range []designtest.PointKind{designtest.BranchPoint, designtest.ReasonPoint, designtest.BrokenPoint, designtest.ToolPoint} {
			if n, of := c.Count(k); of > 0 {
				fmt.Fprintf(b, "%s%s %d of %d", sep, pointWords[k], n, of)
				sep = ", "
			}
		}
		if of > 0 {
			b.WriteByte(')')
		}
		b.WriteByte('\n')
		for _, p := range c.Points {
			if p.Reached == 0 {
				fmt.Fprintf(b, "  %s: no test reaches the %s %s\n", flat(p.Pos.String()), p.Kind, oneLine(p.Name, 160))
			}
		}
	}
}

var pointWords = map[designtest.PointKind]string{
	designtest.BranchPoint: "branches", designtest.ReasonPoint: "reasons", designtest.BrokenPoint: "broken handoffs",
	designtest.ToolPoint: "tools",
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// The JSON form of results.
type (
	testsJSON struct {
		Tests    int            `json:"tests"`
		Passed   int            `json:"passed"`
		Files    []suiteJSON    `json:"files"`
		Coverage []coverageJSON `json:"coverage,omitempty"`
	}
	suiteJSON struct {
		File     string     `json:"file"`
		Workflow string     `json:"workflow"`
		Design   string     `json:"design"`
		Tests    []testJSON `json:"tests"`
	}
	testJSON struct {
		Name       string         `json:"name"`
		Line       int            `json:"line"`
		Passed     bool           `json:"passed"`
		Error      string         `json:"error,omitempty"`
		Mismatches []mismatchJSON `json:"mismatches,omitempty"`
	}
	mismatchJSON struct {
		Line int    `json:"line"`
		What string `json:"what"`
		Want string `json:"want"`
		Got  string `json:"got"`
	}
	coverageJSON struct {
		Workflow string      `json:"workflow"`
		Design   string      `json:"design"`
		Reached  int         `json:"reached"`
		Of       int         `json:"of"`
		Points   []pointJSON `json:"points"`
	}
	pointJSON struct {
		Kind  designtest.PointKind `json:"kind"`
		Name  string               `json:"name"`
		Line  int                  `json:"line"`
		Tests int                  `json:"tests"`
	}
)

// JSON prints the results as one object.
func (t *Tests) JSON(w io.Writer) error {
	out := testsJSON{Files: []suiteJSON{}}
	out.Passed, out.Tests = t.Counts()
	for i := range t.Suites {
		s := &t.Suites[i]
		suite := suiteJSON{File: s.Path, Workflow: s.Workflow.Name, Design: s.Design, Tests: []testJSON{}}
		for _, r := range s.Results {
			test := testJSON{Name: r.Test.Name, Line: r.Test.Pos.Line, Passed: r.Passed(), Error: r.Err}
			for _, m := range r.Mismatches {
				test.Mismatches = append(test.Mismatches, mismatchJSON{m.Pos.Line, m.What, m.Want, got(r, m)})
			}
			suite.Tests = append(suite.Tests, test)
		}
		out.Files = append(out.Files, suite)
	}
	for _, c := range t.Coverage {
		cover := coverageJSON{Workflow: c.Workflow, Design: c.Design, Points: []pointJSON{}}
		cover.Reached, cover.Of = c.Count("")
		for _, p := range c.Points {
			cover.Points = append(cover.Points, pointJSON{p.Kind, p.Name, p.Pos.Line, p.Reached})
		}
		out.Coverage = append(out.Coverage, cover)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

// JUnit prints the results as JUnit XML, a suite a file. A test that could not
// be judged is an error.
func (t *Tests) JUnit(w io.Writer) error {
	all := junitSuites{Name: "tests of designs"}
	for i := range t.Suites {
		s := &t.Suites[i]
		class := clean(s.Workflow.Name + "." + s.Design)
		suite := junitSuite{Name: clean(s.Path)}
		for _, r := range s.Results {
			c := junitCase{Class: class, Name: clean(r.Test.Name)}
			if !r.Passed() {
				var text strings.Builder
				(&Tests{}).failed(&text, s, r)
				m := &junitMessage{Message: clean(r.Err), Text: strings.TrimSpace(text.String())}
				if c.Error = m; r.Err == "" {
					first := r.Mismatches[0]
					m.Message = clean(fmt.Sprintf("%s: want %s, got %s", first.What, flat(first.Want), flat(got(r, first))))
					c.Failure, c.Error = m, nil
				}
			}
			suite.Cases = append(suite.Cases, c)
		}
		all.add(suite)
	}
	return all.write(w)
}
