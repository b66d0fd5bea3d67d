// Package stored opens the session's files of stored answers for the steps that
// keep some: those of one shelf share one.
package stored

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	client "github.com/rehearse-dev/rehearse/internal/llm"
)

// Shelf holds the files that are open. The zero value holds none, and is for
// answers of models.
type Shelf struct {
	// Others says that the answers are not those of models: of programs and
	// databases. They lie in a file of their own.
	Others bool

	mu   sync.Mutex
	open map[string]*store
}

// store is one open file and how many steps use it.
type store struct {
	cache *client.Cache
	users int
}

// Path is the file of a session's stored answers of models.
func Path(dir string) string { return filepath.Join(dir, "cache", "responses.sqlite") }

// OthersPath is the file of its stored answers of programs and databases.
func OthersPath(dir string) string { return filepath.Join(dir, "cache", "others.sqlite") }

// path is the file of the shelf.
func (s *Shelf) path(dir string) string {
	if s.Others {
		return OthersPath(dir)
	}
	return Path(dir)
}

// Take opens the session's store, or shares it. Offline the file must be
// there: it is all there is. A plan does without answers of models, and gets
// nil.
func (s *Shelf) Take(session flow.Session) (*client.Cache, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	file := s.path(session.Dir)
	if st := s.open[file]; st != nil {
		st.users++
		return st.cache, nil
	}
	open := client.OpenCache
	if session.Plan != nil && !s.Others {
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
	}
	if session.Offline && (session.Plan == nil || !s.Others) {
		open = client.OpenStored
	}
	cache, err := open(file)
	if err != nil {
		return nil, err
	}
	if s.open == nil {
		s.open = map[string]*store{}
	}
	s.open[file] = &store{cache: cache, users: 1}
	return cache, nil
}

// Give puts the session's store back; the last one closes it.
func (s *Shelf) Give(session flow.Session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	file := s.path(session.Dir)
	st := s.open[file]
	if st == nil {
		return nil
	}
	if st.users--; st.users > 0 {
		return nil
	}
	delete(s.open, file)
	return st.cache.Close()
}

// Answer is what a program or a database answered.
type Answer struct {
	Of      string // what answered, for people
	Body    []byte // without secrets
	Begun   time.Time
	Elapsed time.Duration
}

// Ask is what is stored of a question, by the digest of all that decides its
// answer, for a run.
func Ask(c *client.Cache, run, of string, digest client.Digest) (body []byte, found bool, err error) {
	key := question(of, digest).Key()
	e, found, err := c.Get(key)
	if found {
		c.Use(run, key)
	}
	return e.Body, found, err
}

// Keep stores an answer and gives what is stored from then on: where another
// was faster to store one, that is it.
func Keep(c *client.Cache, run string, digest client.Digest, a Answer) (body []byte, err error) {
	q := question(a.Of, digest)
	added, err := c.Put(q.Key(), client.Entry{Question: *q, Body: a.Body, Latency: a.Elapsed, Time: a.Begun})
	if err != nil {
		return nil, err
	}
	if added {
		c.Use(run, q.Key())
		return a.Body, nil
	}
	body, found, err := Ask(c, run, a.Of, digest)
	if err == nil && !found {
		err = fmt.Errorf("the stored answer of %s is gone", a.Of)
	}
	return body, err
}

func question(of string, digest client.Digest) *client.Question {
	return &client.Question{Asked: of, Request: digest}
}
