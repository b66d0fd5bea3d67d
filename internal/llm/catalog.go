package llm

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"
)

// Each gives every stored answer by the order of keys; with a run, only those
// that it used. A damaged one comes as its error, and the others after it.
func (c *Cache) Each(ctx context.Context, run string) iter.Seq2[Key, func() (Entry, error)] {
	return func(yield func(Key, func() (Entry, error)) bool) {
		fail := func(err error) { yield(Key{}, func() (Entry, error) { return Entry{}, c.fault(err) }) }
		query, args := "SELECT "+columns+" FROM answer", []any(nil)
		if run != "" {
			query += " WHERE id IN (SELECT answer FROM used JOIN run ON run.id = used.run WHERE run.name = ?)"
			args = []any{run}
		}
		rows, err := c.readers.QueryContext(ctx, query+" ORDER BY k", args...)
		if err != nil {
			fail(err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			k, e, err := c.scan(rows)
			if !yield(k, func() (Entry, error) { return e, err }) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			fail(err)
		}
	}
}

// Verify reads the whole file: SQLite's own structure, and of every answer that
// its key follows from what was asked, and of a model's that model and tokens
// follow from what came back. It gives how many answers there are, and what is wrong with which.
func (c *Cache) Verify(ctx context.Context) (answers int, damaged []error, err error) {
	var verdict string
	if err := c.readers.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil {
		return 0, nil, c.fault(err)
	}
	if verdict != "ok" {
		return 0, nil, fmt.Errorf("response cache %q is damaged: %s", c.path, verdict)
	}
	for k, entry := range c.Each(ctx, "") {
		answers++
		e, err := entry()
		if err == nil {
			if why := e.wrong(k); why != "" {
				err = fmt.Errorf("response cache %q: entry %s is damaged: %s", c.path, k, why)
			}
		}
		if err != nil {
			damaged = append(damaged, err)
		}
	}
	return answers, damaged, ctx.Err()
}

// wrong says what of an entry contradicts the rest of it; "" where nothing does.
func (e *Entry) wrong(k Key) string {
	if e.Key() != k {
		return "its key does not follow from endpoint, model and request"
	}
	if e.BaseURL == "" {
		return "" // no model answered: the answer has a form of its own
	}
	answer, err := decode(e.Body)
	switch {
	case err != nil:
		return fmt.Sprintf("body: %v", err)
	case answer.model != e.Model:
		return fmt.Sprintf("model %q answered, and %q is said to have", answer.model, e.Model)
	case answer.usage != e.Usage:
		return "its tokens are not those that the endpoint reported"
	}
	return ""
}

// Holding is what a cache has of one model at one endpoint.
type Holding struct {
	BaseURL  string    `json:"base_url"`
	Version  string    `json:"azure_version,omitempty"`
	Asked    string    `json:"model"`
	Answered []string  `json:"answered_by"` // the models that the endpoint said answered, sorted
	Answers  int       `json:"answers"`
	Usage    Usage     `json:"tokens"`
	Bytes    int64     `json:"bytes"`  // of the answers, packed
	Unused   int       `json:"unused"` // of the answers, by the runs that were asked about
	First    time.Time `json:"first"`
	Last     time.Time `json:"last"`
	// Sent is the length of all requests, Waited the time that all answers took.
	Sent   int64         `json:"bytes_sent"`
	Waited time.Duration `json:"latency_sum"`
}

// Holdings is what the cache has by endpoint and model. An answer is unused
// where none of runs used it.
func (c *Cache) Holdings(ctx context.Context, runs []string) ([]Holding, error) {
	inRuns, args := unusedBy(runs)
	rows, err := c.readers.QueryContext(ctx, `SELECT base, version, asked, count(*),
		sum(tokens_in), sum(tokens_cached), sum(tokens_out), sum(tokens_reasoning), sum(length(body)),
		sum(`+inRuns+`), min(time_ms), max(time_ms), sum(request_bytes), sum(latency_ns)
		FROM answer GROUP BY base, version, asked ORDER BY base, version, asked`, args...)
	if err != nil {
		return nil, c.fault(err)
	}
	defer rows.Close()
	var out []Holding
	for rows.Next() {
		var h Holding
		var first, last, waited int64
		if err := rows.Scan(&h.BaseURL, &h.Version, &h.Asked, &h.Answers, &h.Usage.In, &h.Usage.Cached, &h.Usage.Out, &h.Usage.Reasoning,
			&h.Bytes, &h.Unused, &first, &last, &h.Sent, &waited); err != nil {
			return nil, c.fault(err)
		}
		h.First, h.Last, h.Waited = time.UnixMilli(first).UTC(), time.UnixMilli(last).UTC(), time.Duration(waited)
		out = append(out, h)
	}
	if err := rows.Err(); err != nil {
		return nil, c.fault(err)
	}
	for i := range out {
		if out[i].Answered, err = c.identities(ctx, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// identities are the models that answered in place of the one asked for.
func (c *Cache) identities(ctx context.Context, h *Holding) ([]string, error) {
	rows, err := c.readers.QueryContext(ctx, "SELECT DISTINCT model FROM answer WHERE base = ? AND version = ? AND asked = ? ORDER BY model", h.BaseURL, h.Version, h.Asked)
	if err != nil {
		return nil, c.fault(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var model string
		if err := rows.Scan(&model); err != nil {
			return nil, c.fault(err)
		}
		out = append(out, model)
	}
	if err := rows.Err(); err != nil {
		return nil, c.fault(err)
	}
	return out, nil
}

// Chosen says which answers to prune: those that all that is given holds for.
type Chosen struct {
	Before time.Time // stored before; zero for any time
	Asked  string    // of the model that was asked for; "" for any
	// Unused are answers that none of Runs used.
	Unused bool
	Runs   []string
}

// where is the condition of the same in SQL.
func (p *Chosen) where() (condition string, args []any) {
	var all []string
	if !p.Before.IsZero() {
		all, args = append(all, "time_ms < ?"), append(args, p.Before.UnixMilli())
	}
	if p.Asked != "" {
		all, args = append(all, "asked = ?"), append(args, p.Asked)
	}
	if p.Unused {
		condition, runs := unusedBy(p.Runs)
		all, args = append(all, condition), append(args, runs...)
	}
	if len(all) == 0 {
		return "0", nil // nothing chosen is no choice of all
	}
	return strings.Join(all, " AND "), args
}

// unusedBy is the condition that none of the runs used an answer.
func unusedBy(runs []string) (condition string, args []any) {
	for _, r := range runs {
		args = append(args, r)
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(runs)), ", ")
	return "id NOT IN (SELECT answer FROM used JOIN run ON run.id = used.run WHERE run.name IN (" + marks + "))", args
}

// Count is how many answers are chosen, and how large they are.
func (c *Cache) Count(ctx context.Context, p Chosen) (answers int, bytes int64, err error) {
	where, args := p.where()
	err = c.readers.QueryRowContext(ctx, "SELECT count(*), coalesce(sum(length(body)), 0) FROM answer WHERE "+where, args...).Scan(&answers, &bytes)
	if err != nil {
		err = c.fault(err)
	}
	return answers, bytes, err
}

// Prune removes the answers that are chosen, and gives their room back to the
// file system. Recordings are taken in again when they are next looked at.
func (c *Cache) Prune(ctx context.Context, p Chosen) (answers int, err error) {
	where, args := p.where()
	tx, err := c.writer.db.BeginTx(ctx, nil)
	if err != nil {
		return 0, c.fault(err)
	}
	defer tx.Rollback() // does nothing after Commit
	result, err := tx.ExecContext(ctx, "DELETE FROM answer WHERE "+where, args...)
	for _, clean := range []string{
		"DELETE FROM used WHERE answer NOT IN (SELECT id FROM answer)",
		"DELETE FROM run WHERE id NOT IN (SELECT run FROM used)",
		"DELETE FROM recording",
	} {
		if err == nil {
			_, err = tx.ExecContext(ctx, clean)
		}
	}
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return 0, c.fault(err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, c.fault(err)
	}
	if _, err := c.writer.db.ExecContext(ctx, "VACUUM"); err != nil && !errors.Is(err, context.Canceled) {
		return int(n), c.fault(err)
	}
	return int(n), nil
}
