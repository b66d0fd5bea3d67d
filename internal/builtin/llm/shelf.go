package llm

import (
	"path/filepath"
	"sync"

	"github.com/rehearse-dev/rehearse/flow"
	client "github.com/rehearse-dev/rehearse/internal/llm"
)

// shelf holds what steps share: the files of stored answers that are open, and
// the governors of endpoints, which count the calls of all of them.
type shelf struct {
	mu        sync.Mutex
	open      map[string]*store
	governors map[governed]*client.Governor
}

// governed is what has a governor.
type governed struct {
	baseURL, model string
	pace           client.Pace
}

// governor is the one of an endpoint.
func (s *shelf) governor(e client.Endpoint, p client.Pace) *client.Governor {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := governed{e.BaseURL, e.Model, p}
	g := s.governors[key]
	if g == nil {
		if s.governors == nil {
			s.governors = map[governed]*client.Governor{}
		}
		g = client.NewGovernor(p)
		s.governors[key] = g
	}
	return g
}

// store is one open file and how many steps use it.
type store struct {
	cache *client.Cache
	users int
}

// path is the file of a session's stored answers.
func path(dir string) string { return filepath.Join(dir, "cache", "responses.sqlite") }

// take opens the session's store, or shares it. Offline the file must be
// there: it is all there is.
func (s *shelf) take(session flow.Session) (*client.Cache, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	file := path(session.Dir)
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

// give puts the session's store back; the last one closes it.
func (s *shelf) give(session flow.Session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	file := path(session.Dir)
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
