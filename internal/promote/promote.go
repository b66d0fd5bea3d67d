// Package promote writes the production config of a workflow: one design that
// passed the gate on the held-out split, with every file it needs by digest and
// the evidence for it, so that a deploy pipeline can check that what runs is
// what was measured.
//
// A workflow's folder production/ holds
//
//	production.yaml               what is in production, and why
//	files/<sha256>.yaml ...       the content of the files it names, with their endings
//	history/0001/production.yaml  what was in production before, oldest first
//	history.sha256                the digests of those, as sha256sum writes them
//	signatures/<sha256>.sig       signatures of a production.yaml, by its digest
//
// Files and signatures are named by content and shared with the history, so
// that a promotion and a rollback each take effect in one rename of
// production.yaml.
package promote

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/engine"
)

// FormatVersion is the version of production.yaml.
const FormatVersion = 1

// Production is production.yaml.
type Production struct {
	FormatVersion int           `yaml:"format_version"`
	Workflow      string        `yaml:"workflow"`
	Design        string        `yaml:"design"`
	Promoted      Promotion     `yaml:"promoted"`
	Config        Config        `yaml:"config"`
	Files         []File        `yaml:"files"`
	Evidence      Evidence      `yaml:"evidence"`
	Looks         Looks         `yaml:"looks"`
	DriftBaseline DriftBaseline `yaml:"drift_baseline"`
	// Digest is the sha256, hex, of all of the above as it is written.
	Digest string `yaml:"digest"`
	// Seal holds the start of the sha256 of every field above, so that a
	// change can be named.
	Seal map[string]string `yaml:"seal"`
}

// Promotion says who promoted it, and when.
type Promotion struct {
	At     string `yaml:"at"` // RFC 3339, UTC
	By     string `yaml:"by"`
	Commit string `yaml:"commit,omitempty"` // of the project, when it was promoted
	// Expires is the moment from which its evidence is too old, RFC 3339; "" for
	// never.
	Expires  string    `yaml:"expires,omitempty"`
	Approval *Approval `yaml:"approval,omitempty"`
	Override *Override `yaml:"override,omitempty"`
	SignedBy string    `yaml:"signed_by,omitempty"` // fingerprint of the SSH key
	// Previous is the sha256 of the production.yaml that was in force before, so
	// that nothing can be taken out of the history unseen.
	Previous string `yaml:"previous,omitempty"`
}

// Override is a person's word for promoting what was refused.
type Override struct {
	By      string   `yaml:"by"`
	Reason  string   `yaml:"reason"`
	Refused []string `yaml:"refused"` // why it would not have been promoted
}

// Approval is a person's word for it.
type Approval struct {
	By     string `yaml:"by"`
	Reason string `yaml:"reason"`
}

// Config is the design as it was measured.
type Config struct {
	DesignDigest   string            `yaml:"design_digest"` // of file, params, schemas and all files it reads
	WorkflowDigest string            `yaml:"workflow_digest"`
	Params         map[string]any    `yaml:"params,omitempty"`
	Outside        map[string]string `yaml:"outside,omitempty"` // step → what its answers hang on beside the files
	// Answered are, by step, the models that answered in the run, as their
	// endpoints call themselves.
	Answered map[string][]string `yaml:"answered,omitempty"`
	// Design is the design with the params in force; Texts are the short texts
	// that it reads, such as prompts and schemas, by path. Both are for reading:
	// what runs are the files.
	Design any               `yaml:"design"`
	Texts  map[string]string `yaml:"texts,omitempty"`
}

// Role says what a file is to the design.
type Role string

const (
	WorkflowFile Role = "workflow"
	DesignFile   Role = "design"
	ReadFile     Role = "read"   // by a step: patterns, prompts, tables
	LearntFile   Role = "learnt" // the state of a step that learnt
)

// File is one file by its content.
type File struct {
	Role        Role   `yaml:"role"`
	Path        string `yaml:"path"`           // relative to the workflow's folder
	Step        string `yaml:"step,omitempty"` // that learnt
	Key         string `yaml:"key,omitempty"`  // of what it learnt from
	Examples    int    `yaml:"examples,omitempty"`
	Calibration int    `yaml:"calibration,omitempty"`
	SHA256      string `yaml:"sha256"`
	Bytes       int64  `yaml:"bytes"`
	// Stored says that the content is in files/. A large file stays where it
	// is, and is checked there.
	Stored bool `yaml:"stored"`
}

// StoredName is the file's name in files/: its digest, with the endings of its
// own name, by which readers know what it is.
func (f File) StoredName() string { return engine.StoredName(f.SHA256, f.Path) }

