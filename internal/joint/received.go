package joint

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/convert"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// received is a column that holds what links gave for an input field.
func received(field string) string { return "received_" + field }

// given are the input fields that a link gives a value, and which of them are
// personal.
func (st *stage) given() (fields []string, personal map[string]bool) {
	personal = map[string]bool{}
	for _, f := range st.Workflow.Input.Names() {
		by := false
		for _, l := range st.In {
			for _, g := range l.Given() {
				if g == f {
					by = true
					personal[f] = personal[f] || l.Personal(f)
				}
			}
		}
		if by {
			fields = append(fields, f)
		}
	}
	return fields, personal
}

// write writes the rows that came to a workflow, with what they came with, as a
// dataset: all columns of its own, those given by links beside them, and a card
// that reads these.
func (st *stage) write(ctx context.Context, dir string, values map[int][]any) (*dataset.Card, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	fields, personal := st.given()
	o := convert.Options{
		Format: dataset.JSONL,
		Keep: func(rows *dataset.Rows, i int) (bool, error) {
			at, ok, err := st.find(rows, i)
			_, came := values[at]
			return ok && came, err
		},
	}
	for _, name := range fields {
		i := st.Workflow.Input.Index(name)
		t := st.Workflow.Input.Fields()[i].Type
		o.Extra = append(o.Extra, convert.Extra{Name: received(name), Value: func(rows *dataset.Rows, k int) (any, error) {
			at, _, err := st.find(rows, k)
			if err != nil {
				return nil, err
			}
			return stored(t, values[at][i]), nil
		}})
	}
	err := regular.Replace(filepath.Join(dir, "cases.jsonl"), func(w io.Writer) error {
		out := bufio.NewWriterSize(w, 1<<18)
		if _, err := convert.Run(ctx, st.Card, out, o); err != nil {
			return err
		}
		return out.Flush()
	})
	if err != nil {
		return nil, err
	}
	text, err := st.card(fields, personal)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "dataset.yaml")
	if err := regular.Replace(path, func(w io.Writer) error { _, err := w.Write(text); return err }); err != nil {
		return nil, err
	}
	if err := copyRecordings(st.Card.Dir, dir); err != nil {
		return nil, err
	}
	if err := st.Card.CopyReview(dir); err != nil {
		return nil, err
	}
	card, problems := dataset.Load(path)
	return card, problems.Err()
}

// find is the row that a row of the source is, and whether it takes part.
func (st *stage) find(rows *dataset.Rows, i int) (int, bool, error) {
	c, err := rows.Head(i)
	at, ok := st.byID[c.ID]
	return at, ok, err
}

// stored is a value as a file holds it.
func stored(t flow.Type, v any) any {
	if day, ok := v.(time.Time); ok && t.Kind == flow.Date {
		return dataset.Day(day)
	}
	return v
}

// card is the member's card, made to read what came.
func (st *stage) card(fields []string, personal map[string]bool) ([]byte, error) {
	text, err := os.ReadFile(st.Card.File)
	if err != nil {
		return nil, err
	}
	doc, problems := yamldoc.Parse(st.Card.File, text)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	changes := map[string]any{
		"dataset": st.Card.Name,
		"source":  "cases.jsonl",
		"format":  string(dataset.JSONL),
		"splits":  nil, // the cases of those asked for are in the file
	}
	if st.Card.Review != "" {
		changes["review"] = dataset.ReviewName
	}
	if st.Card.RegressionFile != "" {
		changes["regression"] = dataset.RegressionName
	}
	if len(fields) > 0 {
		columns := slices.Clone(st.Card.Personal)
		input, err := st.input(yamldoc.Find(doc.Root, "input"))
		if err != nil {
			return nil, err
		}
		for _, f := range fields {
			input[f] = received(f)
			if personal[f] {
				columns = append(columns, received(f))
			}
		}
		changes["input"] = input
		if len(columns) > 0 {
			changes["personal"] = columns
		}
	}
	for _, key := range slices.Sorted(maps.Keys(changes)) {
		if err := put(doc.Root, key, changes[key]); err != nil {
			return nil, err
		}
	}
	return yaml.Marshal(doc.Root)
}

// put gives a key of a mapping another value, or with nil takes it out.
func put(n *yaml.Node, key string, value any) error {
	at := 0
	for at < len(n.Content) && n.Content[at].Value != key {
		at += 2
	}
	n.Content = slices.Delete(n.Content, min(at, len(n.Content)), min(at+2, len(n.Content)))
	if value == nil {
		return nil
	}
	var k, v yaml.Node
	if err := errors.Join(k.Encode(key), v.Encode(value)); err != nil {
		return err
	}
	n.Content = append(n.Content, &k, &v)
	return nil
}

// input is the card's input, by field: a column, or what the card says of it.
func (st *stage) input(n *yaml.Node) (map[string]any, error) {
	out := map[string]any{}
	names := st.Workflow.Input.Names() // columns are named as the fields
	switch {
	case n == nil:
	case n.Kind == yaml.MappingNode:
		for k, v := range yamldoc.Pairs(n) {
			out[k.Value] = v
		}
		return out, nil
	case n.Kind == yaml.SequenceNode:
		names = nil
		for _, e := range n.Content {
			names = append(names, e.Value)
		}
	}
	rows, err := st.Card.Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for _, name := range names {
		if slices.Contains(rows.Columns(), name) {
			out[name] = name
		}
	}
	return out, nil
}

// copyRecordings keeps the answers that the dataset brings for its cases.
func copyRecordings(from, to string) error {
	err := os.CopyFS(filepath.Join(to, "recordings"), os.DirFS(filepath.Join(from, "recordings")))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
