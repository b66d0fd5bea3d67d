package lookup

import (
	"errors"
	"math"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
	"github.com/rehearse-dev/rehearse/internal/builtin/stored"
	"github.com/rehearse-dev/rehearse/internal/builtin/table"
)

// newStep reads the configuration. A table that is held in memory is read and
// indexed; a database that is asked case by case is opened by the run.
func newStep(cfg flow.Config, stores *stored.Shelf) (flow.Step, error) {
	var c Config
	if err := cfg.Decode(&c); err != nil {
		return nil, err
	}
	l := loader{cfg: cfg, c: c, stores: stores, choice: choice{width: cfg.Out().Len(), from: -1, to: -1, found: -1}}
	l.open()
	if err := errors.Join(l.errs...); err != nil {
		return nil, err
	}
	l.declared()
	l.validity()
	l.pick()
	l.fields()
	l.condition()
	if err := errors.Join(l.errs...); err != nil {
		return nil, err
	}
	l.place()
	if l.file == nil {
		return l.asking()
	}
	return l.read()
}

// loader makes a step piece by piece, collecting what is wrong.
type loader struct {
	cfg    flow.Config
	c      Config
	stores *stored.Shelf
	types  table.Types
	file   *table.File // that the rows are read from; nil where a database is asked
	query  *query      // of the database; nil where it is not asked by one
	at     flow.Pos    // of what names the table
	choice choice
	terms  []field.Term // of the equalities
	equal  []string     // their columns, aligned with terms
	take   []field.Column
	errs   []error
}

// open finds out which columns there are.
func (l *loader) open() {
	switch {
	case l.c.Table != nil && l.c.Database != nil:
		l.fail(l.c.Table.Pos, "table and database both say where the rows are: keep one")
	case l.c.Database != nil:
		l.database(l.c.Database)
	case l.c.Table == nil:
		l.fail(flow.Pos{}, "where are the rows? want table: a file, or database: a table or a query there")
	default:
		l.at, l.choice.table = l.c.Table.Pos, l.c.Table.Value
		path, err := l.cfg.Path(*l.c.Table)
		if err != nil {
			l.check(err)
			return
		}
		l.opened(table.Open(path))
	}
	if l.c.Where == nil && l.query == nil && len(l.errs) == 0 {
		l.fail(l.at, "where is missing: the condition on a row, such as id == in.id")
	}
}

// opened takes a table whose rows are held in memory.
func (l *loader) opened(f *table.File, err error) {
	if err != nil {
		l.fail(l.at, "%v", err)
		return
	}
	l.file, l.types = f, f.Types()
}

func (l *loader) fail(at flow.Pos, format string, args ...any) {
	l.errs = append(l.errs, l.cfg.Errorf(at, format, args...))
}

func (l *loader) check(err error) {
	if err != nil {
		l.errs = append(l.errs, err)
	}
}

// need says that a column is wanted as a type.
func (l *loader) need(column flow.Text, t flow.Type) {
	if err := l.types.Use(column.Value, t); err != nil {
		l.fail(column.Pos, "%v", err)
	}
}

// declared reads the types of `columns`.
func (l *loader) declared() {
	for _, n := range l.c.Columns {
		kind, ok := flow.KindByName(n.Text.Value)
		if !ok || kind == flow.Enum || kind == flow.List || kind == flow.Record {
			l.fail(n.Text.Pos, "column %q: unknown type %q, want string, number, integer, boolean, date or time", n.Name, n.Text.Value)
			continue
		}
		l.need(flow.Text{Value: n.Name, Pos: n.Pos}, flow.Type{Kind: kind})
	}
}

func (l *loader) validity() {
	in := flow.Scope{Name: "in", Schema: l.cfg.In()}
	switch {
	case l.c.AsOf != nil && l.c.ValidFrom == nil:
		l.fail(l.c.AsOf.Pos, "as_of needs valid_from: the column that says since when a row holds")
		return
	case l.c.AsOf == nil && l.c.ValidTo != nil:
		l.fail(l.c.ValidTo.Pos, "valid_to needs as_of: the time at which the table is looked at")
		return
	}
	if l.c.ValidFrom != nil {
		l.need(*l.c.ValidFrom, flow.Type{Kind: flow.Time})
	}
	if l.c.ValidTo != nil {
		l.need(*l.c.ValidTo, flow.Type{Kind: flow.Time})
	}
	if l.c.AsOf != nil {
		var err error
		l.choice.asOf, err = field.Compile(l.cfg, *l.c.AsOf, flow.Type{Kind: flow.Time}, in)
		l.check(err)
		l.choice.timed = true
	}
}

