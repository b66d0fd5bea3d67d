package table

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

// Types settles as what type each column of a file is read: as declared, else
// as the file has it, else as the first use wants it, else as text.
type Types struct {
	File *File
	use  map[string]flow.Type
}

// Use says that a column is wanted as a type. It is an error where the file
// has no such column.
func (t *Types) Use(column string, as flow.Type) error {
	i := t.File.Columns.Index(column)
	if i < 0 {
		message := fmt.Sprintf("%s has no column %q", filepath.Base(t.File.Path), column)
		if hint := diag.Suggest(column, t.File.Columns.Names()); hint != "" {
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

// Used says whether a column is wanted by now.
func (t *Types) Used(column string) bool {
	_, ok := t.use[column]
	return ok
}

// Schema are all columns of the file by their settled types.
func (t *Types) Schema() *flow.Schema {
	fields := slices.Clone(t.File.Columns.Fields())
	for i, f := range fields {
		if as, ok := t.use[f.Name]; ok {
			fields[i].Type = as
		} else if f.Type.Kind == flow.Any {
			fields[i].Type = flow.Type{Kind: flow.String, Optional: true}
		}
	}
	return flow.NewSchema(fields...)
}
