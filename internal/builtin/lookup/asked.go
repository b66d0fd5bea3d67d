package lookup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
	"github.com/rehearse-dev/rehearse/internal/builtin/table"
)

// What holds where the design does not say otherwise.
const (
	defaultTimeout = 10 * time.Second
	defaultRows    = 1000
	mostRows       = 1_000_000
)

// query is how a database is asked about one case.
type query struct {
	sql      string
	given    []given
	want     *flow.Schema // the columns that are used
	name     string       // of the table or the database, in messages
	timeout  time.Duration
	rows     int  // no more than these
	ordered  bool // its rows come in an order of its own
	selected bool // it is a query as the design has it: its columns are found by name
}

// given is one parameter.
type given struct {
	term field.Term // over what the step receives; of no use where at says where it is
	at   int        // field of `in`; -1 for a term
	kind flow.Kind
}

// arguments are the values of the parameters. A key that is absent finds
// nothing.
func (q *query) arguments(in flow.Input) (values []any, finds bool, err error) {
	values = make([]any, len(q.given))
	for i, g := range q.given {
		if g.at >= 0 {
			values[i] = in.Values[g.at]
		} else if values[i], err = g.term.Eval(in.Values); err != nil || values[i] == nil {
			return nil, false, err
		}
		switch values[i].(type) {
		case nil, string, float64, int64, bool:
		default: // a time as text, anything larger as JSON
			values[i] = strings.Trim(string(flow.AppendValue(nil, values[i], g.kind == flow.Date)), `"`)
		}
	}
	return values, true, nil
}

// choose gives the output for rows as the database has them.
func (q *query) choose(ctx context.Context, c *choice, in flow.Input, raw [][]any) (flow.Output, error) {
	rows := make([][]any, len(raw))
	for i, r := range raw {
		var err error
		if rows[i], err = table.Row(q.want, r); err != nil {
			return flow.Output{}, flow.Errorf(flow.ErrMalformed, "%s, row %d, %w", q.name, i+1, err)
		}
	}
	if c.pick == latest {
		slices.SortStableFunc(rows, func(a, b []any) int { return c.since(a).Compare(c.since(b)) })
	}
	return c.choose(ctx, in, len(rows), func(i int) []any { return rows[i] })
}

// tooMany is the error for more rows than the design allows.
func (q *query) tooMany() error {
	return &flow.StepError{Class: flow.ErrMalformed, Detail: "rows", Err: fmt.Errorf("%s gave more than %d rows for one case: narrow the query, or raise max_rows", q.name, q.rows)}
}

// late is the error for a database that does not answer in time.
func (q *query) late() error {
	return &flow.StepError{Class: flow.ErrUnavailable, Detail: "timeout", Err: fmt.Errorf("no answer from %s within %s", q.name, q.timeout)}
}

// columnsOf says where each used column is among those that a query gives.
func (q *query) columnsOf(names []string) ([]int, error) {
	at := make([]int, q.want.Len())
	for i, name := range q.want.Names() {
		at[i] = slices.Index(names, name)
		if at[i] < 0 {
			return nil, fmt.Errorf("the query of %s gives no column %q: it gives %s", q.name, name, strings.Join(names, ", "))
		}
	}
	return at, nil
}

