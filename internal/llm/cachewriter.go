package llm

import (
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// writer owns the one connection that writes. Puts that arrive while a commit
// is under way go into the next one together, so that durability costs one
// sync per batch, not one per answer.
type writer struct {
	db     *sql.DB
	insert *sql.Stmt
	use    *sql.Stmt
	runs   map[string]int64 // ids of runs by name
	path   string
	rows   chan *row
	ended  chan struct{}

	mu     sync.RWMutex // held for reading while a row is handed over
	closed bool
}

// row is one answer on its way into the file, or the mark that a run used it.
type row struct {
	key      Key
	user     string // a run, for a mark
	entry    Entry
	attempts string
	body     []byte

	done  chan struct{} // closed when added and err are set; nil for a mark
	added bool
	err   error
}

const maxBatch = 1000

func openWriter(c *Cache) (*writer, error) {
	// immediate: a transaction that starts as a reader cannot always become a writer.
	db, err := sql.Open("sqlite", dsn(c.path, "_txlock=immediate", "_pragma=synchronous(FULL)"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	w := &writer{db: db, path: c.path, runs: map[string]int64{}, rows: make(chan *row, maxBatch), ended: make(chan struct{})}
	if w.insert, err = db.Prepare("INSERT INTO answer (" + columns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (k) DO NOTHING"); err == nil {
		w.use, err = db.Prepare("INSERT OR IGNORE INTO used (run, answer) SELECT ?, id FROM answer WHERE k = ?")
	}
	if err != nil {
		return nil, errors.Join(c.fault(err), db.Close())
	}
	go w.run()
	return w, nil
}

func (w *writer) put(r *row) (bool, error) {
	if !w.enqueue(r) {
		return false, fmt.Errorf("response cache %q is closed", w.path)
	}
	<-r.done
	return r.added, r.err
}

// enqueue hands a row over, and reports whether the writer still takes any.
func (w *writer) enqueue(r *row) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if !w.closed {
		w.rows <- r
	}
	return !w.closed
}

func (w *writer) close() error {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.rows)
	}
	w.mu.Unlock()
	<-w.ended
	return errors.Join(w.insert.Close(), w.use.Close(), w.db.Close())
}

func (w *writer) run() {
	defer close(w.ended)
	for first := range w.rows {
		batch := []*row{first}
	gather:
		for len(batch) < maxBatch {
			select {
			case r, open := <-w.rows:
				if !open {
					break gather
				}
				batch = append(batch, r)
			default:
				break gather
			}
		}
		err := w.commit(batch)
		for _, r := range batch {
			if r.done == nil {
				continue
			}
			if err != nil {
				r.added, r.err = false, cacheFault(w.path, err)
			}
			close(r.done)
		}
	}
}

func (w *writer) commit(batch []*row) error {
	tx, err := w.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after Commit
	insert := tx.Stmt(w.insert)
	defer insert.Close()
	use := tx.Stmt(w.use)
	defer use.Close()
	for _, r := range batch {
		if r.user != "" {
			if err := w.mark(tx, use, r); err != nil {
				return err
			}
			continue
		}
		if err := r.insert(insert); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// insert stores an answer, unless there is one.
func (r *row) insert(insert *sql.Stmt) error {
	e := &r.entry
	result, err := insert.Exec(r.key[:], e.BaseURL, e.Version, e.Asked, e.Request[:], e.Repeat, e.Sample, e.Reask, e.Model, e.RequestBytes,
		e.Usage.In, e.Usage.Cached, e.Usage.Out, e.Usage.Reasoning,
		e.Latency.Nanoseconds(), e.Time.UnixMilli(), r.attempts, r.body)
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	r.added = n == 1
	return err
}

// mark writes down that a run used an answer.
func (w *writer) mark(tx *sql.Tx, use *sql.Stmt, r *row) error {
	id, known := w.runs[r.user]
	if !known {
		if _, err := tx.Exec("INSERT OR IGNORE INTO run (name) VALUES (?)", r.user); err != nil {
			return err
		}
		if err := tx.QueryRow("SELECT id FROM run WHERE name = ?", r.user).Scan(&id); err != nil {
			return err
		}
		w.runs[r.user] = id
	}
	_, err := use.Exec(id, r.key[:])
	return err
}
