package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/gate"
)

// The elements of JUnit's XML report, as CI servers read it.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Failure *junitMessage `xml:"failure"`
		Error   *junitMessage `xml:"error"`
		Skipped *junitMessage `xml:"skipped"`
		Out     string        `xml:"system-out,omitempty"`
	}
	junitMessage struct {
		Type    string `xml:"type,attr,omitempty"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit prints the verdict as JUnit XML: a suite a candidate, a test its whole
// verdict and one for each threshold. What fails is a failure; what is
// inconclusive is an error, so that no CI server takes it for passed; an
// advisory threshold that is not met is skipped with its message.
func (g *Gate) JUnit(w io.Writer) error {
	all := junitSuites{Name: "gate " + clean(g.Workflow)}
	if len(g.Candidates) == 0 {
		all.add(junitSuite{Name: clean(g.Workflow), Cases: []junitCase{junit(clean(g.Workflow), "verdict", g.Verdict, g.Reason, "")}})
	}
	for i := range g.Candidates {
		c := &g.Candidates[i]
		class := clean(g.Workflow + "." + c.Design)
		s := junitSuite{Name: class, Cases: []junitCase{junit(class, "verdict", c.Verdict, c.Reason, "")}}
		for j := range c.Lines {
			l := &c.Lines[j]
			name := fmt.Sprintf("%s %s", l.Name(), strings.ReplaceAll(limit(l), "\n", " "))
			test := junit(class, name, l.Verdict, l.Reason, l.Explain)
			if l.Tier == gate.Advisory && l.Verdict != gate.Pass {
				test.Failure, test.Error = nil, nil
				test.Skipped = &junitMessage{Message: clean("advisory, " + string(l.Verdict) + ": " + l.Reason)}
			}
			s.Cases = append(s.Cases, test)
		}
		all.add(s)
	}
	return all.write(w)
}

// write prints the report.
func (s *junitSuites) write(w io.Writer) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(s); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func junit(class, name string, v gate.Verdict, reason, explain string) junitCase {
	c := junitCase{Class: class, Name: clean(name), Out: clean(explain)}
	m := &junitMessage{Type: string(v), Message: clean(reason), Text: clean(explain)}
	switch v {
	case gate.Fail:
		c.Failure = m
	case gate.Inconclusive:
		c.Error = m
	default:
		return c
	}
	c.Out = ""
	return c
}

func (s *junitSuites) add(suite junitSuite) {
	for i := range suite.Cases {
		c := &suite.Cases[i]
		suite.Tests++
		switch {
		case c.Failure != nil:
			suite.Failures++
		case c.Error != nil:
			suite.Errors++
		case c.Skipped != nil:
			suite.Skipped++
		}
	}
	s.Tests += suite.Tests
	s.Failures += suite.Failures
	s.Errors += suite.Errors
	s.Skipped += suite.Skipped
	s.Suites = append(s.Suites, suite)
}
