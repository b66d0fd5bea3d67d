package lookup_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/flowtest"
	"github.com/rehearse-dev/rehearse/internal/builtin/kindtest"
	"github.com/rehearse-dev/rehearse/internal/builtin/lookup"
)

// orderTable is the table of the other tests, for databases. %s is the type of
// times.
const orderTable = `CREATE TABLE orders (po_number TEXT, supplier TEXT, amount_ordered NUMERIC, open BOOLEAN, since %s, until %s);
INSERT INTO orders VALUES
 ('P-1', 'Acme', 100, true, '2025-01-01', NULL),
 ('P-1', 'Acme', 120, false, '2025-03-01', '2025-06-01'),
 ('P-2', 'Acme', 70.5, NULL, '2025-01-01', NULL),
 ('P-2', 'Bolt', 80, true, '2025-01-01', NULL),
 ('007', 'Bolt', 1, true, '2025-01-01', NULL)`

// databaseRows are answers that do not depend on where the table is.
var databaseRows = []struct {
	why, out, yaml string
	in             []any
	want           []any
	err            string
}{
	{"the row of the time", "ordered: number?, found: boolean", asOfTable, []any{"P-1", "Acme", day(2, 1)}, []any{100.0, true}, ""},
	{"the latest of those that held", "ordered: number?, found: boolean", asOfTable, []any{"P-1", "Acme", day(3, 1)}, []any{120.0, true}, ""},
	{"its last moment is not its own", "ordered: number?, found: boolean", asOfTable, []any{"P-1", "Acme", day(6, 1)}, []any{100.0, true}, ""},
	{"no such key", "ordered: number?, found: boolean", asOfTable, []any{"P-9", "Acme", day(2, 1)}, []any{nil, false}, ""},
	{"an absent key finds nothing", "ordered: number?, found: boolean", asOfTable, []any{nil, "Acme", day(2, 1)}, []any{nil, false}, ""},
	{"hostile text is a value", "ordered: number?, found: boolean", asOfTable, []any{"P-1' OR '1'='1", "Acme", day(2, 1)}, []any{nil, false}, ""},
	{"several rows under only", "amount_ordered: number?", "DB, table: orders}\nwhere: po_number == in.po", []any{"P-1", "Acme", day(2, 1)}, nil, `2 rows of "orders" match, and pick is only`},
	{"two columns", "amount_ordered: number?", "DB, table: orders}\nwhere: po_number == in.po and supplier == in.supplier", []any{"P-2", "Bolt", day(2, 1)}, []any{80.0}, ""},
	{"what no index answers", "n: integer, total: number", "DB, table: orders}\nwhere: supplier == in.supplier and amount_ordered != null and amount_ordered > 75\ncolumns: {amount_ordered: number}\naggregate: {n: count, total: sum(amount_ordered)}", []any{nil, "Acme", day(2, 1)}, []any{int64(2), 220.0}, ""},
	{"a truth value", "open: boolean?, supplier: string?", "DB, table: orders}\nwhere: po_number == in.po", []any{"007", "x", day(2, 1)}, []any{true, "Bolt"}, ""},
	{"a query", "amount: number?, who: string?, found: boolean", "DB, query: 'SELECT amount_ordered AS amount, supplier AS who FROM orders WHERE po_number = :po AND supplier = :supplier'}", []any{"P-2", "Acme", day(2, 1)}, []any{70.5, "Acme", true}, ""},
	{"its order is its own", "amount: number?", "DB, query: 'SELECT amount_ordered AS amount FROM orders WHERE po_number = :po ORDER BY amount_ordered DESC'}\npick: first", []any{"P-1", "Acme", day(2, 1)}, []any{120.0}, ""},
	{"a query as of the case's time, and a condition on its rows", "amount_ordered: number?", "DB, query: 'SELECT * FROM orders WHERE po_number = :po'}\nwhere: supplier == in.supplier\nas_of: in.at\nvalid_from: since\nvalid_to: until", []any{"P-1", "Acme", day(7, 1)}, []any{100.0}, ""},
	{"an absent value is one too", "found: boolean", "DB, query: 'SELECT po_number FROM orders WHERE po_number = :po'}", []any{nil, "x", day(1, 1)}, []any{false}, ""},
	{"more rows than are allowed", "n: integer", "DB, query: 'SELECT * FROM orders WHERE supplier <> :po', max_rows: 3}\naggregate: {n: count}", []any{"x", "x", day(1, 1)}, nil, "gave more than 3 rows for one case: narrow the query, or raise max_rows"},
}

