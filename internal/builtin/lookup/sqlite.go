package lookup

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/table"
)

// Query asks an SQLite file case by case. The file is part of the design, so
// nothing is recorded: the same question has the same answer.
type Query struct {
	Asked
	path string
	db   *sql.DB // nil until opened
	ask  *sql.Stmt
	at   []int // of the used columns among those of the query
}

var _ flow.Opener = (*Query)(nil)

// sqliteQuery finds out which columns a query gives.
func (l *loader) sqliteQuery(q *query, d *Database) {
	q.name = d.SQLite.Value
	l.choice.table = q.name
	path, err := l.cfg.Path(*d.SQLite)
	if err != nil {
		l.check(err)
		return
	}
	db, err := table.SQLite(path)
	if err != nil {
		l.fail(l.at, "%v", err)
		return
	}
	defer db.Close()
	fields, err := table.QueryColumns(db, q.sql, make([]any, len(q.given)))
	if err != nil {
		l.fail(d.Query.Pos, "%s: %v", filepath.Base(path), err)
		return
	}
	l.types = table.Types{Name: "the query", Columns: flow.NewSchema(fields...)}
}

// Open opens the file.
func (s *Query) Open(ctx context.Context, _ flow.Session) error {
	db, err := table.SQLite(s.path)
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(2 * runtime.NumCPU())
	fields, err := table.QueryColumns(db, s.query.sql, make([]any, len(s.query.given)))
	if err == nil {
		s.at, err = s.query.columnsOf(flow.NewSchema(fields...).Names())
	}
	if err == nil {
		s.ask, err = db.PrepareContext(ctx, s.query.sql)
	}
	if err != nil {
		return errors.Join(err, db.Close())
	}
	s.db = db
	return nil
}

// Close closes the file.
func (s *Query) Close() error {
	if s.db == nil {
		return nil
	}
	err := errors.Join(s.ask.Close(), s.db.Close())
	s.db, s.ask = nil, nil
	return err
}

// Do asks about one case.
func (s *Query) Do(ctx context.Context, in flow.Input) (flow.Output, error) {
	if err := ctx.Err(); err != nil {
		return flow.Output{}, err
	}
	if s.db == nil {
		return flow.Output{}, s.errClosed(in.Key.Step)
	}
	args, _, err := s.query.arguments(in)
	if err != nil {
		return flow.Output{}, err
	}
	bounded, cancel := context.WithTimeout(ctx, s.query.timeout)
	defer cancel()
	raw, err := s.rows(bounded, args)
	switch {
	case err == nil:
		return s.query.choose(ctx, &s.choice, in, raw)
	case ended(ctx, err):
		return flow.Output{}, ctx.Err()
	case bounded.Err() != nil:
		return flow.Output{}, s.query.late()
	}
	var failed *flow.StepError
	if errors.As(err, &failed) {
		return flow.Output{}, err
	}
	return flow.Output{}, flow.Errorf(flow.ErrMalformed, "%s: %w", s.query.name, err)
}

// rows are the used columns of what the query gives.
func (s *Query) rows(ctx context.Context, args []any) ([][]any, error) {
	for i, a := range args {
		if b, ok := a.(bool); ok { // SQLite has no type of its own for it
			args[i] = map[bool]int64{true: 1}[b]
		}
	}
	rows, err := s.ask.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	values, into := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	var out [][]any
	for rows.Next() {
		if len(out) == s.query.rows {
			return nil, s.query.tooMany()
		}
		if err := rows.Scan(into...); err != nil {
			return nil, fmt.Errorf("row %d: %w", len(out)+1, err)
		}
		row := make([]any, len(s.at))
		for i, at := range s.at {
			row[i] = table.Cell(values[at])
		}
		out = append(out, row)
	}
	return out, rows.Err()
}
