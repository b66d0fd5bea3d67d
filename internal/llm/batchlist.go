package llm

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The batches that were asked and not collected lie beside the answers, so that
// any later run finds them: a key in one of them is not asked again.
const batchSchema = `
CREATE TABLE IF NOT EXISTS batch (
  token TEXT PRIMARY KEY,      -- sent along: finds the batch at the endpoint
  base TEXT NOT NULL, asked TEXT NOT NULL,
  file TEXT NOT NULL,          -- the endpoint's name of the questions; '' before it has them
  name TEXT NOT NULL,          -- the endpoint's name of the batch; '' before it is known
  time_ms INTEGER NOT NULL
) STRICT;
-- the questions of a batch, with what is stored beside an answer
CREATE TABLE IF NOT EXISTS batched (
  k BLOB PRIMARY KEY, token TEXT NOT NULL,
  request BLOB NOT NULL, repeat INTEGER NOT NULL, sample INTEGER NOT NULL, reask INTEGER NOT NULL,
  request_bytes INTEGER NOT NULL,
  most REAL NOT NULL           -- what the answer may cost
) STRICT, WITHOUT ROWID`

// PendingBatch is a batch that was begun and is not collected.
type PendingBatch struct {
	Token     string
	BaseURL   string
	Asked     string // the model asked for
	File      string // the endpoint's name of the questions; "" before it has them
	Name      string // the endpoint's name of the batch; "" before it is known
	Time      time.Time
	Questions int
}

// withBatches sees to it that the file can hold batches.
func (c *Cache) withBatches(ctx context.Context) error {
	if _, err := c.writer.db.ExecContext(ctx, batchSchema); err != nil {
		return c.fault(err)
	}
	return nil
}

// PendingBatches are all batches that are not collected, the oldest first.
func (c *Cache) PendingBatches(ctx context.Context) ([]PendingBatch, error) {
	if err := c.withBatches(ctx); err != nil {
		return nil, err
	}
	rows, err := c.readers.QueryContext(ctx, `SELECT token, base, asked, file, name, time_ms,
		(SELECT count(*) FROM batched WHERE batched.token = batch.token) FROM batch ORDER BY time_ms, token`)
	if err != nil {
		return nil, c.fault(err)
	}
	defer rows.Close()
	var out []PendingBatch
	for rows.Next() {
		var b PendingBatch
		var ms int64
		if err := rows.Scan(&b.Token, &b.BaseURL, &b.Asked, &b.File, &b.Name, &ms, &b.Questions); err != nil {
			return nil, c.fault(err)
		}
		b.Time = time.UnixMilli(ms).UTC()
		out = append(out, b)
	}
	if err := rows.Err(); err != nil {
		return nil, c.fault(err)
	}
	return out, nil
}

// batchedIn is the batch, by its token, that a question was asked in.
func (c *Cache) batchedIn(ctx context.Context, k Key) (token string, found bool, err error) {
	rows, err := c.readers.QueryContext(ctx, "SELECT token FROM batched WHERE k = ?", k[:])
	if err != nil {
		return "", false, c.fault(err)
	}
	defer rows.Close()
	if rows.Next() {
		found, err = true, rows.Scan(&token)
	}
	if err = errors.Join(err, rows.Err()); err != nil {
		return "", false, c.fault(err)
	}
	return token, found, nil
}

// claim writes down that these questions are about to be asked in a batch, and
// gives those that no other batch has, or has brought an answer to meanwhile.
func (c *Cache) claim(ctx context.Context, b PendingBatch, of []*gathered) (won []*gathered, err error) {
	tx, err := c.writer.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, c.fault(err)
	}
	defer tx.Rollback() // does nothing after Commit
	insert, err := tx.PrepareContext(ctx, "INSERT INTO batched ("+batchedColumns+", token) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE NOT EXISTS (SELECT 1 FROM answer WHERE k = ?1) ON CONFLICT (k) DO NOTHING")
	if err != nil {
		return nil, c.fault(err)
	}
	defer insert.Close()
	for _, g := range of {
		q := &g.question
		r, err := insert.ExecContext(ctx,
			g.key[:], q.Request[:], q.Repeat, q.Sample, q.Reask, g.body, g.most, b.Token)
		if err != nil {
			return nil, c.fault(err)
		}
		n, err := r.RowsAffected()
		if err != nil {
			return nil, c.fault(err)
		}
		if n == 1 {
			won = append(won, g)
		}
	}
	if len(won) == 0 {
		return nil, nil
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO batch (token, base, asked, file, name, time_ms) VALUES (?, ?, ?, '', '', ?)", b.Token, b.BaseURL, b.Asked, b.Time.UnixMilli()); err != nil {
		return nil, c.fault(err)
	}
	if err := tx.Commit(); err != nil {
		return nil, c.fault(err)
	}
	return won, nil
}

const batchedColumns = "k, request, repeat, sample, reask, request_bytes, most"

// questions are those of a batch, in the order in which it holds them.
func (c *Cache) questions(ctx context.Context, b PendingBatch) ([]*gathered, error) {
	rows, err := c.readers.QueryContext(ctx, "SELECT "+batchedColumns+" FROM batched WHERE token = ? ORDER BY k", b.Token)
	if err != nil {
		return nil, c.fault(err)
	}
	defer rows.Close()
	var out []*gathered
	for rows.Next() {
		g := &gathered{question: Question{BaseURL: b.BaseURL, Asked: b.Asked}}
		q := &g.question
		var key, request []byte
		if err := rows.Scan(&key, &request, &q.Repeat, &q.Sample, &q.Reask, &g.body, &g.most); err != nil {
			return nil, c.fault(err)
		}
		if len(key) != len(g.key) || len(request) != len(q.Request) {
			return nil, fmt.Errorf("response cache %q is damaged: %s has a key of %d bytes", c.path, &b, len(key))
		}
		g.key, q.Request = Key(key), Digest(request)
		out = append(out, g)
	}
	if err := rows.Err(); err != nil {
		return nil, c.fault(err)
	}
	return out, nil
}

// named writes down what the endpoint calls a batch and its file.
func (c *Cache) named(ctx context.Context, b PendingBatch) error {
	if _, err := c.writer.db.ExecContext(ctx, "UPDATE batch SET file = ?, name = ? WHERE token = ?", b.File, b.Name, b.Token); err != nil {
		return c.fault(err)
	}
	return nil
}

// ForgetBatch drops a batch: its questions are asked again where they are not
// answered. It reports whether there was one.
func (c *Cache) ForgetBatch(ctx context.Context, token string) (bool, error) {
	if err := c.withBatches(ctx); err != nil {
		return false, err
	}
	tx, err := c.writer.db.BeginTx(ctx, nil)
	if err != nil {
		return false, c.fault(err)
	}
	defer tx.Rollback() // does nothing after Commit
	if _, err := tx.ExecContext(ctx, "DELETE FROM batched WHERE token = ?", token); err != nil {
		return false, c.fault(err)
	}
	r, err := tx.ExecContext(ctx, "DELETE FROM batch WHERE token = ?", token)
	if err != nil {
		return false, c.fault(err)
	}
	n, err := r.RowsAffected()
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return false, c.fault(err)
	}
	return n == 1, nil
}

// String names a batch in messages.
func (b *PendingBatch) String() string {
	name := b.Name
	if name == "" {
		name = "without a name yet"
	}
	return fmt.Sprintf("batch %s (%s) of model %q", b.Token, name, b.Asked)
}
