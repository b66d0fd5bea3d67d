package convert

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/rehearse-dev/rehearse/internal/dataset"
)

// A row group is closed at so many rows, or so many bytes of text: it is held
// in memory, packed, until then.
const (
	groupRows  = 100_000
	groupBytes = 64 << 20
	batchRows  = 1024
)

// parquetWriter writes columns, a batch of rows at a time.
type parquetWriter struct {
	out     *parquet.GenericWriter[any]
	columns []Field
	trees   []*tree
	leaves  [][]parquet.Value
	rows    int // in the batch
	group   int // in the row group
	bytes   int // of text, in the row group
}

func newParquet(w io.Writer, columns []Field) *parquetWriter {
	p := &parquetWriter{columns: columns}
	for _, f := range columns {
		p.trees = append(p.trees, newTree(f.Type, &p.leaves, 0))
	}
	p.out = parquetFile(w, parquet.NewSchema("cases", record(columns)))
	return p
}

// parquetFile writes in the ways of the module.
func parquetFile(w io.Writer, schema *parquet.Schema) *parquet.GenericWriter[any] {
	return parquet.NewGenericWriter[any](w, schema,
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest, Concurrency: 1}),
		parquet.CreatedBy("rehearse", "", ""),
		parquet.PageBufferSize(1<<20),
	)
}

func (p *parquetWriter) write(row []any) error {
	for i, v := range row {
		if err := p.trees[i].put(p, v, 0, 0); err != nil {
			return &columnError{i, err}
		}
	}
	if p.rows++; p.rows == batchRows {
		return p.flush()
	}
	return nil
}

func (p *parquetWriter) flush() error {
	for i, w := range p.out.ColumnWriters() {
		if _, err := w.WriteRowValues(p.leaves[i]); err != nil {
			return err
		}
		clear(p.leaves[i])
		p.leaves[i] = p.leaves[i][:0]
	}
	p.group += p.rows
	p.rows = 0
	if p.group < groupRows && p.bytes < groupBytes {
		return nil
	}
	p.group, p.bytes = 0, 0
	return p.out.Flush()
}

func (p *parquetWriter) close() error {
	if err := p.flush(); err != nil {
		return err
	}
	return p.out.Close()
}

// tree takes the values of a type apart into those of its leaf columns, with
// definition and repetition levels (Melnik et al., Dremel, 2010). All may be
// absent.
type tree struct {
	Type
	kids          []*tree
	first, behind int // its leaf columns
	rep           int // repetition level of a further element
}

func newTree(t Type, leaves *[][]parquet.Value, rep int) *tree {
	n := &tree{Type: t, first: len(*leaves), rep: rep}
	switch t.Kind {
	case List:
		n.rep = rep + 1
		n.kids = []*tree{newTree(*t.Elem, leaves, rep+1)}
	case Record:
		for _, f := range t.Fields {
			n.kids = append(n.kids, newTree(f.Type, leaves, rep))
		}
	default:
		*leaves = append(*leaves, nil)
	}
	n.behind = len(*leaves)
	return n
}

func (n *tree) put(p *parquetWriter, v any, rep, def int) error {
	absent := func(def int) {
		for i := n.first; i < n.behind; i++ {
			p.leaves[i] = append(p.leaves[i], parquet.NullValue().Level(rep, def, i))
		}
	}
	switch {
	case v == nil:
		absent(def)
		return nil
	case n.Kind == List:
		list, ok := v.([]any)
		if !ok {
			return fmt.Errorf("%v is no list", v)
		}
		if len(list) == 0 {
			absent(def + 1)
		}
		for i, e := range list {
			if i > 0 {
				rep = n.rep
			}
			if err := n.kids[0].put(p, e, rep, def+2); err != nil {
				return err
			}
		}
		return nil
	case n.Kind == Record:
		m, ok := v.(map[string]any)
		if !ok {
			return fmt.Errorf("%v is no record", v)
		}
		for i, f := range n.Fields {
			if err := n.kids[i].put(p, m[f.Name], rep, def+1); err != nil {
				return err
			}
		}
		return nil
	}
	leaf, err := n.leaf(v)
	if err != nil {
		return err
	}
	if n.Kind == Text {
		p.bytes += len(leaf.ByteArray())
	}
	p.leaves[n.first] = append(p.leaves[n.first], leaf.Level(rep, def+1, n.first))
	return nil
}

