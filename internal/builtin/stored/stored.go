// Package stored opens the session's file of stored answers for the steps that
// keep some: those of one shelf share it.
package stored

import (
	"path/filepath"
	"sync"

	"github.com/rehearse-dev/rehearse/flow"
	client "github.com/rehearse-dev/rehearse/internal/llm"
)

// Shelf holds the files that are open. The zero value holds none.
type Shelf struct {
	mu   sync.Mutex
	open map[string]*store
}

// store is one open file and how many steps use it.
type store struct {
	cache *client.Cache
	users int
}

// Path is the file of a session's stored answers.
func Path(dir string) string { return filepath.Join(dir, "cache", "responses.sqlite") }

// Take opens the session's store, or shares it. Offline the file must be
// there: it is all there is.
func (s *Shelf) Take(session flow.Session) (*client.Cache, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	file := Path(session.Dir)
	if st := s.open[file]; st != nil {
		st.users++
		return st.cache, nil
	}
	open := client.OpenCache
	if session.Offline {
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
	file := Path(session.Dir)
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
