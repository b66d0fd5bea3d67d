package dataset

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// decoder turns the values of a leaf into those of a vector.
type decoder struct {
	kind vectorKind
	// text says that the values are texts as they stand, of byte arrays.
	text bool
	into func(out *vector, i int, v parquet.Value) error
}

// value is one value as a mixed one.
func (d *decoder) value(v parquet.Value) (any, error) {
	if d.text {
		text := string(v.ByteArray())
		if !utf8.ValidString(text) {
			return nil, &textError{bytes: brief(text)}
		}
		return text, nil
	}
	one := &vector{kind: d.kind, absent: make([]bool, 1), text: make([]string, 1), number: make([]float64, 1), whole: make([]int64, 1), truth: make([]bool, 1), at: make([]time.Time, 1), any: make([]any, 1)}
	if err := d.into(one, 0, v); err != nil {
		return nil, err
	}
	return one.value(0), nil
}

func numbers(f func(parquet.Value) float64) *decoder {
	return &decoder{kind: numberVector, into: func(out *vector, i int, v parquet.Value) error {
		out.number[i] = f(v)
		return nil
	}}
}

func wholes(f func(parquet.Value) int64) *decoder {
	return &decoder{kind: wholeVector, into: func(out *vector, i int, v parquet.Value) error {
		out.whole[i] = f(v)
		return nil
	}}
}

func times(kind vectorKind, f func(parquet.Value) time.Time) *decoder {
	return &decoder{kind: kind, into: func(out *vector, i int, v parquet.Value) error {
		out.at[i] = f(v)
		return nil
	}}
}

func texted(f func(parquet.Value) (string, error)) *decoder {
	return &decoder{kind: textVector, into: func(out *vector, i int, v parquet.Value) (err error) {
		out.text[i], err = f(v)
		return err
	}}
}

// decoderOf chooses by the logical type, then by the physical one.
func decoderOf(c *parquet.Column, exact bool) (*decoder, error) {
	kind := c.Type().Kind()
	if lt := c.Type().LogicalType(); lt != nil {
		switch t := lt.Value.(type) {
		case *format.DecimalType:
			return decimals(kind, int(t.Scale), exact)
		case *format.TimestampType:
			if kind == parquet.Int64 {
				return timestamps(t.Unit.Value.Duration()), nil
			}
		case *format.DateType:
			if kind == parquet.Int32 {
				return times(dayVector, func(v parquet.Value) time.Time {
					return time.Unix(int64(v.Int32())*86400, 0).UTC()
				}), nil
			}
		case *format.TimeType:
			return clocks(kind, t.Unit.Value.Duration()), nil
		case *format.IntType:
			switch {
			case t.IsSigned:
			case kind == parquet.Int32:
				return wholes(func(v parquet.Value) int64 { return int64(v.Uint32()) }), nil
			case kind == parquet.Int64:
				return unsigned(), nil
			}
		case *format.UUIDType:
			return texted(uuid), nil
		case *format.BsonType, *format.Float16Type, *format.GeometryType, *format.GeographyType, *format.VariantType:
			return nil, fmt.Errorf("is of the type %s, which is not read", lt.Value)
		}
	}
	switch kind {
	case parquet.Boolean:
		return &decoder{kind: truthVector, into: func(out *vector, i int, v parquet.Value) error {
			out.truth[i] = v.Boolean()
			return nil
		}}, nil
	case parquet.Int32:
		return wholes(func(v parquet.Value) int64 { return int64(v.Int32()) }), nil
	case parquet.Int64:
		return wholes(parquet.Value.Int64), nil
	case parquet.Float:
		return numbers(func(v parquet.Value) float64 { return float64(v.Float()) }), nil
	case parquet.Double:
		return numbers(parquet.Value.Double), nil
	case parquet.Int96:
		return times(timeVector, julian), nil
	case parquet.ByteArray:
		return &decoder{kind: textVector, text: true}, nil
	}
	return nil, fmt.Errorf("is of the type %s, which is not read", c.Type())
}

// timestamps count units since 1970. Those without a time zone are UTC.
func timestamps(unit time.Duration) *decoder {
	per := int64(time.Second / unit)
	return times(timeVector, func(v parquet.Value) time.Time {
		n := v.Int64()
		sec, rest := n/per, n%per
		if rest < 0 {
			sec, rest = sec-1, rest+per
		}
		return time.Unix(sec, rest*int64(unit)).UTC()
	})
}

