package learn

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// A stored model is the magic, a version, the body and the SHA-256 of all that
// precedes. In the body integers are varints, floats little-endian IEEE, strings
// and lists preceded by their length; keys are stored as differences.
const (
	magic   = "rehearse-learn\n"
	version = 1
)

// writer appends canonical bytes.
type writer struct{ b []byte }

func (w *writer) uint(n uint64)     { w.b = binary.AppendUvarint(w.b, n) }
func (w *writer) string(s string)   { w.uint(uint64(len(s))); w.b = append(w.b, s...) }
func (w *writer) float64(x float64) { w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(x)) }
func (w *writer) float32s(x []float32) {
	for _, v := range x {
		w.b = binary.LittleEndian.AppendUint32(w.b, math.Float32bits(v))
	}
}

func (w *writer) bool(b bool) {
	if b {
		w.uint(1)
	} else {
		w.uint(0)
	}
}

func (w *writer) columns(columns []Column) {
	w.uint(uint64(len(columns)))
	for _, c := range columns {
		w.string(c.Name)
		w.uint(uint64(c.Kind))
	}
}

func (w *writer) settings(s Settings) {
	for _, n := range []int{s.HashBits, s.WordMin, s.WordMax, s.CharMin, s.CharMax, s.MinRows, s.Bins, s.Epochs} {
		w.uint(uint64(n))
	}
	w.bool(s.Sublinear)
	w.bool(s.Balanced)
	w.float64(s.L2)
	w.float64(s.LearningRate)
	w.uint(s.Seed)
}

// MarshalBinary returns the model's bytes, the same for the same model, with
// a version and a checksum. Its error is always nil.
func (m *Model) MarshalBinary() ([]byte, error) {
	w := &writer{b: make([]byte, 0, 4*len(m.linear.weight)+8*len(m.encoder.weight)+1024)}
	w.b = append(w.b, magic...)
	w.uint(version)
	w.body(m)
	sum := sha256.Sum256(w.b)
	return append(w.b, sum[:]...), nil
}

func (w *writer) body(m *Model) {
	w.columns(m.encoder.columns)
	w.settings(m.encoder.settings)
	w.uint(uint64(m.trained))
	w.uint(uint64(len(m.classes)))
	for _, c := range m.classes {
		w.string(c)
	}
	for _, knots := range m.encoder.knots {
		w.uint(uint64(len(knots)))
		for _, x := range knots {
			w.float64(x)
		}
	}
	c := m.calibration
	w.string(string(c.Method))
	w.float64(c.Temperature)
	w.uint(uint64(c.Rows))
	w.float64(c.LogLossBefore)
	w.float64(c.LogLossAfter)
	w.uint(uint64(len(m.encoder.index.keys)))
	var last key
	for _, k := range m.encoder.index.keys {
		w.uint(uint64(k - last))
		last = k
	}
	w.float32s(m.encoder.weight)
	w.float32s(m.linear.bias)
	w.float32s(m.linear.weight)
}

// Unmarshal reads the bytes of [Model.MarshalBinary]. Bytes that are not a
// whole, unchanged model of this version are an error.
func Unmarshal(b []byte) (*Model, error) {
	rest, ok := bytes.CutPrefix(b, []byte(magic))
	if !ok {
		return nil, errors.New("not a classifier model: it does not start as one")
	}
	r := &reader{b: rest}
	if v := r.uint(math.MaxInt64); r.err == nil && v != version {
		return nil, fmt.Errorf("classifier model of version %d; this program reads version %d: train it again", v, version)
	}
	if len(r.b) < sha256.Size {
		r.fail("it is cut short")
	} else {
		end := len(b) - sha256.Size
		r.b = r.b[:len(r.b)-sha256.Size]
		if sum := sha256.Sum256(b[:end]); !bytes.Equal(sum[:], b[end:]) {
			r.fail("its checksum does not match")
		}
	}
	m := r.body()
	if r.err != nil {
		return nil, fmt.Errorf("damaged classifier model: %w", r.err)
	}
	return m, nil
}

// reader takes values off b; after the first error every value is zero.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail(why string) {
	if r.err == nil {
		r.err = errors.New(why)
	}
	r.b = nil
}

// uint reads an integer of at most limit.
func (r *reader) uint(limit uint64) uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 || n > limit {
		r.fail("an integer is out of range")
		return 0
	}
	r.b = r.b[size:]
	return n
}

