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
	path   string
	rows   chan *row
	ended  chan struct{}

	mu     sync.RWMutex // held for reading while a row is handed over
	closed bool
}

// row is one answer on its way into the file.
type row struct {
	key      Key
	entry    Entry
	attempts string
	body     []byte

	done  chan struct{} // closed when added and err are set
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
	insert, err := db.Prepare(`INSERT INTO answer (k, host, asked, model, repeat, sample, reask, tokens_in, tokens_cached,
		tokens_out, tokens_reasoning, latency_ns, time_ms, attempts, body)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (k) DO NOTHING`)
	if err != nil {
		return nil, errors.Join(c.fault(err), db.Close())
	}
	w := &writer{db: db, insert: insert, path: c.path, rows: make(chan *row, maxBatch), ended: make(chan struct{})}
	go w.run()
	return w, nil
}

func (w *writer) put(r *row) (bool, error) {
	w.mu.RLock()
	if w.closed {
		w.mu.RUnlock()
		return false, fmt.Errorf("response cache %q is closed", w.path)
	}
	w.rows <- r
	w.mu.RUnlock()
	<-r.done
	return r.added, r.err
}

func (w *writer) close() error {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.rows)
	}
	w.mu.Unlock()
	<-w.ended
	return errors.Join(w.insert.Close(), w.db.Close())
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
	for _, r := range batch {
		e := &r.entry
		result, err := insert.Exec(r.key[:], e.Host, e.Asked, e.Model, e.Repeat, e.Sample, e.Reask,
			e.Usage.In, e.Usage.Cached, e.Usage.Out, e.Usage.Reasoning,
			e.Latency.Nanoseconds(), e.Time.UnixMilli(), r.attempts, r.body)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return err
		}
		r.added = n == 1
	}
	return tx.Commit()
}
