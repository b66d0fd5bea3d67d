// Package record is the run record: the contract between replay, which writes
// it, and everything that judges a run, which only reads it.
//
// A run is a folder:
//
//	run.json                  the Header: what was run, and on what
//	trials-00000.parquet ...  segments of trials in case order, each complete
//	timings-00000.parquet ... clock times, cache hits and money spent
//	spending.jsonl            every payment, written when it was made
//	files/                    copies of the workflow and the designs as run
package record

import (
	"time"

	"github.com/rehearse-dev/rehearse/internal/design"
)

// BlockCases is how many cases are written at a time. Pages of a segment are
// cut between blocks, so the number is part of the format: the bytes of a
// segment do not depend on how the work was shared out.
const BlockCases = 16

// FormatVersion is the version of the record's format.
const FormatVersion = 1

// State says how far a run got.
type State string

const (
	Running     State = "running"     // or killed
	Interrupted State = "interrupted" // stopped on request, can be resumed
	Complete    State = "complete"
)

// Header is run.json.
type Header struct {
	FormatVersion int       `json:"format_version"`
	Run           string    `json:"run"` // id, also the folder's name
	State         State     `json:"state"`
	Started       time.Time `json:"started"`
	Finished      time.Time `json:"finished,omitzero"`
	Tool          Tool      `json:"tool"`
	Seed          uint64    `json:"seed"`
	Repeats       int       `json:"repeats"`
	SegmentCases  int       `json:"segment_cases"` // cases a segment holds
	Workflow      File      `json:"workflow"`
	Designs       []Design  `json:"designs"`
	Baseline      string    `json:"baseline,omitempty"`
	Data          Data      `json:"data"`
	// Unchanged are designs that were not replayed because earlier runs hold their
	// trials by every digest.
	Unchanged []Unchanged `json:"unchanged,omitempty"`
	// Race says by what the run was raced; nil where every design had every case.
	Race *Race `json:"race,omitempty"`
	// Settings are those that the user gave; Defaulted those that were not.
	Settings  map[string]string `json:"settings"`
	Defaulted map[string]string `json:"defaulted"`
	// Estimate is what the run was expected to cost; nil where no step makes
	// calls that cost.
	Estimate *Estimate `json:"estimate,omitempty"`
	// Recordings are those of the project that stored answers came with.
	Recordings []Recording `json:"recordings,omitempty"`
	// Warnings are what the replay has to say about the run as a whole.
	Warnings []string `json:"warnings,omitempty"`
}

// Unchanged says which run holds the trials of a design.
type Unchanged struct {
	Design string `json:"design"`
	Run    string `json:"run"`
}

// ID tells the run from all others: folders may be used again.
func (h *Header) ID() string { return h.Run + " " + h.Started.UTC().Format(time.RFC3339) }

// Recording is a file of stored answers.
type Recording struct {
	Path    string `json:"path"`
	SHA256  string `json:"sha256"`
	Answers int    `json:"answers"`
}

// Tool is the program that made the run.
type Tool struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	// Program is what proves which code that is: a version that names one state of
	// the code, or the digest of the executable; "" for no proof.
	Program string `json:"program,omitempty"`
	Commit  string `json:"commit,omitempty"` // of the project's repository
	Dirty   bool   `json:"dirty"`
}

// SameProgram says whether both are proven to be of the same code.
func (t Tool) SameProgram(o Tool) bool {
	return t.Program != "" && t.Program == o.Program && t.Go == o.Go
}

// File is a file by its content.
type File struct {
	Path   string `json:"path"` // relative to the project, with slashes
	Copy   string `json:"copy"` // relative to the run's folder
	SHA256 string `json:"sha256"`
}

// Design is one design of a run.
type Design struct {
	Name    string              `json:"name"`
	File    File                `json:"file"`
	Digest  string              `json:"digest"` // design.Design.Digest
	Params  map[string]any      `json:"params"`
	Files   []design.FileDigest `json:"files,omitempty"`
	Learnt  []Learnt            `json:"learnt,omitempty"`
	Outside map[string]string   `json:"outside,omitempty"` // step → what its answers hang on beside the files
	Variant string              `json:"variant,omitempty"`
}

// Learnt is the state of a step that learnt, and from what.
type Learnt struct {
	Step        string `json:"step"`
	SHA256      string `json:"sha256"` // of the artifact
	Key         string `json:"key"`    // digest of settings and examples
	Examples    int    `json:"examples"`
	Calibration int    `json:"calibration"`
	Fold        int    `json:"fold"` // -1 when fitted on the training split
}

// Data is the dataset of a run.
type Data struct {
	Card    File     `json:"card"`
	Sources []File   `json:"sources"`
	Split   []string `json:"split,omitempty"` // those replayed; empty for all
	Where   []string `json:"where,omitempty"`
	Limit   int64    `json:"limit,omitempty"`
	// Order is [RandomOrder]; "" for that of the dataset.
	Order string   `json:"order,omitempty"`
	Tags  []string `json:"tags,omitempty"` // names, in the order of Trial.Tags
	// FitCard is where designs learnt from, where that is another dataset.
	FitCard *File `json:"fit_card,omitempty"`
	Cases   int64 `json:"cases"` // replayed
	// Inputs is the sha256, hex, over the input digests of all cases in order.
	Inputs string           `json:"inputs,omitempty"`
	Sizes  map[string]int64 `json:"sizes,omitempty"` // cases of every split
}