// leaf is a single value as its column holds it.
func (n *tree) leaf(v any) (parquet.Value, error) {
	var none parquet.Value
	switch n.Kind {
	case Truth:
		if b, ok := v.(bool); ok {
			return parquet.BooleanValue(b), nil
		}
	case Whole:
		if x, ok := v.(int64); ok {
			return parquet.Int64Value(x), nil
		}
		x, err := strconv.ParseInt(numeral(v), 10, 64)
		if err == nil {
			return parquet.Int64Value(x), nil
		}
	case Decimal:
		whole, fraction, _ := strings.Cut(numeral(v), ".")
		x, err := strconv.ParseInt(whole+fraction, 10, 64)
		if err == nil && len(fraction) == n.Scale {
			return parquet.Int64Value(x), nil
		}
	case Number:
		switch x := v.(type) {
		case float64:
			return parquet.DoubleValue(x), nil
		case int64:
			return parquet.DoubleValue(float64(x)), nil
		}
		x, err := strconv.ParseFloat(numeral(v), 64)
		if err == nil {
			return parquet.DoubleValue(x), nil
		}
	case Date:
		at, ok := v.(dataset.Day)
		if s, text := v.(string); text {
			day, err := time.Parse(time.DateOnly, s)
			at, ok = dataset.Day(day), err == nil
		}
		if ok {
			return parquet.Int32Value(int32(time.Time(at).Unix() / 86400)), nil
		}
	case Time:
		at, ok := v.(time.Time)
		if s, text := v.(string); text {
			at, ok = readTime(s)
		}
		switch {
		case ok && n.Nanos:
			return parquet.Int64Value(at.UnixNano()), nil
		case ok:
			return parquet.Int64Value(at.UnixMicro()), nil
		}
	default:
		s, err := plain(v)
		return parquet.ByteArrayValue([]byte(s)), err
	}
	s, err := plain(v)
	if err != nil {
		return none, err
	}
	return none, fmt.Errorf("%q is no %s", brief(s), n.Kind)
}

// numeral is a number as it is written.
func numeral(v any) string {
	switch n := v.(type) {
	case json.Number:
		return n.String()
	case uint64:
		return strconv.FormatUint(n, 10)
	}
	return ""
}

// node is the type as Parquet declares it.
func (t Type) node() parquet.Node {
	return parquet.Optional(t.required())
}

func (t Type) required() parquet.Node {
	switch t.Kind {
	case Truth:
		return parquet.Leaf(parquet.BooleanType)
	case Whole:
		return parquet.Int(64)
	case Decimal:
		return parquet.Decimal(t.Scale, maxDigits, parquet.Int64Type)
	case Number:
		return parquet.Leaf(parquet.DoubleType)
	case Date:
		return parquet.Date()
	case Time:
		if t.Nanos {
			return parquet.Timestamp(parquet.Nanosecond)
		}
		return parquet.Timestamp(parquet.Microsecond)
	case List:
		return parquet.List(t.Elem.node())
	case Record:
		return record(t.Fields)
	}
	return parquet.String()
}

// group is a record whose fields keep their order, which those of
// [parquet.Group] do not.
type group struct {
	parquet.Group
	names []string
}

func record(fields []Field) group {
	g := group{Group: parquet.Group{}}
	for _, f := range fields {
		g.Group[f.Name] = f.Type.node()
		g.names = append(g.names, f.Name)
	}
	return g
}

func (g group) Fields() []parquet.Field {
	fields := g.Group.Fields()
	slices.SortFunc(fields, func(a, b parquet.Field) int {
		return slices.Index(g.names, a.Name()) - slices.Index(g.names, b.Name())
	})
	return fields
}

// GoType is that of the values of any schema. The one of [parquet.Group] is a
// struct, which cannot have fields of every name.
func (g group) GoType() reflect.Type { return reflect.TypeFor[map[string]any]() }
