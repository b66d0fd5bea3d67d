package endpoint

import (
	"sync"

	"github.com/rehearse-dev/rehearse/internal/builtin/stored"
	client "github.com/rehearse-dev/rehearse/internal/llm"
)

// Shelf holds what the steps of a kind share: the files of stored answers that
// are open, and the governors of endpoints, which count the calls of all of
// them. The zero value is empty and ready.
type Shelf struct {
	stored.Shelf

	mu        sync.Mutex
	governors map[governed]*client.Governor
	gathered  map[gathering]*client.Batches
}

// gathering is what has batches of its own: the questions that one run asks of
// one model.
type gathering struct{ dir, run, model string }

// governed is what has a governor.
type governed struct {
	baseURL, model string
	pace           client.Pace
}

// governor is the one of an endpoint.
func (s *Shelf) governor(e client.Endpoint, p client.Pace) *client.Governor {
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

// batches are those of a run, over all its passes.
func (s *Shelf) batches(of gathering) *client.Batches {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.gathered[of]
	if b == nil {
		if s.gathered == nil {
			s.gathered = map[gathering]*client.Batches{}
		}
		b = new(client.Batches)
		s.gathered[of] = b
	}
	return b
}

// done drops what batches brought: it was for one run.
func (s *Shelf) done(of gathering) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.gathered, of)
}
