package table

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/regular"
)

// OpenSQLite finds out which columns a table or a view of an SQLite file has.
func OpenSQLite(path, name string) (*File, error) {
	db, err := SQLite(path)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	fields, err := tableColumns(db, name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return &File{Path: path, Columns: flow.NewSchema(fields...), source: sqliteSource{name}}, nil
}

// SQLite opens an SQLite file to be read as it lies there: nothing is written,
// no lock is taken and no file beside it is looked at, so that what is read is
// what the digest of the file says.
func SQLite(path string) (*sql.DB, error) {
	if err := regular.Readable(path); err != nil {
		return nil, err
	}
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		return nil, fmt.Errorf("%s: %s-wal holds changes that are not in the file: close whatever writes to it, or run PRAGMA wal_checkpoint(TRUNCATE)", filepath.Base(path), filepath.Base(path))
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	abs = filepath.ToSlash(abs)
	if !strings.HasPrefix(abs, "/") {
		abs = "/" + abs // a Windows drive
	}
	u := url.URL{Path: abs}
	db, err := sql.Open("sqlite", "file:"+u.EscapedPath()+"?mode=ro&immutable=1&_pragma=query_only(1)&_pragma=trusted_schema(0)")
	if err != nil {
		return nil, err
	}
	var version int
	if err := db.QueryRow("PRAGMA schema_version").Scan(&version); err != nil {
		db.Close()
		return nil, fmt.Errorf("%s is no SQLite file: %w", filepath.Base(path), err)
	}
	return db, nil
}

// tableColumns are the columns of a table or a view.
func tableColumns(db *sql.DB, name string) ([]flow.Field, error) {
	rows, err := db.Query("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		if strings.EqualFold(n, name) {
			// Outside what a query can give, so that views are like tables.
			return QueryColumns(db, "SELECT * FROM "+Quote(n), nil)
		}
		names = append(names, n)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	message := fmt.Sprintf("no table %q", name)
	if hint := diag.Suggest(name, names); hint != "" {
		message += " (" + hint + ")"
	}
	return nil, fmt.Errorf("%s", message)
}

// QueryColumns are the columns that a query of an SQLite file gives. Their type
// is Any where their declaration does not say.
func QueryColumns(db *sql.DB, query string, args []any) ([]flow.Field, error) {
	rows, err := db.Query("SELECT * FROM (\n"+query+"\n) LIMIT 0", args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	var fields []flow.Field
	seen := map[string]bool{}
	for _, t := range types {
		if seen[t.Name()] {
			return nil, fmt.Errorf("column %q twice", t.Name())
		}
		seen[t.Name()] = true
		fields = append(fields, flow.Field{Name: t.Name(), Type: flow.Type{Kind: declared(t.DatabaseTypeName()), Optional: true}})
	}
	return fields, rows.Err()
}

// declared is the kind of a column by its declaration, as SQLite itself reads
// it (https://sqlite.org/datatype3.html, 3.1), with times and truth values.
func declared(word string) flow.Kind {
	word = strings.ToUpper(word)
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(word, p) {
				return true
			}
		}
		return false
	}
	switch {
	case has("BOOL"):
		return flow.Boolean
	case has("INT"):
		return flow.Integer
	case has("REAL", "FLOA", "DOUB", "DEC", "NUMERIC"):
		return flow.Number
	}
	return flow.Any // texts, and times, which are texts or numbers
}

// Quote makes a name an identifier of SQL.
func Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Cell is a value of a database as rows have it.
func Cell(v any) any {
	if b, ok := v.([]byte); ok && utf8.Valid(b) {
		return string(b)
	}
	return v
}

// sqliteSource reads a table of an SQLite file.
type sqliteSource struct{ table string }

func (s sqliteSource) columns(string) ([]flow.Field, error) { return nil, nil }

func (s sqliteSource) rows(path string, want []string, each func([]any) error) error {
	db, err := SQLite(path)
	if err != nil {
		return err
	}
	defer db.Close()
	rows, err := db.Query(s.query(db, want))
	if err != nil {
		return err
	}
	defer rows.Close()
	values, into := make([]any, len(want)), make([]any, len(want))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, v := range values {
			values[i] = Cell(v)
		}
		if err := each(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// query reads the rows in an order that follows from the file: that in which
// they were put in, else by their values.
func (s sqliteSource) query(db *sql.DB, want []string) string {
	columns := make([]string, len(want))
	for i, name := range want {
		columns[i] = Quote(name)
	}
	list := strings.Join(columns, ", ")
	if list == "" {
		list = "NULL"
	}
	from := " FROM " + Quote(s.table)
	if rows, err := db.Query("SELECT rowid" + from + " LIMIT 0"); err == nil {
		rows.Close()
		var kind string
		if db.QueryRow("SELECT type FROM sqlite_schema WHERE name = ? COLLATE NOCASE AND type IN ('table', 'view')", s.table).Scan(&kind) == nil && kind == "table" {
			return "SELECT " + list + from + " ORDER BY rowid"
		}
	}
	return "SELECT " + list + from + " ORDER BY " + list
}
