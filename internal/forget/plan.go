package forget

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/rehearse-dev/rehearse/internal/convert"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/decisions"
	"github.com/rehearse-dev/rehearse/internal/ledger"
	"github.com/rehearse-dev/rehearse/internal/lockfile"
	"github.com/rehearse-dev/rehearse/internal/queue"
	"github.com/rehearse-dev/rehearse/internal/regular"
)

// Make plans what is done with every file below root. Aliases gives what an audit
// log in a folder may call a case.
func Make(ctx context.Context, root string, cases *Cases, aliases func(dir, id string) []string) (*Plan, error) {
	p := &Plan{cases: cases, root: root}
	sources := map[string]bool{}
	for _, card := range cases.cards {
		for _, source := range card.Sources {
			sources[source] = true
		}
	}
	done := map[string]bool{}
	for _, h := range cases.Held {
		for _, source := range h.Sources {
			if !done[source] {
				done[source] = true
				p.source(ctx, h.Card, source)
			}
		}
	}
	names := map[string]bool{}
	for _, card := range cases.cards {
		names[card.Review], names[card.RegressionFile] = true, true
	}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case d.IsDir() && d.Name() == ".git":
			return filepath.SkipDir
		case d.IsDir() && d.Name() == ".rehearse":
			p.remove(path, "stored answers, what designs learnt, replays of production; made again when they are needed, and then paid for")
			return filepath.SkipDir
		case d.IsDir() || !d.Type().IsRegular() || sources[path]:
			return nil
		}
		return p.file(path, names[path], aliases)
	})
	return p, err
}

// file plans what is done with one file.
func (p *Plan) file(path string, listed bool, aliases func(dir, id string) []string) error {
	base, dir := filepath.Base(path), filepath.Dir(path)
	switch {
	case listed:
		return p.edit(path, "entries taken out", func(text []byte) ([]byte, error) { return withoutEntries(path, text, p.cases.IDs) })
	case strings.HasSuffix(base, ".parquet"):
		return p.parquet(path)
	case base == "run.json":
		return nil // mended with the segments beside it
	case base == queue.File:
		before := len(p.Steps)
		if err := p.edit(path, "cases blanked", p.blank); err != nil || len(p.Steps) == before {
			return err
		}
		for _, name := range []string{queue.Form, queue.Table} {
			if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
				p.remove(filepath.Join(dir, name), "shows the cases")
			}
		}
		return nil
	case base == decisions.File:
		return p.edit(path, "decisions taken out", p.linesBy("case", p.ids(nil, "")))
	case base == dataset.ChangesFile:
		return p.edit(path, "ids taken out", p.strip("regression"))
	case base == ledger.PassesFile:
		return p.edit(path, "ids taken out", p.strip("cases"))
	case strings.HasPrefix(base, "audit-") && strings.HasSuffix(base, ".jsonl"):
		return p.auditFile(path, dir, aliases)
	case filepath.Base(dir) == "payloads" && strings.HasSuffix(base, ".jsonl"):
		return p.auditFile(path, filepath.Dir(dir), aliases)
	}
	text, err := unpacked(path)
	if err != nil {
		return err
	}
	if !p.tells(text) {
		return nil
	}
	inReports := strings.HasPrefix(path, filepath.Join(p.root, "reports")+string(filepath.Separator))
	switch {
	case strings.HasSuffix(base, ".jsonl"):
		return p.edit(path, "lines taken out", func(text []byte) ([]byte, error) {
			return keepLines(text, func(line []byte) bool { return !p.tells(line) }), nil
		})
	case strings.HasSuffix(base, ".jsonl.zst"):
		p.remove(path, "a recording that repeats a value of the cases; 'eval cache export' makes it again")
	case inReports || base == queue.Form || base == queue.Table:
		p.remove(path, "made of data that is another now")
	default:
		p.Left = append(p.Left, path)
	}
	return nil
}

// tells says whether a text holds a value that tells of the cases, as it is or as
// JSON and HTML write it.
func (p *Plan) tells(text []byte) bool {
	for _, t := range p.cases.Telling {
		if bytes.Contains(text, []byte(t)) {
			return true
		}
		quoted, err := json.Marshal(t)
		if err == nil && bytes.Contains(text, quoted[1:len(quoted)-1]) {
			return true
		}
	}
	return false
}

// unpacked is the content of a file, unpacked where its name says that it is
// packed. What is called so and is not is taken as it is.
func unpacked(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	switch filepath.Ext(path) {
	case ".gz":
		if r, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
			if all, err := io.ReadAll(r); err == nil {
				return all, nil
			}
		}
	case ".zst":
		if r, err := zstd.NewReader(bytes.NewReader(data)); err == nil {
			defer r.Close()
			if all, err := io.ReadAll(r); err == nil {
				return all, nil
			}
		}
	}
	return data, nil
}

