package forget

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/regular"
)

// caseColumn is what the program calls the column of a case's id in files that it
// writes.
const caseColumn = "case_id"

// parquet plans a Parquet file that says which row is of which case, such as a
// segment of a run: the rows go, and what was made of the run.
func (p *Plan) parquet(path string) error {
	found, err := p.eachRow(path, nil)
	if err != nil || len(found) == 0 {
		return err
	}
	p.add(path, "rows taken out", func() error {
		return regular.Replace(path, func(w io.Writer) error { _, err := p.eachRow(path, w); return err })
	})
	dir := filepath.Dir(path)
	if _, err := os.Stat(filepath.Join(dir, "run.json")); err != nil || !strings.HasPrefix(filepath.Base(path), "trials-") {
		return nil
	}
	return p.run(dir, len(found))
}

// eachRow walks over a file, and copies the rows of other cases. It gives the cases
// found.
func (p *Plan) eachRow(path string, w io.Writer) (map[string]bool, error) {
	rows, err := dataset.OpenParquetRows(path)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	at := -1
	for i, c := range rows.Schema().Columns() {
		if len(c) == 1 && c[0] == caseColumn {
			at = i
		}
	}
	found := map[string]bool{}
	if at < 0 {
		return found, nil
	}
	var out *parquet.GenericWriter[any]
	if w != nil {
		out = parquet.NewGenericWriter[any](w, rows.Schema(), parquet.Compression(&parquet.Zstd))
	}
	buf := make([]parquet.Row, 256)
	for {
		n, err := rows.Read(buf)
		for _, row := range buf[:n] {
			id := ""
			for _, v := range row {
				if v.Column() == at {
					id = string(v.ByteArray())
				}
			}
			if p.cases.IDs[id] {
				found[id] = true
				continue
			}
			if out != nil {
				if _, err := out.WriteRows([]parquet.Row{row}); err != nil {
					return nil, err
				}
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	if out != nil {
		return found, out.Close()
	}
	return found, nil
}

// run plans what becomes of a run whose segment held cases: its header says so, and
// what was printed of it goes.
func (p *Plan) run(dir string, cases int) error {
	path := filepath.Join(dir, "run.json")
	p.add(path, fmt.Sprintf("%d cases fewer", cases), func() error {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var head map[string]any
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.UseNumber() // a seed has more digits than a float64
		if err := dec.Decode(&head); err != nil {
			return err
		}
		if data, ok := head["data"].(map[string]any); ok {
			if n, ok := data["cases"].(json.Number); ok {
				had, err := n.Int64()
				if err != nil {
					return err
				}
				data["cases"] = had - int64(cases)
			}
		}
		warnings, _ := head["warnings"].([]any)
		head["warnings"] = append(warnings, fmt.Sprintf("%d cases were forgotten since: the run is evidence no more", cases))
		now, err := json.MarshalIndent(head, "", "  ")
		if err != nil {
			return err
		}
		return regular.Replace(path, func(w io.Writer) error { _, err := w.Write(append(now, '\n')); return err })
	})
	if slices.Contains(p.Runs, dir) {
		return nil
	}
	p.Runs = append(p.Runs, dir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || name == "run.json" || name == "spending.jsonl" || strings.HasSuffix(name, ".parquet") || name == "lock" {
			continue
		}
		p.remove(filepath.Join(dir, name), "made of a record that is another now")
	}
	return nil
}
