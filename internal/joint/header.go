package joint

import (
	"encoding/json"
	"io"
	"path/filepath"
	"time"

	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/regular"
)

// FormatVersion is the version of a system's record.
const FormatVersion = 1

// Header is system.json: what joins the runs of a system's workflows.
type Header struct {
	FormatVersion int               `json:"format_version"`
	Run           string            `json:"run"` // id, also the folder's name
	State         record.State      `json:"state"`
	Started       time.Time         `json:"started"`
	Finished      time.Time         `json:"finished,omitzero"`
	Tool          record.Tool       `json:"tool"`
	System        record.File       `json:"system"`
	Seed          uint64            `json:"seed"`
	Limit         int64             `json:"limit,omitempty"` // of the first workflow's cases
	Rules         map[string]string `json:"rules,omitempty"` // shared rules with their values in force
	Workflows     []Member          `json:"workflows"`       // senders first
}

// Member is one workflow of a system's record.
type Member struct {
	Name   string   `json:"name"`
	Design string   `json:"design"`
	Digest string   `json:"digest"` // of the design
	Card   string   `json:"card"`   // of its own cases, from the project
	Split  []string `json:"split,omitempty"`
	Run    string   `json:"run"` // folders, from that of the record
	Data   string   `json:"data"`
}

// Write writes the header into the folder of a record.
func (h *Header) Write(dir string) error {
	text, err := json.MarshalIndent(h, "", "  ")
	if err != nil {
		return err
	}
	return regular.Replace(filepath.Join(dir, "system.json"), func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}
