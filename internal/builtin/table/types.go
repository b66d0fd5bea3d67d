package table

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

// Types settles as what type each column of a table is read: as declared, else
// as the table has it, else as the first use wants it, else as text.
type Types struct {
	Name    string       // of the table, in messages
	Columns *flow.Schema // all that it has
	use     map[string]flow.Type
}

// Types are those of the file's columns, none of them settled.
func (f *File) Types() Types {
	return Types{Name: filepath.Base(f.Path), Columns: f.Columns}
}

// Use says that a column is wanted as a type. It is an error where the table
// has no such column.
func (t *Types) Use(column string, as flow.Type) error {
	i := t.Columns.Index(column)
	if i < 0 {
		message := fmt.Sprintf("%s has no column %q", t.Name, column)
		if hint := diag.Suggest(column, t.Columns.Names()); hint != "" {
			message += " (" + hint + ")"
		}
		return fmt.Errorf("%s", message)
	}
	if t.use == nil {
		t.use = map[string]flow.Type{}
	}
	if _, again := t.use[column]; !again {
		as.Optional = true
		t.use[column] = as
	}
	return nil
}

// UseNames wants the columns among some names, as the table has them.
func (t *Types) UseNames(names []string) {
	for _, name := range names {
		if i := t.Columns.Index(name); i >= 0 {
			_ = t.Use(name, native(t.Columns.Fields()[i].Type)) // it is there
		}
	}
}

func native(t flow.Type) flow.Type {
	if t.Kind == flow.Any {
		t.Kind = flow.String
	}
	return t
}

// All are all columns of the table by their settled types.
func (t *Types) All() *flow.Schema {
	fields := slices.Clone(t.Columns.Fields())
	for i, f := range fields {
		if as, ok := t.use[f.Name]; ok {
			fields[i].Type = as
		} else {
			fields[i].Type = native(f.Type)
		}
	}
	return flow.NewSchema(fields...)
}

// Used are the columns that are wanted, in the order of the table.
func (t *Types) Used() *flow.Schema {
	return flow.NewSchema(slices.DeleteFunc(slices.Clone(t.All().Fields()), func(f flow.Field) bool {
		_, ok := t.use[f.Name]
		return !ok
	})...)
}