// clocks are times of day, as texts like 15:04:05.
func clocks(kind parquet.Kind, unit time.Duration) *decoder {
	return texted(func(v parquet.Value) (string, error) {
		n := v.Int64()
		if kind == parquet.Int32 {
			n = int64(v.Int32())
		}
		if n < 0 || n >= int64(24*time.Hour/unit) {
			return "", fmt.Errorf("%d is no time of a day", n)
		}
		return time.Unix(0, 0).UTC().Add(time.Duration(n) * unit).Format("15:04:05.999999999"), nil
	})
}

// julian reads the old 96-bit timestamps: nanoseconds of a Julian day.
func julian(v parquet.Value) time.Time {
	i := v.Int96()
	const epoch = 2440588 // the Julian day of 1970-01-01
	nanos := int64(uint64(i[1])<<32 | uint64(i[0]))
	return time.Unix((int64(i[2])-epoch)*86400, nanos).UTC()
}

func unsigned() *decoder {
	return &decoder{kind: mixedVector, into: func(out *vector, i int, v parquet.Value) error {
		out.any[i] = v.Uint64()
		return nil
	}}
}

func uuid(v parquet.Value) (string, error) {
	b := v.ByteArray()
	if len(b) != 16 {
		return "", errors.New("a UUID that has not 16 bytes")
	}
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:], nil
}

// decimals are read as the nearest float64, or with all their digits.
func decimals(kind parquet.Kind, scale int, digits bool) (*decoder, error) {
	if scale < 0 || scale > 76 {
		return nil, fmt.Errorf("is a decimal of scale %d", scale)
	}
	if digits {
		return digitsOf(kind, scale)
	}
	divisor := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
	exact := func(n *big.Int) float64 {
		f, _ := new(big.Rat).SetFrac(n, divisor).Float64()
		return f
	}
	// Up to 2^53 and 10^22 both sides are exact in float64, so that one
	// division rounds once.
	small, _ := new(big.Float).SetInt(divisor).Float64()
	quick := func(n int64) float64 {
		if scale <= 22 && n > -1<<53 && n < 1<<53 {
			return float64(n) / small
		}
		return exact(big.NewInt(n))
	}
	switch kind {
	case parquet.Int32:
		return numbers(func(v parquet.Value) float64 { return quick(int64(v.Int32())) }), nil
	case parquet.Int64:
		return numbers(func(v parquet.Value) float64 { return quick(v.Int64()) }), nil
	case parquet.ByteArray, parquet.FixedLenByteArray:
		return numbers(func(v parquet.Value) float64 { return exact(twosComplement(v.ByteArray())) }), nil
	}
	return nil, fmt.Errorf("is a decimal of the type %s, which is not read", kind)
}

// digitsOf reads decimals as numbers with all their digits, in a mixed vector.
func digitsOf(kind parquet.Kind, scale int) (*decoder, error) {
	var unscaled func(v parquet.Value) *big.Int
	switch kind {
	case parquet.Int32:
		unscaled = func(v parquet.Value) *big.Int { return big.NewInt(int64(v.Int32())) }
	case parquet.Int64:
		unscaled = func(v parquet.Value) *big.Int { return big.NewInt(v.Int64()) }
	case parquet.ByteArray, parquet.FixedLenByteArray:
		unscaled = func(v parquet.Value) *big.Int { return twosComplement(v.ByteArray()) }
	default:
		return nil, fmt.Errorf("is a decimal of the type %s, which is not read", kind)
	}
	return &decoder{kind: mixedVector, into: func(out *vector, i int, v parquet.Value) error {
		n := unscaled(v)
		sign := ""
		if n.Sign() < 0 {
			sign = "-"
		}
		s := n.Abs(n).String()
		if scale > 0 {
			if len(s) <= scale {
				s = strings.Repeat("0", scale+1-len(s)) + s
			}
			s = s[:len(s)-scale] + "." + s[len(s)-scale:]
		}
		out.any[i] = json.Number(sign + s)
		return nil
	}}, nil
}

func twosComplement(b []byte) *big.Int {
	n := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return n
}
