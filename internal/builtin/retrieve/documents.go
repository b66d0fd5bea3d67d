package retrieve

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
	"github.com/rehearse-dev/rehearse/internal/builtin/table"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/search"
)

// columnNames are what a table of documents may hold.
var columnNames = []string{"id", "text", "title"}

// documents reads all documents, in the order of their files' names, and of
// their rows.
func (r *reader) documents() []search.Document {
	files, err := r.Config.Files(r.c.Documents)
	if err != nil {
		r.Add(err)
		return nil
	}
	columns := map[string]flow.Text{}
	for _, n := range columnNames {
		columns[n] = flow.Text{Value: n}
	}
	for _, n := range r.c.Columns {
		if _, ok := columns[n.Name]; !ok {
			r.Fail(n.Pos, "columns: a document has no %q%s", n.Name, field.Suggest(n.Name, columnNames))
		}
		columns[n.Name] = n.Text
	}
	var out []search.Document
	seen := map[string]string{} // id to file
	for _, f := range files {
		found, err := read(f, r.c.Documents.Value, columns)
		if err != nil {
			r.Fail(r.c.Documents.Pos, "%v", err)
			continue
		}
		for _, d := range found {
			if other, twice := seen[d.ID]; twice {
				r.Fail(r.c.Documents.Pos, "document %q twice: in %s and in %s", d.ID, other, f.Name)
				return nil
			}
			seen[d.ID] = f.Name
		}
		out = append(out, found...)
	}
	return out
}

// read reads the documents of one file. A file that is one document has its
// name, relative to the folder, for an id.
func read(f flow.File, folder string, columns map[string]flow.Text) ([]search.Document, error) {
	name := strings.ToLower(f.Name)
	ext := path.Ext(name)
	switch {
	case table.Known(name):
		return rows(f, columns)
	case ext != ".md" && ext != ".markdown" && ext != ".txt":
		return nil, fmt.Errorf("%s is no document that can be searched, want .md, .txt, or a table of documents: .jsonl, .csv or .parquet", f.Name)
	}
	data, err := regular.Read(f.Path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	if !utf8.Valid(data) {
		return nil, fmt.Errorf("%s is not UTF-8: save the file in UTF-8", f.Name)
	}
	id, inside := strings.CutPrefix(f.Name, path.Clean(folder)+"/")
	if !inside {
		id = path.Base(f.Name)
	}
	return []search.Document{{ID: id, Text: string(data), Markdown: ext != ".txt"}}, nil
}

// rows reads a table of documents.
func rows(f flow.File, columns map[string]flow.Text) ([]search.Document, error) {
	file, err := table.Open(f.Path)
	if err != nil {
		return nil, err
	}
	types := file.Types()
	for _, name := range columnNames {
		column := columns[name]
		if err := types.Use(column.Value, flow.Type{Kind: flow.String}); err != nil && (name != "title" || column.Pos.Line > 0) {
			return nil, err
		}
	}
	want := types.Used()
	at := map[string]int{}
	for _, name := range columnNames {
		at[name] = want.Index(columns[name].Value)
	}
	get := func(row []any, name string) string {
		if at[name] < 0 {
			return ""
		}
		text, _ := row[at[name]].(string)
		return text
	}
	var out []search.Document
	err = file.Rows(want, func(row []any) error {
		d := search.Document{ID: get(row, "id"), Title: get(row, "title"), Text: get(row, "text")}
		if d.ID == "" {
			return errors.New("a row without an id")
		}
		out = append(out, d)
		return nil
	})
	return out, err
}
