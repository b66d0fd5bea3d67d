package exec

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/secret"
)

// pool holds the workers of a step. It is safe for concurrent use.
type pool struct {
	program  *program
	path     string // of the program on this machine
	dir      string
	remove   func() error // of dir
	env      []string
	secrets  secret.Set
	timeout  time.Duration
	restarts int64

	// slots are the workers that no case has: nil where none is started yet.
	slots    chan *worker
	replaced atomic.Int64
}

// open finds the program and starts nothing yet.
func (p *program) open(workers, restarts int, timeout time.Duration) (*pool, error) {
	env, secrets, err := p.environment()
	if err != nil {
		return nil, err
	}
	dir, remove, err := p.place()
	if err != nil {
		return nil, err
	}
	path, err := p.find(dir)
	if err != nil {
		return nil, errors.Join(err, remove())
	}
	l := &pool{program: p, path: path, dir: dir, remove: remove, env: env, secrets: secrets, timeout: timeout, restarts: int64(restarts), slots: make(chan *worker, workers)}
	for range workers {
		l.slots <- nil
	}
	return l, nil
}

// close ends all workers. No case may be under way.
func (l *pool) close() error {
	var all sync.WaitGroup
	for range cap(l.slots) {
		if w := <-l.slots; w != nil {
			all.Go(w.leave)
		}
	}
	all.Wait()
	return l.remove()
}

// ask puts a question to a free worker and gives its answer, and what of it is
// stored: the line, and below it what a failing case showed of stderr.
// Where the worker ended or brought up an earlier case, a new one gets the
// question, once: a case fails by what it does to a program, not by what was
// done to it before.
func (l *pool) ask(ctx context.Context, question func(id string, timeout time.Duration) []byte, out *flow.Schema) (*answer, []byte, error) {
	var w *worker
	select {
	case w = <-l.slots:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	defer func() { l.slots <- w }()
	id := identify(question("", l.timeout))
	line := question(id, l.timeout)
	for again := true; ; again = false {
		if w == nil {
			var err error
			if w, err = start(l.path, l.dir, l.program, l.env, l.secrets); err != nil {
				return nil, nil, flow.Stopf("cannot start %s: %w", l.program.run[0], err)
			}
		}
		r, text, err := w.ask(ctx, id, line, l.timeout)
		if err == nil {
			a, err := r.answer(out)
			said, told := l.told(err, w)
			return a, slices.Concat(text, []byte("\n"), []byte(said)), told
		}
		if ctx.Err() != nil {
			w.stop()
			w = nil
			return nil, nil, ctx.Err()
		}
		_, err = l.told(err, w)
		w.stop()
		w = nil
		if n := l.replaced.Add(1); n > l.restarts {
			return nil, nil, flow.Stopf("%s was replaced %d times, and restarts allows %d; the last time %w", l.program.run[0], n-1, l.restarts, err)
		}
		var one *lost
		if again && errors.As(err, &one) {
			continue
		}
		return nil, nil, err
	}
}

// told adds to a failure what the program wrote to stderr about the case, and
// gives that apart too.
func (l *pool) told(err error, w *worker) (said string, told error) {
	if err == nil {
		return "", nil
	}
	var failed *flow.StepError
	if !errors.As(err, &failed) {
		return "", err
	}
	said = clean(string(l.secrets.Redact(w.stderr.text())), maxMessage)
	mended := withStderr(failed, said)
	var one *lost
	if errors.As(err, &one) {
		return said, &lost{mended}
	}
	return said, mended
}

// withStderr puts the last line of what a program wrote, which says most in
// most languages, behind a failure, and all of it below.
func withStderr(failed *flow.StepError, said string) *flow.StepError {
	message := failed.Error()
	if said != "" {
		message += ": " + lastLine(said) + "\nstderr:\n" + said
	}
	return &flow.StepError{Class: failed.Class, Detail: failed.Detail, Err: &heard{failed.Err, message}}
}

// heard is a failure with what the program wrote to stderr about it; it unwraps to
// the failure alone.
type heard struct {
	err     error
	message string
}

func (h *heard) Error() string { return h.message }
func (h *heard) Unwrap() error { return h.err }
