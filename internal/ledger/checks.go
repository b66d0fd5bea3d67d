package ledger

import (
	"path/filepath"
	"time"
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
func AddCheck(path string, c Check) error { return appendLine(path, c) }

// ReadChecks is every check so far, in order; none where there is no ledger.
func ReadChecks(path string) ([]Check, error) { return readLines[Check](path, "a check") }
