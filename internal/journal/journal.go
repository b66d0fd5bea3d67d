// Package journal keeps files that only grow, with a JSON object a line: who
// looked at held-out cases, what became of a dataset, every check for drift.
package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/rehearse-dev/rehearse/internal/regular"
)

// LineError says which line of a file of lines is wrong.
type LineError struct {
	File string
	Line int // from 1
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("%s:%d:1: %v", e.File, e.Line, e.Err) }
func (e *LineError) Unwrap() error { return e.Err }

// Append writes an entry at the end of a file, and returns when it is on disk.
func Append(path string, entry any) error {
	line, err := json.Marshal(entry)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	// One write, so that commands at the same time do not mix their lines.
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}

// Read is every entry of a file, in order; none where there is no file. What says
// in errors what a line is, such as "a look"; check refuses an entry without what
// every one has. A line that is none is a [*LineError].
func Read[T any](path, what string, check func(*T) error) ([]T, error) {
	data, err := regular.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return Parse(path, data, what, check)
}

// Parse is Read of a file's text; the path is for errors.
func Parse[T any](path string, data []byte, what string, check func(*T) error) ([]T, error) {
	var out []T
	n := 0
	for line := range bytes.Lines(data) {
		n++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var entry T
		err := json.Unmarshal(line, &entry)
		if err == nil {
			err = check(&entry)
		}
		if err != nil {
			return nil, &LineError{path, n, fmt.Errorf("not %s: %w", what, err)}
		}
		out = append(out, entry)
	}
	return out, nil
}