// count reads the length of a list whose items take at least size bytes each,
// so that a false length cannot ask for more memory than the file has bytes.
func (r *reader) count(size int) int { return int(r.uint(uint64(len(r.b) / size))) }

func (r *reader) take(n int) []byte {
	if n > len(r.b) {
		r.fail("it is cut short")
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) string() string { return string(r.take(r.count(1))) }
func (r *reader) bool() bool     { return r.uint(1) == 1 }

func (r *reader) float64() float64 {
	b := r.take(8)
	if b == nil {
		return 0
	}
	x := math.Float64frombits(binary.LittleEndian.Uint64(b))
	if math.IsNaN(x) || math.IsInf(x, 0) {
		r.fail("a number is not finite")
		return 0
	}
	return x
}

func (r *reader) float32s(n int) []float32 {
	if n > len(r.b)/4 {
		r.fail("it is cut short")
		return nil
	}
	b, x := r.take(4*n), make([]float32, n)
	for i := range x {
		x[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		if v := float64(x[i]); math.IsNaN(v) || math.IsInf(v, 0) {
			r.fail("a weight is not finite")
			return nil
		}
	}
	return x
}

func (r *reader) settings() (s Settings) {
	for _, n := range []*int{&s.HashBits, &s.WordMin, &s.WordMax, &s.CharMin, &s.CharMax, &s.MinRows, &s.Bins, &s.Epochs} {
		*n = int(r.uint(math.MaxInt64))
	}
	s.Sublinear, s.Balanced = r.bool(), r.bool()
	s.L2, s.LearningRate = r.float64(), r.float64()
	s.Seed = r.uint(math.MaxUint64)
	return s
}

func (r *reader) columns() []Column {
	columns := make([]Column, r.count(2))
	for i := range columns {
		columns[i].Name = r.string()
		columns[i].Kind = Kind(r.uint(math.MaxUint8))
	}
	return columns
}

func (r *reader) body() *Model {
	m := &Model{encoder: encoder{columns: r.columns(), settings: r.settings()}}
	m.trained = int(r.uint(math.MaxInt64))
	m.classes = make([]string, r.count(1))
	for i := range m.classes {
		m.classes[i] = r.string()
	}
	m.encoder.knots = make([][]float64, len(m.encoder.columns))
	for c := range m.encoder.knots {
		if n := r.count(8); n > 0 {
			m.encoder.knots[c] = make([]float64, n)
		}
		for i := range m.encoder.knots[c] {
			m.encoder.knots[c][i] = r.float64()
		}
	}
	m.calibration = Calibration{
		Method:        Method(r.string()),
		Temperature:   r.float64(),
		Rows:          int(r.uint(math.MaxInt64)),
		LogLossBefore: r.float64(),
		LogLossAfter:  r.float64(),
	}
	keys := make([]key, r.count(1))
	var last uint64
	for i := range keys {
		d := r.uint(math.MaxUint32)
		if last += d; last > math.MaxUint32 || i > 0 && d == 0 {
			r.fail("its features are out of order")
		}
		keys[i] = key(last)
	}
	m.encoder.weight = r.float32s(len(keys))
	m.linear.classes = len(m.classes)
	m.linear.bias = r.float32s(len(m.classes))
	m.linear.weight = r.float32s(len(keys) * len(m.classes))
	if r.err == nil {
		r.err = m.check(len(r.b))
	}
	if r.err != nil {
		return nil
	}
	m.encoder.index = newIndex(keys)
	return m
}

// check refuses what no trained model can hold; left is the count of bytes that
// follow the model.
func (m *Model) check(left int) error {
	if err := m.encoder.settings.Check(); err != nil {
		return err
	}
	if err := checkColumns(m.encoder.columns); err != nil {
		return err
	}
	if len(m.classes) < 2 || !ascending(m.classes) {
		return errors.New("its classes are not two or more in order")
	}
	for _, knots := range m.encoder.knots {
		if !ascending(knots) {
			return errors.New("its quantiles are out of order")
		}
	}
	c := m.calibration
	if c.Method != Uncalibrated && c.Method != Temperature || c.Temperature <= 0 {
		return fmt.Errorf("calibration %q with temperature %v", c.Method, c.Temperature)
	}
	if left > 0 {
		return fmt.Errorf("%d bytes too many", left)
	}
	return nil
}

func ascending[T string | float64](list []T) bool {
	return slices.IsSorted(list) && len(slices.Compact(slices.Clone(list))) == len(list)
}