func (l *loader) pick() {
	l.choice.pick = only
	if l.choice.timed {
		l.choice.pick = latest
	}
	if l.c.Pick == nil {
		return
	}
	switch p := pick(l.c.Pick.Value); p {
	case only, first, last:
		l.choice.pick = p
	case latest:
		l.choice.pick = p
		if l.c.ValidFrom == nil {
			l.fail(l.c.Pick.Pos, "pick: latest needs valid_from: the column by which rows are later")
		}
	default:
		l.fail(l.c.Pick.Pos, "unknown pick %q, want only, first, last or latest", l.c.Pick.Value)
	}
}

// fields settles where each out field comes from.
func (l *loader) fields() {
	var err error
	l.choice.aggregates, err = aggregates(l.cfg, l.c.Aggregate, &l.types)
	l.check(err)
	mentioned := map[string]bool{}
	for _, n := range l.c.Aggregate {
		mentioned[n.Name] = true
	}
	explicit := map[string]bool{}
	for _, n := range l.c.Take {
		explicit[n.Name] = true
		if mentioned[n.Name] {
			l.fail(n.Pos, "%q is in take and in aggregate", n.Name)
		}
	}
	columns, err := field.Columns(l.cfg, l.c.Take)
	l.check(err)
	for i, f := range l.cfg.Out().Fields() {
		switch {
		case mentioned[f.Name]:
		case f.Name == "found" && f.Type.Kind == flow.Boolean && !explicit["found"] && l.types.Columns.Index("found") < 0:
			l.choice.found = i
		default:
			l.take = append(l.take, columns[i])
			l.need(columns[i].Column, f.Type)
			if !f.Type.Optional {
				l.fail(columns[i].Column.Pos, "the out field %q is absent where no row matches: write its type as %s?", f.Name, f.Type)
			}
		}
	}
}

// condition compiles where: once whole, so that what is wrong is said at its
// place in the file, and then in parts.
func (l *loader) condition() {
	if l.c.Where == nil {
		return
	}
	where := *l.c.Where
	in := flow.Scope{Name: "in", Schema: l.cfg.In()}
	var equal []equality
	rest := where
	if l.query == nil || !l.query.selected { // what a query gives has no index
		equal, rest = split(where, l.types.Columns)
	}
	// A column without a type has that of what it is compared with.
	for _, e := range equal {
		if v, err := field.Compile(l.cfg, e.value, flow.Type{Kind: flow.Any, Optional: true}, in); err == nil {
			as := v.Type()
			if native := l.types.Columns.Fields()[l.types.Columns.Index(e.column)].Type; native.Kind != flow.Any {
				as = native
			}
			if as.Kind == flow.Any {
				as.Kind = flow.String
			}
			l.need(flow.Text{Value: e.column, Pos: where.Pos}, as)
		}
	}
	boolean := flow.Type{Kind: flow.Boolean}
	if _, err := field.Compile(l.cfg, where, boolean, flow.Scope{Schema: l.types.All()}, in); err != nil {
		l.check(err)
		return
	}
	for _, e := range equal {
		key, err := field.Compile(l.cfg, e.value, flow.Type{Kind: flow.Any, Optional: true}, in)
		l.check(err)
		l.terms = append(l.terms, key)
		l.equal = append(l.equal, e.column)
	}
	if rest.Value != "" {
		l.types.UseNames(field.Names(rest.Value))
		var err error
		l.choice.rest, err = field.Compile(l.cfg, rest, boolean, flow.Scope{Schema: l.types.Used()}, in)
		l.check(err)
		l.choice.hasRest = true
	}
}

// place says where in a row each column is that is used.
func (l *loader) place() {
	c, want := &l.choice, l.types.Used()
	for _, t := range l.take {
		c.take = append(c.take, taken{out: t.Index, column: want.Index(t.Column.Value)})
	}
	for i := range c.aggregates {
		if a := &c.aggregates[i]; a.column != "" {
			a.at = want.Index(a.column)
		}
	}
	if l.c.ValidFrom != nil {
		c.from = want.Index(l.c.ValidFrom.Value)
	}
	if l.c.ValidTo != nil {
		c.to = want.Index(l.c.ValidTo.Value)
	}
}

// read fills a join with the columns that it uses.
func (l *loader) read() (*Join, error) {
	j, want := &Join{choice: l.choice, keys: l.terms}, l.types.Used()
	j.index.rows = map[string][]int32{}
	for _, name := range l.equal {
		j.index.columns = append(j.index.columns, want.Index(name))
	}
	err := l.file.Rows(want, func(row []any) error {
		if len(j.rows) == math.MaxInt32 {
			return errors.New("more than 2,147,483,647 rows")
		}
		j.index.add(row, int32(len(j.rows)))
		j.rows = append(j.rows, row)
		return nil
	})
	if err != nil {
		return nil, l.cfg.Errorf(l.at, "%v", err)
	}
	j.sort()
	return j, nil
}
