package exec

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/stored"
	client "github.com/rehearse-dev/rehearse/internal/llm"
)

// Step has a program do its work. Between Open and Close it is safe for
// concurrent use.
type Step struct {
	name     string
	out      *flow.Schema
	program  program
	workers  int
	restarts int
	timeout  time.Duration
	record   bool

	stores  *stored.Shelf
	session flow.Session
	open    bool
	cache   *client.Cache // nil where nothing is recorded
	pool    *pool         // nil until opened, and where calls are not allowed
}

var (
	_ flow.Requirer  = (*Step)(nil)
	_ flow.Dependent = (*Step)(nil)
	_ flow.Opener    = (*Step)(nil)
)

// Ready says whether the program and its variables are there.
func (s *Step) Ready(session flow.Session) error {
	if session.Offline {
		if !s.record {
			return errors.New("its answers are not recorded, and nothing is run offline: run without --offline, or with record: true once before")
		}
		return nil
	}
	if s.program.memory > 0 {
		if err := canLimitMemory(); err != nil {
			return err
		}
	}
	if _, _, err := s.program.environment(); err != nil {
		return err
	}
	_, err := s.program.find(s.program.dir)
	return err
}

// DependsOn names the program by its content, so that a run is not resumed
// with another interpreter.
func (s *Step) DependsOn() string {
	path, err := s.program.find(s.program.dir)
	if err != nil {
		return ""
	}
	sum, err := digestOf(path)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("program %q, %s", s.program.run[0], sum[:16])
}

// Open finds the program. Its processes start with the first cases.
func (s *Step) Open(_ context.Context, session flow.Session) error {
	if !session.Offline {
		if !session.Programs {
			return fmt.Errorf("it starts %q, and the session does not allow programs: allow them if you trust the design", s.program.run[0])
		}
		pool, err := s.program.open(s.workers, s.restarts, s.timeout)
		if err != nil {
			return err
		}
		s.pool = pool
	}
	if s.record && session.Dir != "" {
		cache, err := s.stores.Take(session)
		if err != nil {
			return errors.Join(err, s.Close())
		}
		s.cache = cache
	}
	s.session, s.open = session, true
	return nil
}

// Close ends the processes and lets go of the stored answers.
func (s *Step) Close() error {
	var errs []error
	if s.pool != nil {
		errs = append(errs, s.pool.close())
	}
	if s.cache != nil {
		errs = append(errs, s.stores.Give(s.session))
	}
	s.pool, s.cache, s.open = nil, nil, false
	return errors.Join(errs...)
}

// Do asks the program about one case.
func (s *Step) Do(ctx context.Context, in flow.Input) (flow.Output, error) {
	if err := ctx.Err(); err != nil {
		return flow.Output{}, err
	}
	if !s.open {
		return flow.Output{}, flow.Errorf(flow.ErrNotMeasured, "step %q has not been opened", s.name)
	}
	// 53 bits are a whole number in every language.
	seed := in.Key.Rand("exec").Uint64() >> 11
	question := func(id string, timeout time.Duration) []byte { return request(id, in.Schema, in.Values, seed, timeout) }
	if s.cache == nil {
		if s.pool == nil {
			return flow.Output{}, s.notStored()
		}
		a, _, err := s.pool.ask(ctx, question, s.out)
		return s.give(a, err)
	}
	key := s.key(question("", 0))
	if body, found, err := stored.Ask(s.cache, s.session.Run, s.program.run[0], key); err != nil {
		return flow.Output{}, &flow.StopError{Err: err}
	} else if found {
		out, err := s.give(s.read(body))
		out.Cost.Cached = true
		return out, err
	}
	if s.pool == nil {
		return flow.Output{}, s.notStored()
	}
	begin := time.Now()
	a, text, err := s.pool.ask(ctx, question, s.out)
	if text == nil { // it did not answer
		return s.give(a, err)
	}
	body, err := stored.Keep(s.cache, s.session.Run, key, stored.Answer{Of: s.program.run[0], Body: text, Begun: begin, Elapsed: time.Since(begin)})
	if err != nil {
		return flow.Output{}, &flow.StopError{Err: err}
	}
	return s.give(s.read(body))
}

// key is what a stored answer is found by: all that the program is, and all
// that it is asked.
func (s *Step) key(question []byte) client.Digest {
	h := sha256.New()
	fmt.Fprintf(h, "exec %q %q %s %q ", s.program.run, s.program.env, s.program.digest, s.out.Names())
	h.Write(question)
	return client.Digest(h.Sum(nil))
}

// read is what a stored answer says.
func (s *Step) read(text []byte) (*answer, error) {
	line, said, _ := strings.Cut(string(text), "\n")
	r, err := parseReply([]byte(line))
	if err != nil {
		return nil, err
	}
	a, err := r.answer(s.out)
	var failed *flow.StepError
	if errors.As(err, &failed) {
		return nil, withStderr(failed, said)
	}
	return a, err
}

func (s *Step) notStored() error {
	return &flow.StepError{Class: flow.ErrNotMeasured, Detail: "offline_miss", Err: errors.New("no stored answer to this question: run once without --offline")}
}

// give makes an answer the step's output.
func (s *Step) give(a *answer, err error) (flow.Output, error) {
	if err != nil {
		return flow.Output{}, err
	}
	out := flow.Output{Values: a.values}
	if c := a.confidence; c != nil {
		out.Confidence = &flow.Confidence{Raw: *c, Calibrated: *c}
	}
	return out, nil
}
