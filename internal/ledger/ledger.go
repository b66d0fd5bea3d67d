// Package ledger counts the looks at a held-out split. A look is any score
// computed on it: a split that is looked at often enough and tuned to is held
// out no longer, so that evidence from it shows how often it was looked at.
//
// The ledger is looks.jsonl beside the dataset's card, one look a line. What
// the same command shows of the same run on the same day is one look.
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
	"time"
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
	line, err := json.Marshal(l)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(Path(dir), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	// One write, so that commands at the same time do not mix their lines.
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}

// Read is every look so far, in order; none where there is no ledger.
func Read(dir string) ([]Look, error) {
	path := Path(dir)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []Look
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var l Look
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("%s:%d:1: not a look: %w", path, n, err)
		}
		out = append(out, l)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return out, nil
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
