package lookup

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
	"github.com/rehearse-dev/rehearse/internal/builtin/stored"
	"github.com/rehearse-dev/rehearse/internal/builtin/table"
	"github.com/rehearse-dev/rehearse/internal/expr"
	client "github.com/rehearse-dev/rehearse/internal/llm"
)

// connections is how many a step holds open at most.
const connections = 8

// Remote asks a PostgreSQL server case by case, in transactions that only read.
// What it answered is stored, and not asked again: a replay is the same
// tomorrow, when the table is not.
type Remote struct {
	Asked
	name     string // of the step
	variable string // that holds the connection string
	stores   *stored.Shelf

	session flow.Session
	opened  bool
	where   string        // the database, by what decides its answers
	pool    *pgxpool.Pool // nil where calls are not allowed
	cache   *client.Cache // nil where nothing is kept
	at      []int         // of the used columns among those of the query
}

var (
	_ flow.Opener    = (*Remote)(nil)
	_ flow.Requirer  = (*Remote)(nil)
	_ flow.Dependent = (*Remote)(nil)
)

var variable = regexp.MustCompile(`^\$\{[A-Za-z_][A-Za-z0-9_]*\}$`)

// postgres reads what can be known of a server that is not there: the columns
// are those that the design mentions, and the server says which there are.
func (l *loader) postgres(q *query, d *Database) {
	if !variable.MatchString(d.Postgres.Value) {
		// It may be a connection string, with a password in it.
		l.fail(d.Postgres.Pos, "postgres wants the variable that holds the connection string, such as ${VENDORS_URL}: it is a secret, and stays out of the design")
		return
	}
	q.name = "the database of " + d.Postgres.Value
	if d.Table != nil {
		q.name = d.Table.Value
		if strings.TrimSpace(strings.ReplaceAll(q.name, ".", "")) == "" || slices.Contains(strings.Split(q.name, "."), "") {
			l.fail(d.Table.Pos, "%q is no table, want a name such as vendors or public.vendors", q.name)
			return
		}
	}
	l.choice.table, l.query = q.name, q
	var fields []flow.Field
	add := func(name string) {
		if name != "" && !slices.ContainsFunc(fields, func(f flow.Field) bool { return f.Name == name }) {
			fields = append(fields, flow.Field{Name: name, Type: flow.Type{Kind: flow.Any, Optional: true}})
		}
	}
	for _, name := range l.mentioned() {
		add(name)
	}
	l.types = table.Types{Name: q.name, Columns: flow.NewSchema(fields...)}
}

// mentioned are the names in the design that can only be columns.
func (l *loader) mentioned() []string {
	var out []string
	other := map[string]bool{}
	for _, n := range l.c.Columns {
		out = append(out, n.Name)
	}
	for _, n := range l.c.Take {
		other[n.Name] = true
		out = append(out, n.Text.Value)
	}
	for _, n := range l.c.Aggregate {
		other[n.Name] = true
		if m := aggregateForm.FindStringSubmatch(n.Text.Value); m != nil {
			out = append(out, m[3])
		}
	}
	for _, f := range l.cfg.Out().Fields() {
		if !other[f.Name] && !(f.Name == "found" && f.Type.Kind == flow.Boolean) {
			out = append(out, f.Name)
		}
	}
	for _, t := range []*flow.Text{l.c.ValidFrom, l.c.ValidTo} {
		if t != nil {
			out = append(out, t.Value)
		}
	}
	if l.c.Where != nil {
		for _, name := range field.Names(l.c.Where.Value) {
			if name != "in" && name != "params" && name != "null" && expr.Functions[name] == "" {
				out = append(out, name)
			}
		}
	}
	return out
}

// config reads the connection string. What is wrong with it is not repeated.
func (s *Remote) config() (*pgxpool.Config, error) {
	value := os.Getenv(s.variable)
	if value == "" {
		return nil, fmt.Errorf("the environment has no %s", s.variable)
	}
	c, err := pgxpool.ParseConfig(value)
	if err != nil {
		return nil, fmt.Errorf("%s holds no connection string such as postgres://user:password@host/database", s.variable)
	}
	if c.ConnConfig.RuntimeParams == nil {
		c.ConnConfig.RuntimeParams = map[string]string{}
	}
	for name, v := range map[string]string{
		"default_transaction_read_only": "on",
		"statement_timeout":             strconv.FormatInt(s.query.timeout.Milliseconds(), 10),
		"timezone":                      "UTC", "datestyle": "ISO, MDY", "application_name": "rehearse",
	} {
		c.ConnConfig.RuntimeParams[name] = v
	}
	c.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe // also through a pooler
	c.ConnConfig.ConnectTimeout = min(cmp.Or(c.ConnConfig.ConnectTimeout, s.query.timeout), s.query.timeout)
	c.MaxConns = connections
	return c, nil
}

// Ready says whether the environment names the database. Stored rows need its
// name too, as they are kept by it.
func (s *Remote) Ready(flow.Session) error {
	_, err := s.config()
	return err
}

// DependsOn tells one database from another, and nothing of where it is.
func (s *Remote) DependsOn() string {
	c, err := s.config()
	if err != nil {
		return ""
	}
	return "postgres database " + identity(c)
}

