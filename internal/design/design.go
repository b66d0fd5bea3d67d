// Package design reads workflows and designs, checks them, and compiles a
// design to a [Plan] that engine can run.
package design

import "github.com/rehearse-dev/rehearse/flow"

// Design is one candidate way of doing a workflow.
type Design struct {
	File   string
	Name   string
	Pos    flow.Pos // of its name
	Title  string
	Params []Param
	// CalibrationShare is the share of the calibration split, by cluster, that
	// confidence maps are fitted on: above 0, at most 1. The rest is left to
	// certify cutoffs.
	CalibrationShare float64
	// Digest is the sha256, hex, of everything that decides what the design
	// does: its file, the params in force, the workflow's input and outcome,
	// and every file that its steps read.
	Digest string
	SHA256 string       // of the file alone, hex
	Files  []FileDigest // the files its steps read, sorted by path
}

// Param is a named constant of a design that `--set` overrides.
type Param struct {
	Name  string
	Value any // string, float64, bool
	Set   bool
	// Steps are the steps whose work or input reads the param, as opposed to
	// routes and the outcome: where it is empty, changing the param changes no
	// step's answer.
	Steps []string
	Pos   flow.Pos
}

// FileDigest is a file by its content.
type FileDigest struct {
	Path   string `json:"path"` // relative to the workflow's folder
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}
