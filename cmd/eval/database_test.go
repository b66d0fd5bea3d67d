package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"
	_ "modernc.org/sqlite"
)

// postgresEnv names a PostgreSQL server that tests may use.
const postgresEnv = "REHEARSE_TEST_POSTGRES"

// makeSQLite runs statements of a file over an SQLite file, which is made:
// sqlite FILE STATEMENTS.
func makeSQLite(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sqlite FILE STATEMENTS")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	defer db.Close()
	_, err = db.Exec(ts.ReadFile(args[1]))
	ts.Check(err)
}

// makePostgres makes a schema of its own on the server for tests, runs
// statements of a file in it, and names it in a variable of the script's
// environment: postgres VARIABLE STATEMENTS.
func makePostgres(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: postgres VARIABLE STATEMENTS")
	}
	ctx := context.Background()
	config, err := pgx.ParseConfig(os.Getenv(postgresEnv))
	ts.Check(err)
	conn, err := pgx.ConnectConfig(ctx, config)
	ts.Check(err)
	schema := fmt.Sprintf("script_%d", os.Getpid())
	ts.Defer(func() {
		_, err := conn.Exec(ctx, "DROP SCHEMA IF EXISTS "+schema+" CASCADE")
		ts.Check(err)
		ts.Check(conn.Close(ctx))
	})
	for _, statement := range []string{"CREATE SCHEMA " + schema, "SET search_path TO " + schema, ts.ReadFile(args[1])} {
		_, err := conn.Exec(ctx, statement)
		ts.Check(err)
	}
	at, err := url.Parse(os.Getenv(postgresEnv))
	ts.Check(err)
	if _, has := at.User.Password(); !has {
		at.User = url.UserPassword(at.User.Username(), "planted-password-4711") // which a server that trusts does not look at
	}
	query := at.Query()
	query.Set("search_path", schema)
	at.RawQuery = query.Encode()
	ts.Setenv(args[0], at.String())
}
