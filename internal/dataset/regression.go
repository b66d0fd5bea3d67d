package dataset

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/journal"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// Regression is the split of cases that once broke. It is no part of a card's
// splits: a case in it stays in its own, unless it was added for it alone. It only
// grows.
const Regression = "regression"

// RegressionName is what the file of the regression split is called where nobody
// names it otherwise.
const RegressionName = "regression.yaml"

// Broke is a case of the regression split.
type Broke struct {
	Case string
	By   string
	At   string // date or time
	Why  string
	// Only says that the case is in no other split.
	Only bool
	Pos  flow.Pos
}

// regressionFile is the file that a card names under regression.
type regressionFile struct {
	Regression []brokeKeys `yaml:"regression" schema:"[broke]"`
}

// brokeKeys is one case in the file.
type brokeKeys struct {
	Case flow.Text `yaml:"case"`
	By   flow.Text `yaml:"by"`
	At   flow.Text `yaml:"at"`
	Why  flow.Text `yaml:"why"`
	Only bool      `yaml:"only,omitempty"`
}

// loadRegression reads the file of the card's regression split, and holds it
// against what was once put into it.
func (c *Card) loadRegression() diag.List {
	data, err := regular.Read(c.RegressionFile)
	if err != nil {
		var diags diag.List
		diags.Add(c.at["regression"], fmt.Sprintf("%s: %s", c.RegressionFile, problem(err)), "")
		return diags
	}
	broke, diags := ParseRegression(c.RegressionFile, data)
	c.Regression = make(map[string]Broke, len(broke))
	for _, b := range broke {
		c.Regression[b.Case] = b
	}
	changes, err := Changes(c.Dir)
	if err != nil {
		diags.Add(c.at["regression"], err.Error(), "")
	}
	for _, change := range changes {
		for _, id := range change.Regression {
			if _, there := c.Regression[id]; !there {
				diags.Add(flow.Pos{File: c.RegressionFile, Line: 1, Column: 1}, fmt.Sprintf("case %q was put into the regression split on %s and is not there any more: the split only grows", id, change.At), "put it back; 'eval dataset forget' takes a person's cases out")
			}
		}
	}
	return diags
}

// ParseRegression reads the text of a regression split's file. The path is for
// faults.
func ParseRegression(path string, data []byte) ([]Broke, diag.List) {
	doc, diags := yamldoc.Parse(path, data)
	if doc.Root == nil {
		return nil, diags
	}
	var file regressionFile
	doc.Decode(doc.Root, &file, &diags)
	var out []Broke
	first := map[string]flow.Pos{}
	for _, k := range file.Regression {
		b := Broke{Case: k.Case.Value, By: k.By.Value, At: k.At.Value, Why: k.Why.Value, Only: k.Only, Pos: k.Case.Pos}
		if unread(k.Case) {
			continue // reported where it was decoded
		}
		for _, x := range []struct {
			key  string
			text flow.Text
			hint string
		}{
			{"case", k.Case, "the id of the case"}, {"by", k.By, "who put it there"}, {"at", k.At, "when, as 2026-11-21"}, {"why", k.Why, "how it broke"},
		} {
			if strings.TrimSpace(x.text.Value) == "" && !unread(x.text) {
				diags.Add(x.text.Pos, x.key+" is empty", x.hint)
			}
		}
		if _, ok := parseTime(b.At); !ok && b.At != "" {
			diags.Add(k.At.Pos, fmt.Sprintf("%q is no date or time", b.At), "as "+time.DateOnly)
		}
		if at, twice := first[b.Case]; twice {
			diags.Add(b.Pos, fmt.Sprintf("case %q is in the regression split already", b.Case), fmt.Sprintf("first at %s", at))
			continue
		}
		first[b.Case] = b.Pos
		out = append(out, b)
	}
	return out, diags.Sort()
}

// splitOf is the split of a case among those that are asked for, all where there
// are none, and whether it is asked for.
func (c *Card) splitOf(own, id string, wanted []string) (string, bool) {
	b, broke := c.Regression[id]
	if b.Only {
		own = Regression
	}
	switch {
	case len(wanted) == 0, slices.Contains(wanted, own):
		return own, true
	case broke && slices.Contains(wanted, Regression):
		return Regression, true
	}
	return own, false
}

// ChangesFile is the changelog of a dataset, beside its card.
const ChangesFile = "changes.jsonl"

// Change is one line of a dataset's changelog.
type Change struct {
	At   string   `json:"at"` // RFC 3339, UTC
	Did  string   `json:"did"`
	By   []string `json:"by"`
	Why  string   `json:"why"`
	From string   `json:"from,omitempty"` // the queue whose decisions they are
	// Added and Labels count cases that were added and labels that were reviewed.
	Added  int    `json:"added,omitempty"`
	Labels int    `json:"labels,omitempty"`
	Gone   int    `json:"gone,omitempty"`
	Split  string `json:"split,omitempty"`
	Source string `json:"source,omitempty"` // the new file
	// Looks are how often a held-out split had been looked at when cases came into
	// it.
	Looks int `json:"looks,omitempty"`
	// Regression are the ids of cases that were put into the regression split.
	Regression []string `json:"regression,omitempty"`
	// Before and After are digests of the dataset.
	Before string `json:"before"`
	After  string `json:"after"`
}

// Changes reads the changelog of the dataset in a folder; none where there is none.
func Changes(dir string) ([]Change, error) {
	return journal.Read(filepath.Join(dir, ChangesFile), "a change", (*Change).valid)
}

func (c *Change) valid() error {
	if c.At == "" || c.Did == "" {
		return errors.New("want at and did")
	}
	return nil
}

// Changed writes a line into the changelog of the dataset in a folder.
func Changed(dir string, c Change) error {
	return journal.Append(filepath.Join(dir, ChangesFile), c)
}
