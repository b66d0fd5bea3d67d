package dataset

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"

	"github.com/rehearse-dev/rehearse/internal/pqguard"
	"github.com/rehearse-dev/rehearse/internal/regular"
)

// parquetSource reads columns of a Parquet file row group by row group, and
// within one page by page.
type parquetSource struct {
	path   string
	f      *os.File
	file   *parquet.File
	cols   []*parquetColumn
	out    []*vector
	group  int // the row group being read
	left   int64
	row    int64 // rows before the current batch
	length int
}

// openFile opens the footer of a Parquet file. The library panics on some
// damaged files, here and below; each panic becomes an error.
func openFile(path string) (f *os.File, file *parquet.File, err error) {
	f, err = regular.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %s", path, problem(err))
	}
	defer func() {
		if r := recover(); r != nil {
			err = damaged(path, r)
		}
		if err != nil {
			f.Close()
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return f, nil, fmt.Errorf("%s: %s", path, problem(err))
	}
	if err := pqguard.Footer(f, info.Size()); err != nil {
		return f, nil, damaged(path, err)
	}
	file, err = parquet.OpenFile(f, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.ReadBufferSize(64<<10))
	if err != nil {
		return f, nil, damaged(path, err)
	}
	return f, file, nil
}

// damaged wraps what the library said, or panicked with.
func damaged(path string, cause any) error {
	err, ok := cause.(error)
	if !ok {
		err = fmt.Errorf("%v", cause)
	}
	return fmt.Errorf("%s: not a sound Parquet file: %w", path, err)
}

func parquetColumns(path string) (names []string, err error) {
	f, file, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for _, c := range file.Root().Columns() {
		names = append(names, c.Name())
	}
	return names, nil
}

func openParquet(path string, columns []string, exact bool) (s *parquetSource, err error) {
	f, file, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			err = damaged(path, r)
		}
		if err != nil {
			f.Close()
		}
	}()
	s = &parquetSource{path: path, f: f, file: file, group: -1}
	for _, name := range columns {
		node := findColumn(file.Root(), name)
		if node == nil {
			var have []string
			for _, c := range file.Root().Columns() {
				have = append(have, c.Name())
			}
			return nil, &missingError{path: path, column: name, have: have}
		}
		col, err := newParquetColumn(name, node, exact)
		if err != nil {
			return nil, fmt.Errorf("%s: column %q %w", path, name, err)
		}
		s.cols = append(s.cols, col)
		s.out = append(s.out, col.out)
	}
	return s, nil
}

// findColumn is the column of that name, or the field "b" of a column "a" for
// "a.b"; nil where there is none.
func findColumn(root *parquet.Column, name string) *parquet.Column {
	if c := root.Column(name); c != nil {
		return c
	}
	at := root
	for _, part := range strings.Split(name, ".") {
		if at.Leaf() || at.MaxRepetitionLevel() > 0 || isListOrMap(at) {
			return nil
		}
		if at = at.Column(part); at == nil {
			return nil
		}
	}
	return at
}

func (s *parquetSource) next() (n int, err error) {
	defer func() {
		if r := recover(); r != nil {
			n, err = 0, damaged(s.path, fmt.Errorf("row group %d: %v", s.group, r))
		}
	}()
	s.row += int64(s.length)
	s.length = 0
	groups := s.file.RowGroups()
	for s.left == 0 {
		s.group++
		if s.group >= len(groups) {
			return 0, io.EOF
		}
		if s.left = groups[s.group].NumRows(); s.left < 0 {
			return 0, damaged(s.path, fmt.Errorf("row group %d has %d rows", s.group, s.left))
		}
		chunks := groups[s.group].ColumnChunks()
		for _, c := range s.cols {
			for _, leaf := range c.leaves {
				if err := leaf.start(s.f, s.file, s.group, chunks); err != nil {
					return 0, damaged(s.path, fmt.Errorf("row group %d, column %q: %w", s.group, c.name, err))
				}
			}
		}
	}
	n = int(min(s.left, batchRows))
	for _, c := range s.cols {
		if err := c.read(n); err != nil {
			var bad *textError
			if errors.As(err, &bad) {
				return 0, fmt.Errorf("%s: row %d, column %q: %w", s.path, s.row+int64(bad.row)+1, c.name, bad)
			}
			if errors.Is(err, io.EOF) {
				err = fmt.Errorf("fewer than the %d rows that it names", groups[s.group].NumRows())
			}
			return 0, damaged(s.path, fmt.Errorf("row group %d, column %q: %w", s.group, c.name, err))
		}
	}
	s.left -= int64(n)
	s.length = n
	return n, nil
}

func (s *parquetSource) vectors() []*vector { return s.out }

func (s *parquetSource) place(i int) string {
	return fmt.Sprintf("%s: row %d", s.path, s.row+int64(i)+1)
}

func (s *parquetSource) close() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = damaged(s.path, r)
		}
	}()
	for _, c := range s.cols {
		for _, leaf := range c.leaves {
			leaf.stop()
		}
	}
	return s.f.Close()
}

