package audit

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/lockfile"
	"github.com/rehearse-dev/rehearse/internal/redact"
)

// Options say what a log is of, and how it is kept.
type Options struct {
	Dir      string
	Workflow string
	Design   string
	Digest   string // of the design
	Input    *flow.Schema
	Outcome  *flow.Schema
	Tags     []string       // names of the cases' tags, in their order
	Policy   *redact.Policy // what is personal; nil for nothing
	// FileBytes is the size at which a file is full and the next begins; 0 for
	// 64 MiB.
	FileBytes int64
	// MaxBytes is what all files together may take; 0 for no limit. A log that
	// is full takes no more: [ErrFull].
	MaxBytes int64
	// Payloads is for how many days whole cases are kept beside the log, with
	// their personal values; 0 keeps none.
	Payloads int
	Now      func() time.Time // the clock; nil for the machine's
}

// ErrFull says that the log has the size that its owner allows.
var ErrFull = errors.New("the audit log is full")

// Log is a log that this process writes. It is safe for concurrent use.
type Log struct {
	options Options
	lock    *lockfile.Lock
	commit  *committer
	key     []byte // of aliases; nil where ids are not personal
}

// Open begins to write a log, in a new folder or where an earlier process
// stopped; a last line that it left torn is taken away. Another process that
// writes there is an error.
func Open(o Options) (*Log, error) {
	if o.FileBytes <= 0 {
		o.FileBytes = 64 << 20
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	lock, err := lockfile.Acquire(filepath.Join(o.Dir, "lock"))
	if errors.Is(err, lockfile.ErrHeld) {
		return nil, fmt.Errorf("%s: another process writes this audit log", o.Dir)
	}
	if err != nil {
		return nil, err
	}
	l := &Log{options: o, lock: lock}
	if err := l.begin(); err != nil {
		lock.Release()
		return nil, err
	}
	return l, nil
}

func (l *Log) begin() error {
	o := &l.options
	if p := o.Policy; p != nil && (p.ID || p.Cluster) {
		key, err := aliasKey(o.Dir, true)
		if err != nil {
			return err
		}
		l.key = key
	}
	names, err := files(o.Dir)
	if err != nil {
		return err
	}
	if len(names) > 0 {
		if err := repair(filepath.Join(o.Dir, names[len(names)-1])); err != nil {
			return err
		}
	}
	store := &payloads{dir: filepath.Join(o.Dir, payloadsName), days: o.Payloads, now: l.now}
	if err := store.expire(); err != nil {
		return err
	}
	l.commit, err = newCommitter(*o, l.head, store)
	return err
}

// head is the line that a file begins with, and that a process which begins to
// write adds.
func (l *Log) head(opened bool) ([]byte, error) {
	return appendLine(nil, openedLine{
		head:     head{Schema: SchemaVersion, Event: Opened, Time: l.now(), Design: l.options.Design, Digest: l.options.Digest},
		Workflow: l.options.Workflow, Opened: opened,
	})
}

func (l *Log) now() time.Time { return l.options.Now().UTC().Truncate(time.Microsecond) }

// Err says why nothing can be written any more: the disk, or the size allowed.
// It is nil while all is well.
func (l *Log) Err() error { return l.commit.state() }

// Size is how many bytes all files have, and how many they may have; 0 for no
// limit. Payloads do not count.
func (l *Log) Size() (bytes, limit int64) { return l.commit.size(), l.options.MaxBytes }

// Dir is the log's folder.
func (l *Log) Dir() string { return l.options.Dir }

// Close writes what waits and lets go of the folder.
func (l *Log) Close() error {
	err := l.commit.close()
	l.lock.Release()
	return err
}

// Alias is what a case is called in the log: its id, or a name made from it
// where ids are personal.
func (l *Log) Alias(id string) string {
	if l.key == nil || !l.options.Policy.ID {
		return id
	}
	return alias(l.key, "case", id)
}

func (l *Log) cluster(name string) string {
	if l.key == nil || !l.options.Policy.Cluster {
		return name
	}
	return alias(l.key, "cluster", name)
}

// alias is a name that nobody without the key can tell the text from.
func alias(key []byte, of, text string) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(of + "\x00" + text))
	return of + "-" + hex.EncodeToString(h.Sum(nil)[:12])
}

// aliasKey is the key of a folder's aliases; where there is none it is made, or
// nil.
func aliasKey(dir string, create bool) ([]byte, error) {
	path := filepath.Join(dir, "alias.key")
	key, err := os.ReadFile(path)
	switch {
	case err == nil && len(key) == sha256.Size:
		return key, nil
	case err == nil:
		return nil, fmt.Errorf("%s has %d bytes, want %d: names of cases cannot be made as they were", path, len(key), sha256.Size)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case !create:
		return nil, nil
	}
	key = make([]byte, sha256.Size)
	rand.Read(key)
	return key, writeWhole(path, key)
}

// writeWhole writes a small file of the owner's, durably and all at once.
func writeWhole(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// newTrial is an id that no other trial has: the time in milliseconds, so that
// ids sort by it, and 64 random bits.
func newTrial(at time.Time) string {
	var b [8]byte
	rand.Read(b[:])
	return fmt.Sprintf("%012x%x", at.UnixMilli(), b)
}