// Evidence is what the promotion rests on.
type Evidence struct {
	Run      string `yaml:"run"`
	Started  string `yaml:"started"`
	Seed     uint64 `yaml:"seed"`
	Repeats  int    `yaml:"repeats"`
	Baseline string `yaml:"baseline,omitempty"`
	// BaselineDigest is the digest of the baseline's design.
	BaselineDigest string `yaml:"baseline_digest,omitempty"`
	Tool           Tool   `yaml:"tool"`
	// Recomputed says what a replay by this tool found, where another one made
	// the run.
	Recomputed *Recomputed `yaml:"recomputed,omitempty"`
	Data       Data        `yaml:"data"`
	Gate       Gate        `yaml:"gate"`
}

// Recomputed is a replay of a run that another tool had made.
type Recomputed struct {
	Version string `yaml:"version"`
	Go      string `yaml:"go"`
	Trials  int    `yaml:"trials"`
	Differ  int    `yaml:"differ"` // trials that came to something else
}

// Tool is the program that made the run.
type Tool struct {
	Version string `yaml:"version"`
	Go      string `yaml:"go"`
	Program string `yaml:"program,omitempty"` // what proves which code that is
	Commit  string `yaml:"commit,omitempty"`  // of the project
	Dirty   bool   `yaml:"dirty"`             // something of the project was not committed
}

// Data is what it was measured on.
type Data struct {
	Dataset string       `yaml:"dataset"`
	Card    DataFile     `yaml:"card"`
	Sources []DataFile   `yaml:"sources"`
	Split   string       `yaml:"split"`
	Window  *Window      `yaml:"window,omitempty"` // where the card splits by time
	Cases   int64        `yaml:"cases"`
	Labels  LabelSources `yaml:"label_source,omitempty"`
}

// LabelSources says for each label where it comes from.
type LabelSources map[string]string

// DataFile is a file of the dataset, which stays where its owner keeps it.
type DataFile struct {
	Path   string `yaml:"path"` // relative to the project
	SHA256 string `yaml:"sha256"`
}

// Window is the time of the cases: From is included, To is not; empty is open.
type Window struct {
	From string `yaml:"from,omitempty"`
	To   string `yaml:"to,omitempty"`
}

// Gate is the verdict with every threshold behind it.
type Gate struct {
	Digest     string      `yaml:"digest"` // sha256 of the thresholds as the workflow states them
	Verdict    string      `yaml:"verdict"`
	Reason     string      `yaml:"reason"`
	Thresholds []Threshold `yaml:"thresholds"`
}

// Threshold is one line of the gate, judged.
type Threshold struct {
	Tier        string   `yaml:"tier"`
	Metric      string   `yaml:"metric"`
	Segment     string   `yaml:"segment,omitempty"` // column=value
	Rule        string   `yaml:"rule"`
	Limit       float64  `yaml:"limit"`
	Estimate    *float64 `yaml:"estimate"` // null where nothing was to be measured
	Lower       *float64 `yaml:"lower"`    // null where nothing bounds it
	Upper       *float64 `yaml:"upper"`
	Method      string   `yaml:"method,omitempty"`
	Numerator   float64  `yaml:"numerator"`
	Denominator float64  `yaml:"denominator"`
	Cases       int      `yaml:"cases"`
	Verdict     string   `yaml:"verdict"`
}

// Looks is the ledger of looks at the held-out split, when it was promoted.
type Looks struct {
	Ledger  string `yaml:"ledger"` // relative to the project
	Split   string `yaml:"split"`
	Count   int    `yaml:"count"`
	Runs    int    `yaml:"runs"`
	Entries []Look `yaml:"entries"` // oldest first
}

// Look is one look at the held-out split.
type Look struct {
	Day     string `yaml:"day"` // UTC
	Command string `yaml:"command"`
	Run     string `yaml:"run"`
}

// DriftBaseline names what a fresh sample is held against, by digest. The rows
// stay where they are.
type DriftBaseline struct {
	Run     string     `yaml:"run"`
	Card    DataFile   `yaml:"card"`
	Sources []DataFile `yaml:"sources"`
	Split   string     `yaml:"split"`
	Cases   int64      `yaml:"cases"`
}

const heading = "# Written by 'eval promote', checked by 'eval verify'. Not to be edited: a changed\n# byte is refused.\n"

// encode writes the file as it is on disk.
func (p *Production) encode() ([]byte, error) {
	out, err := yaml.Dump(p, yaml.WithV4Defaults())
	if err != nil {
		return nil, fmt.Errorf("writing production.yaml: %w", err)
	}
	return append([]byte(heading), out...), nil
}
