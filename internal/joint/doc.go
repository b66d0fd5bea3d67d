// Package joint replays a system of workflows, and says what came of its cases
// from the first workflow to the last, and which workflow loses them.
//
//  1. [Run] replays workflow by workflow, senders first. What a receiver gets is
//     written as a dataset of its own, so that each replay is an ordinary run.
//  2. A joint case is a case of the first workflow with all that follows from
//     it. It is right where every workflow that it passed, or ought to have
//     passed, gave the right result.
//  3. With Corrections the outcomes of a workflow are replaced by their labels,
//     and what would then come to others in another form is replayed again.
//
// It replays nothing itself: the caller gives the function that does.
package joint

import (
	"context"
	"path/filepath"

	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/system"
)

// Job is one replay of a system.
type Job struct {
	System *system.System
	Dir    string              // of the record
	Splits map[string][]string // of every member's dataset; nil for all cases
	Limit  int64               // cases of the first workflow; 0 for all
	Seed   uint64
	// Replay runs a member over what it received, into a folder.
	Replay func(ctx context.Context, m *system.Member, received *dataset.Card, dir string) (*record.Run, error)
	// Corrections says that workflows are also replayed with corrected senders.
	Corrections bool
	// Stage is told what is replayed next; may be nil.
	Stage func(string)
}

// Folders of a record, by the workflow's name.
func (j *Job) dataDir(variant, workflow string) string {
	return filepath.Join(j.Dir, variant, "data", workflow)
}

func (j *Job) runDir(variant, workflow string) string {
	return filepath.Join(j.Dir, variant, "runs", workflow)
}
