package lookup

import (
	"errors"
	"math"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
	"github.com/rehearse-dev/rehearse/internal/builtin/table"
)

// New reads the table and indexes it.
func New(cfg flow.Config) (*Join, error) {
	var c Config
	if err := cfg.Decode(&c); err != nil {
		return nil, err
	}
	path, err := cfg.Path(c.Table)
	if err != nil {
		return nil, err
	}
	file, err := table.Open(path)
	if err != nil {
		return nil, cfg.Errorf(c.Table.Pos, "%v", err)
	}
	l := loader{cfg: cfg, c: c, types: table.Types{File: file}, j: &Join{table: c.Table.Value, width: cfg.Out().Len(), from: -1, to: -1, found: -1}}
	l.declared()
	l.validity()
	l.pick()
	l.fields()
	l.condition()
	if err := errors.Join(l.errs...); err != nil {
		return nil, err
	}
	return l.read(file)
}

// loader makes a join step by step, collecting what is wrong.
type loader struct {
	cfg   flow.Config
	c     Config
	types table.Types
	j     *Join
	take  []field.Column
	equal []string // columns of the index
	errs  []error
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
		l.j.asOf, err = field.Compile(l.cfg, *l.c.AsOf, flow.Type{Kind: flow.Time}, in)
		l.check(err)
		l.j.timed = true
	}
}

func (l *loader) pick() {
	l.j.pick = only
	if l.j.timed {
		l.j.pick = latest
	}
	if l.c.Pick == nil {
		return
	}
	switch p := pick(l.c.Pick.Value); p {
	case only, first, last:
		l.j.pick = p
	case latest:
		l.j.pick = p
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
	l.j.aggregates, err = aggregates(l.cfg, l.c.Aggregate, &l.types)
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
		case f.Name == "found" && f.Type.Kind == flow.Boolean && !explicit["found"] && l.types.File.Columns.Index("found") < 0:
			l.j.found = i
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
	in := flow.Scope{Name: "in", Schema: l.cfg.In()}
	equal, rest := split(l.c.Where, l.types.File.Columns)
	// A column without a type has that of what it is compared with.
	for _, e := range equal {
		if v, err := field.Compile(l.cfg, e.value, flow.Type{Kind: flow.Any, Optional: true}, in); err == nil {
			as := v.Type()
			if native := l.types.File.Columns.Fields()[l.types.File.Columns.Index(e.column)].Type; native.Kind != flow.Any {
				as = native
			}
			if as.Kind == flow.Any {
				as.Kind = flow.String
			}
			l.need(flow.Text{Value: e.column, Pos: l.c.Where.Pos}, as)
		}
	}
	boolean := flow.Type{Kind: flow.Boolean}
	if _, err := field.Compile(l.cfg, l.c.Where, boolean, flow.Scope{Schema: l.types.All()}, in); err != nil {
		l.check(err)
		return
	}
	for _, e := range equal {
		key, err := field.Compile(l.cfg, e.value, flow.Type{Kind: flow.Any, Optional: true}, in)
		l.check(err)
		l.j.keys = append(l.j.keys, key)
		l.equal = append(l.equal, e.column)
	}
	if rest.Value != "" {
		l.types.UseNames(field.Names(rest.Value))
		var err error
		l.j.rest, err = field.Compile(l.cfg, rest, boolean, flow.Scope{Schema: l.types.Used()}, in)
		l.check(err)
		l.j.hasRest = true
	}
}

// read fills the join with the columns that it uses.
func (l *loader) read(file *table.File) (*Join, error) {
	j, want := l.j, l.types.Used()
	for _, t := range l.take {
		j.take = append(j.take, taken{out: t.Index, column: want.Index(t.Column.Value)})
	}
	for i := range j.aggregates {
		if a := &j.aggregates[i]; a.column != "" {
			a.at = want.Index(a.column)
		}
	}
	if l.c.ValidFrom != nil {
		j.from = want.Index(l.c.ValidFrom.Value)
	}
	if l.c.ValidTo != nil {
		j.to = want.Index(l.c.ValidTo.Value)
	}
	j.index.rows = map[string][]int32{}
	for _, name := range l.equal {
		j.index.columns = append(j.index.columns, want.Index(name))
	}
	err := file.Rows(want, func(row []any) error {
		if len(j.rows) == math.MaxInt32 {
			return errors.New("more than 2,147,483,647 rows")
		}
		j.index.add(row, int32(len(j.rows)))
		j.rows = append(j.rows, row)
		return nil
	})
	if err != nil {
		return nil, l.cfg.Errorf(l.c.Table.Pos, "%v", err)
	}
	j.sort()
	return j, nil
}
