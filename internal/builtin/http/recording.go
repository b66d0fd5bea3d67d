package http

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/regular"
)

// entry is one line of a file of recordings: a question, and what the system
// answered. Nothing in it is secret or personal: see [hidden].
type entry struct {
	// Key is the digest of the question as it was asked.
	Key    string          `json:"key"`
	Method string          `json:"method"`
	URL    string          `json:"url"`
	Body   json.RawMessage `json:"body,omitempty"`
	Status int             `json:"status"`
	// Answer is the answer where it is JSON; else Text is.
	Answer json.RawMessage `json:"answer,omitempty"`
	Text   string          `json:"text,omitempty"`
	// Fault says why there is no answer, though the system gave one.
	Fault    string    `json:"fault,omitempty"`
	Tries    []try     `json:"tries"`
	Recorded time.Time `json:"recorded"`
}

// try is one call.
type try struct {
	Milliseconds float64         `json:"ms"`
	Class        flow.ErrorClass `json:"class,omitempty"`
}

// book is one file of recordings, held in memory. It is safe for concurrent
// use.
type book struct {
	path string

	mu      sync.Mutex
	entries map[string]*entry
	file    *os.File // nil until something is written
	users   int
}

// longestLine bounds a line of recordings: an answer, and its question.
const longestLine = 4*longestAnswer + 1<<20

// openBook reads the recordings of a system. There may be none.
func openBook(path string) (*book, error) {
	b := &book{path: path, entries: map[string]*entry{}}
	f, err := regular.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := b.read(f); err != nil {
		return nil, fmt.Errorf("%s:%w", path, err)
	}
	return b, nil
}

// read reads lines. The last one may be torn: whoever wrote it was stopped,
// and what it would have held is asked again.
func (b *book) read(r io.Reader) error {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 64<<10), longestLine)
	line, torn := 0, error(nil)
	for s.Scan() {
		line++
		if torn != nil {
			return torn
		}
		if len(bytes.TrimSpace(s.Bytes())) == 0 {
			continue
		}
		e := new(entry)
		d := json.NewDecoder(bytes.NewReader(s.Bytes()))
		d.DisallowUnknownFields()
		if err := d.Decode(e); err != nil {
			torn = fmt.Errorf("%d: this is no recording: %w", line, err)
			continue
		}
		if e.Key == "" || e.Status < 100 || e.Status > 999 {
			return fmt.Errorf("%d: a recording wants a key and a status", line)
		}
		if b.entries[e.Key] == nil {
			b.entries[e.Key] = e
		}
	}
	if errors.Is(s.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("%d: a line of more than %d bytes", line+1, longestLine)
	}
	return s.Err()
}

// find is the recording of a question, nil where there is none.
func (b *book) find(key string) *entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.entries[key]
}

// add keeps a recording, and gives the one that counts: the first of its key.
func (b *book) add(e *entry) (*entry, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if first := b.entries[e.Key]; first != nil {
		return first, nil
	}
	line, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	if b.file == nil {
		if err := b.create(); err != nil {
			return nil, err
		}
	}
	// In one write, so that several processes may add to one file.
	if _, err := b.file.Write(append(line, '\n')); err != nil {
		return nil, err
	}
	b.entries[e.Key] = e
	return e, nil
}

// create opens the file to add to. A torn last line is ended.
func (b *book) create() error {
	if err := os.MkdirAll(filepath.Dir(b.path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(b.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	if err := mend(f); err != nil {
		return errors.Join(err, f.Close())
	}
	b.file = f
	return nil
}

// mend cuts off a last line that has no end.
func mend(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	for end := size; end > 0; end-- {
		var last [1]byte
		if _, err := f.ReadAt(last[:], end-1); err != nil {
			return err
		}
		if last[0] == '\n' {
			if end == size {
				return nil
			}
			return f.Truncate(end)
		}
	}
	return f.Truncate(0)
}

func (b *book) close() error {
	if b.file == nil {
		return nil
	}
	return b.file.Close()
}

// shelf holds the files of recordings that are open: steps that ask one system
// share its file.
type shelf struct {
	mu    sync.Mutex
	books map[string]*book
}

func (s *shelf) take(path string) (*book, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.books[path]
	if b == nil {
		var err error
		if b, err = openBook(path); err != nil {
			return nil, err
		}
		if s.books == nil {
			s.books = map[string]*book{}
		}
		s.books[path] = b
	}
	b.users++
	return b, nil
}

func (s *shelf) give(b *book) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.users--; b.users > 0 {
		return nil
	}
	delete(s.books, b.path)
	return b.close()
}