// edit plans a change of a text file, where there is one.
func (p *Plan) edit(path, what string, change func([]byte) ([]byte, error)) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	now, err := change(text)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if bytes.Equal(now, text) {
		return nil
	}
	p.add(path, what, func() error {
		return regular.Replace(path, func(w io.Writer) error { _, err := w.Write(now); return err })
	})
	return nil
}

// source plans a dataset's file without the cases, in its own format and packing.
func (p *Plan) source(ctx context.Context, card *dataset.Card, path string) {
	p.add(path, fmt.Sprintf("rows of %s taken out", card.Name), func() error {
		one := *card
		one.Sources, one.Regression = []string{path}, nil
		format := one.Kind()
		return regular.Replace(path, func(w io.Writer) error {
			packer, err := convert.Packer(w, path)
			if err != nil {
				return err
			}
			out := bufio.NewWriterSize(packer, 1<<18)
			if _, err := convert.Run(ctx, &one, out, convert.Options{Format: format, Keep: func(rows *dataset.Rows, i int) (bool, error) {
				head, err := rows.Head(i)
				return !p.cases.IDs[head.ID], err
			}}); err != nil {
				return err
			}
			if err := out.Flush(); err != nil {
				return err
			}
			return packer.Close()
		})
	})
}

// ids are the names of the cases in an audit log, or their ids.
func (p *Plan) ids(aliases func(dir, id string) []string, dir string) map[string]bool {
	if aliases == nil {
		return p.cases.IDs
	}
	out := map[string]bool{}
	for id := range p.cases.IDs {
		for _, a := range aliases(dir, id) {
			out[a] = true
		}
	}
	return out
}

// auditFile plans a file of an audit log, which nobody may write meanwhile.
func (p *Plan) auditFile(path, dir string, aliases func(dir, id string) []string) error {
	before := len(p.Steps)
	by := p.linesBy("case", p.ids(aliases, dir))
	if err := p.edit(path, "lines taken out", by); err != nil || len(p.Steps) == before {
		return err
	}
	write := p.Steps[before].do
	p.Steps[before].do = func() error {
		lock, err := lockfile.Acquire(filepath.Join(dir, "lock"))
		if err != nil {
			return fmt.Errorf("the audit log is written by a process: stop it first: %w", err)
		}
		defer lock.Release()
		return write()
	}
	return nil
}

// linesBy takes out the lines whose key names one of the cases.
func (p *Plan) linesBy(key string, ids map[string]bool) func([]byte) ([]byte, error) {
	return func(text []byte) ([]byte, error) {
		return keepLines(text, func(line []byte) bool {
			var object map[string]json.RawMessage
			var id string
			if json.Unmarshal(line, &object) != nil || json.Unmarshal(object[key], &id) != nil {
				return true
			}
			return !ids[id]
		}), nil
	}
}

func keepLines(text []byte, keep func([]byte) bool) []byte {
	var out []byte
	for line := range bytes.Lines(text) {
		if keep(line) {
			out = append(out, line...)
		}
	}
	return out
}

// strip takes ids out of the lists that lines have under a key.
func (p *Plan) strip(key string) func([]byte) ([]byte, error) {
	return func(text []byte) ([]byte, error) {
		var out []byte
		for line := range bytes.Lines(text) {
			var object map[string]json.RawMessage
			var ids []string
			if json.Unmarshal(line, &object) != nil || object[key] == nil || json.Unmarshal(object[key], &ids) != nil || !slices.ContainsFunc(ids, func(id string) bool { return p.cases.IDs[id] }) {
				out = append(out, line...)
				continue
			}
			kept := slices.DeleteFunc(ids, func(id string) bool { return p.cases.IDs[id] })
			list, err := json.Marshal(kept)
			if err != nil {
				return nil, err
			}
			out = append(out, bytes.Replace(line, object[key], list, 1)...)
		}
		return out, nil
	}
}

// blank takes what a queue says of the cases out of it. Their places stay, so that
// the frame and the weights of the others are what they were.
func (p *Plan) blank(text []byte) ([]byte, error) {
	var out []byte
	for line := range bytes.Lines(text) {
		var e queue.Entry
		if json.Unmarshal(line, &e) != nil || !p.cases.IDs[e.Case] {
			out = append(out, line...)
			continue
		}
		e.Case, e.Cluster, e.Input, e.Proposed, e.Label = fmt.Sprintf("(forgotten %d)", e.Number), "", nil, nil, nil
		now, err := json.Marshal(e)
		if err != nil {
			return nil, err
		}
		out = append(append(out, now...), '\n')
	}
	return out, nil
}
