package ledger

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/rehearse-dev/rehearse/internal/journal"
)

// ChecksFile is the name of the ledger of drift checks.
const ChecksFile = "drift.jsonl"

// Check is one check for drift, by whomever it was made.
type Check struct {
	At       time.Time `json:"at"`
	Workflow string    `json:"workflow"`
	Design   string    `json:"design"`
	Baseline string    `json:"baseline"` // what the fresh cases were compared with, by digest
	Dataset  string    `json:"dataset"`  // of the fresh cases
	Cases    int       `json:"cases"`
	Labelled int       `json:"labelled"`      // of them
	From     time.Time `json:"from,omitzero"` // of the cases' times
	To       time.Time `json:"to,omitzero"`
	Verdict  string    `json:"verdict"`
	// Alpha is what it spent of the year's budget of false alarms; Again says
	// that it was a check of the same cases, with as many labels, as one before,
	// which had spent it.
	Alpha   float64  `json:"alpha"`
	Again   bool     `json:"again,omitempty"`
	Signals []Signal `json:"signals"`
	// Sketch are the smallest hashes of the cases, to see that samples overlap.
	Sketch []uint64 `json:"sketch,omitempty"`
}

// Signal is what a check saw of one signal.
type Signal struct {
	Name    string  `json:"name"`
	Segment string  `json:"segment,omitempty"` // tag=value
	Effect  float64 `json:"effect"`
	Floor   float64 `json:"floor"` // smaller effects do not matter
	P       float64 `json:"p_adjusted"`
	Moved   bool    `json:"moved"`
	Alarm   bool    `json:"alarm,omitempty"`
}

// ChecksPath is the ledger of drift checks in a folder.
func ChecksPath(dir string) string { return filepath.Join(dir, ChecksFile) }

// AddCheck writes a check down.
func AddCheck(path string, c Check) error { return journal.Append(path, c) }

// ReadChecks is every check so far, in order; none where there is no ledger.
func ReadChecks(path string) ([]Check, error) {
	return journal.Read(path, "a check", (*Check).valid)
}

// valid refuses what no check has: a line that says nothing would count as one
// of the year's, and an alpha below zero would give the year more to spend.
func (c *Check) valid() error {
	switch {
	case c.At.IsZero(), c.Workflow == "", c.Design == "", c.Verdict == "":
		return errors.New("want at, workflow, design and verdict")
	case c.Cases < 0, c.Labelled < 0, c.Labelled > c.Cases:
		return fmt.Errorf("%d cases, %d of them labelled: want no fewer than 0, and no more labelled than there are", c.Cases, c.Labelled)
	case c.Alpha < 0, c.Alpha > 1:
		return fmt.Errorf("alpha is %v: want 0 to 1", c.Alpha)
	}
	return nil
}
