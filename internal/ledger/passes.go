package ledger

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
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
	path := filepath.Join(dir, PassesFile)
	data, err := os.ReadFile(path)
	out := map[string]bool{}
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, len(data)+1)
	for n := 1; lines.Scan(); n++ {
		var p Pass
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			return nil, fmt.Errorf("%s:%d:1: not a line of passes: %w", path, n, err)
		}
		if p.Workflow == workflow && slices.Contains(designs, p.Design) {
			for _, id := range p.Cases {
				out[id] = true
			}
		}
	}
	return out, nil
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
	line, err := json.Marshal(p)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, PassesFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}