const asOfTable = "DB, table: orders}\nwhere: po_number == in.po\nas_of: in.at\nvalid_from: since\nvalid_to: until\ntake: {ordered: amount_ordered}"

// opened opens a step that wants it.
func opened(t testing.TB, s flow.Step, session flow.Session) flow.Step {
	t.Helper()
	if r, ok := s.(flow.Requirer); ok {
		if err := r.Ready(session); err != nil {
			t.Fatal(err)
		}
	}
	if o, ok := s.(flow.Opener); ok {
		if err := o.Open(context.Background(), session); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := o.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return s
}

// answers runs the rows that all databases share.
func answers(t *testing.T, database string, c kindtest.Config) {
	for _, tc := range databaseRows {
		t.Run(tc.why, func(t *testing.T) {
			c := c
			c.OutSchema = kindtest.Schema(t, tc.out)
			c.YAML = strings.Replace("database: {"+tc.yaml, "DB", database, 1)
			s := opened(t, kindtest.New(t, lookup.Kind(), c), flow.Session{Dir: t.TempDir()})
			in := kindtest.Input(c.InSchema, tc.in...)
			got, err := s.Do(context.Background(), in)
			if tc.err != "" {
				var e *flow.StepError
				if !errors.As(err, &e) || e.Class != flow.ErrMalformed || !strings.Contains(e.Error(), tc.err) {
					t.Fatalf("error %v, want %q of class malformed", err, tc.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got.Values); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			flowtest.Step(t, values{s}, c.OutSchema, in)
		})
	}
}

// values hides what an answer cost, which is another once it is stored.
type values struct{ flow.Step }

func (v values) Do(ctx context.Context, in flow.Input) (flow.Output, error) {
	out, err := v.Step.Do(ctx, in)
	out.Cost = flow.Cost{}
	return out, err
}

func inputs(t testing.TB) *flow.Schema {
	return kindtest.Schema(t, "po: string?, supplier: string, at: time")
}

// sqliteFile makes an SQLite file with the orders.
func sqliteFile(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	db, err := sql.Open("sqlite", filepath.Join(dir, "orders.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(strings.ReplaceAll(orderTable, "%s", "TIMESTAMP") + "; CREATE VIEW acme AS SELECT * FROM orders WHERE supplier = 'Acme'"); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestSQLite(t *testing.T) {
	dir := sqliteFile(t)
	before, err := os.ReadFile(filepath.Join(dir, "orders.db"))
	if err != nil {
		t.Fatal(err)
	}
	answers(t, "sqlite: orders.db", kindtest.Config{InSchema: inputs(t), Dir: dir})
	after, err := os.ReadFile(filepath.Join(dir, "orders.db"))
	if err != nil || string(before) != string(after) {
		t.Errorf("the file was written: %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("files beside it: %v, %v", entries, err)
	}
}

func TestBadSQLite(t *testing.T) {
	dir := sqliteFile(t)
	if err := os.WriteFile(filepath.Join(dir, "no.db"), []byte("po_number,supplier\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "busy.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "busy.db-wal"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ why, out, yaml, want string }{
		{"neither", "n: number?", "where: po == in.po", "where are the rows? want table: a file, or database: a table or a query there"},
		{"both", "n: number?", "table: orders.csv\ndatabase: {sqlite: orders.db, table: orders}\nwhere: po_number == in.po", "step.yaml:1:8: table and database both say where the rows are: keep one"},
		{"no database", "n: number?", "database: {table: orders}\nwhere: po_number == in.po", "database wants either sqlite: a file, or postgres: ${NAME}, a variable that holds the connection string"},
		{"nothing in it", "n: number?", "database: {sqlite: orders.db}\nwhere: po_number == in.po", "step.yaml:1:20: database wants either a table or a query"},
		{"a table and a query", "n: number?", "database: {sqlite: orders.db, table: orders, query: SELECT 1}\nwhere: po_number == in.po", "step.yaml:1:20: database wants either a table or a query"},
		{"no condition", "amount_ordered: number?", "database: {sqlite: orders.db, table: orders}", "step.yaml:1:20: where is missing: the condition on a row, such as id == in.id"},
		{"no such file", "n: number?", "database: {sqlite: nosuch.db, table: orders}\nwhere: po_number == in.po", `step.yaml:1:20: no file "nosuch.db"`},
		{"no such table", "n: number?", "database: {sqlite: orders.db, table: order}\nwhere: po_number == in.po", `step.yaml:1:20: orders.db: no table "order" (did you mean "orders"?)`},
		{"no such column", "amount: number?", "database: {sqlite: orders.db, table: orders}\nwhere: po_number == in.po", `orders.db has no column "amount" (one of "amount_ordered", "open", "po_number", "since", "supplier", "until")`},
		{"no SQLite file", "n: number?", "database: {sqlite: no.db, table: orders}\nwhere: po_number == in.po", "step.yaml:1:20: no.db is no SQLite file: file is not a database (26)"},
		{"a file that is being written", "n: number?", "database: {sqlite: busy.db, table: orders}\nwhere: po_number == in.po", "step.yaml:1:20: busy.db: busy.db-wal holds changes that are not in the file: close whatever writes to it, or run PRAGMA wal_checkpoint(TRUNCATE)"},
		{"a query of an unknown field", "n: number?", "database: {sqlite: orders.db, query: 'SELECT 1 AS n WHERE :pos = 1'}", `step.yaml:1:39: the query reads :pos, and in has no field "pos" (did you mean "po"?)`},
		{"a query that writes", "n: number?", "database: {sqlite: orders.db, query: 'DELETE FROM orders'}", "step.yaml:1:39: the query does not begin with SELECT, WITH or VALUES: a look-up only reads"},
		{"two statements", "n: number?", `database: {sqlite: orders.db, query: "SELECT 1 AS n; ATTACH 'x' AS y"}`, "step.yaml:1:39: the query has more than one statement: want one SELECT"},
		{"a query that is none", "n: number?", "database: {sqlite: orders.db, query: 'SELECT FROM'}", "step.yaml:1:39: orders.db: SQL logic error: near \"FROM\": syntax error (1)"},
		{"a query without the column", "m: number?", "database: {sqlite: orders.db, query: 'SELECT 1 AS n'}", `the query has no column "m" (did you mean "n"?)`},
		{"limits of a table in memory", "amount_ordered: number?", "database: {sqlite: orders.db, table: orders, max_rows: 5}\nwhere: po_number == in.po", "step.yaml:1:20: timeout and max_rows belong to a query: a table of a file is held in memory"},
		{"a limit that is none", "n: number?", "database: {sqlite: orders.db, query: 'SELECT 1 AS n', max_rows: 0}", "step.yaml:1:20: max_rows is 0, want 1 to 1000000"},
		{"a connection string", "n: number?", "database: {postgres: 'postgres://me:secret1234@host/db', query: 'SELECT 1 AS n'}", "step.yaml:1:23: postgres wants the variable that holds the connection string, such as ${VENDORS_URL}: it is a secret, and stays out of the design"},
		{"a whole table of a server", "amount_ordered: number?", "database: {postgres: '${ORDERS_URL}', table: orders}\nwhere: amount_ordered != null and amount_ordered > 5\ncolumns: {amount_ordered: number}", `step.yaml:2:8: where has no part column == value: all of "orders" would be read for each case`},
		{"an order that a table has not", "amount_ordered: number?", "database: {postgres: '${ORDERS_URL}', table: orders}\nwhere: po_number == in.po\npick: first", "step.yaml:3:7: pick: first needs rows in an order, and a table has none: write a query with ORDER BY"},
		{"no table", "amount_ordered: number?", "database: {postgres: '${ORDERS_URL}', table: public.}\nwhere: po_number == in.po", `step.yaml:1:46: "public." is no table, want a name such as vendors or public.vendors`},
	} {
		t.Run(tc.why, func(t *testing.T) {
			if got := kindtest.Refused(t, lookup.Kind(), kindtest.Config{InSchema: inputs(t), OutSchema: kindtest.Schema(t, tc.out), Dir: dir, YAML: tc.yaml}); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// TestSQLiteTimeout: a query that does not end does.
func TestSQLiteTimeout(t *testing.T) {
	s := opened(t, kindtest.New(t, lookup.Kind(), kindtest.Config{
		InSchema: inputs(t), OutSchema: kindtest.Schema(t, "n: integer?"), Dir: sqliteFile(t),
		YAML: "database: {sqlite: orders.db, query: 'WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT max(n) AS n FROM x', timeout: 100ms}",
	}), flow.Session{})
	begin := time.Now()
	_, err := s.Do(context.Background(), kindtest.Input(inputs(t), "P-1", "x", day(1, 1)))
	var failed *flow.StepError
	if !errors.As(err, &failed) || failed.Class != flow.ErrUnavailable || failed.Detail != "timeout" || err.Error() != "no answer from orders.db within 100ms" {
		t.Errorf("got %v", err)
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("took %s", took)
	}
}

// postgresEnv names the database of the tests: any that a table can be made in.
const postgresEnv = "REHEARSE_TEST_POSTGRES"

// postgresTable makes the orders in a schema of their own, and names the
// variable with which designs find them.
func postgresTable(t *testing.T) *pgx.Conn {
	t.Helper()
	url := os.Getenv(postgresEnv)
	if url == "" {
		t.Skipf("%s names no PostgreSQL database, such as postgres://user:password@host/database", postgresEnv)
	}
	c, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	const schema = "rehearse_test"
	c.RuntimeParams["search_path"] = schema
	db, err := pgx.ConnectConfig(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	run := func(statement string) {
		if _, err := db.Exec(context.Background(), statement); err != nil {
			t.Fatal(err)
		}
	}
	run("DROP SCHEMA IF EXISTS " + schema + " CASCADE; CREATE SCHEMA " + schema)
	run(strings.ReplaceAll(orderTable, "%s", "TIMESTAMPTZ"))
	run("INSERT INTO orders VALUES ('P-7', 'Cog', 5, true, '-infinity', 'infinity')")
	t.Cleanup(func() {
		run("DROP SCHEMA " + schema + " CASCADE")
		db.Close(context.Background())
	})
	mark := "?"
	if strings.Contains(url, "?") {
		mark = "&"
	}
	t.Setenv("ORDERS_URL", url+mark+"search_path="+schema)
	return db
}

func TestPostgres(t *testing.T) {
	db := postgresTable(t)
	answers(t, "postgres: '${ORDERS_URL}'", kindtest.Config{InSchema: inputs(t)})
	step := func(yaml, out string, session flow.Session) flow.Step {
		return opened(t, kindtest.New(t, lookup.Kind(), kindtest.Config{InSchema: inputs(t), OutSchema: kindtest.Schema(t, out), YAML: "database: {postgres: '${ORDERS_URL}', " + yaml}), session)
	}
	in := kindtest.Input(inputs(t), "P-7", "Cog", day(2, 1))

	t.Run("a row without end", func(t *testing.T) {
		got, err := step("table: orders}\nwhere: po_number == in.po\nas_of: in.at\nvalid_from: since\nvalid_to: until", "amount_ordered: number?", flow.Session{}).Do(context.Background(), in)
		if err != nil || got.Values[0] != 5.0 {
			t.Errorf("got %v, %v", got.Values, err)
		}
	})
	t.Run("what was answered is stored, and stays", func(t *testing.T) {
		session := flow.Session{Dir: t.TempDir()}
		const yaml = "table: rehearse_test.orders}\nwhere: po_number == in.po"
		if _, err := step(yaml, "amount_ordered: number?", session).Do(context.Background(), in); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(context.Background(), "UPDATE orders SET amount_ordered = 6 WHERE po_number = 'P-7'"); err != nil {
			t.Fatal(err)
		}
		session.Offline = true
		s := step(yaml, "amount_ordered: number?", session)
		if got, err := s.Do(context.Background(), in); err != nil || got.Values[0] != 5.0 || !got.Cost.Cached {
			t.Errorf("got %+v, %v", got, err)
		}
		var failed *flow.StepError
		if _, err := s.Do(context.Background(), kindtest.Input(inputs(t), "P-1", "Cog", day(2, 1))); !errors.As(err, &failed) || failed.Class != flow.ErrNotMeasured {
			t.Errorf("got %v, want not measured", err)
		}
		nowhere(t, session.Dir)
	})
	t.Run("nothing can be written", func(t *testing.T) {
		_, err := step("query: \"WITH gone AS (DELETE FROM orders RETURNING po_number) SELECT po_number FROM gone WHERE po_number <> :po\"}", "po_number: string?", flow.Session{}).Do(context.Background(), in)
		var stop *flow.StopError
		if !errors.As(err, &stop) || !strings.Contains(err.Error(), "in a read-only transaction (SQLSTATE 25006)") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("it does not answer in time", func(t *testing.T) {
		_, err := step("query: 'SELECT pg_sleep(60)::text AS po_number WHERE :po::text IS NOT NULL', timeout: 2s}", "po_number: string?", flow.Session{}).Do(context.Background(), in)
		var failed *flow.StepError
		if !errors.As(err, &failed) || failed.Class != flow.ErrUnavailable || failed.Detail != "timeout" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a value that no column can hold", func(t *testing.T) {
		_, err := step("query: 'SELECT po_number FROM orders WHERE amount_ordered = :po'}", "po_number: string?", flow.Session{}).Do(context.Background(), in)
		var failed *flow.StepError
		if !errors.As(err, &failed) || failed.Class != flow.ErrMalformed || err.Error() != `the database of ${ORDERS_URL}: invalid input syntax for type numeric: "P-7"` {
			t.Errorf("got %v", err)
		}
	})
	t.Run("no such column", func(t *testing.T) {
		s := kindtest.New(t, lookup.Kind(), kindtest.Config{InSchema: inputs(t), OutSchema: kindtest.Schema(t, "amount: number?"), YAML: "database: {postgres: '${ORDERS_URL}', table: orders}\nwhere: po_number == in.po"}).(flow.Opener)
		if err := s.Open(context.Background(), flow.Session{}); err == nil || err.Error() != `orders: column "amount" does not exist (SQLSTATE 42703)` {
			t.Errorf("got %v", err)
		}
	})
}

// nowhere checks that nothing of the connection string is in a folder's files.
func nowhere(t *testing.T, dir string) {
	t.Helper()
	c, err := pgx.ParseConfig(os.Getenv("ORDERS_URL"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	err = filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		found++
		for _, bad := range []string{os.Getenv("ORDERS_URL"), c.Password, c.Host} {
			if bad != "" && strings.Contains(string(content), bad) {
				t.Errorf("%q is in %s", bad, path)
			}
		}
		return err
	})
	if err != nil || found == 0 {
		t.Errorf("%d files, %v: this proves nothing", found, err)
	}
}

// TestNoPostgres: where there is no server, nothing is said of where it should
// be, or of who asked.
func TestNoPostgres(t *testing.T) {
	s := kindtest.New(t, lookup.Kind(), kindtest.Config{
		InSchema: inputs(t), OutSchema: kindtest.Schema(t, "amount: number?"),
		YAML: "database: {postgres: '${ORDERS_URL}', table: orders, timeout: 2s}\nwhere: po_number == in.po",
	})
	r, o := s.(flow.Requirer), s.(flow.Opener)
	t.Setenv("ORDERS_URL", "")
	if err := r.Ready(flow.Session{}); err == nil || err.Error() != "the environment has no ORDERS_URL" {
		t.Errorf("got %v", err)
	}
	t.Setenv("ORDERS_URL", "postgres://planted-user:planted-password@127.0.0.1:port/x")
	if err := r.Ready(flow.Session{}); err == nil || err.Error() != "ORDERS_URL holds no connection string such as postgres://user:password@host/database" {
		t.Errorf("got %v", err)
	}
	t.Setenv("ORDERS_URL", "postgres://planted-user:planted-password@127.0.0.1:1/planted-database")
	err := o.Open(context.Background(), flow.Session{})
	if err == nil || !strings.HasPrefix(err.Error(), "no connection to the database of ${ORDERS_URL} within 2s") || strings.Contains(err.Error(), "planted") {
		t.Errorf("got %v", err)
	}
	if d := s.(flow.Dependent).DependsOn(); strings.Contains(d, "planted") || strings.Contains(d, "127.0.0.1") || d == "" {
		t.Errorf("depends on %q", d)
	}
	if _, err := s.Do(context.Background(), kindtest.Input(inputs(t), "P-1", "x", day(1, 1))); err == nil {
		t.Error("it answered before it was opened")
	}
}
