// Package report prints scored runs and single cases. It computes nothing.
package report

import (
	"io"

	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/handoffs"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/report/page"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/scorecard"
)

// Report is all there is to say about a run.
type Report struct {
	Header  *record.Header  `json:"run"`
	Score   *score.Result   `json:"score"`
	Compare *compare.Result `json:"compare,omitempty"`
	// Handoffs say which handoffs failed; nil where nobody looked.
	Handoffs *handoffs.Result `json:"handoffs,omitempty"`
	// Scorecard are the four properties of every design; nil where nobody
	// looked.
	Scorecard *scorecard.Result `json:"scorecard,omitempty"`
	// Cases are wrong cases worth reading, with what happened to them, for the
	// page; most expensive first in each design.
	Cases []CaseTrace `json:"-"`
	// Maps are the designs with what the run did in them, for the page.
	Maps []HandoffMap `json:"-"`
	// HideIDs says that cases' ids are personal, HideTags which tags are.
	HideIDs  bool     `json:"-"`
	HideTags []string `json:"-"`
	// Program is what the user calls the program that made the run.
	Program string `json:"-"`
}

// JSON prints the report for programs.
func (r *Report) JSON(w io.Writer) error {
	shown := *r
	shown.Score = redact.Scored(r.Score, r.HideIDs, r.HideTags)
	shown.Handoffs = r.Handoffs.Hidden(r.HideIDs, r.HideTags)
	shown.Scorecard = r.Scorecard.Hidden(r.HideIDs)
	return indented(w, shown)
}

// id is what a report calls a case.
func (r *Report) id(id string) string {
	if r.HideIDs {
		return redact.Personal
	}
	return id
}

// document is a report in its parts, whatever it is printed as.
type document struct {
	title, subtitle string
	lead            []string // what a reader meets first, a line each
	tables          []table
	footnotes       []string
}

// table is one table of a report, whatever it is printed as. A cell may have
// several lines.
type table struct {
	title string
	first bool // one that a reader looks at first
	intro string
	head  []string
	rows  [][]string
	right []bool // columns of numbers
	// prose are columns of running text, by the length of their lines in a
	// terminal that is wide enough.
	prose map[int]int
	notes []int // footnotes that belong to it, by number

	// What a page draws beside the text.
	drawn  map[[2]int]drawn     // by row and column
	heat   map[[2]int]int       // shades of cells, 0 to 9, by row and column
	ground map[[2]int]page.Tone // what is behind cells, by row and column
	bars   *page.Bars
	panels []page.Panel
	charts []page.Chart
}

// notes numbers the warnings of a report, each once.
type notes struct{ texts []string }

func (n *notes) add(text string) int {
	for i, t := range n.texts {
		if t == text {
			return i + 1
		}
	}
	n.texts = append(n.texts, text)
	return len(n.texts)
}