// identity is the database by what decides its answers, as a digest.
func identity(c *pgxpool.Config) string {
	h := sha256.Sum256(fmt.Appendf(nil, "%q %d %q %q", c.ConnConfig.Host, c.ConnConfig.Port, c.ConnConfig.Database, c.ConnConfig.RuntimeParams["search_path"]))
	return hex.EncodeToString(h[:8])
}

// Open connects, unless calls are forbidden, and has the server look at the
// statement.
func (s *Remote) Open(ctx context.Context, session flow.Session) error {
	c, err := s.config()
	if err != nil {
		return err
	}
	s.where = identity(c)
	if !session.Offline {
		if s.pool, err = pgxpool.NewWithConfig(ctx, c); err != nil {
			return s.noConnection(err)
		}
		if err := s.look(ctx); err != nil {
			return errors.Join(err, s.Close())
		}
	}
	if session.Dir != "" {
		if s.cache, err = s.stores.Take(session); err != nil {
			return errors.Join(err, s.Close())
		}
	}
	s.session, s.opened = session, true
	return nil
}

// look finds the used columns among those that the server would give.
func (s *Remote) look(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, s.query.timeout)
	defer cancel()
	conn, err := s.pool.Acquire(bounded)
	if err != nil {
		return s.noConnection(err)
	}
	defer conn.Release()
	d, err := conn.Conn().Prepare(bounded, "", s.query.sql)
	if err != nil {
		return s.refused(err)
	}
	var names []string
	for _, f := range d.Fields {
		names = append(names, f.Name)
	}
	s.at, err = s.query.columnsOf(names)
	return err
}

// Close lets go of connections and stored rows.
func (s *Remote) Close() error {
	if s.pool != nil {
		s.pool.Close()
	}
	var err error
	if s.cache != nil {
		err = s.stores.Give(s.session)
	}
	s.pool, s.cache, s.opened = nil, nil, false
	return err
}

// Do asks about one case, or takes what was answered before.
func (s *Remote) Do(ctx context.Context, in flow.Input) (flow.Output, error) {
	if err := ctx.Err(); err != nil {
		return flow.Output{}, err
	}
	if !s.opened {
		return flow.Output{}, s.errClosed(s.name)
	}
	args, finds, err := s.query.arguments(in)
	if err != nil {
		return flow.Output{}, err
	}
	if !finds {
		return s.query.choose(ctx, &s.choice, in, nil)
	}
	raw, cached, err := s.recorded(ctx, args)
	if err != nil {
		return flow.Output{}, err
	}
	out, err := s.query.choose(ctx, &s.choice, in, raw)
	out.Cost.Cached = cached
	return out, err
}

// recorded are the stored rows, or those that the server gives now, which are
// stored first.
func (s *Remote) recorded(ctx context.Context, args []any) (raw [][]any, cached bool, err error) {
	var key client.Digest
	if s.cache != nil {
		key = s.key(args)
		body, found, err := stored.Ask(s.cache, s.session.Run, s.of(), key)
		if err != nil {
			return nil, false, &flow.StopError{Err: err}
		}
		if found {
			raw, err := s.read(body)
			return raw, true, err
		}
	}
	if s.pool == nil {
		return nil, false, &flow.StepError{Class: flow.ErrNotMeasured, Detail: "offline_miss", Err: errors.New("no stored rows for this question: run once without --offline")}
	}
	begin := time.Now()
	rows, err := s.ask(ctx, args)
	if err != nil {
		return nil, false, err
	}
	body, err := json.Marshal(rows)
	if err != nil {
		return nil, false, err
	}
	if s.cache != nil {
		body, err = stored.Keep(s.cache, s.session.Run, key, stored.Answer{Of: s.of(), Body: body, Begun: begin, Elapsed: time.Since(begin)})
		if err != nil {
			return nil, false, &flow.StopError{Err: err}
		}
	}
	raw, err = s.read(body)
	return raw, false, err
}

// of names the database in the store.
func (s *Remote) of() string { return "postgres " + s.where }

// key is what stored rows are found by.
func (s *Remote) key(args []any) client.Digest {
	h := sha256.New()
	fmt.Fprintf(h, "postgres %s %q %q %d ", s.where, s.query.sql, s.query.want.Names(), s.query.rows)
	h.Write(flow.AppendValue(nil, args, false))
	return client.Digest(h.Sum(nil))
}

// read are stored rows.
func (s *Remote) read(body []byte) ([][]any, error) {
	var rows [][]*string
	if err := json.Unmarshal(body, &rows); err != nil {
		return nil, flow.Stopf("stored rows are damaged: %w", err)
	}
	out := make([][]any, len(rows))
	for i, r := range rows {
		if len(r) != s.query.want.Len() {
			return nil, flow.Stopf("stored rows are damaged: a row has %d columns, want %d", len(r), s.query.want.Len())
		}
		out[i] = make([]any, len(r))
		for j, cell := range r {
			// A time without end is one that does not end.
			if cell != nil && *cell != "infinity" && *cell != "-infinity" {
				out[i][j] = *cell
			}
		}
	}
	return out, nil
}
