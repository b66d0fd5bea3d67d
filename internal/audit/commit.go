package audit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// committer appends to the newest file. Lines that come while others are on
// their way to the disk wait together, and one fsync answers for all of them.
type committer struct {
	o     Options
	head  func(opened bool) ([]byte, error)
	store *payloads

	mu      sync.Mutex
	work    sync.Cond // there is something to write, or the end
	lines   []byte
	payload []byte
	waiting []chan<- error
	total   int64 // bytes of all files, and of lines
	err     error // why nothing can be written any more
	closing bool
	done    chan struct{}

	// Of the writing goroutine alone.
	file   *os.File
	number int
	length int64
}

// backlog is how many bytes may wait for the disk before those who add more
// wait as well.
const backlog = 16 << 20

func newCommitter(o Options, head func(bool) ([]byte, error), store *payloads) (*committer, error) {
	c := &committer{o: o, head: head, store: store, done: make(chan struct{})}
	c.work.L = &c.mu
	names, err := files(o.Dir)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		info, err := os.Stat(filepath.Join(o.Dir, name))
		if err != nil {
			return nil, err
		}
		c.total += info.Size()
		c.length = info.Size()
	}
	c.number = 1
	if len(names) > 0 {
		c.number = fileNumber(names[len(names)-1])
	}
	if err := c.open(); err != nil {
		return nil, err
	}
	go c.run()
	first, err := head(true)
	if err == nil {
		err = c.wait(first, nil)
	}
	if err != nil && !errors.Is(err, ErrFull) {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// open opens the file of the number, and makes its name durable. A link may lead
// into a log that another process writes, which the lock here does not tell.
func (c *committer) open() error {
	path := filepath.Join(c.o.Dir, fileName(c.number))
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file: a log is written into files of its own", path)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	c.file = f
	return syncDir(c.o.Dir)
}

// wait adds lines and returns when they are on disk.
func (c *committer) wait(lines, payload []byte) error {
	answer := make(chan error, 1)
	if err := c.add(lines, payload, answer); err != nil {
		return err
	}
	return <-answer
}

// add hands lines over; answer, where there is one, gets what came of it.
func (c *committer) add(lines, payload []byte, answer chan<- error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil && c.closing {
		return errors.New("the audit log is closed")
	}
	if c.err != nil {
		return c.err
	}
	if limit := c.o.MaxBytes; limit > 0 && c.total+int64(len(lines)) > limit {
		return fmt.Errorf("%s: %w: it has %d of %d bytes; allow more, or move its older files away", c.o.Dir, ErrFull, c.total, limit)
	}
	c.total += int64(len(lines))
	c.lines = append(c.lines, lines...)
	c.payload = append(c.payload, payload...)
	if answer == nil && len(c.lines) > backlog {
		full := make(chan error, 1)
		c.waiting = append(c.waiting, full)
		c.work.Signal()
		c.mu.Unlock()
		err := <-full
		c.mu.Lock()
		return err
	}
	if answer != nil {
		c.waiting = append(c.waiting, answer)
	}
	c.work.Signal()
	return nil
}

// run writes until the end.
func (c *committer) run() {
	defer close(c.done)
	tick := time.AfterFunc(expireEvery, c.work.Signal)
	defer tick.Stop()
	looked := c.o.Now()
	for {
		c.mu.Lock()
		for len(c.lines) == 0 && !c.closing && c.o.Now().Sub(looked) < expireEvery {
			c.work.Wait()
		}
		lines, payload, waiting := c.lines, c.payload, c.waiting
		c.lines, c.payload, c.waiting = nil, nil, nil
		end := c.closing && len(lines) == 0
		c.mu.Unlock()
		if end {
			return
		}
		if now := c.o.Now(); now.Sub(looked) >= expireEvery {
			looked = now
			tick.Reset(expireEvery)
			c.fail(c.store.expire())
		}
		err := c.write(lines, payload)
		c.fail(err)
		for _, w := range waiting {
			w <- err
		}
	}
}

// fail keeps the first error: after a failed write or fsync nobody knows what
// is on disk, so that nothing more is taken until the log is opened again.
func (c *committer) fail(err error) {
	if err == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
	}
}

func (c *committer) write(lines, payload []byte) error {
	c.mu.Lock()
	broken := c.err
	c.mu.Unlock()
	if broken != nil {
		return broken
	}
	if len(lines) == 0 {
		return nil
	}
	if err := c.store.write(payload); err != nil {
		return err
	}
	if c.length >= c.o.FileBytes {
		if err := c.next(); err != nil {
			return err
		}
	}
	n, err := c.file.Write(lines)
	c.length += int64(n)
	if err == nil {
		err = c.file.Sync()
	}
	return err
}

// next begins another file.
func (c *committer) next() error {
	if err := c.file.Close(); err != nil {
		return err
	}
	c.number++
	if err := c.open(); err != nil {
		return err
	}
	first, err := c.head(false)
	if err != nil {
		return err
	}
	n, err := c.file.Write(first)
	c.length = int64(n)
	c.mu.Lock()
	c.total += int64(n)
	c.mu.Unlock()
	return err
}

func (c *committer) state() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if limit := c.o.MaxBytes; c.err == nil && limit > 0 && c.total >= limit {
		return fmt.Errorf("%s: %w: it has %d of %d bytes", c.o.Dir, ErrFull, c.total, limit)
	}
	return c.err
}

func (c *committer) size() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.total
}

// close writes what waits and ends.
func (c *committer) close() error {
	c.mu.Lock()
	c.closing = true
	c.work.Signal()
	c.mu.Unlock()
	<-c.done
	err := c.err
	return errors.Join(err, c.store.close(), c.file.Close())
}