// leaf reads the values of one leaf column of one row group after the other.
type leaf struct {
	index  int // in the row group
	decode *decoder
	pages  parquet.Pages
	page   parquet.Page
	values parquet.ValueReader
	buf    []parquet.Value
	at, n  int
}

func (l *leaf) start(f io.ReaderAt, file *parquet.File, group int, chunks []parquet.ColumnChunk) error {
	l.stop()
	if l.index >= len(chunks) {
		return errors.New("is not there")
	}
	if err := pqguard.Pages(f, file, group, l.index); err != nil {
		return err
	}
	l.pages = chunks[l.index].Pages()
	return nil
}

func (l *leaf) stop() {
	if l.page != nil {
		parquet.Release(l.page)
	}
	if l.pages != nil {
		l.pages.Close()
	}
	l.pages, l.page, l.values, l.at, l.n = nil, nil, nil, 0, 0
}

// fill makes sure that a value is buffered. It is io.EOF behind the last. The
// values buffered before must not be used any more: they may point into a page
// that is let go.
func (l *leaf) fill() error {
	for l.at >= l.n {
		if l.values == nil {
			page, err := l.pages.ReadPage()
			if err != nil {
				return err
			}
			l.page, l.values = page, page.Values()
		}
		if l.buf == nil {
			l.buf = make([]parquet.Value, 256)
		}
		n, err := l.values.ReadValues(l.buf)
		l.at, l.n = 0, n
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if n == 0 {
			if err == nil {
				return io.ErrNoProgress
			}
			parquet.Release(l.page)
			l.page, l.values = nil, nil
		}
	}
	return nil
}

// parquetColumn is a column that was asked for: one leaf, or a tree of them.
type parquetColumn struct {
	name   string
	leaves []*leaf
	tree   *node // nil for a leaf that does not repeat
	depth  int   // definition level at which the single leaf is there
	out    *vector
	bytes  []byte
	ends   []int
}

func newParquetColumn(name string, c *parquet.Column, exact bool) (*parquetColumn, error) {
	p := &parquetColumn{name: name}
	if c.Leaf() && c.MaxRepetitionLevel() == 0 {
		d, err := decoderOf(c, exact)
		if err != nil {
			return nil, err
		}
		p.leaves = []*leaf{{index: c.Index(), decode: d}}
		p.depth = c.MaxDefinitionLevel()
		p.out = newVector(d.kind)
		if d.kind == textVector {
			p.ends = make([]int, batchRows)
		}
		return p, nil
	}
	tree, err := newNode(c, exact, &p.leaves)
	if err != nil {
		return nil, err
	}
	if len(p.leaves) == 0 {
		return nil, errors.New("holds nothing")
	}
	p.tree = tree
	p.out = newVector(mixedVector)
	return p, nil
}

// read fills the vector with the next n rows.
func (p *parquetColumn) read(n int) error {
	if p.tree != nil {
		return p.assemble(n)
	}
	l, out := p.leaves[0], p.out
	p.bytes = p.bytes[:0]
	for i := 0; i < n; {
		if err := l.fill(); err != nil {
			return err
		}
		for take := min(n-i, l.n-l.at); take > 0; take-- {
			v := l.buf[l.at]
			l.at++
			out.absent[i] = v.DefinitionLevel() < p.depth || v.IsNull()
			switch {
			case out.absent[i]:
			case l.decode.text:
				p.bytes = append(p.bytes, v.ByteArray()...)
			default:
				if err := l.decode.into(out, i, v); err != nil {
					return fmt.Errorf("row %d: %w", i, err)
				}
			}
			if l.decode.text {
				p.ends[i] = len(p.bytes)
			}
			i++
		}
	}
	if l.decode.text {
		// One allocation holds the texts of a batch.
		if !utf8.Valid(p.bytes) {
			return p.noText(n)
		}
		all, from := string(p.bytes), 0
		for i, end := range p.ends[:n] {
			out.text[i] = all[from:end]
			from = end
		}
	}
	return nil
}

// textError says that a value is no text: its row in the batch, and its bytes.
type textError struct {
	row   int
	bytes string
}

func (e *textError) Error() string {
	return fmt.Sprintf("%q is not UTF-8: write the column as UTF-8, or leave it out", e.bytes)
}

// noText finds the first text of a batch that is not UTF-8.
func (p *parquetColumn) noText(n int) error {
	from := 0
	for i, end := range p.ends[:n] {
		if text := p.bytes[from:end]; !utf8.Valid(text) {
			return &textError{i, brief(string(text))}
		}
		from = end
	}
	return nil
}

// assemble fills the vector with n rows of nested values.
func (p *parquetColumn) assemble(n int) error {
	for i := range n {
		v, err := p.tree.read()
		var bad *textError
		if errors.As(err, &bad) {
			bad.row = i
		}
		if err != nil {
			return err
		}
		for _, l := range p.leaves {
			if err := l.fill(); err == nil && l.buf[l.at].RepetitionLevel() != 0 {
				return fmt.Errorf("the parts of row %d do not fit together", i)
			} else if err != nil && !errors.Is(err, io.EOF) {
				return err
			}
		}
		p.out.any[i], p.out.absent[i] = v, v == nil
	}
	return nil
}
