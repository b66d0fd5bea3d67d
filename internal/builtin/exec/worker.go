package exec

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	osexec "os/exec"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/secret"
)

// How long a worker has to end by itself once its input has ended, and its
// output once it has.
const (
	goodbye = 2 * time.Second
	drain   = time.Second
)

// watch is how often the amount of stderr is looked at before there is an answer.
const watch = 50 * time.Millisecond

// worker is one process. It is used by one case at a time.
type worker struct {
	cmd    *osexec.Cmd
	stdin  *os.File
	lines  chan line     // what it writes; closed at its end
	done   chan struct{} // closed once the process has ended
	gone   chan struct{} // closed when nobody reads its lines any more
	stderr *stderr
	last   string // the id that it answered last

	secrets secret.Set
}

// line is one line of a worker, or why there is none.
type line struct {
	text []byte
	err  error
}

// start starts a process.
func start(path, dir string, p *program, env []string, secrets secret.Set) (*worker, error) {
	errs, err := newStderr()
	if err != nil {
		return nil, err
	}
	inRead, inWrite, err := os.Pipe()
	if err != nil {
		errs.close()
		return nil, err
	}
	outRead, outWrite, err := os.Pipe()
	if err != nil {
		errs.close()
		return nil, errors.Join(err, inRead.Close(), inWrite.Close())
	}
	cmd := &osexec.Cmd{Path: path, Args: p.run, Dir: dir, Env: env, Stdin: inRead, Stdout: outWrite, Stderr: errs.f}
	apart(cmd)
	err = cmd.Start()
	if err == nil && p.memory > 0 {
		if err = limitMemory(cmd.Process.Pid, p.memory); err != nil {
			kill(cmd)
			_ = cmd.Wait() // it was killed
		}
	}
	// The child has its own ends by now.
	_, _ = inRead.Close(), outWrite.Close()
	if err != nil {
		errs.close()
		_, _ = inWrite.Close(), outRead.Close()
		return nil, err
	}
	w := &worker{cmd: cmd, stdin: inWrite, lines: make(chan line), done: make(chan struct{}), gone: make(chan struct{}), stderr: errs, secrets: secrets}
	go w.read(outRead)
	go func() {
		_ = cmd.Wait() // how it ended is in ProcessState
		close(w.done)
		kill(cmd) // what it started itself, and may hold its output open
		time.AfterFunc(drain, func() { _ = outRead.Close() })
	}()
	return w, nil
}

// read hands on the lines that the process writes, without secrets.
func (w *worker) read(r *os.File) {
	defer r.Close()
	defer close(w.lines)
	buffered := bufio.NewReaderSize(r, 1<<16)
	for {
		text, err := readLine(buffered, maxLine)
		if errors.Is(err, io.EOF) {
			return
		}
		select {
		case w.lines <- line{w.secrets.Redact(text), err}:
		case <-w.gone:
			return
		}
		if err != nil {
			return
		}
	}
}

// lost is why a worker could not answer through no fault of the case: it had
// ended, or it wrote a line too many for a case before.
type lost struct{ err error }

func (l *lost) Error() string { return l.err.Error() }
func (l *lost) Unwrap() error { return l.err }

// ask sends one request and gives the line that answers it. The worker is of
// no use any more where it gives an error.
func (w *worker) ask(ctx context.Context, id string, question []byte, timeout time.Duration) (*reply, []byte, error) {
	w.stderr.begin()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	written := make(chan error, 1)
	go func() {
		_, err := w.stdin.Write(question)
		written <- err
	}()
	text, err := w.next(ctx, timer, timeout)
	if err != nil {
		return nil, nil, err
	}
	r, err := parseReply(text)
	if err != nil {
		return nil, nil, err
	}
	switch got := *r.ID; {
	case got == id:
	case got == w.last && w.last != "":
		return nil, nil, &lost{broken("it answered the id %q twice", got)}
	default:
		return nil, nil, broken("it answered the unknown id %s", quoted([]byte(got)))
	}
	w.last = id
	select {
	case <-written: // had that failed, there would be no more answers
		return r, text, nil
	case <-timer.C:
		return nil, nil, broken("it answered without reading the whole question")
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
}

// next is the next line that the process writes. What it wrote to stderr until
// then counts, however late it is looked at, so that nothing hangs on who is
// faster.
func (w *worker) next(ctx context.Context, timer *time.Timer, timeout time.Duration) ([]byte, error) {
	text, err := w.line(ctx, timer, timeout)
	if ctx.Err() == nil && w.stderr.tooMuch() {
		return nil, &flow.StepError{Class: flow.ErrStep, Detail: detailNoise, Err: fmt.Errorf("it wrote more than %d bytes to stderr for one case", maxStderr)}
	}
	return text, err
}

// line waits for a line, or for so much on stderr that no line is of use.
func (w *worker) line(ctx context.Context, timer *time.Timer, timeout time.Duration) ([]byte, error) {
	look := time.NewTicker(watch)
	defer look.Stop()
	for {
		select {
		case l, open := <-w.lines:
			switch {
			case !open:
				return nil, w.ended("")
			case errors.Is(l.err, errPartial):
				return nil, w.ended(" in the middle of a line")
			case l.err != nil:
				return nil, broken("%w", l.err)
			}
			return l.text, nil
		case <-look.C:
			if w.stderr.tooMuch() {
				return nil, nil
			}
		case <-timer.C:
			return nil, &flow.StepError{Class: flow.ErrUnavailable, Detail: detailTimeout, Err: fmt.Errorf("no answer within %s", timeout)}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// ended says how the process ended. Its output may have ended before it.
func (w *worker) ended(where string) error {
	how := "closed its stdout"
	select {
	case <-w.done:
		how = "ended with " + w.cmd.ProcessState.String()
	case <-time.After(drain):
	}
	return &lost{&flow.StepError{Class: flow.ErrUnavailable, Detail: detailCrash, Err: fmt.Errorf("it %s%s instead of answering", how, where)}}
}

// stop ends the process at once.
func (w *worker) stop() {
	close(w.gone)
	select {
	case <-w.done: // its number may be that of another by now
	default:
		kill(w.cmd)
	}
	_ = w.stdin.Close() // what was not read is lost
	<-w.done
	w.stderr.close()
}

// leave lets the process end by itself, as the end of its input asks it to.
func (w *worker) leave() {
	_ = w.stdin.Close() // the process may have ended already
	for end := time.After(goodbye); ; {
		select {
		case _, open := <-w.lines: // what is written now is about nothing
			if open {
				continue
			}
			select {
			case <-w.done:
			case <-end:
			}
		case <-end:
		}
		w.stop()
		return
	}
}
