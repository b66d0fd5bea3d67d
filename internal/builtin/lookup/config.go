// Package lookup is the step kind `lookup`: a join with a reference table as
// it stood at the case's time, out of a file or of a database.
package lookup

import (
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/stored"
)

// Config is the part of a design file that belongs to the kind.
type Config struct {
	// Table is the file: CSV, JSONL or Parquet.
	Table *flow.Text `yaml:"table" jsonschema:"description=a file: CSV; JSON lines; Parquet"`
	// Database is where the rows are instead.
	Database *Database `yaml:"database"`
	// Columns are the types of columns, where the file does not say them and
	// they do not follow from what the column is compared with: CSV.
	Columns flow.Texts `yaml:"columns,omitempty"`
	// Where is the condition on a row: bare names are columns, `in` is what
	// the step receives. Parts joined by `and` of the form column == value are
	// found by an index.
	Where *flow.Text `yaml:"where"`
	// AsOf is the time at which the table is looked at; it needs ValidFrom.
	AsOf *flow.Text `yaml:"as_of,omitempty"`
	// ValidFrom is the column that says since when a row holds.
	ValidFrom *flow.Text `yaml:"valid_from,omitempty"`
	// ValidTo is the column that says until when a row holds, excluded; absent
	// for as long as no other row comes.
	ValidTo *flow.Text `yaml:"valid_to,omitempty"`
	// Pick says which of several rows that match counts: only (the default;
	// several are an error), first, last or latest (by ValidFrom; the default
	// with as_of).
	Pick *flow.Text `yaml:"pick,omitempty" jsonschema:"enum=only,enum=first,enum=last,enum=latest"`
	// Take maps out fields to columns; a field that it does not mention is
	// the column of its own name.
	Take flow.Texts `yaml:"take,omitempty"`
	// Aggregate gives out fields from all rows that match: count, exists,
	// sum(column), min(column), max(column) or mean(column).
	Aggregate flow.Texts `yaml:"aggregate,omitempty"`
}

// Database is a table of a database, or a query.
type Database struct {
	// SQLite is a file of the workflow's folder.
	SQLite *flow.Text `yaml:"sqlite"`
	// Postgres is ${NAME}, the variable that holds the connection string.
	Postgres *flow.Text `yaml:"postgres"`
	// Table is a table or a view.
	Table *flow.Text `yaml:"table"`
	// Query is one SELECT, in which :field is what the step receives.
	Query *flow.Text `yaml:"query"`
	// Timeout bounds one question to the database.
	Timeout *time.Duration `yaml:"timeout" jsonschema:"description=longest wait for one answer; default 10s"`
	// MaxRows bounds the rows that are read for one case.
	MaxRows *int `yaml:"max_rows" jsonschema:"description=more rows for one case are an error; default 1000"`
}

// Kind makes steps of kind lookup.
func Kind() flow.StepKind {
	stores := &stored.Shelf{Others: true}
	return flow.StepKind{
		Doc: "A join with a reference table (CSV, JSONL, Parquet) held in memory. `where: po_number == in.po` finds rows: bare names are columns. " +
			"`as_of: in.received_at` with `valid_from: column` (and `valid_to`) sees the table as it stood then, the latest row that held. " +
			"Out fields are columns of the same name, or as `take: {field: column}` says; where no row matches all of them are absent. " +
			"An out field `found: boolean` that is no column says whether a row was found. " +
			"`aggregate: {seen: count, received: sum(quantity)}` gives numbers over all rows that match (count, exists, sum, min, max, mean). " +
			"`database: {sqlite: reference/vendors.db, table: vendors}` takes the rows from a database instead, `postgres: ${VENDORS_URL}` from a server; a `query` there is one SELECT in which `:field` is what the step receives.",
		Role:   flow.Work,
		Actor:  flow.System,
		Config: (*Config)(nil),
		New:    func(cfg flow.Config) (flow.Step, error) { return newStep(cfg, stores) },
	}
}
