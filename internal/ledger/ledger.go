// Package ledger counts the looks at a held-out split, and the checks for drift.
//
// A look is any score
// computed on it: a split that is looked at often enough and tuned to is held
// out no longer, so that evidence from it shows how often it was looked at.
//
// The ledger is looks.jsonl beside the dataset's card, one look a line. What
// the same command shows of the same run on the same day is one look.
//
// A check spends some of the year's budget of false alarms. The ledger is
// drift.jsonl beside production.yaml, or in reports/drift for checks against runs.
package ledger

import (
	"errors"
	"path/filepath"
	"time"

	"github.com/rehearse-dev/rehearse/internal/journal"
)

// HeldOut is the split that neither tuning nor training sees.
const HeldOut = "test"

// File is the ledger's name.
const File = "looks.jsonl"

// Look is one look at a split.
type Look struct {
	Day      string   `json:"day"` // UTC, as 2006-01-02
	Command  string   `json:"command"`
	Run      string   `json:"run"`
	Workflow string   `json:"workflow"`
	Split    string   `json:"split"`
	Designs  []string `json:"designs"`
}

// Path is the ledger of the dataset in a folder.
func Path(dir string) string { return filepath.Join(dir, File) }

// Add writes a look down, unless the same one is there.
func Add(dir string, l Look, at time.Time) error {
	l.Day = at.UTC().Format(time.DateOnly)
	seen, err := Read(dir)
	if err != nil {
		return err
	}
	for _, s := range seen {
		if s.Day == l.Day && s.Command == l.Command && s.Run == l.Run && s.Split == l.Split {
			return nil
		}
	}
	return journal.Append(Path(dir), l)
}

// Read is every look so far, in order; none where there is no ledger.
func Read(dir string) ([]Look, error) { return journal.Read(Path(dir), "a look", (*Look).valid) }

func (l *Look) valid() error {
	if l.Day == "" || l.Run == "" || l.Split == "" {
		return errors.New("want day, run and split")
	}
	return nil
}

// Count is how many looks and how many runs there are of a split.
func Count(looks []Look, split string) (n, runs int) {
	seen := map[string]bool{}
	for _, l := range looks {
		if l.Split == split {
			n++
			seen[l.Run] = true
		}
	}
	return n, len(seen)
}
