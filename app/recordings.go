package app

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/builtin/stored"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/llm"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/replay"
)

// recordingEnding is the end of a recording's name.
const recordingEnding = ".jsonl.zst"

// recordingsDir is where a project ships recordings.
func recordingsDir(root string) string { return filepath.Join(root, "recordings") }

// takeRecordings sees to it that the answers of the project's recordings are
// stored, where a plan may ask for them, and says which recordings there are.
func takeRecordings(s *streams, root string, plans []*design.Plan) ([]record.Recording, error) {
	files, err := filepath.Glob(filepath.Join(recordingsDir(root), "*"+recordingEnding))
	if err != nil || len(files) == 0 || !slices.ContainsFunc(plans, replay.ReachesOut) {
		return nil, err
	}
	cache, err := llm.OpenCache(stored.Path(stateDir(root)))
	if err != nil {
		return nil, err
	}
	defer cache.Close()
	var out []record.Recording
	for _, file := range files {
		r, err := takeRecording(s, cache, file)
		if err != nil {
			return nil, err
		}
		r.Path = projectPath(root, file)
		out = append(out, r)
	}
	return out, nil
}

// takeRecording imports a recording unless it was imported before.
func takeRecording(s *streams, cache *llm.Cache, file string) (r record.Recording, err error) {
	f, err := regular.Open(file)
	if err != nil {
		return r, withCode(ExitInput, err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return r, err
	}
	r.SHA256 = hex.EncodeToString(h.Sum(nil))
	answers, known, err := cache.Held(r.SHA256)
	if err != nil || known {
		r.Answers = answers
		return r, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return r, err
	}
	p, t, err := cache.Import(f)
	if err != nil {
		return r, withCode(ExitInput, fmt.Errorf("%s: %w", relative(file), err))
	}
	if n := len(t.Conflicts); n > 0 {
		fmt.Fprintf(s.err, "%s: %s are stored already with another text, which stays: 'cache import' names them\n", relative(file), count(n, "answer"))
	}
	r.Answers = p.Answers
	return r, cache.Hold(r.SHA256, p.Answers)
}
