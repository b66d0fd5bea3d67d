package lookup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rehearse-dev/rehearse/flow"
)

// ask asks the server, in a transaction of its own that only reads. Cells come
// as text, as PostgreSQL writes them.
func (s *Remote) ask(ctx context.Context, args []any) ([][]*string, error) {
	bounded, cancel := context.WithTimeout(ctx, s.query.timeout)
	defer cancel()
	var out [][]*string
	err := pgx.BeginTxFunc(bounded, s.pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		given := []any{pgx.QueryResultFormats{pgx.TextFormatCode}}
		for _, a := range args {
			switch x := a.(type) {
			case nil, string:
				given = append(given, x)
			default: // any type of the server's reads its values as text
				given = append(given, string(flow.AppendValue(nil, x, false)))
			}
		}
		rows, err := tx.Query(bounded, s.query.sql, given...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if len(out) == s.query.rows {
				return s.query.tooMany()
			}
			cells := rows.RawValues()
			row := make([]*string, len(s.at))
			for i, at := range s.at {
				if cells[at] != nil {
					text := string(cells[at])
					row[i] = &text
				}
			}
			out = append(out, row)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, s.failed(ctx, bounded, err)
	}
	if !s.query.ordered { // the server may give them in any order
		slices.SortFunc(out, func(a, b []*string) int {
			return slices.CompareFunc(a, b, compareCells)
		})
	}
	return out, nil
}

// compareCells orders cells, absent ones first.
func compareCells(x, y *string) int {
	switch {
	case x == nil && y == nil:
		return 0
	case x == nil:
		return -1
	case y == nil:
		return 1
	}
	return cmp.Compare(*x, *y)
}

// failed says what went wrong with a question. The driver's own words name the
// server and the user, and are left out where it could not connect.
func (s *Remote) failed(ctx, bounded context.Context, err error) error {
	var failed *flow.StepError
	var said *pgconn.PgError
	switch {
	case ended(ctx, err) && ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &failed):
		return err
	case bounded.Err() != nil:
		return s.query.late()
	case !errors.As(err, &said):
		return &flow.StepError{Class: flow.ErrUnavailable, Detail: "connection", Err: s.noConnection(err)}
	case said.Code == "57014": // query_canceled: statement_timeout
		return s.query.late()
	case strings.HasPrefix(said.Code, "22"): // data exception: the value fits no column
		return &flow.StepError{Class: flow.ErrMalformed, Detail: "value", Err: fmt.Errorf("%s: %s", s.query.name, said.Message)}
	case strings.HasPrefix(said.Code, "42"), strings.HasPrefix(said.Code, "25"): // it is no such statement, or it writes
		return &flow.StopError{Err: s.refused(err)}
	}
	return &flow.StepError{Class: flow.ErrUnavailable, Detail: "server", Err: s.refused(err)}
}

// noConnection says so, without where or who.
func (s *Remote) noConnection(err error) error {
	var said *pgconn.PgError
	if errors.As(err, &said) {
		return fmt.Errorf("no connection to the database of ${%s}: the server refused it (SQLSTATE %s)", s.variable, said.Code)
	}
	return fmt.Errorf("no connection to the database of ${%s} within %s: is the server there, and does the variable name it?", s.variable, s.query.timeout)
}

// refused is what the server says of a statement.
func (s *Remote) refused(err error) error {
	var said *pgconn.PgError
	if errors.As(err, &said) {
		return fmt.Errorf("%s: %s (SQLSTATE %s)", s.query.name, said.Message, said.Code)
	}
	return s.noConnection(err)
}