// database reads where the rows are.
func (l *loader) database(d *Database) {
	if d.SQLite != nil {
		l.at = d.SQLite.Pos
	} else if d.Postgres != nil {
		l.at = d.Postgres.Pos
	}
	switch {
	case (d.SQLite == nil) == (d.Postgres == nil):
		l.fail(l.at, "database wants either sqlite: a file, or postgres: ${NAME}, a variable that holds the connection string")
		return
	case (d.Table == nil) == (d.Query == nil):
		l.fail(l.at, "database wants either a table or a query")
		return
	case d.Query == nil && l.c.Where == nil:
		return // said where all kinds of table are checked
	}
	q := &query{timeout: defaultTimeout, rows: defaultRows}
	if d.Timeout != nil {
		if q.timeout = *d.Timeout; q.timeout < time.Millisecond {
			l.fail(l.at, "timeout is %s, want 1ms or more", q.timeout)
		}
	}
	if d.MaxRows != nil {
		if q.rows = *d.MaxRows; q.rows < 1 || q.rows > mostRows {
			l.fail(l.at, "max_rows is %d, want 1 to %d", q.rows, mostRows)
		}
	}
	if d.Query != nil && l.selection(q, d) == nil {
		return
	}
	switch {
	case d.Postgres != nil:
		l.postgres(q, d)
	case d.Query != nil:
		l.sqliteQuery(q, d)
	default:
		if d.Timeout != nil || d.MaxRows != nil {
			l.fail(l.at, "timeout and max_rows belong to a query: a table of a file is held in memory")
		}
		l.choice.table = d.Table.Value
		if path, err := l.cfg.Path(*d.SQLite); err != nil {
			l.check(err)
		} else {
			l.opened(table.OpenSQLite(path, d.Table.Value))
		}
	}
}

// selection reads the design's own query; nil where it is wrong.
func (l *loader) selection(q *query, d *Database) *query {
	s, err := parseQuery(d.Query.Value, d.Postgres != nil)
	if err != nil {
		l.fail(d.Query.Pos, "%v", err)
		return nil
	}
	places, err := s.fields(l.cfg.In())
	if err != nil {
		l.fail(d.Query.Pos, "%v", err)
		return nil
	}
	for _, at := range places {
		q.given = append(q.given, given{at: at, kind: l.cfg.In().Fields()[at].Type.Kind})
	}
	mark := "?"
	if d.Postgres != nil {
		mark = "$"
	}
	q.sql, q.ordered, q.selected = s.text(mark), true, true
	l.query = q
	return q
}

// asking makes the step that asks a database case by case.
func (l *loader) asking() (flow.Step, error) {
	q := l.query
	q.want = l.types.Used()
	asked := Asked{choice: l.choice, query: q}
	d := l.c.Database
	if d.SQLite != nil {
		path, err := l.cfg.Path(*d.SQLite)
		if err != nil {
			return nil, err
		}
		return &Query{Asked: asked, path: path}, nil
	}
	if !q.selected {
		if len(l.equal) == 0 {
			return nil, l.cfg.Errorf(l.c.Where.Pos, "where has no part column == value: all of %q would be read for each case", q.name)
		}
		if p := l.choice.pick; p == first || p == last {
			return nil, l.cfg.Errorf(l.c.Pick.Pos, "pick: %s needs rows in an order, and a table has none: write a query with ORDER BY", p)
		}
		for i, t := range l.terms {
			q.given = append(q.given, given{term: t, at: -1, kind: t.Type().Kind})
			q.sql += map[bool]string{true: " WHERE ", false: " AND "}[i == 0] + table.Quote(l.equal[i]) + fmt.Sprintf(" = $%d", i+1)
		}
		q.sql = "SELECT " + quotedList(q.want.Names()) + " FROM " + qualified(d.Table.Value) + q.sql
	}
	return &Remote{Asked: asked, variable: strings.TrimSuffix(strings.TrimPrefix(d.Postgres.Value, "${"), "}"), stores: l.stores, name: l.cfg.Step()}, nil
}

func quotedList(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = table.Quote(n)
	}
	return strings.Join(out, ", ")
}

// qualified makes schema.table an identifier of SQL.
func qualified(name string) string {
	parts := strings.Split(name, ".")
	for i, p := range parts {
		parts[i] = table.Quote(p)
	}
	return strings.Join(parts, ".")
}

// Asked is what look-ups have in common that ask a database case by case.
type Asked struct {
	choice choice
	query  *query
}

// errClosed is for a step that is used before it is opened.
func (a *Asked) errClosed(step string) error {
	return flow.Errorf(flow.ErrNotMeasured, "step %q has not been opened", step)
}

// ended says that the case was given up on, whatever the database says of it.
func ended(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, context.Canceled)
}
