package lookup

import (
	"encoding/binary"
	"math"
	"time"
)

// index finds rows by the values of some columns.
type index struct {
	columns []int
	rows    map[string][]int32
}

// add files a row. A row without one of the values is never found.
func (x *index) add(row []any, at int32) {
	var buf []byte
	for _, c := range x.columns {
		if row[c] == nil {
			return
		}
		buf = appendKey(buf, row[c])
	}
	x.rows[string(buf)] = append(x.rows[string(buf)], at)
}

// appendKey appends a value so that equal values, and no others, look equal;
// a whole number equals the same number.
func appendKey(dst []byte, v any) []byte {
	switch x := v.(type) {
	case string:
		dst = binary.AppendUvarint(append(dst, 's'), uint64(len(x)))
		return append(dst, x...)
	case float64:
		if x == 0 {
			x = 0 // minus nought
		}
		return binary.BigEndian.AppendUint64(append(dst, 'n'), math.Float64bits(x))
	case int64:
		return appendKey(dst, float64(x))
	case bool:
		if x {
			return append(dst, 't')
		}
		return append(dst, 'f')
	case time.Time:
		return binary.BigEndian.AppendUint64(append(dst, 'i'), uint64(x.UnixNano()))
	}
	return append(dst, '?')
}
