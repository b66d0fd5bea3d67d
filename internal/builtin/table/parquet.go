package table

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"os"
	"slices"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/pqguard"
	"github.com/rehearse-dev/rehearse/internal/regular"
)

// parquetSource reads the flat columns of a Parquet file.
type parquetSource struct{}

// leaf is a flat column: where it is, its type, and how its values are read.
type leaf struct {
	name  string
	index int
	kind  flow.Kind
	value func(parquet.Value) any
}

// open opens a file. Whatever panics in the library on broken bytes comes
// back as an error.
func (parquetSource) open(path string, use func(*os.File, *parquet.File, []leaf) error) (err error) {
	file, err := regular.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("broken Parquet: %v", r)
		}
	}()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if err := pqguard.Footer(file, info.Size()); err != nil {
		return fmt.Errorf("broken Parquet: %w", err)
	}
	pf, err := parquet.OpenFile(file, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.ReadBufferSize(1<<18))
	if err != nil {
		return err
	}
	var leaves []leaf
	for _, c := range pf.Root().Columns() {
		if !c.Leaf() || c.Repeated() {
			continue
		}
		l := leaf{name: c.Name(), index: c.Index()}
		l.kind, l.value = reader(c.Type())
		leaves = append(leaves, l)
	}
	return use(file, pf, leaves)
}

func (f parquetSource) columns(path string) (fields []flow.Field, err error) {
	err = f.open(path, func(_ *os.File, _ *parquet.File, leaves []leaf) error {
		for _, l := range leaves {
			fields = append(fields, flow.Field{Name: l.name, Type: flow.Type{Kind: l.kind}})
		}
		return nil
	})
	return fields, err
}

func (f parquetSource) rows(path string, want []string, each func([]any) error) error {
	return f.open(path, func(file *os.File, pf *parquet.File, leaves []leaf) error {
		values := make([]any, len(want))
		// to[i] is the place of leaf column i in values.
		to := map[int]int{}
		read := map[int]func(parquet.Value) any{}
		for i, name := range want {
			if j := slices.IndexFunc(leaves, func(l leaf) bool { return l.name == name }); j >= 0 {
				to[leaves[j].index], read[leaves[j].index] = i, leaves[j].value
			}
		}
		buffer := make([]parquet.Row, 256)
		for g, group := range pf.RowGroups() {
			for column := range group.ColumnChunks() {
				if err := pqguard.Pages(file, pf, g, column); err != nil {
					return fmt.Errorf("broken Parquet: row group %d, column %d: %w", g, column, err)
				}
			}
			rows := group.Rows()
			for {
				n, err := rows.ReadRows(buffer)
				for _, row := range buffer[:n] {
					clear(values)
					for _, v := range row {
						if value := read[v.Column()]; value != nil && !v.IsNull() {
							values[to[v.Column()]] = value(v)
						}
					}
					if err := each(values); err != nil {
						return errors.Join(err, rows.Close())
					}
				}
				if errors.Is(err, io.EOF) || err == nil && n == 0 {
					break
				}
				if err != nil {
					return errors.Join(err, rows.Close())
				}
			}
			if err := rows.Close(); err != nil {
				return err
			}
		}
		return nil
	})
}

// reader is the flow kind of a Parquet type, and how a value of it is read.
func reader(t parquet.Type) (flow.Kind, func(parquet.Value) any) {
	if logical := t.LogicalType(); logical != nil {
		switch l := logical.Value.(type) {
		case *format.StringType, *format.EnumType, *format.JsonType:
			return flow.String, text
		case *format.DateType:
			return flow.Date, func(v parquet.Value) any { return time.Unix(int64(v.Int32())*86400, 0).UTC() }
		case *format.TimestampType:
			unit := int64(time.Nanosecond)
			if l.Unit.Value != nil {
				unit = int64(l.Unit.Value.Duration())
			}
			perSecond := int64(time.Second) / unit
			return flow.Time, func(v parquet.Value) any {
				return time.Unix(v.Int64()/perSecond, v.Int64()%perSecond*unit).UTC()
			}
		case *format.DecimalType:
			scale := int(l.Scale)
			return flow.Number, func(v parquet.Value) any { return decimal(v, scale) }
		case *format.UUIDType:
			return flow.String, func(v parquet.Value) any { return fmt.Sprintf("%x", v.ByteArray()) }
		}
	}
	switch t.Kind() {
	case parquet.Boolean:
		return flow.Boolean, func(v parquet.Value) any { return v.Boolean() }
	case parquet.Int32:
		return flow.Integer, func(v parquet.Value) any { return int64(v.Int32()) }
	case parquet.Int64:
		return flow.Integer, func(v parquet.Value) any { return v.Int64() }
	case parquet.Float:
		return flow.Number, func(v parquet.Value) any { return float64(v.Float()) }
	case parquet.Double:
		return flow.Number, func(v parquet.Value) any { return v.Double() }
	}
	return flow.String, text
}

func text(v parquet.Value) any { return string(v.ByteArray()) }

// decimal is the nearest float64 of an unscaled integer over a power of ten.
func decimal(v parquet.Value, scale int) any {
	switch v.Kind() {
	case parquet.Int32:
		return float64(v.Int32()) / math.Pow10(scale)
	case parquet.Int64:
		return float64(v.Int64()) / math.Pow10(scale)
	}
	raw := v.ByteArray()
	n := new(big.Int).SetBytes(raw)
	if len(raw) > 0 && raw[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(len(raw)*8)))
	}
	x, _ := new(big.Rat).SetFrac(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)).Float64()
	return x
}
