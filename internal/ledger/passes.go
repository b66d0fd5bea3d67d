package ledger

import (
	"errors"
	"path/filepath"
	"slices"
	"time"

	"github.com/rehearse-dev/rehearse/internal/journal"
)

// PassesFile says which design passed which case of the regression split, beside
// the dataset's card.
const PassesFile = "passes.jsonl"

// Pass is a line of it: cases that a design passed at a gate for the first time.
type Pass struct {
	Day      string   `json:"day"` // UTC, as 2006-01-02
	Workflow string   `json:"workflow"`
	Design   string   `json:"design"`
	Run      string   `json:"run"`
	Cases    []string `json:"cases"`
}

// Passed are the cases of the regression split in a folder that one of the designs
// of a workflow has passed.
func Passed(dir, workflow string, designs ...string) (map[string]bool, error) {
	lines, err := journal.Read(filepath.Join(dir, PassesFile), "a line of passes", (*Pass).valid)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, p := range lines {
		if p.Workflow == workflow && slices.Contains(designs, p.Design) {
			for _, id := range p.Cases {
				out[id] = true
			}
		}
	}
	return out, nil
}

func (p *Pass) valid() error {
	if p.Workflow == "" || p.Design == "" { // no case is left where they were forgotten
		return errors.New("want workflow and design")
	}
	return nil
}

// AddPasses writes down which cases a design passed that it had not passed before.
func AddPasses(dir string, p Pass, at time.Time) error {
	had, err := Passed(dir, p.Workflow, p.Design)
	if err != nil {
		return err
	}
	p.Cases = slices.DeleteFunc(slices.Clone(p.Cases), func(id string) bool { return had[id] })
	if len(p.Cases) == 0 {
		return nil
	}
	p.Day = at.UTC().Format(time.DateOnly)
	return journal.Append(filepath.Join(dir, PassesFile), p)
}
